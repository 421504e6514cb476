"""What storage does when a connection syncs fewer marketplaces than before."""

import pytest

from domain.connections.model import Connection
from domain.errors import LeaseLost
from domain.sync.model import Progress, Resource, RunStatus, Task
from tests.contracts.backends import Backend
from tests.contracts.samples import FAILURE, MINUTE, NOW, connected, registered, scheduled
from tests.fakes.things import CA, DE, US, a_level

INVENTORY = Resource.INVENTORY


def stock(backend: Backend, connection: Connection, *marketplace_ids: str) -> None:
    """Two SKUs in each marketplace."""
    with backend.work() as work:
        for marketplace_id in marketplace_ids:
            levels = [a_level("SKU-1"), a_level("SKU-2")]
            work.stock.save_page(connection.id, marketplace_id, levels, "pass", NOW)
        work.commit()


def counts(backend: Backend, connection: Connection) -> dict[str, int]:
    with backend.look() as work:
        return {each: work.stock.count(connection.id, each) for each in (US, CA, DE)}


def test_stock_elsewhere_is_listed_no_more(backend: Backend) -> None:
    user = registered(backend)
    connection, other = connected(backend, user), connected(backend, user, "A2SELLER")
    for each in (connection, other):
        stock(backend, each, US, CA, DE)

    with backend.work() as work:
        gone = work.stock.unlist_elsewhere(connection.id, (US,))
        again = work.stock.unlist_elsewhere(connection.id, (US,))
        work.commit()

    assert (gone, again) == (4, 0)
    assert counts(backend, connection) == {US: 2, CA: 0, DE: 0}
    assert counts(backend, other) == {US: 2, CA: 2, DE: 2}


def test_a_pass_lists_it_again(backend: Backend) -> None:
    connection = connected(backend, registered(backend))
    stock(backend, connection, US, CA)
    with backend.work() as work:
        work.stock.unlist_elsewhere(connection.id, (US,))
        work.commit()

    stock(backend, connection, CA)

    assert counts(backend, connection) == {US: 2, CA: 2, DE: 0}


def claim(backend: Backend, minute: int = 0) -> list[Task]:
    now = NOW + minute * MINUTE
    with backend.work() as work:
        tasks = work.sync.claim(now, "w1", now + 5 * MINUTE, 10)
        work.commit()
    return tasks


def restart(backend: Backend, connection: Connection, resource: Resource = INVENTORY) -> None:
    with backend.work() as work:
        work.sync.restart(connection.id, resource, NOW + MINUTE)
        work.commit()


def test_a_restart_voids_the_lease_and_begins_anew_with_the_same_run(backend: Backend) -> None:
    connection = scheduled(backend, registered(backend), INVENTORY)
    (task,) = claim(backend)
    with backend.work() as work:
        work.sync.advance(task.lease, {"page": 2}, Progress(1, 10), NOW + 5 * MINUTE)
        work.commit()

    restart(backend, connection)

    with backend.work() as work, pytest.raises(LeaseLost):
        work.sync.advance(task.lease, {"page": 3}, Progress(2, 20), NOW + 5 * MINUTE)
    assert claim(backend) == []
    (anew,) = claim(backend, minute=1)
    assert (anew.cursor, anew.run.id, anew.run.status) == ({}, task.run.id, RunStatus.RUNNING)
    assert anew.lease.epoch > task.lease.epoch


def test_a_restart_leaves_other_resources_and_connections_alone(backend: Backend) -> None:
    user = registered(backend)
    connection = scheduled(backend, user, INVENTORY, Resource.ORDERS)
    scheduled(backend, user, INVENTORY, seller_id="A2SELLER")

    restart(backend, connection)

    assert {(task.lease.connection_id == connection.id, task.lease.resource) for task in claim(backend)} == {
        (True, Resource.ORDERS),
        (False, INVENTORY),
    }


def test_what_has_stopped_or_is_not_there_is_not_restarted(backend: Backend) -> None:
    connection = scheduled(backend, registered(backend), INVENTORY)
    with backend.work() as work:
        work.sync.stop(connection.id, FAILURE)
        work.commit()

    restart(backend, connection)
    restart(backend, connection, Resource.ORDERS)

    assert claim(backend, minute=2) == []
