"""Every operation has a usage plan, found by method and path."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import InvalidInput
from domain.gateway.model import Call
from domain.gateway.operations import (
    FEES_FOR_SKU,
    GET_ORDER,
    GET_REPORTS,
    INBOUND_ITEMS,
    OPERATIONS,
    SEARCH_ORDERS,
    find,
    plan_called,
)
from domain.gateway.roots import ROOTS
from domain.gateway.usage_plans import UsagePlan

#: As Amazon publishes them.
PUBLISHED = {
    "getInventorySummaries": (2, 2),
    "searchOrders": (0.0056, 20),
    "getOrder": (0.5, 30),
    "getOrders": (0.0167, 20),
    "getOrderItems": (0.5, 30),
    "getShipments": (2, 30),
    "getShipmentItems": (2, 30),
    "getShipmentItemsByShipmentId": (2, 30),
    "listInboundPlans": (2, 6),
    "getInboundPlan": (2, 6),
    "getShipment": (2, 6),
    "listShipmentItems": (2, 30),
    "listShipmentBoxes": (2, 30),
    "createReport": (0.0167, 15),
    "getReport": (2, 15),
    "getReportDocument": (0.0167, 15),
    "getReports": (0.0222, 10),
    "cancelReport": (0.0222, 10),
    "createReportSchedule": (0.0222, 10),
    "getOrderMetrics": (0.5, 15),
    "getMyFeesEstimateForASIN": (1, 2),
    "getMyFeesEstimateForSKU": (1, 2),
    "getMyFeesEstimates": (0.5, 1),
    "getListingsRestrictions": (5, 10),
    "getMarketplaceParticipations": (0.016, 15),
    "getAccount": (0.016, 15),
    "listTransactions": (0.5, 10),
    "listBalances": (0.5, 10),
    "listSummary": (0.5, 10),
    "listFinancialEvents": (0.5, 30),
    "getSubscriptions": (1, 5),
    "rotateApplicationClientSecret": (0.0167, 1),
    "createRestrictedDataToken": (1, 10),
    "searchCatalogItems": (2, 2),
    "getCatalogItem": (2, 2),
}
BY_NAME = {operation.name: operation for operation in OPERATIONS}


@pytest.mark.parametrize("name", PUBLISHED)
def test_an_operation_has_the_plan_that_amazon_publishes(name: str) -> None:
    assert BY_NAME[name].plan == UsagePlan(*PUBLISHED[name])


def test_names_and_paths_are_unambiguous() -> None:
    assert len(BY_NAME) == len(OPERATIONS)
    assert len({(each.method, each.path) for each in OPERATIONS}) == len(OPERATIONS)


def test_three_operations_count_the_calls_of_all_sellers_together() -> None:
    shared = {each.name: each.application_plan.rate for each in OPERATIONS if each.application_plan}

    assert shared == {"getCatalogItem": 250, "searchCatalogItems": 500, "getListingsRestrictions": 100}


def test_what_changes_something_is_never_repeated() -> None:
    repeatable = {each.name for each in OPERATIONS if each.method != "GET" and each.repeatable}

    assert repeatable == {
        "getMyFeesEstimateForASIN",
        "getMyFeesEstimateForSKU",
        "getMyFeesEstimates",
        "createRestrictedDataToken",
    }


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda each: each.name)
def test_each_operation_is_found_by_a_path_of_its_own(operation) -> None:
    names = [part[1:-1] for part in operation.path.split("/") if part.startswith("{")]
    call = Call(operation, values={name: f"{name} 1/2+%é" for name in names})

    assert find(operation.method, call.path) == (operation, call.values)


@pytest.mark.parametrize("sku", ["", ".", ".."])
def test_a_parameter_that_would_lead_to_another_path_is_refused(sku: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        Call(FEES_FOR_SKU, values={"SellerSKU": sku})

    assert list(caught.value.fields) == ["SellerSKU"]


@pytest.mark.parametrize("sku", ["...", "a.", ".a", "../x"])
def test_a_parameter_with_dots_in_it_is_one(sku: str) -> None:
    assert Call(FEES_FOR_SKU, values={"SellerSKU": sku}).path.count("/") == 6


def test_the_method_belongs_to_the_operation() -> None:
    assert find("GET", "/reports/2021-06-30/reports")[0] is GET_REPORTS
    assert find("POST", "/reports/2021-06-30/reports")[0].name == "createReport"


def test_a_sku_with_a_slash_stays_one_parameter() -> None:
    found = find("POST", "/products/fees/v0/listings/A%2FB%20C/feesEstimate")

    assert found == (FEES_FOR_SKU, {"SellerSKU": "A/B C"})


def test_escapes_that_nobody_needs_lead_to_no_other_plan() -> None:
    assert find("GET", "/orders/2026-01-01/%6Frder%73")[0] is SEARCH_ORDERS
    assert find("GET", "/%6frders/2026%2D01-01/orders/%31")[0] is GET_ORDER
    found = find("POST", "/products/fees/v0/listings/%41%252E%2F/feesEstimate")
    assert found == (FEES_FOR_SKU, {"SellerSKU": "A%2E/"})


def test_a_literal_segment_is_no_parameter() -> None:
    assert find("GET", "/orders/2026-01-01/orders")[0] is SEARCH_ORDERS
    assert find("GET", "/orders/2026-01-01/orders/1")[0] is GET_ORDER
    assert find("GET", "/fba/inbound/v0/shipmentItems")[0] is INBOUND_ITEMS


def test_an_unlisted_path_of_a_known_api_has_that_apis_plan_and_role() -> None:
    operation, values = find("PATCH", "/listings/2021-08-01/items/SELLER/SKU-1")

    assert (operation.name, operation.plan) == ("PATCH /listings/2021-08-01/{}/{}/{}", UsagePlan(5.0, 5))
    assert (operation.role, operation.repeatable, values) == ("Product Listing", False, {})


def test_an_unlisted_path_is_not_taken_for_an_api_whose_name_it_begins_with() -> None:
    assert find("GET", "/sales/v10/things")[0].name == "GET /"


def test_an_unknown_path_has_a_careful_plan() -> None:
    operation, _ = find("GET", "/whatever/v1/things")

    assert (operation.plan, operation.repeatable) == (UsagePlan(0.5, 1), True)


@given(
    st.sampled_from(ROOTS),
    st.lists(st.text("abcXYZ019-_%~", min_size=1, max_size=12), max_size=30),
)
def test_there_are_as_many_buckets_as_shapes_not_as_ids(root, segments: list[str]) -> None:
    operation, _ = find("GET", "/".join([root.path, *segments]))

    assert operation in OPERATIONS or operation.name == f"GET {root.path}" + "/{}" * min(8, len(segments))


@given(st.sampled_from(ROOTS), st.sampled_from(["GET", "PUT"]), st.integers(0, 30))
def test_a_bucket_tells_its_plan_by_its_name(root, method: str, depth: int) -> None:
    operation, _ = find(method, root.path + "/x1" * depth)

    assert plan_called(operation.name) == operation.plan


def test_other_buckets_belong_to_no_plan_of_sp_api() -> None:
    assert plan_called("lwa.token") is None
