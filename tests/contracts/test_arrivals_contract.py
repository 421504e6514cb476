"""In whatever order orders arrive, the figures are those of their newest versions."""

from collections.abc import Sequence
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.connections.model import Connection
from domain.money import Money
from domain.orders.counting import book
from domain.orders.model import BookedOrder, Order
from domain.users.model import User
from tests.contracts.backends import Backend, MemoryBackend
from tests.contracts.sales import MINUTE, NOON, sales, save
from tests.contracts.samples import connected, registered
from tests.fakes.things import CA, DE, UK, US, an_item, an_order


@pytest.fixture
def user(backend: Backend) -> User:
    return registered(backend)


@pytest.fixture
def connection(backend: Backend, user: User) -> Connection:
    return connected(backend, user)


def _version(number: int, version: int, seed: int) -> Order:
    """What order ``number`` looked like in this version: always the same for the same numbers."""
    dice = (number * 7919 + version * 104_729 + seed * 15_485_863) % 1_000_003
    market, currency = [(US, "USD"), (CA, "CAD"), (DE, "EUR"), (UK, "GBP"), (None, "USD")][dice % 5]
    items = [
        an_item(f"SKU-{(dice + line) % 4}", 1 + (dice + line) % 3, item_id=str(line))
        for line in range(dice // 5 % 3)
    ]
    return an_order(
        f"O-{number}",
        *items,
        marketplace_id=market,
        created_at=NOON + timedelta(hours=dice // 15 % 60),
        updated_at=NOON + version * MINUTE,
        status=["SHIPPED", "UNSHIPPED", "PARTIALLY_SHIPPED", "CANCELLED", "PENDING"][dice // 900 % 5],
        total=None if dice // 4500 % 4 == 0 else Money(dice, ["USD", currency][dice // 18_000 % 3 > 0]),
    )


arrivals = st.lists(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 4)), max_size=6), max_size=8)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(pages=arrivals, seed=st.integers(0, 1000))
def test_however_orders_arrive_the_figures_are_those_of_their_newest_versions(
    backend: Backend, pages: list[list[tuple[int, int]]], seed: int
) -> None:
    user = registered(backend)
    connection = connected(backend, user)
    newest: dict[int, int] = {}

    for page in pages:
        save(backend, connection, *(_version(number, version, seed) for number, version in page))
        for number, version in page:
            newest[number] = max(version, newest.get(number, 0))

    final = [_version(number, version, seed) for number, version in newest.items()]
    _assert_figures_of(backend, user, [book(one, US) for one in final])


def _assert_figures_of(backend: Backend, user: User, orders: Sequence[BookedOrder]) -> None:
    """The figures equal a count from scratch, in a store that saw each order once."""
    scratch = MemoryBackend()
    same_user = registered(scratch)
    connection = connected(scratch, same_user)
    with scratch.work() as work:
        work.orders.save_page(connection.id, orders)
        work.commit()
    for marketplace_id in (None, US, CA, DE, UK):
        assert sales(backend, user, marketplace_id) == sales(scratch, same_user, marketplace_id)
    assert (
        backend.figures().overview.volumes(user.id)()["amazon"]
        == scratch.figures().overview.volumes(same_user.id)()["amazon"]
    )
    revenue = {
        currency: sum(
            one.order.total.minor
            for one in orders
            if one.order.total and one.currency == currency and one.order.status != "CANCELLED"
        )
        for currency in {one.currency for one in orders}
    }
    for currency, minor in revenue.items():
        rows = [row for row in sales(backend, user) if row.currency == currency]
        assert sum(row.revenue_minor for row in rows) == minor
