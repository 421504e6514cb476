"""How fresh every implementation says that a user's data is."""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.connections.model import Connection, ConnectionStatus
from domain.kpis.model import Freshness
from domain.kpis.standing import freshness
from domain.sync.model import Progress, Resource
from domain.users.model import User
from tests.contracts.backends import Backend
from tests.contracts.samples import NOW, connected, registered


@pytest.fixture
def user(backend: Backend) -> User:
    return registered(backend)


@pytest.fixture
def connection(backend: Backend, user: User) -> Connection:
    return connected(backend, user)


def fresh(backend: Backend, user: User, resource: Resource) -> Freshness:
    return freshness(backend.figures().overview.standing(user.id), resource)


def finished(backend: Backend, connection: Connection, minutes: int, complete: int | None) -> None:
    """A sync of orders that succeeded so many minutes after NOW."""
    at = NOW + timedelta(minutes=minutes)
    with backend.work() as work:
        work.sync.ensure(connection.id, connection.user_id, (Resource.ORDERS,), at)
        task = next(
            task
            for task in work.sync.claim(at, "worker", at + timedelta(minutes=5), 100)
            if task.lease.connection_id == connection.id
        )
        until = None if complete is None else NOW + timedelta(minutes=complete)
        work.sync.finish(task.lease, {}, Progress(1, 1), at, at + timedelta(days=1), until)
        work.commit()


def test_nothing_synced_is_nothing_known(backend: Backend, user: User, connection: Connection) -> None:
    assert fresh(backend, user, Resource.ORDERS) == Freshness(None, None)


def test_a_user_without_connections_knows_nothing(backend: Backend, user: User) -> None:
    assert fresh(backend, user, Resource.ORDERS) == Freshness(None, None)


def test_the_oldest_connection_says_how_fresh_the_whole_is(
    backend: Backend, user: User, connection: Connection
) -> None:
    second = connected(backend, user, "SELLER2")
    finished(backend, connection, minutes=10, complete=7)
    finished(backend, second, minutes=5, complete=8)

    found = fresh(backend, user, Resource.ORDERS)

    assert found == Freshness(NOW + timedelta(minutes=5), NOW + timedelta(minutes=7))


def test_resources_are_fresh_each_by_itself(backend: Backend, user: User, connection: Connection) -> None:
    finished(backend, connection, minutes=10, complete=7)

    found = fresh(backend, user, Resource.INVENTORY)

    assert found == Freshness(None, None)


def test_a_connection_that_was_never_synced_makes_the_whole_incomplete(
    backend: Backend, user: User, connection: Connection
) -> None:
    connected(backend, user, "SELLER2")
    finished(backend, connection, minutes=10, complete=7)

    found = fresh(backend, user, Resource.ORDERS)

    assert found == Freshness(NOW + timedelta(minutes=10), None)


def test_disconnected_sellers_count_only_where_there_are_no_others(
    backend: Backend, user: User, connection: Connection
) -> None:
    gone = connected(backend, user, "SELLER2")
    finished(backend, connection, minutes=10, complete=9)
    finished(backend, gone, minutes=5, complete=4)
    _disconnect(backend, gone)

    alive = fresh(backend, user, Resource.ORDERS)
    _disconnect(backend, connection)
    all_gone = fresh(backend, user, Resource.ORDERS)

    assert alive == Freshness(NOW + timedelta(minutes=10), NOW + timedelta(minutes=9))
    assert all_gone == Freshness(NOW + timedelta(minutes=5), NOW + timedelta(minutes=4))


def _disconnect(backend: Backend, connection: Connection) -> None:
    with backend.work() as work:
        work.connections.save(replace(connection, status=ConnectionStatus.DISCONNECTED))
        work.commit()
