"""Which connection is the default one, settled by many at once: nobody waits in a circle, and none is left without."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from threading import Barrier

import pytest

from adapters.memory.buckets import MemoryBuckets
from adapters.sql.engine import make_engine
from domain.connections.catalog import Connections
from domain.connections.changes import Changes, Wish
from domain.connections.grants import Grants, Offer
from domain.connections.model import Connection, ConnectionStatus, Door, Provider
from domain.connections.participations import Memberships
from domain.connections.trials import Trials
from domain.errors import InvalidInput
from domain.marketplaces import Region
from domain.tokens.model import AccessToken, RefreshToken
from domain.users.model import User, Visitor
from tests.contracts.backends import SqlBackend
from tests.contracts.samples import MINUTE, NOW, connected, registered
from tests.fakes.amazon import ScriptedAccounts
from tests.fakes.clock import HeldClock
from tests.fakes.lwa import ScriptedLwa

VISITOR = Visitor("192.0.2.7")
ROUNDS, SELLERS = 6, 4


@pytest.fixture
def backend(url: str) -> Iterator[SqlBackend]:
    engine = make_engine(url)
    yield SqlBackend(engine)
    engine.dispose()


def preferring(backend: SqlBackend, user: User) -> Callable[[Connection], object]:
    """Makes a connection the default one."""
    clock = HeldClock(NOW)
    changes = Changes(backend.work, backend.look, ScriptedLwa(clock), Trials(MemoryBuckets(), clock), clock)

    def prefer(connection: Connection) -> None:
        with suppress(InvalidInput):  # somebody has just disconnected it
            changes.make(user, VISITOR, connection.id, Wish(is_default=True))

    return prefer


def leaving(backend: SqlBackend, user: User) -> Callable[[Connection], object]:
    """Disconnects a connection."""
    catalog = Connections(backend.work, backend.look, HeldClock(NOW))
    return lambda connection: catalog.disconnect(user, VISITOR, connection.id)


def returning(backend: SqlBackend, user: User) -> Callable[[Connection], object]:
    """Connects its seller again."""
    clock = HeldClock(NOW)
    grants = Grants(backend.work, Memberships(backend.work, ScriptedAccounts(), clock), clock)

    def again(connection: Connection) -> object:
        access = AccessToken("Atza|new", NOW + 60 * MINUTE)
        refresh = RefreshToken("Atzr|new")
        home = connection.marketplace_id
        return grants.accept(
            user, VISITOR, Offer(Door.WEBSITE, connection.seller_id, Region.NA, home, refresh, access)
        )

    return again


def test_preferring_leaving_and_returning_at_once_all_succeed_and_leave_one_default(
    backend: SqlBackend,
) -> None:
    user = registered(backend)
    mine = [connected(backend, user, f"A{n}", is_default=n == 0) for n in range(SELLERS)]
    deeds = [make(backend, user) for make in (preferring, leaving, returning)] * 2
    start = Barrier(len(deeds))

    def act(number: int) -> None:
        start.wait()
        for each in range(ROUNDS):
            deeds[number](mine[(number + each) % SELLERS])

    with ThreadPoolExecutor(len(deeds)) as pool:
        list(pool.map(act, range(len(deeds))))

    with backend.look() as work:
        kept = work.connections.of_user(user.id, Provider.AMAZON_SP)
    assert [one.is_default for one in kept] == [True] + [False] * (SELLERS - 1)


@pytest.mark.parametrize("url", ["postgres"], indirect=True)  # SQLite has one writer at a time
def test_of_two_who_leave_at_once_the_second_does_not_hand_the_default_to_the_first(
    backend: SqlBackend,
) -> None:
    user = registered(backend)
    first, second, third = (connected(backend, user, f"A{n}", is_default=n == 0) for n in range(3))
    leave = leaving(backend, user)

    with ThreadPoolExecutor(1) as pool, backend.work() as work:
        work.connections.hold_default(user.id)
        later = pool.submit(leave, first)
        held = work.connections.hold(second.id)
        with pytest.raises(TimeoutError):
            later.result(timeout=0.2)
        work.connections.save(replace(held, status=ConnectionStatus.DISCONNECTED))
        work.commit()
        later.result(timeout=10)

    with backend.look() as work:
        kept = work.connections.of_user(user.id, Provider.AMAZON_SP)
    assert kept[0].id == third.id
    assert kept[0].is_default
