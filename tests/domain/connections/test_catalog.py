"""A user's connections: looking and leaving."""

from datetime import timedelta
from uuid import uuid4

import pytest

from domain.connections.catalog import alive
from domain.connections.erasure import Erasures
from domain.connections.model import ConnectionId, ConnectionStatus
from domain.errors import LeaseLost, NotConnected, NotFound, ReauthorizationRequired
from domain.sync.model import Resource, RunStatus
from tests.domain.connections.bench import VISITOR, Bench
from tests.fakes.things import NOW, a_connection, a_user, claimed


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_the_default_connection_comes_first(bench: Bench) -> None:
    first = bench.connect("SELLER1")
    bench.clock.advance(timedelta(days=1))
    second = bench.connect("SELLER2")

    assert [one.id for one in bench.connections.of(bench.user.id)] == [first.id, second.id]
    assert bench.connections.default(bench.user.id) == bench.mine()[0]


def test_without_a_connection_there_is_no_default(bench: Bench) -> None:
    assert bench.connections.default(bench.user.id) is None


def test_somebody_elses_connection_is_not_found(bench: Bench) -> None:
    connection = bench.connect()
    stranger = a_user("eve@example.com")

    with pytest.raises(NotFound):
        bench.connections.get(stranger.id, connection.id)
    with pytest.raises(NotFound):
        bench.connections.disconnect(stranger, VISITOR, connection.id)

    assert bench.connections.get(bench.user.id, connection.id).status is ConnectionStatus.CONNECTED


def test_disconnecting_erases_the_secrets_and_keeps_the_connection(bench: Bench) -> None:
    connection = bench.connect()

    gone = bench.connections.disconnect(bench.user, VISITOR)

    assert (gone.id, gone.status) == (connection.id, ConnectionStatus.DISCONNECTED)
    kept = bench.store.tables.tokens[connection.id]
    assert (kept.refresh_token, kept.access_token) == (None, None)
    with bench.look() as work:
        assert work.vault.look(connection.id) is None
    assert bench.mine() == [gone]


def test_disconnecting_stops_the_schedules_and_keeps_the_cursors(bench: Bench) -> None:
    bench.connect()
    task = claimed(bench.store, Resource.ORDERS)
    with bench.work() as work:
        work.sync.advance(task.lease, {"done_until": "then"}, task.run.progress, NOW)
        work.commit()

    bench.connections.disconnect(bench.user, VISITOR)

    row = bench.store.tables.resources[task.lease.connection_id, Resource.ORDERS]
    run = bench.store.tables.runs[task.run.id]
    assert (row.next_run_at, row.cursor) == (None, {"done_until": "then"})
    assert run.status is RunStatus.FAILED
    assert run.error is not None
    assert run.error.code == "amazon_not_connected"


def test_a_run_under_way_keeps_nothing_after_a_disconnection(bench: Bench) -> None:
    bench.connect()
    task = claimed(bench.store, Resource.ORDERS)

    bench.connections.disconnect(bench.user, VISITOR)

    with bench.work() as work, pytest.raises(LeaseLost):
        work.sync.advance(task.lease, {}, task.run.progress, NOW)


def test_disconnecting_is_in_the_audit_log_and_told_to_listeners(bench: Bench) -> None:
    connection = bench.connect()

    bench.connections.disconnect(bench.user, VISITOR)

    entry, event = bench.entries[-1], bench.store.tables.events[-1]
    assert (entry.action, entry.connection_id, entry.address) == (
        "connection.disconnected",
        connection.id,
        VISITOR.address,
    )
    assert event.data == {"connection_id": str(connection.id), "status": "disconnected"}


@pytest.mark.parametrize("permanent", [False, True])
def test_who_waits_for_a_run_of_what_is_left_is_told_that_it_has_failed(
    bench: Bench, permanent: bool
) -> None:
    connection = bench.connect()
    task = claimed(bench.store, Resource.ORDERS)

    if permanent:
        Erasures(bench.work, bench.look, bench.clock).request(bench.user, VISITOR, connection.id)
    else:
        bench.connections.disconnect(bench.user, VISITOR)

    told = [event for event in bench.store.tables.events if event.kind == "sync.failed"]
    assert str(task.run.id) in [event.data["run_id"] for event in told]
    assert len(told) == len(Resource.of(connection.provider))


def test_without_a_name_the_first_living_connection_is_meant(bench: Bench) -> None:
    bench.connect("SELLER1")
    bench.connect("SELLER2")

    left = [bench.connections.disconnect(bench.user, VISITOR).seller_id for _ in range(2)]

    assert left == ["SELLER1", "SELLER2"]


def test_nothing_connected_is_nothing_to_disconnect(bench: Bench) -> None:
    with pytest.raises(NotConnected):
        bench.connections.disconnect(bench.user, VISITOR)

    bench.connect()
    bench.connections.disconnect(bench.user, VISITOR)
    with pytest.raises(NotConnected):
        bench.connections.disconnect(bench.user, VISITOR)


def test_an_unknown_connection_is_not_found(bench: Bench) -> None:
    with pytest.raises(NotFound):
        bench.connections.disconnect(bench.user, VISITOR, ConnectionId(uuid4()))


def test_the_oldest_living_connection_inherits_the_default(bench: Bench) -> None:
    for seller in ("SELLER1", "SELLER2", "SELLER3"):
        bench.connect(seller)
        bench.clock.advance(timedelta(days=1))

    bench.connections.disconnect(bench.user, VISITOR)

    default = bench.connections.default(bench.user.id)
    assert default is not None
    assert (default.seller_id, [one.is_default for one in bench.mine()]) == ("SELLER2", [True, False, False])
    told = [event.data["connection_id"] for event in bench.store.tables.events[-2:]]
    assert str(default.id) in told


def test_leaving_the_only_connection_leaves_it_the_default(bench: Bench) -> None:
    bench.connect()

    assert bench.connections.disconnect(bench.user, VISITOR).is_default


def test_leaving_another_connection_leaves_the_default_alone(bench: Bench) -> None:
    first = bench.connect("SELLER1")
    second = bench.connect("SELLER2")

    bench.connections.disconnect(bench.user, VISITOR, second.id)

    default = bench.connections.default(bench.user.id)
    assert default is not None
    assert default.id == first.id


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (ConnectionStatus.DISCONNECTED, NotConnected),
        (ConnectionStatus.REAUTHORIZATION_REQUIRED, ReauthorizationRequired),
    ],
)
def test_a_connection_that_is_not_alive_is_told_nothing(
    status: ConnectionStatus, error: type[Exception]
) -> None:
    with pytest.raises(error):
        alive(a_connection(a_user(), status=status))


@pytest.mark.parametrize("status", [ConnectionStatus.CONNECTED, ConnectionStatus.DEGRADED])
def test_a_connection_that_syncs_badly_may_ask_all_the_same(status: ConnectionStatus) -> None:
    connection = a_connection(a_user(), status=status)

    assert alive(connection) is connection


def test_without_an_id_the_default_connection_is_chosen(bench: Bench) -> None:
    with pytest.raises(NotConnected):
        bench.connections.chosen(bench.user.id, None)
    first, second = bench.connect("SELLER1"), bench.connect("SELLER2")

    assert bench.connections.chosen(bench.user.id, None).id == first.id
    assert bench.connections.chosen(bench.user.id, second.id).id == second.id
    with pytest.raises(NotFound):
        bench.connections.chosen(a_user().id, second.id)
