"""What every stock book does, and the stock figures that are made of it."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.connections.model import Connection
from domain.inventory.cover import is_low, is_out, reorder_point
from domain.inventory.model import StockLevel
from domain.kpis.model import StockTotals, Volume
from domain.orders.counting import book
from domain.users.model import User
from tests.contracts.backends import Backend
from tests.contracts.reorder_points import set_reorder_point
from tests.contracts.samples import NOW, connected, registered
from tests.fakes.things import DE, FR, UK, US, a_level, an_item, an_order

TODAY = date(2026, 3, 29)
FIRST = TODAY - timedelta(days=29)


@pytest.fixture
def user(backend: Backend) -> User:
    return registered(backend)


@pytest.fixture
def connection(backend: Backend, user: User) -> Connection:
    return connected(backend, user)


def stock(
    backend: Backend,
    connection: Connection,
    *levels: StockLevel,
    marketplace_id: str = US,
    pass_id: str = "pass-1",
) -> int:
    """Keep one page of stock; returns how many SKUs it changed."""
    with backend.work() as work:
        changed = work.stock.save_page(connection.id, marketplace_id, levels, pass_id, NOW)
        work.commit()
    return changed


def sell(
    backend: Backend,
    connection: Connection,
    sku: str | None,
    units: int,
    *,
    days_ago: int = 0,
    marketplace_id: str = US,
    status: str = "SHIPPED",
) -> None:
    """One order of so many units."""
    order = an_order(
        f"{sku}-{days_ago}-{marketplace_id}-{status}",
        an_item(sku, units),
        marketplace_id=marketplace_id,
        created_at=NOW - timedelta(days=days_ago),
        status=status,
    )
    with backend.work() as work:
        work.orders.save_page(connection.id, [book(order, US)])
        work.commit()


def totals(backend: Backend, user: User, marketplace_id: str | None = None) -> StockTotals:
    """The stock of the user, with the demand of the last thirty days."""
    return backend.figures().stock.totals(user.id, marketplace_id, FIRST, TODAY)


def close(backend: Backend, connection: Connection, pass_id: str, marketplace_id: str = US) -> int:
    """End a full pass."""
    with backend.work() as work:
        gone = work.stock.close_pass(connection.id, marketplace_id, pass_id)
        work.commit()
    return gone


def count(backend: Backend, connection: Connection, marketplace_id: str = US) -> int:
    """How many SKUs are listed."""
    with backend.look() as work:
        return work.stock.count(connection.id, marketplace_id)


def test_a_page_of_levels_is_kept(backend: Backend, user: User, connection: Connection) -> None:
    kept = stock(backend, connection, a_level("A", 50, total=60), a_level("B", 3), a_level("C", 0, total=4))

    assert kept == 3
    assert totals(backend, user) == StockTotals(skus=3, quantity=67, low=1, out=1)


def test_an_empty_page_keeps_nothing(backend: Backend, user: User, connection: Connection) -> None:
    assert stock(backend, connection) == 0
    assert totals(backend, user) == StockTotals(0, 0, 0, 0)


def test_a_new_page_replaces_the_levels(backend: Backend, user: User, connection: Connection) -> None:
    stock(backend, connection, a_level("A", 50))

    stock(backend, connection, a_level("A", 0), pass_id="pass-2")

    assert totals(backend, user) == StockTotals(1, 0, 0, 1)


def test_a_page_that_says_what_is_known_changes_nothing_but_is_seen(
    backend: Backend, user: User, connection: Connection
) -> None:
    stock(backend, connection, a_level("A", 50), a_level("B"))
    set_reorder_point(backend, connection, US, "A", 20)

    changed = stock(backend, connection, a_level("A", 50), a_level("B"), pass_id="pass-2")

    assert changed == 0
    assert close(backend, connection, "pass-2") == 0


def test_a_page_tells_how_many_skus_are_new_or_other_than_they_were(
    backend: Backend, connection: Connection
) -> None:
    known = a_level("same")
    others = (
        replace(known, sku="asin", asin="B000000002"),
        replace(known, sku="fnsku", fnsku=None),
        replace(known, sku="title", title="Another thing"),
        replace(known, sku="condition", condition="UsedGood"),
        replace(known, sku="total", total=6),
        replace(known, sku="fulfillable", fulfillable=4),
        replace(known, sku="inbound", inbound=1),
        replace(known, sku="reserved", reserved=1),
        replace(known, sku="unfulfillable", unfulfillable=1),
        replace(known, sku="researching", researching=1),
        replace(known, sku="updated_at", updated_at=NOW + timedelta(microseconds=1)),
        replace(known, sku="never_moved", updated_at=None),
    )
    stock(backend, connection, known, *(replace(known, sku=other.sku) for other in others))

    assert stock(backend, connection, known, *others, a_level("new")) == len(others) + 1


def test_skus_change_in_their_own_marketplace_and_connection(
    backend: Backend, user: User, connection: Connection
) -> None:
    stock(backend, connection, a_level("A"))

    assert stock(backend, connection, a_level("A"), marketplace_id=UK) == 1
    assert stock(backend, connected(backend, user, "SELLER2"), a_level("A")) == 1


def test_a_sku_that_comes_back_has_changed(backend: Backend, connection: Connection) -> None:
    stock(backend, connection, a_level("A"))
    close(backend, connection, "pass-2")

    assert stock(backend, connection, a_level("A"), pass_id="pass-3") == 1


def test_a_sku_twice_on_a_page_is_kept_once_as_it_came_last(
    backend: Backend, user: User, connection: Connection
) -> None:
    kept = stock(backend, connection, a_level("A", 50), a_level("A", 20))

    assert kept == 1
    assert totals(backend, user) == StockTotals(1, 20, 0, 0)


def test_a_level_that_never_moved_is_kept(backend: Backend, user: User, connection: Connection) -> None:
    bare = StockLevel("A", None, None, None, None, 0, 0, 0, 0, 0, 0, None)

    assert stock(backend, connection, bare) == 1
    assert totals(backend, user).out == 1


def test_what_a_full_pass_did_not_see_is_no_longer_listed(
    backend: Backend, user: User, connection: Connection
) -> None:
    stock(backend, connection, a_level("A"), a_level("B"), a_level("C"), pass_id="pass-1")
    stock(backend, connection, a_level("B"), pass_id="pass-2")

    gone = close(backend, connection, "pass-2")

    assert gone == 2
    assert (count(backend, connection), totals(backend, user).skus) == (1, 1)
    assert backend.figures().overview.volumes(user.id)()["amazon"] == Volume(1, 0)


def test_closing_a_pass_twice_takes_nothing_more(
    backend: Backend, user: User, connection: Connection
) -> None:
    stock(backend, connection, a_level("A"), pass_id="pass-1")
    close(backend, connection, "pass-2")

    assert close(backend, connection, "pass-2") == 0


def test_a_pass_ends_in_its_own_marketplace_and_connection_only(
    backend: Backend, user: User, connection: Connection
) -> None:
    second = connected(backend, user, "SELLER2")
    for each, marketplace_id in ((connection, US), (connection, UK), (second, US)):
        stock(backend, each, a_level("A"), marketplace_id=marketplace_id)

    close(backend, connection, "pass-2")

    assert [count(backend, connection), count(backend, connection, UK), count(backend, second)] == [0, 1, 1]


def test_a_sku_that_comes_back_is_listed_again_with_its_reorder_point(
    backend: Backend, user: User, connection: Connection
) -> None:
    stock(backend, connection, a_level("A", 15))
    set_reorder_point(backend, connection, US, "A", 20)
    close(backend, connection, "pass-2")

    stock(backend, connection, a_level("A", 15), pass_id="pass-3")

    assert totals(backend, user) == StockTotals(1, 15, 1, 0)


@pytest.mark.parametrize(
    ("fulfillable", "sold", "own"),
    [
        (9, 0, None),
        (10, 0, None),
        (0, 0, None),
        (-2, 0, None),
        (7, 11, None),
        (8, 11, None),
        (1, 1, None),
        (20, 30, None),
        (21, 30, None),
        (24, 300, 25),
        (25, 300, 25),
        (1, 300, 0),
        (2**40, 2**40, None),
    ],
)
def test_low_and_out_are_what_the_domain_says(
    backend: Backend, user: User, connection: Connection, fulfillable: int, sold: int, own: int | None
) -> None:
    stock(backend, connection, a_level("A", fulfillable))
    set_reorder_point(backend, connection, US, "A", own)
    if sold:
        sell(backend, connection, "A", sold)

    found = totals(backend, user)

    assert found.low == is_low(fulfillable, reorder_point(own, sold))
    assert found.out == is_out(fulfillable)


def test_only_the_asked_days_tell_the_demand(backend: Backend, user: User, connection: Connection) -> None:
    stock(backend, connection, a_level("A", 30))
    sell(backend, connection, "A", 100, days_ago=30)

    assert totals(backend, user).low == 0

    sell(backend, connection, "A", 100, days_ago=29)

    assert totals(backend, user).low == 1


def test_cancelled_orders_and_lines_without_a_sku_are_no_demand(
    backend: Backend, user: User, connection: Connection
) -> None:
    stock(backend, connection, a_level("A", 30))
    sell(backend, connection, "A", 1000, status="CANCELLED")
    sell(backend, connection, None, 1000)

    assert totals(backend, user).low == 0


def test_one_stock_behind_several_marketplaces_counts_once(
    backend: Backend, user: User, connection: Connection
) -> None:
    stock(backend, connection, a_level("A", 12), marketplace_id=DE)
    stock(backend, connection, a_level("A", 15), marketplace_id=FR)
    stock(backend, connection, a_level("A", 20), marketplace_id=UK)

    assert totals(backend, user) == StockTotals(skus=2, quantity=35, low=0, out=0)
    assert totals(backend, user, DE) == StockTotals(skus=1, quantity=12, low=0, out=0)


def test_every_marketplace_of_a_pool_adds_to_its_demand(
    backend: Backend, user: User, connection: Connection
) -> None:
    stock(backend, connection, a_level("A", 20), marketplace_id=DE)
    sell(backend, connection, "A", 15, marketplace_id=DE)
    assert totals(backend, user, DE).low == 0

    sell(backend, connection, "A", 15, marketplace_id=FR)
    sell(backend, connection, "A", 1000, marketplace_id=UK)

    assert totals(backend, user, DE).low == 1  # 30 sold: 21 needed
    assert totals(backend, user).low == 1


def test_a_reorder_point_holds_for_the_whole_pool(
    backend: Backend, user: User, connection: Connection
) -> None:
    stock(backend, connection, a_level("A", 20), marketplace_id=DE)
    stock(backend, connection, a_level("A", 20), marketplace_id=FR)
    set_reorder_point(backend, connection, FR, "A", 25)
    set_reorder_point(backend, connection, DE, "A", 5)

    assert (totals(backend, user).low, totals(backend, user, DE).low) == (1, 1)


def test_the_same_sku_of_two_sellers_is_two_positions(
    backend: Backend, user: User, connection: Connection
) -> None:
    second = connected(backend, user, "SELLER2")
    stock(backend, connection, a_level("A", 20))
    stock(backend, second, a_level("A", 8))
    sell(backend, second, "A", 30)

    assert totals(backend, user) == StockTotals(2, 28, 1, 0)


def test_other_users_stock_is_not_counted(backend: Backend, user: User, connection: Connection) -> None:
    stranger = registered(backend)
    theirs = connected(backend, stranger)
    stock(backend, connection, a_level("A", 20))
    stock(backend, theirs, a_level("B", 30))

    assert totals(backend, user).quantity == 20
    assert backend.figures().overview.volumes(stranger.id)()["amazon"] == Volume(1, 0)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(
        st.tuples(
            st.sampled_from([US, UK, DE, FR]),
            st.sampled_from(["A", "B", "C"]),
            st.integers(0, 40),
            st.integers(0, 60),
            st.none() | st.integers(0, 40),
        ),
        max_size=12,
    )
)
def test_totals_agree_with_a_count_by_the_domains_own_functions(
    backend: Backend, rows: list[tuple[str, str, int, int, int | None]]
) -> None:
    user = registered(backend)
    connection = connected(backend, user)
    final = {(market, sku): (left, sold, own) for market, sku, left, sold, own in rows}
    for (market, sku), (left, sold, own) in final.items():
        stock(backend, connection, a_level(sku, left), marketplace_id=market)
        set_reorder_point(backend, connection, market, sku, own)
        sell(backend, connection, sku, sold, marketplace_id=market)

    positions: dict[tuple[str, str], list[tuple[int, int, int | None]]] = {}
    for (market, sku), row in final.items():
        positions.setdefault(("europe" if market in (DE, FR) else market, sku), []).append(row)
    low = out = quantity = 0
    for found in positions.values():
        left = max(row[0] for row in found)
        own_points = [row[2] for row in found if row[2] is not None]
        point = reorder_point(max(own_points, default=None), sum(row[1] for row in found))
        quantity += left
        low += is_low(left, point)
        out += is_out(left)

    assert totals(backend, user) == StockTotals(len(positions), quantity, low, out)
