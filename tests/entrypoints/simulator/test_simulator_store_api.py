"""The simulated store's GraphQL: what it refuses, what it costs, what bulk operations do, and its troubles."""

from __future__ import annotations

import json
from urllib.parse import urlsplit

import pytest

from entrypoints.simulator.shopify.admin import VERSIONS
from entrypoints.simulator.shopify.language import Syntax, parsed
from tests.entrypoints.simulator.driven_store import HARBOR, NORDLICHT, ORDERS, Json, Shop

SHOP = "{ shop { name ianaTimezone currencyCode myshopifyDomain } }"
GATHER = """
mutation Gather($query: String!) { bulkOperationRunQuery(query: $query) {
  bulkOperation { id status } userErrors { field message } } }
"""
STATE = """
query State($id: ID!) { node(id: $id) { ... on BulkOperation {
  id status errorCode objectCount fileSize url partialDataUrl } } }
"""
HISTORY = "{ orders(query: \"created_at:>='2026-09-01T00:00:00Z'\") { edges { node { id createdAt } } } }"


@pytest.fixture
def shop() -> Shop:
    return Shop.with_config()


def test_a_store_tells_about_itself_and_what_was_granted(shop):
    there = shop.of(NORDLICHT)

    data = there.data(
        "{ shop { name ianaTimezone currencyCode } currentAppInstallation { accessScopes { handle } } }"
    )

    assert data == {
        "shop": {"name": "Nordlicht Haushalt", "ianaTimezone": "Europe/Berlin", "currencyCode": "EUR"},
        "currentAppInstallation": {"accessScopes": [{"handle": "read_orders"}, {"handle": "read_products"}]},
    }


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("{ shop { owner } }", "undefinedField"),
        ("{ shop }", "selectionMismatch"),
        ("{ shop { name { text } } }", "selectionMismatch"),
        ("{ orders(first: 1, limit: 2) { nodes { id } } }", "argumentNotAccepted"),
        ('{ orders(first: "1") { nodes { id } } }', "argumentLiteralsIncompatible"),
        ("{ orders(first: 1, sortKey: NEWEST) { nodes { id } } }", "argumentLiteralsIncompatible"),
        ("{ orders(first: $n) { nodes { id } } }", "variableNotDefined"),
        ("query($n: Int!) { orders(first: $n) { nodes { id } } }", "INVALID_VARIABLE"),
        ("{ node { id } }", "missingRequiredArguments"),
        ("{ shop { ...Unknown } }", "useAndDefineFragment"),
        ("{ shop { ...A } } fragment A on Shop { ...A }", "infiniteLoop"),
        ("{ shop { ... on Order { id } } }", "cannotSpreadFragment"),
        ("{ orders { nodes { id } } }", "BAD_REQUEST"),
        ("{ orders(first: 251) { nodes { id } } }", "BAD_REQUEST"),
        ("{ orders(first: 0) { nodes { id } } }", "BAD_REQUEST"),
        ('{ orders(first: 1, after: "x") { nodes { id } } }', "BAD_REQUEST"),
        ("{ orders(first: 1) { nodes { email } } }", "ACCESS_DENIED"),
    ],
)
def test_what_cannot_be_answered_is_an_error_at_http_200(shop, query, code):
    assert shop.refused(query) == code


def test_a_document_that_is_no_graphql_tells_where_it_goes_wrong(shop):
    body = shop.answer("{\n  shop { name }\n  orders(first: ) { nodes { id } }\n}")

    (error,) = body["errors"]
    assert error["locations"] == [{"line": 3, "column": 17}]


def test_fragments_directives_and_block_texts_are_read(shop):
    query = '''
    query Both($with: Boolean!, $q: String = """test:true""") {
      orders(first: 1, query: $q) { nodes { ...Seen ... on Order { test } } }  # a remark
      shop @include(if: $with) { name }
      other: shop @skip(if: $with) { name }
    }
    fragment Seen on Order { __typename name }
    '''

    data = shop.data(query, **{"with": False})

    (order,) = data["orders"]["nodes"]
    assert (order["__typename"], order["test"], data["other"]) == ("Order", True, {"name": "Harbor & Pine"})
    assert "shop" not in data


@pytest.mark.parametrize(
    "text", ["", "{", "{ }", "{ a(b: ) }", "subscription { a }", "query { a } }", '{ a(b: "\\x") }']
)
def test_what_is_no_document_is_no_document(text):
    with pytest.raises(Syntax):
        parsed(text)


def test_a_cursor_belongs_to_its_order_of_sorting(shop):
    page = shop.data(ORDERS, first=1)["orders"]

    assert shop.refused(ORDERS, first=1, after=page["pageInfo"]["endCursor"], sort="ID") == "BAD_REQUEST"


def test_pages_go_backwards_too(shop):
    last = shop.data("{ orders(last: 3, sortKey: ID) { nodes { id } pageInfo { hasPreviousPage } } }")[
        "orders"
    ]
    newest = shop.data("{ orders(first: 3, sortKey: ID, reverse: true) { nodes { id } } }")["orders"]

    assert last["nodes"] == newest["nodes"][::-1]
    assert last["pageInfo"]["hasPreviousPage"]


def test_an_old_version_falls_forward_and_says_so(shop):
    old, new, never = (shop.call(SHOP, version) for version in ("2024-07", "2026-10", "2031-01"))

    assert (old.status_code, old.headers["X-Shopify-API-Version"]) == (200, VERSIONS[0])
    assert new.headers["X-Shopify-API-Version"] == "2026-10"
    assert new.headers["X-Request-Id"]
    assert (never.status_code, never.json) == (404, {"errors": "Not Found"})


def test_a_token_of_nobody_is_refused_with_a_mere_text(shop):
    shop.token = "shpat_made_up"

    answer = shop.call(SHOP)

    assert answer.status_code == 401
    assert answer.json == {
        "errors": "[API] Invalid API key or access token (unrecognized login or wrong password)"
    }


def test_without_read_orders_the_missing_scope_is_named(shop):
    given = shop.control("shopify/authorize", shop=HARBOR.shop, scopes=["read_products"])
    shop.token = given.json["access_token"]

    body = shop.answer(ORDERS)

    assert body["data"] is None
    assert body["errors"][0]["message"] == (
        "Access denied for orders field. Required access: `read_orders` access scope."
    )


def test_queries_take_points_and_give_back_what_they_did_not_use(shop):
    q = "updated_at:>='2026-10-15T00:00:00Z'"
    told = shop.answer(ORDERS, q=q)["extensions"]["cost"]

    assert told["requestedQueryCost"] == 102
    assert told["actualQueryCost"] < 30
    assert told["throttleStatus"] == {
        "maximumAvailable": 2000.0,
        "currentlyAvailable": 2000 - told["actualQueryCost"],
        "restoreRate": 100.0,
    }


def test_an_empty_bucket_throttles_at_http_200_until_it_has_filled(shop):
    shop.switch(bucket_points=200)
    shop.answer(ORDERS)

    throttled = shop.answer(ORDERS)
    shop.amazon.clock.advance(seconds=1.1)
    again = shop.answer(ORDERS)

    assert "data" not in throttled
    assert throttled["errors"][0]["extensions"]["code"] == "THROTTLED"
    assert throttled["extensions"]["cost"]["requestedQueryCost"] == 102
    assert throttled["extensions"]["cost"]["throttleStatus"]["currentlyAvailable"] == 98
    assert "errors" not in again


def test_every_store_has_a_bucket_of_its_own(shop):
    shop.switch(bucket_points=110)
    shop.answer(ORDERS)

    assert shop.refused(ORDERS) == "THROTTLED"
    assert "errors" not in shop.of(NORDLICHT).answer(ORDERS)


def test_a_query_that_costs_too_much_is_refused_outright(shop):
    shop.switch(most_points=200)

    assert shop.refused(ORDERS, first=250) == "MAX_COST_EXCEEDED"
    assert "errors" not in shop.answer(ORDERS, first=100)


def test_nested_lists_cost_their_product(shop):
    nested = "{ orders(first: 90) { nodes { id lineItems(first: 10) { nodes { sku } } } } }"

    assert shop.refused(nested) == "MAX_COST_EXCEEDED"


def _gathered(shop: Shop, query: str = HISTORY) -> str:
    payload = shop.data(GATHER, query=query)["bulkOperationRunQuery"]
    assert payload["userErrors"] == []
    return str(payload["bulkOperation"]["id"])


def _state(shop: Shop, gid: str) -> Json:
    return dict(shop.data(STATE, id=gid)["node"])


def _fetched(shop: Shop, url: str, **headers: str):
    return shop.amazon.http.get(urlsplit(url).path, headers=headers)


def test_a_bulk_operation_gathers_what_pages_would_tell(shop):
    gid = _gathered(shop)
    stages = [_state(shop, gid)["status"]]
    for _ in range(2):
        shop.amazon.clock.advance(seconds=1.6)
        stages.append(_state(shop, gid)["status"])

    done = _state(shop, gid)
    lines = [json.loads(line) for line in _fetched(shop, done["url"]).text.splitlines()]
    assert stages == ["CREATED", "RUNNING", "COMPLETED"]
    assert done["objectCount"] == str(len(lines))
    told = shop.orders("created_at:>='2026-09-01T00:00:00Z'")
    assert {line["id"] for line in lines} == {order["id"] for order in told}


def test_an_operation_is_found_again_as_the_current_one_and_in_the_list(shop):
    first, second = _gathered(shop), _gathered(shop)

    found = shop.data(
        "{ currentBulkOperation { id } bulkOperations(first: 5) { nodes { id query status } } }"
    )

    assert found["currentBulkOperation"]["id"] == second
    assert [node["id"] for node in found["bulkOperations"]["nodes"]] == [second, first]
    assert shop.of(NORDLICHT).data("{ currentBulkOperation { id } }") == {"currentBulkOperation": None}


def test_where_nothing_matched_there_is_no_address(shop):
    gid = _gathered(
        shop, "{ orders(query: \"created_at:>='2027-01-01T00:00:00Z'\") { edges { node { id } } } }"
    )

    shop.amazon.clock.advance(seconds=4)

    state = _state(shop, gid)
    assert (state["status"], state["objectCount"], state["url"]) == ("COMPLETED", "0", None)


def test_nested_objects_name_their_parent_on_lines_of_their_own(shop):
    gid = _gathered(shop, "{ orders { edges { node { id lineItems { edges { node { id quantity } } } } } } }")
    shop.amazon.clock.advance(seconds=4)

    lines = [json.loads(line) for line in _fetched(shop, _state(shop, gid)["url"]).text.splitlines()]

    parents = {line["id"] for line in lines if "__parentId" not in line}
    assert {line["__parentId"] for line in lines if "__parentId" in line} == parents


def test_results_are_refused_to_a_token_and_gone_after_a_week(shop):
    gid = _gathered(shop)
    shop.amazon.clock.advance(seconds=4)
    url = _state(shop, gid)["url"]

    with_token = _fetched(shop, url, **{"X-Shopify-Access-Token": shop.token})
    shop.amazon.clock.advance(days=8)

    assert (with_token.status_code, _fetched(shop, url).status_code) == (403, 404)


@pytest.mark.parametrize(
    "query",
    [
        "{ shop { name } }",
        "{ orders { edges { node { nope } } } }",
        "{ orders {",
        "mutation { bulkOperationCancel(id: 1) { userErrors { message } } }",
    ],
)
def test_a_query_that_cannot_be_gathered_is_told_in_user_errors(shop, query):
    payload = shop.data(GATHER, query=query)["bulkOperationRunQuery"]

    assert payload["bulkOperation"] is None
    assert payload["userErrors"][0]["field"] == ["query"]


def test_five_operations_may_be_under_way_at_once(shop):
    for _ in range(5):
        _gathered(shop)

    payload = shop.data(GATHER, query=HISTORY)["bulkOperationRunQuery"]

    assert "already in progress" in payload["userErrors"][0]["message"]


@pytest.mark.parametrize(("fate", "error"), [("FAILED", "TIMEOUT"), ("EXPIRED", None), ("CANCELED", None)])
def test_an_operation_ends_as_it_is_told_to(shop, fate, error):
    shop.switch(bulk_fate=fate, bulk_error="TIMEOUT")
    gid = _gathered(shop)

    shop.amazon.clock.advance(seconds=4)

    state = _state(shop, gid)
    assert (state["status"], state["errorCode"], state["url"]) == (fate, error, None)
    assert (state["partialDataUrl"] is not None) is (fate != "EXPIRED")


def test_an_operation_can_be_held_hurried_and_cancelled(shop):
    shop.switch(bulk_hold="RUNNING", bulk_seconds=0)
    gid = _gathered(shop)
    shop.amazon.clock.advance(hours=1)
    held = _state(shop, gid)["status"]

    cancelled = shop.data(
        "mutation($id: ID!) { bulkOperationCancel(id: $id) { bulkOperation { status } userErrors { message } } }",
        id=gid,
    )

    assert held == "RUNNING"
    assert cancelled["bulkOperationCancel"]["bulkOperation"]["status"] == "CANCELED"


def test_results_can_be_cut_off_at_a_line_or_in_its_middle(shop):
    gid = _gathered(shop)
    shop.amazon.clock.advance(seconds=4)
    state = _state(shop, gid)
    whole = _fetched(shop, state["url"]).text

    shop.switch(bulk_lines_lost=3)
    fewer = _fetched(shop, state["url"]).text
    shop.switch(bulk_lines_lost=0)
    shop.amazon.order({"operation": "shopify.bulkDownload", "kind": "truncated"})
    cut = _fetched(shop, state["url"])

    assert fewer.splitlines() == whole.splitlines()[:-3]
    assert cut.text == whole[: len(whole) // 2]
    assert cut.headers["Content-Length"] == str(len(whole))


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("throttled", "THROTTLED"),
        ("access_denied", "ACCESS_DENIED"),
        ("max_cost", "MAX_COST_EXCEEDED"),
        ("shop_inactive", "SHOP_INACTIVE"),
        ("internal_error", "INTERNAL_SERVER_ERROR"),
    ],
)
def test_an_error_of_graphql_can_be_ordered(shop, kind, code):
    shop.amazon.order({"operation": "shopify.orders", "kind": kind})

    assert shop.data(SHOP)
    assert shop.refused(ORDERS) == code
    assert shop.data(ORDERS)


@pytest.mark.parametrize(
    ("kind", "status", "errors"),
    [
        ("401", 401, "[API] Invalid API key or access token (unrecognized login or wrong password)"),
        ("402", 402, "Unavailable Shop"),
        ("423", 423, "This shop is locked."),
        ("429", 429, "Exceeded rate limit for application."),
        ("500", 500, "Internal Server Error"),
    ],
)
def test_a_status_can_be_ordered_with_shopifys_words(shop, kind, status, errors):
    shop.amazon.order({"operation": "shopify.*", "kind": kind, "retry_after": 2})

    answer = shop.call(SHOP)

    assert (answer.status_code, answer.json, answer.headers["Retry-After"]) == (
        status,
        {"errors": errors},
        "2",
    )


def test_a_page_of_html_can_come_in_place_of_json(shop):
    shop.amazon.order({"operation": "shopify.shop", "kind": "html_502"})

    answer = shop.call(SHOP)

    assert (answer.status_code, answer.content_type) == (502, "text/html")


@pytest.mark.parametrize("operation", ["searchOrders", "*", "shopify.token.code", "shopify.bulkDownload"])
def test_an_error_of_graphql_is_refused_where_there_is_no_graphql(shop, operation):
    answer = shop.amazon.http.post("/simulator/faults", json={"operation": operation, "kind": "throttled"})

    assert answer.status_code == 400


def test_troubles_of_shopify_do_not_strike_amazon(shop):
    shop.amazon.order({"operation": "shopify.*", "kind": "500", "times": None})

    assert shop.amazon.get("/sellers/v1/marketplaceParticipations").status_code == 200
    assert shop.tokens(grant_type="client_credentials").status_code == 500


def test_filters_can_be_ignored_with_a_warning(shop):
    shop.switch(ignore_filters=True)

    body = shop.answer(ORDERS, q="updated_at:>='2026-10-15T00:00:00Z'")

    assert body["extensions"]["search"][0]["warnings"][0]["code"] == "invalid_field"
    assert body["data"]["orders"]["nodes"][0]["updatedAt"] < "2025-11"


def test_the_version_told_can_be_another(shop):
    shop.switch(version="2026-01")

    assert shop.call(SHOP).headers["X-Shopify-API-Version"] == "2026-01"


def test_switches_are_told_and_go_back_all_at_once(shop):
    usual = shop.amazon.http.get("/simulator/shopify/switches").json
    shop.switch(most_points=1, points_per_second=0.5, bulk_hold="CREATED")

    shop.amazon.http.delete("/simulator/shopify/switches")

    assert shop.amazon.http.get("/simulator/shopify/switches").json == usual


def test_calls_are_counted_by_what_they_ask_for(shop):
    shop.call(SHOP)
    shop.call(ORDERS)
    shop.call("{")
    shop.tokens(grant_type="client_credentials")

    counted = shop.amazon.http.get("/simulator/calls").json["calls"]
    assert counted == {
        "shopify.orders": 1,
        "shopify.shop": 1,
        "shopify.token.credentials": 1,
        "shopify.unknown": 1,
    }
