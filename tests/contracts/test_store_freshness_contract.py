"""Since when a store's orders are complete is kept with its schedule, and told with its connection."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from domain.connections.model import Connection, Provider
from domain.kpis.model import Freshness
from domain.marketplaces import Region
from domain.sync.model import Progress, Resource
from domain.users.model import User
from tests.contracts.backends import Backend
from tests.contracts.samples import MINUTE, NOW, connected, registered
from tests.contracts.stores import BACKENDS, furnished_backend

SHOP = "acme.myshopify.com"


@pytest.fixture(params=BACKENDS)
def backend(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Backend]:
    yield from furnished_backend(request, tmp_path)


@pytest.fixture
def user(backend: Backend) -> User:
    return registered(backend)


@pytest.fixture
def store(backend: Backend, user: User) -> Connection:
    store = connected(backend, user, SHOP, provider=Provider.SHOPIFY, region=Region.WORLD)
    with backend.work() as work:
        work.sync.ensure(store.id, user.id, (Resource.SHOPIFY_ORDERS,), NOW)
        work.commit()
    return store


def finish(backend: Backend, until: datetime | None, since: datetime | None) -> None:
    with backend.work() as work:
        (task,) = work.sync.claim(NOW, "worker", NOW + MINUTE, 1)
        work.sync.finish(task.lease, {}, Progress(), NOW, NOW, until, complete_from=since)
        work.commit()


def known(backend: Backend, user: User) -> Freshness:
    (standing,) = backend.figures().overview.standing(user.id)
    return standing.resources[Resource.SHOPIFY_ORDERS]


def test_a_run_says_since_when_and_until_when(backend: Backend, user: User, store: Connection) -> None:
    finish(backend, NOW, NOW - timedelta(days=2))

    assert known(backend, user) == Freshness(NOW, NOW, NOW - timedelta(days=2))


def test_a_run_that_says_nothing_of_it_leaves_it(backend: Backend, user: User, store: Connection) -> None:
    finish(backend, NOW, NOW - timedelta(days=2))

    finish(backend, None, None)

    assert known(backend, user) == Freshness(NOW, NOW, NOW - timedelta(days=2))


def test_it_may_become_earlier_and_later(backend: Backend, user: User, store: Connection) -> None:
    finish(backend, NOW, NOW - timedelta(days=2))
    finish(backend, NOW, NOW - timedelta(days=90))
    earlier = known(backend, user).complete_from

    finish(backend, NOW, NOW - timedelta(days=1))

    assert earlier == NOW - timedelta(days=90)
    assert known(backend, user).complete_from == NOW - timedelta(days=1)
