"""What every store of figures tells of channels, and of the products that sold best."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.sql.engine import make_engine
from domain.acting import in_background
from domain.connections.model import Connection, Provider, Store
from domain.kpis.model import BestSellers, ChannelSales, ProductSales
from domain.kpis.periods import Period
from domain.kpis.products import ProductKey, ProductQuestion, Ranking
from domain.marketplaces import Region
from domain.money import Money
from domain.orders.model import BookedOrder, OrderItem
from domain.users.model import User
from tests import databases
from tests.contracts.backends import Backend, MemoryBackend, SqlBackend
from tests.contracts.sales import NOON, order, save
from tests.contracts.samples import NOW, connected, registered
from tests.fakes.things import DE, US, an_item, an_order

DAY = date(2026, 3, 4)
TODAY = Period(DAY, DAY)
MARCH = Period(date(2026, 3, 1), date(2026, 3, 31))
SHOP = "acme.myshopify.com"
DOLLARS = ProductQuestion("USD", 50)


@pytest.fixture
def user(backend: Backend) -> User:
    return registered(backend)


@pytest.fixture
def connection(backend: Backend, user: User) -> Connection:
    return connected(backend, user)


def shop_of(backend: Backend, user: User, name: str = SHOP) -> Connection:
    """A store of the user's own."""
    return connected(
        backend,
        user,
        name,
        provider=Provider.SHOPIFY,
        region=Region.WORLD,
        marketplace_id=name,
        marketplace_ids=(name,),
        store=Store("Acme", "EUR", "Europe/Berlin", ("read_orders",)),
    )


def sell_in(backend: Backend, shop: Connection, *booked: BookedOrder) -> None:
    """Keep orders of a store."""
    with backend.work() as work:
        work.orders.save_page(shop.id, booked)
        work.commit()


def of_store(
    order_id: str, minor: int, *, day: date = DAY, currency: str = "EUR", units: int = 1
) -> BookedOrder:
    """A store's order: one line without a SKU."""
    kept = replace(order(order_id, minor=minor, currency=currency), items=(an_item(None, units),))
    return BookedOrder(replace(kept, marketplace_id=SHOP), SHOP, day, currency)


def sells(
    backend: Backend,
    connection: Connection,
    order_id: str,
    *lines: OrderItem,
    marketplace_id: str = US,
    age: int = 0,
) -> None:
    """An order with these lines, so many days old."""
    save(
        backend,
        connection,
        an_order(order_id, *lines, marketplace_id=marketplace_id, created_at=NOON - timedelta(days=age)),
    )


def line(
    sku: str | None, minor: int | None, quantity: int = 1, asin: str | None = "B1", number: int = 1
) -> OrderItem:
    """One line of an order in dollars."""
    total = None if minor is None else Money(minor, "USD")
    return replace(an_item(sku, quantity, total, item_id=str(number)), asin=asin)


def best(
    backend: Backend, user: User, question: ProductQuestion = DOLLARS, span: Period = MARCH
) -> BestSellers:
    """What sold best on Amazon."""
    return backend.figures().sales.best_sellers(user.id, "amazon", span, question)()


# Channels


def test_channels_currencies_and_periods_stay_apart(
    backend: Backend, user: User, connection: Connection
) -> None:
    shop = shop_of(backend, user)
    save(
        backend,
        connection,
        order("O-1", minor=1000, quantity=2),
        order("O-2", minor=None, status="UNSHIPPED"),
        order("O-3", minor=500, currency="EUR", marketplace_id=DE),
        order("O-4", minor=70, created_at=NOON - timedelta(days=1)),
    )
    sell_in(backend, shop, of_store("S-1", 400, units=3), of_store("S-2", 50, day=DAY - timedelta(days=1)))

    found = backend.figures().sales.by_channel(user.id, (TODAY, TODAY.before()))()

    assert found == [
        ChannelSales("amazon", "EUR", TODAY, 1, 1, 500, 1, 0),
        ChannelSales("amazon", "USD", TODAY, 2, 1, 1000, 3, 1),
        ChannelSales("shopify", "EUR", TODAY, 1, 1, 400, 3, 0),
        ChannelSales("amazon", "USD", TODAY.before(), 1, 1, 70, 1, 0),
        ChannelSales("shopify", "EUR", TODAY.before(), 1, 1, 50, 1, 0),
    ]


def test_a_period_is_added_up_over_its_days_and_connections(
    backend: Backend, user: User, connection: Connection
) -> None:
    second = connected(backend, user, "SELLER2")
    for number, one in enumerate((connection, second)):
        for age in range(3):
            save(backend, one, order(f"O-{age}", minor=10**number, created_at=NOON - timedelta(days=age)))

    found = backend.figures().sales.by_channel(user.id, (Period(DAY - timedelta(days=1), DAY),))()

    assert [(row.orders, row.revenue_minor) for row in found] == [(4, 22)]


def test_orders_outside_of_the_periods_and_cancelled_ones_are_in_no_channel(
    backend: Backend, user: User, connection: Connection
) -> None:
    save(
        backend,
        connection,
        order("O-1", created_at=NOON + timedelta(days=1)),
        order("O-2", created_at=NOON - timedelta(days=2)),
        order("O-3", status="CANCELLED"),
    )

    assert backend.figures().sales.by_channel(user.id, (TODAY, TODAY.before()))() == []


def test_other_users_channels_are_not_seen(backend: Backend, user: User, connection: Connection) -> None:
    stranger = registered(backend)
    save(backend, connected(backend, stranger), order())
    sell_in(backend, shop_of(backend, stranger), of_store("S-1", 1))

    assert backend.figures().sales.by_channel(user.id, (TODAY,))() == []
    assert len(backend.figures().sales.by_channel(stranger.id, (TODAY,))()) == 2


def test_what_is_being_erased_is_in_no_channel(backend: Backend, user: User, connection: Connection) -> None:
    sells(backend, connection, "O-1", line("A", 100))
    with backend.work() as work:
        work.connections.save(replace(connection, erasing_at=NOW))
        work.commit()

    assert backend.figures().sales.by_channel(user.id, (MARCH,))() == []
    assert best(backend, user) == BestSellers((), 0, 0)


def test_a_channels_sums_may_be_larger_than_32_bits(
    backend: Backend, user: User, connection: Connection
) -> None:
    save(backend, connection, *(order(f"O-{number}", minor=10**14) for number in range(5)))

    (found,) = backend.figures().sales.by_channel(user.id, (MARCH,))()

    assert found.revenue_minor == 5 * 10**14
    assert type(found.revenue_minor) is int


# Best sellers


def test_the_products_with_the_most_revenue_come_first(
    backend: Backend, user: User, connection: Connection
) -> None:
    sells(backend, connection, "O-1", line("A", 100, 5), line("B", 900, 1, "B2", number=2))
    sells(backend, connection, "O-2", line("A", 300, 2), age=1)

    assert best(backend, user) == BestSellers(
        (ProductSales("B", "B2", 1, 1, 900), ProductSales("A", "B1", 2, 7, 400)), 2, 1300
    )


def test_they_can_be_ranked_by_units(backend: Backend, user: User, connection: Connection) -> None:
    sells(backend, connection, "O-1", line("A", 100, 5), line("B", 900, 1, number=2))

    found = best(backend, user, replace(DOLLARS, ranking=Ranking.UNITS))

    assert [row.sku for row in found.rows] == ["A", "B"]


def test_a_limit_leaves_out_the_others_but_not_from_the_whole(
    backend: Backend, user: User, connection: Connection
) -> None:
    sells(backend, connection, "O-1", line("A", 100), line("B", 900, number=2), line("C", 50, number=3))

    found = best(backend, user, replace(DOLLARS, limit=1))

    assert ([row.sku for row in found.rows], found.products, found.revenue_minor) == (["B"], 3, 1050)


def test_equals_are_ordered_by_their_names(backend: Backend, user: User, connection: Connection) -> None:
    names = ["b", "B", "a-1", "a1", "Ä", "A"]
    sells(backend, connection, "O-1", *(line(name, 5, number=n) for n, name in enumerate(names)))

    assert [row.sku for row in best(backend, user).rows] == sorted(names)


def test_several_skus_may_be_one_asin(backend: Backend, user: User, connection: Connection) -> None:
    lines = (line("A", 100, 1, "B1"), line("B", 200, 2, "B1", number=2), line("C", 50, 1, None, number=3))
    sells(backend, connection, "O-1", *lines)

    found = best(backend, user, replace(DOLLARS, by=ProductKey.ASIN))

    assert found == BestSellers(
        (ProductSales(None, "B1", 2, 3, 300), ProductSales(None, None, 1, 1, 50)), 2, 350
    )


def test_a_product_without_an_asin_comes_last_among_its_equals(
    backend: Backend, user: User, connection: Connection
) -> None:
    lines = (line("A", 10, asin=None), line("B", 10, asin="Z", number=2), line("C", 10, asin="B1", number=3))
    sells(backend, connection, "O-1", *lines)

    found = best(backend, user, replace(DOLLARS, by=ProductKey.ASIN))

    assert [row.asin for row in found.rows] == ["B1", "Z", None]


def test_lines_without_a_price_or_a_sku_bring_units_or_nothing(
    backend: Backend, user: User, connection: Connection
) -> None:
    sells(backend, connection, "O-1", line("A", None, 3), line(None, 700, number=2))

    assert best(backend, user) == BestSellers((ProductSales("A", "B1", 1, 3, 0),), 1, 0)


def test_only_the_asked_currency_marketplace_channel_and_days_count(
    backend: Backend, user: User, connection: Connection
) -> None:
    sells(backend, connection, "O-1", line("A", 1))
    sells(backend, connection, "O-2", line("B", 2), marketplace_id=DE)
    sells(backend, connection, "O-3", line("C", 4), age=40)
    save(backend, connection, order("O-4", currency="EUR", marketplace_id=DE))
    sold_elsewhere = of_store("S-1", 900, currency="USD")
    with_sku = replace(sold_elsewhere.order, items=(line("A", 900),))
    sell_in(backend, shop_of(backend, user), replace(sold_elsewhere, order=with_sku))
    save(backend, connected(backend, registered(backend)), order("O-5"))

    everywhere = best(backend, user)
    american = best(backend, user, replace(DOLLARS, marketplace_id=US))
    today = best(backend, user, span=TODAY.before())

    assert [(row.sku, row.revenue_minor) for row in everywhere.rows] == [("B", 2), ("A", 1)]
    assert [(row.sku, row.revenue_minor) for row in american.rows] == [("A", 1)]
    assert today == BestSellers((), 0, 0)


# Both kinds of storage agree

a_line = st.builds(
    line,
    st.sampled_from(["A", "B", "C", "d", None]),
    st.one_of(st.none(), st.integers(0, 10**6)),
    st.integers(0, 9),
    st.sampled_from(["B1", "B2", None]),
)
an_age = st.integers(0, 9)
orders = st.lists(
    st.tuples(
        st.lists(a_line, max_size=3, unique_by=lambda one: one.sku),
        an_age,
        st.sampled_from([US, DE]),
        st.sampled_from(["SHIPPED", "UNSHIPPED", "CANCELLED"]),
        st.sampled_from(["USD", "EUR"]),
        st.booleans(),
    ),
    max_size=8,
)
questions = st.builds(
    ProductQuestion,
    st.sampled_from(["USD", "EUR"]),
    st.integers(1, 5),
    st.sampled_from(list(ProductKey)),
    st.sampled_from(list(Ranking)),
    st.sampled_from([None, US, DE]),
)


def told(
    backend: Backend,
    sold: Sequence[tuple[list[OrderItem], int, str, str, str, bool]],
    span: Period,
    question: ProductQuestion,
) -> tuple[list[ChannelSales], BestSellers]:
    """What a newcomer with these sales is told."""
    user = registered(backend)
    places = {False: connected(backend, user, str(user.id)), True: shop_of(backend, user, f"{user.id}.shop")}
    for number, (lines, age, marketplace_id, status, currency, in_shop) in enumerate(sold):
        items = tuple(replace(one, order_item_id=str(n)) for n, one in enumerate(lines))
        bare = order(f"O-{number}", currency=currency, status=status, marketplace_id=marketplace_id)
        booked = BookedOrder(replace(bare, items=items), marketplace_id, DAY - timedelta(days=age), currency)
        sell_in(backend, places[in_shop], booked)
    sales = backend.figures().sales
    return sales.by_channel(user.id, (span, span.before()))(), sales.best_sellers(
        user.id, "amazon", span, question
    )()


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_the_database_tells_what_a_recount_tells(kind: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    url = (
        databases.sqlite_database(tmp_path_factory.mktemp("agree"))
        if kind == "sqlite"
        else databases.postgres_database()
    )
    engine = make_engine(url)
    database, memory = SqlBackend(engine), MemoryBackend()

    @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
    @given(orders, an_age, st.integers(1, 5), questions)
    def agree(
        sold: list[tuple[list[OrderItem], int, str, str, str, bool]],
        age: int,
        days: int,
        question: ProductQuestion,
    ) -> None:
        last = DAY - timedelta(days=age)
        span = Period(last - timedelta(days=days - 1), last)

        assert told(database, sold, span, question) == told(memory, sold, span, question)

    with in_background():
        agree()
    engine.dispose()
