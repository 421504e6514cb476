"""What every list of the stock does: which items are in it, in which order, cut into which pages."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.connections.model import Connection, ConnectionId
from domain.inventory.cover import PointSource, StockStatus
from domain.inventory.model import StockLevel
from domain.kpis.stock_items import StockItem, StockOrder, StockQuestion, mark
from domain.orders.counting import book
from domain.users.model import User
from tests.contracts.backends import Backend, MemoryBackend
from tests.contracts.reorder_points import set_reorder_point
from tests.contracts.samples import NOW, a_connection, a_user
from tests.fakes.things import DE, FR, UK, US, a_level, an_item, an_order

TODAY = date(2026, 3, 29)
FIRST = TODAY - timedelta(days=29)
BARE = StockLevel("BARE", None, None, None, None, 0, 0, 0, 0, 0, 0, None)


@pytest.fixture
def user(backend: Backend) -> User:
    return kept_user(backend, a_user())


@pytest.fixture
def connection(backend: Backend, user: User) -> Connection:
    return kept(backend, a_connection(user, marketplace_id=US))


def kept_user(backend: Backend, user: User) -> User:
    with backend.work() as work:
        work.users.add(user, "hash")
        work.commit()
    return user


def kept(backend: Backend, connection: Connection) -> Connection:
    with backend.work() as work:
        work.connections.add(connection)
        work.commit()
    return connection


def stock(
    backend: Backend,
    connection: Connection,
    *levels: StockLevel,
    marketplace_id: str = US,
    unseen: bool = False,
) -> None:
    """Keep these levels; ``unseen``: a later pass did not see them."""
    with backend.work() as work:
        work.stock.save_page(connection.id, marketplace_id, levels, "pass-1", NOW)
        if unseen:
            work.stock.close_pass(connection.id, marketplace_id, "pass-2")
        work.commit()


def sell(
    backend: Backend,
    connection: Connection,
    sku: str,
    units: int,
    days_ago: int = 0,
    marketplace_id: str = US,
) -> None:
    order = an_order(
        f"{sku}-{days_ago}-{marketplace_id}",
        an_item(sku, units),
        marketplace_id=marketplace_id,
        created_at=NOW - timedelta(days=days_ago),
    )
    with backend.work() as work:
        work.orders.save_page(connection.id, [book(order, US)])
        work.commit()


def items(backend: Backend, user: User, question: StockQuestion | None = None) -> list[StockItem]:
    """All of them, as one page."""
    stock = backend.figures().stock
    return stock.items(user.id, question or StockQuestion(), FIRST, TODAY, None, 1_000)


def pages(backend: Backend, user: User, question: StockQuestion, size: int) -> list[StockItem]:
    """All of them, page by page."""
    found: list[StockItem] = []
    after = None
    while page := backend.figures().stock.items(user.id, question, FIRST, TODAY, after, size):
        found += page
        after = mark(page[-1], question.order)
    return found


def skus(found: Sequence[StockItem]) -> list[str]:
    return [item.sku for item in found]


def test_an_item_tells_all_that_is_known(backend: Backend, user: User, connection: Connection) -> None:
    level = StockLevel("A", "B01", "X01", "A thing", "NewItem", 20, 12, 3, 4, 1, 0, NOW)
    stock(backend, connection, level)
    sell(backend, connection, "A", 30)

    [item] = items(backend, user)

    assert item == StockItem(
        connection.id, US, US, "A", "B01", "X01", "A thing", 20, 12, 3, 4, 1, sold=30, own=None
    )
    assert (item.status, item.reorder_point, item.point_source) == (StockStatus.LOW, 21, PointSource.COMPUTED)
    assert item.days_of_cover == 12


def test_what_amazon_does_not_list_any_more_is_no_item(
    backend: Backend, user: User, connection: Connection
) -> None:
    stock(backend, connection, a_level("A"), unseen=True)

    assert items(backend, user) == []


def test_one_stock_behind_several_marketplaces_is_one_item_shown_at_home(
    backend: Backend, user: User, connection: Connection
) -> None:
    german = kept(backend, a_connection(user, "GERMAN", marketplace_id=DE))
    for marketplace_id, left in ((FR, 15), (DE, 12)):
        level = replace(a_level("A", left), title=f"Seen from {marketplace_id}")
        stock(backend, german, level, marketplace_id=marketplace_id)
        stock(backend, connection, level, marketplace_id=marketplace_id)

    shown = {item.connection_id: item for item in items(backend, user)}

    assert len(shown) == 2
    assert shown[german.id].marketplace_id == DE  # its home
    assert shown[connection.id].marketplace_id == min(DE, FR)  # home has none of it
    assert shown[german.id].title == f"Seen from {DE}"
    assert {item.fulfillable for item in shown.values()} == {15}


def test_a_marketplace_shows_its_own_rows_and_the_demand_of_the_whole_stock(
    backend: Backend, user: User, connection: Connection
) -> None:
    for marketplace_id, left in ((FR, 15), (DE, 12), (UK, 9)):
        stock(backend, connection, a_level("A", left), marketplace_id=marketplace_id)
    sell(backend, connection, "A", 7, marketplace_id=FR)
    set_reorder_point(backend, connection, FR, "A", 25)

    [item] = items(backend, user, StockQuestion(DE))

    assert (item.marketplace_id, item.fulfillable, item.sold, item.own) == (DE, 12, 7, 25)


@pytest.mark.parametrize(("status", "found"), [("out", ["A"]), ("low", ["B"]), ("ok", ["C", "D"])])
def test_items_of_one_status(
    backend: Backend, user: User, connection: Connection, status: str, found: list[str]
) -> None:
    stock(backend, connection, a_level("A", 0), a_level("B", 9), a_level("C", 10), a_level("D", 99))

    assert skus(items(backend, user, StockQuestion(status=StockStatus(status)))) == found


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("straße", ["ÄPFEL_1"]),
        ("STRASSE", ["ÄPFEL_1"]),
        ("äpfel", ["ÄPFEL_1"]),
        ("a\u0308pfel", ["ÄPFEL_1"]),
        ("\u00e9toile", ["O'1"]),
        ("100%", ["A%B"]),
        ("%", ["A%B"]),
        ("_", ["ÄPFEL_1"]),
        ("b0/2\\", ["A%B"]),
        ("/", ["A%B"]),
        ("thing", []),
        ("'", ["O'1"]),
    ],
)
def test_a_search_is_literal_and_knows_neither_case_nor_how_accents_are_encoded(
    backend: Backend, user: User, connection: Connection, search: str, found: list[str]
) -> None:
    stock(
        backend,
        connection,
        replace(a_level("ÄPFEL_1"), title="Straße"),
        replace(a_level("A%B"), title="100% wool", asin="B0/2\\"),
        replace(a_level("O'1"), title="E\u0301toile", asin=None),
    )

    assert skus(items(backend, user, StockQuestion(search=search))) == found


def test_titles_are_ordered_without_regard_to_case_and_who_has_none_comes_last(
    backend: Backend, user: User, connection: Connection
) -> None:
    titled = [
        replace(a_level(sku), title=title) for sku, title in (("1", "pear"), ("2", "Zebra"), ("3", "apple"))
    ]
    stock(backend, connection, BARE, *titled)

    up = StockQuestion(order=StockOrder.TITLE)

    assert skus(items(backend, user, up)) == ["3", "1", "2", "BARE"]
    assert skus(items(backend, user, replace(up, descending=True))) == ["2", "1", "3", "BARE"]


def test_what_has_not_sold_has_no_cover_and_comes_last(
    backend: Backend, user: User, connection: Connection
) -> None:
    stock(backend, connection, a_level("A", 5), a_level("B", 5), a_level("C", 5), a_level("D", -1))
    sell(backend, connection, "A", 30)
    sell(backend, connection, "C", 40)
    sell(backend, connection, "D", 40)
    sell(backend, connection, "B", 9, days_ago=30)

    found = items(backend, user, StockQuestion(order=StockOrder.COVER))

    assert [(item.sku, item.days_of_cover and float(item.days_of_cover)) for item in found] == [
        ("D", 0),
        ("C", 3.8),  # 3.75, rounded up
        ("A", 5),
        ("B", None),
    ]


def test_a_page_goes_on_after_an_item_that_has_gone(
    backend: Backend, user: User, connection: Connection
) -> None:
    stock(backend, connection, a_level("A"), a_level("B"), a_level("C"))
    after = mark(items(backend, user)[1], StockOrder.SKU)
    with backend.work() as work:
        work.stock.save_page(connection.id, US, [a_level("A"), a_level("C")], "pass-2", NOW)
        work.stock.close_pass(connection.id, US, "pass-2")
        work.commit()

    onward = backend.figures().stock.items(user.id, StockQuestion(), FIRST, TODAY, after, 10)

    assert skus(onward) == ["C"]


def test_nobody_sees_another_users_items(backend: Backend, user: User, connection: Connection) -> None:
    stranger = kept_user(backend, a_user())
    stock(backend, connection, a_level("A"))
    stock(backend, kept(backend, a_connection(stranger)), a_level("B"))

    assert skus(items(backend, user)) == ["A"]
    assert items(backend, stranger, StockQuestion(connection_id=connection.id)) == []


def test_a_reorder_point_is_set_for_the_named_stocks_alone(
    backend: Backend, user: User, connection: Connection
) -> None:
    second = kept(backend, a_connection(user, "SECOND"))
    for each, marketplace_id in ((connection, DE), (connection, FR), (connection, UK), (second, DE)):
        stock(backend, each, a_level("A"), a_level("B"), marketplace_id=marketplace_id)

    with backend.work() as work:
        changed = work.stock.set_reorder_point([(connection.id, "europe")], "A", 25)
        work.commit()

    assert changed == 2
    assert [item.own for item in items(backend, user, StockQuestion(FR, sku="A"))] == [25]
    assert {(item.connection_id, item.stock_pool, item.sku) for item in items(backend, user) if item.own} == {
        (connection.id, "europe", "A")
    }


def test_a_reorder_point_can_be_forgotten(backend: Backend, user: User, connection: Connection) -> None:
    stock(backend, connection, a_level("A"))
    for point in (0, None):
        with backend.work() as work:
            work.stock.set_reorder_point([(connection.id, US)], "A", point)
            work.commit()

    [item] = items(backend, user)

    assert (item.reorder_point, item.point_source) == (10, PointSource.DEFAULT)


TITLES = st.none() | st.sampled_from(
    ["", "Apple", "apple", "Äpfel", "100%", "a_b", "Zoo", "x" * 120, "x" * 130]
)
ROWS = st.lists(
    st.tuples(
        st.integers(0, 1),  # which connection
        st.sampled_from([US, UK, DE, FR]),
        st.sampled_from(["A", "b", "C-1", "Ä"]),
        st.integers(-2, 40),
        st.integers(0, 60),
        st.none() | st.integers(0, 40),
        TITLES,
        st.booleans(),  # whether it is listed
    ),
    max_size=14,
    unique_by=lambda row: row[:3],
)
QUESTIONS = st.builds(
    StockQuestion,
    marketplace_id=st.none() | st.sampled_from([US, DE]),
    connection_id=st.none() | st.sampled_from([ConnectionId(UUID(int=1)), ConnectionId(UUID(int=2))]),
    sku=st.none() | st.just("A"),
    status=st.none() | st.sampled_from(list(StockStatus)),
    search=st.none() | st.sampled_from(["a", "ä", "%", "_", "X", "-1"]),
    order=st.sampled_from(list(StockOrder)),
    descending=st.booleans(),
)


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=ROWS, questions=st.lists(QUESTIONS, min_size=1, max_size=6), size=st.integers(1, 5))
def test_every_question_is_answered_as_plain_python_does_and_pages_hold_every_item_once(
    backend: Backend,
    rows: list[tuple[int, str, str, int, int, int | None, str | None, bool]],
    questions: list[StockQuestion],
    size: int,
) -> None:
    model = MemoryBackend()
    people = a_user()
    sellers = [a_connection(people, f"SELLER{n}-{people.id}", marketplace_id=(US, DE)[n]) for n in range(2)]
    for kept_in in {id(each): each for each in (backend, model)}.values():
        kept_user(kept_in, people)
        for seller in sellers:
            kept(kept_in, seller)
        for number, market, sku, left, sold, own, title, listed in rows:
            level = replace(a_level(sku, left, total=left + 3), title=title, asin=title and f"B0{left}")
            with kept_in.work() as work:
                seen = "pass-1" if listed else "pass-0"
                work.stock.save_page(sellers[number].id, market, [level], seen, NOW)
                order = an_order(f"{sku}-{market}", an_item(sku, sold), marketplace_id=market, created_at=NOW)
                work.orders.save_page(sellers[number].id, [book(order, US)])
                work.commit()
            set_reorder_point(kept_in, sellers[number], market, sku, own)
        with kept_in.work() as work:
            for seller in sellers:
                for market in (US, UK, DE, FR):
                    work.stock.close_pass(seller.id, market, "pass-1")
            work.commit()
    ids = {ConnectionId(UUID(int=number + 1)): seller.id for number, seller in enumerate(sellers)}

    for question in questions:
        asked = replace(
            question, connection_id=ids[question.connection_id] if question.connection_id else None
        )
        expected = items(model, people, asked)
        found = items(backend, people, asked)
        paged = pages(backend, people, asked, size)

        assert found == expected
        assert paged == expected
