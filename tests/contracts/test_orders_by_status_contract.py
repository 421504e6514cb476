"""What every order book makes of its orders' statuses."""

from datetime import date, timedelta

import pytest

from domain.connections.model import Connection, Provider
from domain.marketplaces import Region
from domain.orders.counting import book
from domain.users.model import User
from tests.contracts.backends import Backend
from tests.contracts.sales import EVER, NOON, order, sales, save, statuses
from tests.contracts.samples import connected, registered
from tests.fakes.things import CA, DE, US

DAY = timedelta(days=1)


@pytest.fixture
def user(backend: Backend) -> User:
    return registered(backend)


@pytest.fixture
def connection(backend: Backend, user: User) -> Connection:
    return connected(backend, user)


def test_every_order_counts_in_its_status_also_a_cancelled_one(
    backend: Backend, user: User, connection: Connection
) -> None:
    save(
        backend,
        connection,
        order("O-1"),
        order("O-2", created_at=NOON - DAY),
        order("O-3", status="UNSHIPPED"),
        order("O-4", status="CANCELLED", minor=None),
        order("O-5", status="INVENTED_YESTERDAY"),
    )

    assert statuses(backend, user) == {
        ("USD", "SHIPPED"): 2,
        ("USD", "UNSHIPPED"): 1,
        ("USD", "CANCELLED"): 1,
        ("USD", "INVENTED_YESTERDAY"): 1,
    }


def test_an_order_without_a_total_counts_in_its_marketplaces_currency(
    backend: Backend, user: User, connection: Connection
) -> None:
    save(
        backend,
        connection,
        order("O-1", status="PENDING", minor=None),
        order("O-2", status="PENDING", minor=None, marketplace_id=CA),
        order("O-3", status="PENDING", minor=5, currency="EUR"),
    )

    assert statuses(backend, user) == {(name, "PENDING"): 1 for name in ("USD", "CAD", "EUR")}


def test_an_order_that_goes_on_leaves_its_old_status(
    backend: Backend, user: User, connection: Connection
) -> None:
    save(backend, connection, order("O-1", status="PENDING", minor=None), order("O-2", status="PENDING"))

    save(backend, connection, order("O-1", status="UNSHIPPED", version=1))
    save(backend, connection, order("O-1", status="SHIPPED", version=3), order("O-2", status="PENDING"))
    save(backend, connection, order("O-1", status="UNSHIPPED", version=2))

    assert statuses(backend, user) == {("USD", "PENDING"): 1, ("USD", "SHIPPED"): 1}


def test_the_last_order_of_a_day_that_is_cancelled_is_still_told(
    backend: Backend, user: User, connection: Connection
) -> None:
    save(backend, connection, order())

    save(backend, connection, order(status="CANCELLED", version=1))

    assert statuses(backend, user) == {("USD", "CANCELLED"): 1}
    assert sales(backend, user) == []


def test_an_order_that_moves_takes_its_status_along(
    backend: Backend, user: User, connection: Connection
) -> None:
    save(backend, connection, order(minor=None))

    save(backend, connection, order(version=1, marketplace_id=DE, currency="EUR", created_at=NOON + DAY))

    assert statuses(backend, user) == {("EUR", "SHIPPED"): 1}


def test_a_marketplace_and_the_days_since_one_can_be_asked_for_alone(
    backend: Backend, user: User, connection: Connection
) -> None:
    save(
        backend,
        connection,
        *(order(f"O-{number}", created_at=NOON + number * DAY) for number in range(4)),
        order("O-DE", marketplace_id=DE, currency="EUR", status="UNSHIPPED"),
    )

    assert statuses(backend, user, DE) == {("EUR", "UNSHIPPED"): 1}
    assert statuses(backend, user, since=date(2026, 3, 6)) == {("USD", "SHIPPED"): 2}


def test_days_and_statuses_of_one_answer_have_begins_of_their_own(
    backend: Backend, user: User, connection: Connection
) -> None:
    save(backend, connection, *(order(f"O-{number}", created_at=NOON + number * DAY) for number in range(4)))

    found = backend.figures().sales.daily(
        user.id, "amazon", date(2026, 3, 5), date(2026, 3, 6), None, date(2026, 3, 6)
    )()

    assert [day.day for day in found.days] == [date(2026, 3, 5), date(2026, 3, 6)]
    assert [row.orders for row in found.statuses] == [1]


def test_a_users_sellers_are_added_up_and_stores_and_other_users_are_not(
    backend: Backend, user: User, connection: Connection
) -> None:
    store = connected(backend, user, "acme.myshopify.com", provider=Provider.SHOPIFY, region=Region.WORLD)
    theirs = connected(backend, registered(backend))
    for each in (connection, connected(backend, user, "SELLER2"), store, theirs):
        save(backend, each, order())

    in_store = backend.figures().sales.daily(user.id, "shopify", *EVER, None)()

    assert statuses(backend, user) == {("USD", "SHIPPED"): 2}
    assert [row.orders for row in in_store.statuses] == [1]


def test_what_is_being_erased_is_out_of_sight(backend: Backend, user: User) -> None:
    leaving = connected(backend, user, erasing_at=NOON)
    save(backend, leaving, order())

    assert statuses(backend, user) == {}


def test_a_page_that_is_not_committed_leaves_no_status(
    backend: Backend, user: User, connection: Connection
) -> None:
    save(backend, connection, order())
    with backend.work() as work:
        work.orders.save_page(connection.id, [book(order(status="CANCELLED", version=1), US)])

    assert statuses(backend, user) == {("USD", "SHIPPED"): 1}
