"""A store's orders and what it says of itself, out of Shopify's answers."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import responses

from domain.channels.model import StoreWindow
from domain.connections.model import Store
from domain.errors import (
    ReauthorizationRequired,
    StalePage,
    UpstreamFailed,
    UpstreamRefused,
    WrongAnswer,
)
from domain.money import Money
from domain.orders.model import Order, OrderItem
from domain.tokens.model import AccessToken
from tests.adapters.shopify.stage import (
    Stage,
    a_node,
    a_page,
    an_error,
    asked,
    cost,
    says,
    sent,
    variables,
)
from tests.fakes.stores import SHOP
from tests.fakes.things import NOW

WINDOW = StoreWindow(NOW - timedelta(days=1), NOW)
LENT = AccessToken("lent", NOW + timedelta(hours=1))


@pytest.fixture
def stage() -> Stage:
    return Stage()


def listed(stage: Stage, *nodes: Mapping[str, object]) -> tuple[Order, ...]:
    says(a_page(*nodes))
    return stage.orders.changes(stage.connection, WINDOW, None).orders


@responses.activate
def test_changes_are_asked_for_with_times_in_quotes_and_as_variables(stage: Stage) -> None:
    says(a_page())

    stage.orders.changes(stage.connection, WINDOW, None)

    filter_ = "updated_at:>='2026-03-03T12:00:00Z' updated_at:<'2026-03-04T12:00:00Z'"
    assert variables() == {"filter": filter_, "first": 100, "after": None}
    assert "2026" not in str(sent()["query"])
    assert "sortKey: UPDATED_AT" in str(sent()["query"])


@responses.activate
def test_no_field_of_a_customer_is_asked_for(stage: Stage) -> None:
    says(a_page())

    stage.orders.changes(stage.connection, WINDOW, None)

    question = str(sent()["query"]).lower()
    assert not [
        word for word in ("customer", "email", "phone", "address", "name", "note") if word in question
    ]


@responses.activate
def test_an_order_is_what_shopify_says(stage: Stage) -> None:
    (order,) = listed(stage, a_node(7))

    assert order == Order(
        order_id="7",
        marketplace_id=SHOP,
        created_at=datetime(2026, 3, 4, 10, tzinfo=UTC),
        updated_at=datetime(2026, 3, 4, 11, tzinfo=UTC),
        status="SHIPPED",
        fulfilled_by=None,
        total=Money(2490, "CAD"),
        items=(OrderItem("all", None, None, None, 2, None),),
    )


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"displayFulfillmentStatus": "UNFULFILLED"}, "UNSHIPPED"),
        ({"displayFulfillmentStatus": "ON_HOLD"}, "UNSHIPPED"),
        ({"displayFulfillmentStatus": "PARTIALLY_FULFILLED"}, "PARTIALLY_SHIPPED"),
        ({"displayFulfillmentStatus": "RESTOCKED"}, "RESTOCKED"),
        ({"displayFulfillmentStatus": "NEW_WORD"}, "NEW_WORD"),
        ({"cancelledAt": "2026-03-04T10:30:00Z"}, "CANCELLED"),
        ({"displayFinancialStatus": "EXPIRED"}, "CANCELLED"),
        ({"displayFinancialStatus": "VOIDED"}, "CANCELLED"),
        ({"displayFinancialStatus": "REFUNDED"}, "SHIPPED"),
        ({"displayFinancialStatus": None}, "SHIPPED"),
    ],
)
@responses.activate
def test_statuses_are_said_in_amazons_words(stage: Stage, changes: dict[str, object], status: str) -> None:
    (order,) = listed(stage, {**a_node(), **changes})

    assert order.status == status


@responses.activate
def test_test_orders_are_left_out_and_yet_counted_as_listed(stage: Stage) -> None:
    says(a_page(a_node(1, test=True), a_node(2)))

    page = stage.orders.changes(stage.connection, WINDOW, None)

    assert [order.order_id for order in page.orders] == ["2"]
    assert page.listed == 2


@responses.activate
def test_an_order_in_the_currency_of_former_days_keeps_it(stage: Stage) -> None:
    (order,) = listed(stage, a_node(totalPriceSet={"shopMoney": {"amount": "1000", "currencyCode": "JPY"}}))

    assert order.total == Money(1000, "JPY")


@responses.activate
def test_a_page_names_the_next_one_and_when_it_may_be_asked_for(stage: Stage) -> None:
    says(a_page(a_node(), cursor="c-1"), extensions=cost(requested=200, available=0))

    page = stage.orders.changes(stage.connection, WINDOW, "c-0")

    assert (page.next_token, page.ready_at) == ("c-1", NOW + timedelta(seconds=2))
    assert page.changed_until == datetime(2026, 3, 4, 11, tzinfo=UTC)
    assert variables()["after"] == "c-0"


@responses.activate
def test_what_is_changed_while_it_is_listed_does_not_say_how_far_the_list_has_come(stage: Stage) -> None:
    says(a_page(a_node(1), a_node(2, updatedAt="2026-03-04T12:00:03Z"), cursor="c-1"))

    page = stage.orders.changes(stage.connection, WINDOW, None)

    assert len(page.orders) == 2
    assert page.changed_until == datetime(2026, 3, 4, 11, tzinfo=UTC)


@responses.activate
def test_orders_that_were_not_asked_for_are_a_wrong_answer(stage: Stage) -> None:
    says(a_page(a_node(updatedAt="2026-03-01T11:00:00Z")))

    with pytest.raises(WrongAnswer, match="not asked for"):
        stage.orders.changes(stage.connection, WINDOW, None)


@responses.activate
def test_a_page_that_is_too_dear_is_asked_for_by_halves_and_so_is_the_next_one(stage: Stage) -> None:
    says(errors=an_error("MAX_COST_EXCEEDED"))
    says(errors=an_error("MAX_COST_EXCEEDED"))
    says(a_page())

    stage.orders.changes(stage.connection, WINDOW, None)
    stage.orders.changes(stage.connection, WINDOW, None)

    assert [variables(number)["first"] for number in range(4)] == [100, 50, 25, 25]


@responses.activate
def test_where_even_one_order_is_too_dear_it_is_refused(stage: Stage) -> None:
    says(errors=an_error("MAX_COST_EXCEEDED"))

    with pytest.raises(UpstreamRefused):
        stage.orders.changes(stage.connection, WINDOW, "c-0")

    assert variables()["first"] == 1


@responses.activate
def test_a_refused_cursor_is_a_stale_page_and_a_refused_window_is_not(stage: Stage) -> None:
    says(errors=[{"message": "Invalid cursor for current pagination sort."}])

    with pytest.raises(StalePage):
        stage.orders.changes(stage.connection, WINDOW, "c-0")
    with pytest.raises(UpstreamRefused) as found:
        stage.orders.changes(stage.connection, WINDOW, None)

    assert not isinstance(found.value, StalePage)


BROKEN: list[Mapping[str, object]] = [
    {},
    {"orders": None},
    {"orders": {"nodes": None, "pageInfo": {"hasNextPage": False}}},
    {"orders": {"nodes": [None], "pageInfo": {"hasNextPage": False}}},
    {"orders": {"nodes": []}},
    {"orders": {"nodes": [], "pageInfo": {"hasNextPage": True, "endCursor": None}}},
    {"orders": {"nodes": [], "pageInfo": {}}},
    *(
        {"orders": {"nodes": [{**a_node(), **broken}], "pageInfo": {"hasNextPage": False}}}
        for broken in (
            {"id": "gid://shopify/Refund/1"},
            {"id": None},
            {"test": None},
            {"createdAt": None},
            {"createdAt": "yesterday"},
            {"createdAt": "2026-03-04T10:00:00"},
            {"updatedAt": 7},
            {"displayFulfillmentStatus": None},
            {"subtotalLineItemsQuantity": -1},
            {"subtotalLineItemsQuantity": None},
            {"totalPriceSet": None},
            {"totalPriceSet": {"shopMoney": {"amount": "NaN", "currencyCode": "CAD"}}},
            {"totalPriceSet": {"shopMoney": {"amount": "1.00", "currencyCode": "dollar"}}},
        )
    ),
]


@pytest.mark.parametrize("data", BROKEN)
@responses.activate
def test_what_is_not_as_promised_is_a_wrong_answer(stage: Stage, data: Mapping[str, object]) -> None:
    says(data)

    with pytest.raises(WrongAnswer) as found:
        stage.orders.changes(stage.connection, WINDOW, None)

    assert found.value.channel == "shopify"


def a_shop(**changes: object) -> dict[str, object]:
    return {
        "shop": {
            "name": "Acme",
            "myshopifyDomain": SHOP,
            "ianaTimezone": "America/St_Johns",
            "currencyCode": "CAD",
            **changes,
        },
        "currentAppInstallation": {
            "accessScopes": [{"handle": "read_orders"}, {"handle": "read_all_orders"}]
        },
    }


@responses.activate
def test_a_store_says_its_name_currency_zone_and_scopes(stage: Stage) -> None:
    says(a_shop())

    store = stage.accounts.store(stage.connection)

    assert store == Store("Acme", "CAD", "America/St_Johns", ("read_all_orders", "read_orders"))


@responses.activate
def test_a_store_that_is_not_connected_is_asked_with_a_lent_token(stage: Stage) -> None:
    says(a_shop())

    store = stage.accounts.store_with(LENT, SHOP)

    assert store.name == "Acme"
    assert asked().headers["X-Shopify-Access-Token"] == "lent"


@responses.activate
def test_a_lent_token_that_is_refused_is_not_renewed(stage: Stage) -> None:
    says(errors="[API] Invalid API key or access token", status=401)

    with pytest.raises(ReauthorizationRequired):
        stage.accounts.store_with(LENT, SHOP)

    assert len(responses.calls) == 1


@pytest.mark.parametrize("zone", ["Mars/Olympus", "../../etc/passwd", "America", "/etc/localtime"])
@responses.activate
def test_a_time_zone_that_nobody_knows_is_named_with_the_mend(stage: Stage, zone: str) -> None:
    says(a_shop(ianaTimezone=zone))

    with pytest.raises(WrongAnswer, match=f"“{zone}”.*tzdata"):
        stage.accounts.store(stage.connection)


@pytest.mark.parametrize(
    "changes",
    [{"currencyCode": "dollars"}, {"currencyCode": "usd"}, {"currencyCode": None}, {"name": None}],
)
@responses.activate
def test_a_store_without_a_place_in_time_or_money_is_a_wrong_answer(
    stage: Stage, changes: dict[str, object]
) -> None:
    says(a_shop(**changes))

    with pytest.raises(UpstreamFailed):
        stage.accounts.store(stage.connection)


@responses.activate
def test_a_store_without_granted_scopes_has_none(stage: Stage) -> None:
    says({**a_shop(), "currentAppInstallation": {"accessScopes": []}})

    assert stage.accounts.store(replace(stage.connection, store=None)).scopes == ()
