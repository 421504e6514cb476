"""What every order book does, and the sales figures that are made of its orders."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from domain.connections.model import Connection
from domain.kpis.model import DailySales, Volume
from domain.money import Money
from domain.orders.counting import book
from domain.orders.model import OrderItem, Source
from domain.users.model import User
from tests.contracts.backends import Backend
from tests.contracts.sales import MINUTE, NOON, order, sales, save
from tests.contracts.samples import connected, registered
from tests.fakes.things import CA, DE, US, an_item, an_order

DAY = date(2026, 3, 4)


@pytest.fixture
def user(backend: Backend) -> User:
    return registered(backend)


@pytest.fixture
def connection(backend: Backend, user: User) -> Connection:
    return connected(backend, user)


def priced(item_id: str, dollars: int, currency: str = "USD") -> OrderItem:
    total = Money(100 * dollars, currency)
    return replace(an_item("SKU-1", item_id=item_id, total=total), goods=total)


def test_a_page_makes_the_figures_of_its_days(backend: Backend, user: User, connection: Connection) -> None:
    yesterday = NOON - timedelta(days=1)

    changed = save(
        backend,
        connection,
        order("O-1", minor=1000, quantity=2),
        order("O-2", minor=550, status="UNSHIPPED"),
        order("O-3", minor=None, status="PARTIALLY_SHIPPED"),
        order("O-4", minor=70, created_at=yesterday),
    )

    assert changed == 4
    assert sales(backend, user) == [
        DailySales(DAY - timedelta(days=1), "USD", 1, 1, 70, 1, 0),
        DailySales(DAY, "USD", 3, 2, 1550, 4, 2),
    ]


def test_an_empty_page_changes_nothing(backend: Backend, user: User, connection: Connection) -> None:
    assert save(backend, connection) == 0
    assert sales(backend, user) == []


def test_a_page_that_comes_again_counts_once(backend: Backend, user: User, connection: Connection) -> None:
    save(backend, connection, order("O-1"), order("O-2"))
    before = sales(backend, user)

    save(backend, connection, order("O-1"), order("O-2"))

    assert sales(backend, user) == before


def test_an_order_twice_on_a_page_counts_once_in_its_newest_version(
    backend: Backend, user: User, connection: Connection
) -> None:
    changed = save(
        backend,
        connection,
        order(minor=100, version=1),
        order(minor=300, version=2),
        order(minor=200, version=1),
    )

    assert changed == 1
    assert [(day.orders, day.revenue_minor) for day in sales(backend, user)] == [(1, 300)]


def test_a_newer_version_replaces_the_kept_one(backend: Backend, user: User, connection: Connection) -> None:
    save(backend, connection, order(minor=None, quantity=1, status="UNSHIPPED"))

    changed = save(backend, connection, order(minor=900, quantity=3, version=1))

    assert changed == 1
    assert sales(backend, user) == [DailySales(DAY, "USD", 1, 1, 900, 3, 0)]


def test_a_version_of_the_same_moment_replaces_the_kept_one(
    backend: Backend, user: User, connection: Connection
) -> None:
    save(backend, connection, order(minor=100))

    changed = save(backend, connection, order(minor=200))

    assert changed == 1
    assert [day.revenue_minor for day in sales(backend, user)] == [200]


def test_the_same_version_again_is_no_change(backend: Backend, user: User, connection: Connection) -> None:
    whole = an_order("O-1", priced("1", 5), priced("2", 6, "EUR"), marketplace_id=None, created_at=NOON)
    page = (whole, order("O-2", marketplace_id="NOWHERE"), order("O-3", minor=None))

    assert [save(backend, connection, *page) for _ in range(2)] == [3, 0]


def test_a_report_does_not_replace_what_the_api_told_at_the_same_time(
    backend: Backend, user: User, connection: Connection
) -> None:
    save(backend, connection, order(minor=100))

    changed = save(backend, connection, replace(order(minor=200), source=Source.REPORT))

    assert changed == 0
    assert [day.revenue_minor for day in sales(backend, user)] == [100]


def test_a_newer_report_replaces_what_the_api_told(
    backend: Backend, user: User, connection: Connection
) -> None:
    save(backend, connection, order(minor=100))

    changed = save(backend, connection, replace(order(minor=200, version=1), source=Source.REPORT))

    assert changed == 1
    assert [day.revenue_minor for day in sales(backend, user)] == [200]


def test_lines_of_a_reports_order_that_come_in_two_pages_are_added_up(
    backend: Backend, user: User, connection: Connection
) -> None:
    parts = [
        replace(
            an_order("O-1", each, created_at=NOON, updated_at=NOON, total=each.total), source=Source.REPORT
        )
        for each in (priced("1", 5), priced("2", 6))
    ]

    changed = [save(backend, connection, part) for part in (*parts, parts[0], parts[1])]

    assert changed == [1, 1, 0, 0]
    assert sales(backend, user) == [DailySales(DAY, "USD", 1, 1, 1100, 2, 0)]


def test_an_older_version_changes_nothing(backend: Backend, user: User, connection: Connection) -> None:
    save(backend, connection, order(minor=200, quantity=2, version=5))

    changed = save(backend, connection, order(minor=100, quantity=9, version=4))

    assert changed == 0
    assert sales(backend, user) == [DailySales(DAY, "USD", 1, 1, 200, 2, 0)]


def test_an_old_and_a_new_order_of_one_page_are_told_apart(
    backend: Backend, user: User, connection: Connection
) -> None:
    save(backend, connection, order("O-1", minor=200, version=5))

    changed = save(backend, connection, order("O-1", minor=100, version=4), order("O-2", minor=7, version=4))

    assert changed == 1
    assert [(day.orders, day.revenue_minor) for day in sales(backend, user)] == [(2, 207)]


def test_a_cancelled_order_counts_in_nothing(backend: Backend, user: User, connection: Connection) -> None:
    save(backend, connection, order("O-1"), order("O-2", status="CANCELLED"))

    assert [(day.orders, day.units) for day in sales(backend, user)] == [(1, 1)]
    assert backend.figures().overview.volumes(user.id)()["amazon"] == Volume(0, 1)


def test_the_last_order_of_a_day_that_is_cancelled_takes_the_day_along(
    backend: Backend, user: User, connection: Connection
) -> None:
    save(backend, connection, order())

    save(backend, connection, order(status="CANCELLED", version=1))

    assert sales(backend, user) == []


def test_an_order_that_moves_to_another_day_leaves_nothing_behind(
    backend: Backend, user: User, connection: Connection
) -> None:
    save(backend, connection, order("O-1"), order("O-2"))

    save(backend, connection, order("O-1", version=1, created_at=NOON + timedelta(days=2)))

    assert [(day.day, day.orders) for day in sales(backend, user)] == [(DAY, 1), (DAY + timedelta(days=2), 1)]


def test_an_order_that_moves_to_another_marketplace_leaves_nothing_behind(
    backend: Backend, user: User, connection: Connection
) -> None:
    save(backend, connection, order(minor=None))

    save(backend, connection, order(minor=500, currency="CAD", version=1, marketplace_id=CA))

    assert [(day.currency, day.orders) for day in sales(backend, user)] == [("CAD", 1)]
    assert sales(backend, user, US) == []


def test_lines_that_an_order_no_longer_has_disappear(
    backend: Backend, user: User, connection: Connection
) -> None:
    both = (an_item("SKU-1", 2, item_id="1"), an_item("SKU-2", 3, item_id="2"))
    save(backend, connection, an_order("O-1", *both, created_at=NOON, updated_at=NOON))

    save(backend, connection, an_order("O-1", both[0], created_at=NOON, updated_at=NOON + MINUTE))

    assert [day.units for day in sales(backend, user)] == [2]


def test_orders_without_lines_count(backend: Backend, user: User, connection: Connection) -> None:
    save(backend, connection, an_order("O-1", created_at=NOON))

    assert [(day.orders, day.units) for day in sales(backend, user)] == [(1, 0)]


def test_currencies_of_one_day_stay_apart(backend: Backend, user: User, connection: Connection) -> None:
    save(backend, connection, order("O-1", minor=100), order("O-2", minor=200, currency="EUR"))

    assert [(day.currency, day.revenue_minor) for day in sales(backend, user)] == [("EUR", 200), ("USD", 100)]


def test_a_marketplace_can_be_asked_for_alone(backend: Backend, user: User, connection: Connection) -> None:
    save(backend, connection, order("O-1"), order("O-2", marketplace_id=DE, currency="EUR", minor=5))

    assert [day.revenue_minor for day in sales(backend, user, DE)] == [5]


def test_both_ends_of_the_asked_days_belong_to_them(
    backend: Backend, user: User, connection: Connection
) -> None:
    days = [NOON + timedelta(days=number) for number in range(4)]
    save(backend, connection, *(order(f"O-{n}", created_at=day) for n, day in enumerate(days)))

    found = backend.figures().sales.daily(
        user.id, "amazon", DAY + timedelta(days=1), DAY + timedelta(days=2), None
    )()

    assert [day.day for day in found.days] == [DAY + timedelta(days=1), DAY + timedelta(days=2)]
    assert [row.orders for row in found.statuses] == [2]


def test_a_users_connections_are_added_up_and_other_users_are_not(
    backend: Backend, user: User, connection: Connection
) -> None:
    second = connected(backend, user, "SELLER2")
    stranger = registered(backend)
    theirs = connected(backend, stranger)
    for each in (connection, second, theirs):
        save(backend, each, order("O-1", minor=100))

    assert [(day.orders, day.revenue_minor) for day in sales(backend, user)] == [(2, 200)]
    assert [(day.orders, day.revenue_minor) for day in sales(backend, stranger)] == [(1, 100)]
    assert backend.figures().overview.volumes(user.id)()["amazon"].orders == 2


def test_a_page_that_is_not_committed_leaves_no_figures(
    backend: Backend, user: User, connection: Connection
) -> None:
    with backend.work() as work:
        work.orders.save_page(connection.id, [book(order(), US)])

    assert sales(backend, user) == []


def test_sums_may_be_larger_than_32_bits(backend: Backend, user: User, connection: Connection) -> None:
    save(backend, connection, *(order(f"O-{number}", minor=10**14) for number in range(5)))

    assert [day.revenue_minor for day in sales(backend, user)] == [5 * 10**14]


def test_a_page_of_a_thousand_orders_is_one_page(
    backend: Backend, user: User, connection: Connection
) -> None:
    page = [order(f"O-{number}", minor=3, created_at=NOON + number * MINUTE) for number in range(1000)]

    assert save(backend, connection, *page) == 1000
    assert sum(day.revenue_minor for day in sales(backend, user)) == 3000
