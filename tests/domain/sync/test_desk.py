"""Asking for a sync, and looking at how it goes."""

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest

from domain.connections.model import ConnectionId, ConnectionStatus
from domain.errors import NotConnected, NotFound, ReauthorizationRequired
from domain.sync.desk import SyncDesk
from domain.sync.model import Resource, Run, RunId, RunStatus
from domain.users.model import User
from tests.domain.sync.bench import Bench
from tests.fakes.memory_store import MemoryStore
from tests.fakes.memory_work import MemoryWork
from tests.fakes.things import NOW, a_connection, a_user, connected

BOTH = (Resource.ORDERS, Resource.INVENTORY)


@pytest.fixture
def bench() -> Bench:
    return Bench()


@pytest.fixture
def desk(bench: Bench) -> SyncDesk:
    return SyncDesk(bench.work, bench.look, bench.clock)


def all_runs(desk: SyncDesk, user: User) -> list[Run]:
    """The user's runs, whatever their state."""
    return desk.runs(user.id, connection_id=None, resource=None, status=None, before=None, limit=50)


def test_a_request_queues_a_run_of_each_resource(bench: Bench, desk: SyncDesk) -> None:
    runs = desk.request(bench.user.id, None, BOTH)

    assert [(run.resource, run.status, run.created_at) for run in runs] == [
        (resource, RunStatus.QUEUED, NOW) for resource in BOTH
    ]
    assert [desk.run(bench.user.id, run.id) for run in runs] == runs


def test_a_request_makes_the_resource_due_at_once(bench: Bench, desk: SyncDesk) -> None:
    bench.sync()

    (run,) = desk.request(bench.user.id, bench.connection.id, [Resource.ORDERS])

    assert bench.row().next_run_at == bench.clock.now()
    assert bench.claim().run.id == run.id


@pytest.mark.parametrize("state", ["queued", "running"])
def test_a_run_under_way_is_returned_and_not_doubled(bench: Bench, desk: SyncDesk, state: str) -> None:
    if state == "queued":
        (first,) = desk.request(bench.user.id, None, [Resource.ORDERS])
    else:
        first = bench.claim().run

    (second,) = desk.request(bench.user.id, None, [Resource.ORDERS])

    assert second.id == first.id
    assert len(all_runs(desk, bench.user)) == len(bench.store.tables.runs)


def test_a_run_that_waits_for_a_plan_goes_on_waiting(bench: Bench, desk: SyncDesk) -> None:
    task = bench.claim()
    later = NOW + timedelta(minutes=3)
    with bench.work() as work:
        work.sync.park(task.lease, later)
        work.commit()

    (run,) = desk.request(bench.user.id, None, [Resource.ORDERS])

    assert (run.id, run.status) == (task.run.id, RunStatus.WAITING)
    assert bench.row().next_run_at == later


def test_all_usable_connections_are_meant_when_none_is_named(bench: Bench, desk: SyncDesk) -> None:
    second = a_connection(bench.user, seller_id="SELLER2", is_default=False)
    gone = a_connection(
        bench.user, seller_id="SELLER3", is_default=False, status=ConnectionStatus.DISCONNECTED
    )
    connected(bench.store, bench.user, second)
    connected(bench.store, bench.user, gone)

    runs = desk.request(bench.user.id, None, [Resource.ORDERS])

    assert {run.connection_id for run in runs} == {bench.connection.id, second.id}


def test_somebody_elses_connection_is_not_found(bench: Bench, desk: SyncDesk) -> None:
    stranger = a_user("eve@example.com")

    with pytest.raises(NotFound):
        desk.request(stranger.id, bench.connection.id, BOTH)
    with pytest.raises(NotFound):
        desk.request(bench.user.id, ConnectionId(uuid4()), BOTH)


def test_without_a_usable_connection_nothing_can_be_synced(bench: Bench, desk: SyncDesk) -> None:
    with pytest.raises(NotConnected):
        desk.request(a_user("bob@example.com").id, None, BOTH)
    gone = a_connection(bench.user, seller_id="S2", is_default=False)
    connected(bench.store, bench.user, gone)
    _set_status(bench.store, gone.id, ConnectionStatus.DISCONNECTED)

    with pytest.raises(NotConnected):
        desk.request(bench.user.id, gone.id, BOTH)

    assert bench.store.tables.runs == {}


@pytest.mark.parametrize("named", [True, False])
def test_where_the_seller_has_to_consent_again_that_is_said(
    bench: Bench, desk: SyncDesk, named: bool
) -> None:
    _set_status(bench.store, bench.connection.id, ConnectionStatus.REAUTHORIZATION_REQUIRED)

    with pytest.raises(ReauthorizationRequired):
        desk.request(bench.user.id, bench.connection.id if named else None, BOTH)

    assert bench.store.tables.runs == {}


def test_a_degraded_connection_can_be_synced(bench: Bench, desk: SyncDesk) -> None:
    _set_status(bench.store, bench.connection.id, ConnectionStatus.DEGRADED)

    assert len(desk.request(bench.user.id, None, BOTH)) == 2


def _set_status(store: MemoryStore, connection_id: ConnectionId, status: ConnectionStatus) -> None:
    with MemoryWork(store) as work:
        work.connections.save(replace(work.connections.by_id(connection_id), status=status))
        work.commit()


def test_runs_are_shown_to_their_user_only(bench: Bench, desk: SyncDesk) -> None:
    (run,) = desk.request(bench.user.id, None, [Resource.ORDERS])
    stranger = a_user("eve@example.com")

    with pytest.raises(NotFound):
        desk.run(stranger.id, run.id)
    with pytest.raises(NotFound):
        desk.run(bench.user.id, RunId(uuid4()))

    assert all_runs(desk, stranger) == []
    assert desk.states(stranger.id) == []


def test_states_show_how_every_resource_is_doing(bench: Bench, desk: SyncDesk) -> None:
    bench.sync()

    inventory, orders = desk.states(bench.user.id)

    assert (orders.resource, orders.status, orders.synced_at) == (Resource.ORDERS, RunStatus.SUCCEEDED, NOW)
    assert orders.last_run_at == NOW
    assert orders.next_run_at is not None
    assert NOW < orders.next_run_at <= NOW + timedelta(minutes=15)
    assert (inventory.resource, inventory.status, inventory.synced_at) == (
        Resource.INVENTORY,
        RunStatus.RUNNING,
        None,
    )
