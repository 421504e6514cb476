"""What every survey of the installation counts."""

from dataclasses import replace
from datetime import timedelta
from itertools import product

from domain.connections.model import Connection, ConnectionStatus
from domain.ledger.model import DayCount, Verdict
from domain.operations.model import Ages, Standing
from domain.reports.model import Purpose, ReportStatus
from domain.sync.model import Progress, Resource
from domain.tokens.model import AccessToken, RefreshToken
from domain.users.model import User
from tests.contracts.backends import Backend
from tests.contracts.samples import FAILURE, MINUTE, NOW, a_connection, connected, registered, scheduled
from tests.fakes.things import US, a_report

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


def test_the_age_of_the_data_is_told_by_resource_over_all_usable_connections(backend: Backend) -> None:
    user = registered(backend)
    minutes = [7, 1, 9, 3, 5]
    for number, age in enumerate(minutes):
        scheduled(backend, user, seller_id=f"A{number}", due_at=NOW - age * MINUTE)
    with backend.work() as work:
        for task, age in zip(work.sync.claim(NOW, "p1", NOW + MINUTE, 9), sorted(minutes)[::-1], strict=True):
            known = NOW - age * MINUTE
            work.sync.finish(task.lease, {}, Progress(), NOW, NOW + MINUTE, known)
        gone = replace(connected_long_ago(user, "A9"), status=ConnectionStatus.DISCONNECTED)
        work.connections.add(gone)
        work.sync.ensure(gone.id, user.id, (Resource.ORDERS,), NOW)
        work.commit()

    assert standing(backend).ages == {"orders": Ages(median=300.0, most=540.0, oldest=540.0)}


def test_where_nothing_was_ever_synced_the_data_is_as_old_as_the_connection(backend: Backend) -> None:
    user = registered(backend)
    with backend.work() as work:
        connection = connected_long_ago(user)
        work.connections.add(connection)
        work.sync.ensure(connection.id, user.id, (Resource.INVENTORY, Resource.REPORTS), NOW + DAY)
        work.commit()

    hour = 3600.0
    assert standing(backend).ages == {"inventory": Ages(hour, hour, hour)}


def test_the_oldest_of_many_does_not_move_what_holds_for_most(backend: Backend) -> None:
    user = registered(backend)
    for number in range(20):
        connected_at = NOW - (DAY if number == 7 else MINUTE)
        connection = connected(backend, user, f"A{number}", connected_at=connected_at)
        with backend.work() as work:
            work.sync.ensure(connection.id, user.id, (Resource.ORDERS,), NOW)
            work.commit()

    assert standing(backend).ages == {"orders": Ages(60.0, 60.0, 86400.0)}


def test_what_was_set_aside_is_counted_by_resource(backend: Backend) -> None:
    user = registered(backend)
    for number in range(2):
        scheduled(backend, user, seller_id=f"A{number}")
    scheduled(backend, user, Resource.INVENTORY, seller_id="A9")
    with backend.work() as work:
        for task in work.sync.claim(NOW, "p1", NOW + MINUTE, 3):
            due = None if task.lease.resource is Resource.ORDERS else NOW
            work.sync.fail(task.lease, {}, FAILURE, due, own=True)
        work.commit()

    assert standing(backend).set_aside == {"orders": 2}


def test_open_reports_are_counted_by_purpose_and_status(backend: Backend) -> None:
    connection, leaving = (
        connected(backend, registered(backend), erasing_at=erasing_at) for erasing_at in (None, NOW)
    )
    kinds = product((Purpose.HISTORY, Purpose.ASKED), ReportStatus)
    with backend.work() as work:
        work.reports.add([a_report(connection, purpose=purpose, status=status) for purpose, status in kinds])
        work.reports.add([a_report(leaving)])
        work.commit()

    assert standing(backend).open_reports == {
        ("history", "pending"): 1,
        ("history", "processing"): 1,
        ("asked", "pending"): 1,
        ("asked", "processing"): 1,
    }


def test_days_that_lack_orders_are_counted_by_verdict(backend: Backend) -> None:
    connection = connected(backend, registered(backend))
    counts = [DayCount(US, (NOW + number * DAY).date(), 1, 1, 100, "USD") for number in range(5)]
    said = (Verdict.GAP, Verdict.LASTING, Verdict.LASTING, Verdict.AGREES, Verdict.OPEN)
    with backend.work() as work:
        work.ledger.asked(connection.id, counts, NOW)
        lines = work.ledger.lines(connection.id)
        work.ledger.settle(
            [replace(line, verdict=verdict) for line, verdict in zip(lines, said, strict=True)]
        )
        work.commit()

    assert standing(backend).incomplete_days == {"gap": 1, "lasting": 2}


def connected_long_ago(user: User, seller_id: str = "A1") -> Connection:
    """A connection of an hour ago, which is not kept yet."""
    return a_connection(user, seller_id, connected_at=NOW - timedelta(hours=1))


def test_sums_that_differ_are_counted_until_they_are_right_or_the_connection_goes(backend: Backend) -> None:
    user = registered(backend)
    wrong, right = connected(backend, user, "A1"), connected(backend, user, "A2")
    leaving, mended = connected(backend, user, "A3", erasing_at=NOW), connected(backend, user, "A4")
    with backend.work() as work:
        for connection, differing in ((wrong, 3), (right, 0), (leaving, 4), (mended, 5)):
            work.recounts.note(connection.id, NOW, differing, 10)
        work.recounts.note(mended.id, NOW + MINUTE, 0, 10, repaired=True)
        work.commit()

    found = standing(backend)

    assert (found.differing_sums, found.differing_connections) == (3, 1)
