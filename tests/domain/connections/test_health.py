"""What becomes of a connection that Amazon does not honour any more."""

import pytest

from domain.connections.erasure import Erasures
from domain.connections.model import ConnectionStatus
from domain.sync.model import Progress, Resource, RunStatus
from tests.domain.connections.bench import VISITOR, Bench
from tests.fakes.things import NOW, claimed, kept


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_a_revoked_connection_needs_the_seller_and_stops(bench: Bench) -> None:
    connection = bench.connect()
    task = claimed(bench.store, Resource.ORDERS)

    bench.health.revoked(connection.id, "LWA said invalid_grant.")

    now = kept(bench.store, connection)
    assert now.status is ConnectionStatus.REAUTHORIZATION_REQUIRED
    assert now.last_error is not None
    assert (now.last_error.code, now.last_error.message) == (
        "amazon_reauthorization_required",
        "LWA said invalid_grant.",
    )
    assert {row.next_run_at for row in bench.store.tables.resources.values()} == {None}
    assert bench.store.tables.runs[task.run.id].status is RunStatus.FAILED


def test_a_revocation_is_told_once(bench: Bench) -> None:
    connection = bench.connect()

    bench.health.revoked(connection.id, "gone")
    bench.health.revoked(connection.id, "gone")

    assert bench.deeds == ["connection.connected", "connection.revoked"]
    assert [event.data["status"] for event in bench.store.tables.events] == [
        "connected",
        "reauthorization_required",
    ]
    assert bench.entries[-1].actor == "system"


def test_who_waits_for_a_run_of_a_revoked_connection_is_told_that_it_has_failed(bench: Bench) -> None:
    connection = bench.connect()
    task = claimed(bench.store, Resource.ORDERS)
    with bench.work() as work:
        work.sync.advance(task.lease, {}, Progress(2, 150, 400), NOW)
        work.commit()

    bench.health.revoked(connection.id, "gone")

    (event,) = [event for event in bench.store.tables.events if event.data.get("run_id") == str(task.run.id)]
    assert (event.kind, event.user_id, event.at) == ("sync.failed", bench.user.id, NOW)
    assert event.data == {
        "run_id": str(task.run.id),
        "connection_id": str(connection.id),
        "resource": "orders",
        "pages": 2,
        "records": 150,
        "total_estimate": 400,
    }


def test_a_disconnected_connection_stays_disconnected(bench: Bench) -> None:
    connection = bench.connect()
    bench.connections.disconnect(bench.user, VISITOR)

    bench.health.revoked(connection.id, "gone")

    assert kept(bench.store, connection).status is ConnectionStatus.DISCONNECTED


def test_a_refusal_of_tokens_that_were_replaced_revokes_nothing(bench: Bench) -> None:
    connection = bench.connect()
    refused = bench.store.tables.tokens[connection.id].version
    bench.connect()  # the seller has renewed the consent meanwhile

    bench.health.revoked(connection.id, "gone", refused)

    assert kept(bench.store, connection).status is ConnectionStatus.CONNECTED


def test_a_refusal_of_the_kept_tokens_revokes(bench: Bench) -> None:
    connection = bench.connect()

    bench.health.revoked(connection.id, "gone", bench.store.tables.tokens[connection.id].version)

    assert kept(bench.store, connection).status is ConnectionStatus.REAUTHORIZATION_REQUIRED


def test_a_refusal_of_what_is_being_erased_has_nothing_left_to_mark(bench: Bench) -> None:
    connection = bench.connect()
    Erasures(bench.work, bench.look, bench.clock).request(bench.user, VISITOR, connection.id)

    bench.health.revoked(connection.id, "gone")

    assert "connection.revoked" not in bench.deeds
