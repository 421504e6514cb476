"""What every survey of the installation counts."""

from datetime import timedelta

from domain.connections.model import ConnectionStatus
from domain.operations.model import Standing
from domain.sync.model import Resource
from domain.tokens.model import AccessToken, RefreshToken
from tests.contracts.backends import Backend
from tests.contracts.samples import FAILURE, MINUTE, NOW, connected, registered, scheduled

DAY = timedelta(days=1)


def standing(backend: Backend) -> Standing:
    return backend.survey().take(NOW)


def test_an_empty_installation_counts_nothing(backend: Backend) -> None:
    assert standing(backend) == Standing({}, 0, 0, {}, 0.0)


def test_connections_are_counted_by_provider_and_status_over_all_users(backend: Backend) -> None:
    for _ in range(2):
        connected(backend, registered(backend))
    user = registered(backend)
    connected(backend, user, "A1", status=ConnectionStatus.DEGRADED)
    connected(backend, user, "A2", status=ConnectionStatus.DISCONNECTED)
    connected(backend, user, "A3", erasing_at=NOW)

    assert standing(backend).connections == {
        ("amazon_sp", "connected"): 2,
        ("amazon_sp", "degraded"): 1,
        ("amazon_sp", "disconnected"): 1,
    }


def test_usable_connections_are_due_for_renewal_thirty_days_before_the_year_is_over(backend: Backend) -> None:
    user = registered(backend)
    connected(backend, user, "A1", authorized_at=NOW - 335 * DAY)
    connected(backend, user, "A2", authorized_at=NOW - 335 * DAY + MINUTE)
    connected(backend, user, "A3", authorized_at=NOW - 400 * DAY, status=ConnectionStatus.DISCONNECTED)

    assert standing(backend).renewals_due == 1


def test_tokens_are_overdue_that_somebody_will_use_and_nobody_has_renewed(backend: Backend) -> None:
    user = registered(backend)
    used = scheduled(backend, user, seller_id="A1")
    unused = connected(backend, user, "A2")
    fresh = scheduled(backend, user, seller_id="A3")
    with backend.work() as work:
        for connection, minutes in ((used, 1), (unused, 1), (fresh, 60)):
            access = AccessToken("Atza|one", NOW + minutes * MINUTE)
            work.vault.keep(connection.id, RefreshToken("Atzr|one"), access)
        work.commit()

    assert standing(backend).tokens_overdue == 1


def test_runs_are_counted_while_they_are_open(backend: Backend) -> None:
    user = registered(backend)
    for number in range(3):
        scheduled(backend, user, seller_id=f"A{number}")
    with backend.work() as work:
        ended, waiting, _running = work.sync.claim(NOW, "p1", NOW + MINUTE, 3)
        work.sync.fail(ended.lease, {}, FAILURE, NOW + MINUTE)
        work.sync.park(waiting.lease, NOW + MINUTE)
        work.commit()

    assert standing(backend).open_runs == {"running": 1, "waiting": 1}


def test_the_oldest_due_work_is_that_of_a_usable_connection_and_held_by_nobody(backend: Backend) -> None:
    user = registered(backend)
    scheduled(backend, user, seller_id="A1", due_at=NOW - 9 * MINUTE)
    scheduled(backend, user, seller_id="A2", due_at=NOW - 4 * MINUTE)
    scheduled(backend, user, seller_id="A3", due_at=NOW + MINUTE)
    gone = connected(backend, user, "A4", status=ConnectionStatus.DISCONNECTED)
    with backend.work() as work:
        work.sync.ensure(gone.id, user.id, (Resource.ORDERS,), NOW - 30 * MINUTE)
        work.sync.claim(NOW, "p1", NOW + MINUTE, 1)
        work.commit()

    assert standing(backend).oldest_due_seconds == 240.0
