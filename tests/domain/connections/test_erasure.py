"""Leaving for good: out of sight at once, gone piece by piece."""

from datetime import timedelta
from uuid import uuid4

import pytest

from domain.clock import in_words
from domain.connections.erasure import Erasures
from domain.connections.model import Connection, ConnectionId, ConnectionStatus
from domain.errors import LeaseLost, NotFound, Unavailable
from domain.orders.counting import book
from domain.sync.model import Resource
from domain.users.model import CONSOLE
from tests.domain.connections.bench import VISITOR, Bench
from tests.fakes.memory_work import MemoryWork
from tests.fakes.things import NOW, US, a_user, an_order, claimed


@pytest.fixture
def bench() -> Bench:
    return Bench()


def erasures(bench: Bench) -> Erasures:
    return Erasures(bench.work, bench.look, bench.clock)


def with_orders(bench: Bench, count: int, seller_id: str = "SELLER1") -> Connection:
    """A connection with so many orders."""
    connection = bench.connect(seller_id)
    with bench.work() as work:
        work.orders.save_page(connection.id, [book(an_order(f"O-{n}"), US) for n in range(count)])
        work.commit()
    return connection


def left(bench: Bench, connection: Connection) -> int:
    """How many of its orders are still kept."""
    return sum(1 for owner, _order_id in bench.store.tables.orders if owner == connection.id)


def test_a_small_connection_is_gone_at_once(bench: Bench) -> None:
    connection = with_orders(bench, 20)

    erasures(bench).request(bench.user, VISITOR, connection.id)

    tables = bench.store.tables
    assert (tables.connections, tables.tokens, tables.orders, tables.resources) == ({}, {}, {}, {})
    assert erasures(bench).under_way() == []


def test_a_large_one_is_out_of_sight_at_once_and_goes_step_by_step(bench: Bench) -> None:
    connection = with_orders(bench, 10_020)

    removed = erasures(bench).request(bench.user, VISITOR, connection.id)

    assert bench.mine() == []
    assert (removed, left(bench, connection)) == (10_000, 20)
    assert [one.id for one in erasures(bench).under_way()] == [connection.id]
    assert erasures(bench).step() > 20
    assert bench.store.tables.connections == {}
    assert erasures(bench).step() == 0


def test_who_asked_for_it_and_that_it_is_done_is_in_the_audit_log(bench: Bench) -> None:
    connection = with_orders(bench, 10_020)
    erasures(bench).request(bench.user, VISITOR, connection.id)
    asked = bench.entries[-1]
    bench.clock.advance(timedelta(seconds=5))

    erasures(bench).step()

    done = bench.entries[-1]
    assert (asked.action, asked.actor, asked.address) == (
        "connection.erasure_requested",
        bench.user.email,
        VISITOR.address,
    )
    assert (done.action, done.actor, done.user_id) == ("connection.erased", "system", bench.user.id)
    assert done.details == {"seller_id": "SELLER1", "region": "na", "requested_at": in_words(NOW)}
    assert {asked.connection_id, done.connection_id} == {connection.id}


def test_listeners_are_told_when_it_begins_and_when_it_is_done(bench: Bench) -> None:
    connection = with_orders(bench, 1)

    erasures(bench).request(bench.user, VISITOR, connection.id)

    told = [event.data for event in bench.store.tables.events[-2:]]
    assert told == [
        {"connection_id": str(connection.id), "status": "erasing"},
        {"connection_id": str(connection.id), "status": "erased"},
    ]


def test_somebody_at_the_console_is_named_as_such(bench: Bench) -> None:
    connection = bench.connect()

    erasures(bench).request(bench.user, CONSOLE, connection.id)

    asked = bench.entries[-2]
    assert (asked.actor, asked.address, asked.user_id) == ("console", "console", bench.user.id)


def test_the_secrets_are_erased_and_the_leases_void_before_the_first_step(bench: Bench) -> None:
    connection = with_orders(bench, 10_020)
    task = claimed(bench.store, Resource.ORDERS, NOW + timedelta(minutes=1))

    erasures(bench).request(bench.user, VISITOR, connection.id)

    kept = bench.store.tables.tokens[connection.id]
    assert (kept.refresh_token, kept.access_token, kept.client_secret) == (None, None, None)
    with bench.work() as work, pytest.raises(LeaseLost):
        work.sync.advance(task.lease, {}, task.run.progress, NOW)


def test_the_default_goes_to_the_oldest_living_connection(bench: Bench) -> None:
    first = with_orders(bench, 10_020)
    bench.clock.advance(timedelta(days=1))
    second = bench.connect("SELLER2")

    erasures(bench).request(bench.user, VISITOR, first.id)

    assert [(one.id, one.is_default) for one in bench.mine()] == [(second.id, True)]


def test_the_same_seller_connects_again_while_the_old_data_goes(bench: Bench) -> None:
    old = with_orders(bench, 10_020)
    erasures(bench).request(bench.user, VISITOR, old.id)

    fresh = with_orders(bench, 7)
    while erasures(bench).step():
        pass

    assert fresh.id != old.id
    assert [(one.id, one.status) for one in bench.mine()] == [(fresh.id, ConnectionStatus.CONNECTED)]
    assert (left(bench, old), left(bench, fresh)) == (0, 7)


def test_a_connection_is_erased_once(bench: Bench) -> None:
    connection = with_orders(bench, 10_020)
    erasures(bench).request(bench.user, VISITOR, connection.id)

    with pytest.raises(NotFound):
        erasures(bench).request(bench.user, VISITOR, connection.id)


@pytest.mark.parametrize("whose", ["somebody else's", "nobody's"])
def test_what_is_not_ones_own_is_not_found(bench: Bench, whose: str) -> None:
    connection = bench.connect()
    user = a_user("eve@example.com") if whose == "somebody else's" else bench.user
    wanted = connection.id if whose == "somebody else's" else ConnectionId(uuid4())

    with pytest.raises(NotFound):
        erasures(bench).request(user, VISITOR, wanted)

    assert bench.mine() == [bench.store.tables.connections[connection.id]]


def test_a_named_connection_goes_before_those_that_wait_longer(bench: Bench) -> None:
    first, second = with_orders(bench, 10_020, "SELLER1"), with_orders(bench, 10_020, "SELLER2")
    for connection in (first, second):
        erasures(bench).request(bench.user, VISITOR, connection.id)
        bench.clock.advance(timedelta(seconds=1))

    erasures(bench).step(connection_id=second.id)

    assert [one.id for one in erasures(bench).under_way()] == [first.id]


def test_a_database_that_goes_away_after_the_promise_takes_nothing_of_it_back(bench: Bench) -> None:
    connection = with_orders(bench, 1)
    works = iter([bench.work()])

    def work() -> MemoryWork:
        try:
            return next(works)
        except StopIteration as error:
            raise Unavailable("The database is away.") from error

    removed = Erasures(work, bench.look, bench.clock).request(bench.user, VISITOR, connection.id)

    assert removed == 0
    assert [one.id for one in erasures(bench).under_way()] == [connection.id]
