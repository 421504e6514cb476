"""What is not passed on, however it is spelled; and that everything ordinary is."""

import json

import pytest

from domain.errors import InvalidInput, NotAllowed, NotFound
from domain.gateway.restricted import insist_free, is_restricted_report
from domain.gateway.targets import path_as_sent

ORDERS = "/orders/2026-01-01/orders"
REPORTS = "/reports/2021-06-30/reports"


def ask(method: str, path: str, query: str = "", body: object = None) -> None:
    """Ask for it as the proxy does."""
    insist_free(method, path_as_sent(path), query, None if body is None else json.dumps(body).encode())


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", ORDERS),
        ("GET", f"{ORDERS}/111-2222222-3333333"),
        ("GET", "/orders/v0/orders/111-2222222-3333333/orderItems"),
        ("POST", "/orders/v0/orders/111-2222222-3333333/shipmentConfirmation"),
        ("GET", "/fba/inventory/v1/summaries"),
        ("GET", "/fba/inbound/v0/shipments"),
        ("GET", "/inbound/fba/2024-03-20/inboundPlans"),
        ("GET", "/sellers/v1/marketplaceParticipations"),
        ("GET", "/sales/v1/orderMetrics"),
        ("POST", "/products/fees/v0/feesEstimate"),
        ("GET", "/listings/2021-08-01/restrictions"),
        ("PATCH", "/listings/2021-08-01/items/A1SELLER/tokens%2Fmessaging"),
        ("PUT", "/listings/2021-08-01/items/A1SELLER/buyerInfo"),
        ("DELETE", "/listings/2021-08-01/items/A1SELLER/address"),
        ("GET", "/catalog/2022-04-01/items/B000000001"),
        ("GET", "/finances/2024-06-19/transactions"),
        ("GET", "/notifications/v1/subscriptions/ORDER_CHANGE"),
        ("POST", "/feeds/2021-06-30/feeds"),
        ("GET", "/reports/2021-06-30/documents/amzn1.spdoc.1"),
    ],
)
def test_what_names_no_buyer_is_passed_on(method: str, path: str) -> None:
    ask(method, path)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/orders/v0/orders"),
        ("GET", "/orders/v0/orders/111"),
        ("GET", "/orders/v0/orders/111/buyerInfo"),
        ("GET", "/orders/v0/orders/111/address"),
        ("GET", "/orders/v0/orders/111/orderItems/buyerInfo"),
        ("GET", "/orders/v0/orders/111/regulatedInfo"),
        ("GET", "/orders/2030-01-01/orders"),
        ("GET", "/orders/v0/orders/111/BUYERINFO"),
        ("GET", "/orders/v0/orders/111/buyer%49nfo"),
        ("GET", "/orders/v0/orders/111/buyer%2549nfo"),
        ("GET", "/orders/v0/orders/111%2FbuyerInfo"),
        ("GET", "/orders/v0%2Forders"),
        ("GET", "/Orders/V0/Orders"),
        ("GET", "/%6Frders/v0/orders"),
        ("GET", "/orders;a=b/v0/orders"),
        ("GET", "/orders/v0/orders/111/buyerInfo;x"),
        ("GET", "/orders/v0/orders/111/buyerInfo%20"),
        ("GET", "/orders/v0/orders/111/%EF%BD%82uyerInfo"),
        ("GET", f"{ORDERS}/111%3FincludedData=BUYER"),
        ("GET", f"{ORDERS}/111%253FincludedData%253DBUYER"),
        ("GET", f"{ORDERS}/111;x%3FincludedData=BUYER"),
        ("DELETE", f"{ORDERS}/111"),
        ("POST", "/tokens/2021-03-01/restrictedDataToken"),
        ("POST", "/TOKENS/2021-03-01/restrictedDataToken"),
        ("POST", "/%74okens/2021-03-01/restrictedDataToken"),
        ("POST", "/%2574okens/2021-03-01/restrictedDataToken"),
        ("POST", "/tokens%2F2021-03-01%2FrestrictedDataToken"),
        ("GET", "/mfn/v0/shipments/1"),
        ("POST", "/shipping/v1/shipments"),
        ("POST", "/shipping/v2/shipments/rates"),
        ("GET", "/messaging/v1/orders/111"),
        ("GET", "/solicitations/v1/orders/111"),
        ("GET", "/easyShip/2022-03-23/package"),
        ("GET", "/services/v1/serviceJobs"),
        ("GET", "/fba/outbound/2020-07-01/fulfillmentOrders"),
        ("GET", "/fba%2Foutbound/2020-07-01/fulfillmentOrders"),
        ("GET", "/vendor/directFulfillment/orders/v1/purchaseOrders"),
        ("GET", "/vendor/orders/v1/purchaseOrders"),
        ("POST", "/applications/2023-11-30/clientSecret"),
        ("GET", "/authorization/v1/authorizationCode"),
        ("GET", "/notifications/v1/destinations"),
        ("DELETE", "/notifications/v1/destinations/1"),
        ("GET", "/notifications/V1/Destinations"),
    ],
)
def test_what_names_buyers_or_acts_for_the_application_is_refused_however_it_is_spelled(
    method: str, path: str
) -> None:
    with pytest.raises(NotAllowed):
        ask(method, path)


@pytest.mark.parametrize(
    "path", ["/admin", "/sales", "/sales/v2/orderMetrics", "/salesx/v1/x", "/%73ales/v1/orderMetrics"]
)
def test_what_is_no_api_of_sp_api_is_not_found(path: str) -> None:
    with pytest.raises(NotFound):
        ask("GET", path)


@pytest.mark.parametrize("path", [ORDERS, f"{ORDERS}/111", "/orders/v0/orders/111/orderItems"])
@pytest.mark.parametrize(
    "query",
    [
        "includedData=BUYER",
        "includedData=PROCEEDS,RECIPIENT",
        "includedData=PROCEEDS&includedData=TAX",
        "includedData=buyer",
        "includedData=%42UYER",
        "includedData=%2542UYER",
        "includedData=PROCEEDS%2CBUYER",
        "includedData=PROCEEDS,%20BUYER",
        "INCLUDEDDATA=BUYER",
        "included%44ata=BUYER",
        "includedData[]=BUYER",
        "includedData%5B0%5D=BUYER",
        "includedData=SOMETHING_NEW",
        "includedData=PROCEEDS;BUYER",
        "includedData=PROCEEDS;includedData=BUYER",
        "includedData=PROCEEDS%3BBUYER",
        "includedData=PROCEEDS%7CBUYER",
        "includedData=PROCEEDS+BUYER",
        "includedData=%EF%BC%A2UYER",
    ],
)
def test_data_sets_with_buyers_are_refused_however_they_are_spelled(path: str, query: str) -> None:
    with pytest.raises(NotAllowed):
        ask("GET", path, f"marketplaceIds=A&{query}")


@pytest.mark.parametrize(
    "query",
    ["", "includedData=", "includedData=PROCEEDS,FULFILLMENT&includedData=PACKAGES", "paginationToken=BUYER"],
)
def test_other_data_sets_are_passed_on(query: str) -> None:
    ask("GET", ORDERS, query)


@pytest.mark.parametrize(
    "report_type",
    [
        "GET_AMAZON_FULFILLED_SHIPMENTS_DATA_INVOICING",
        "GET_AMAZON_FULFILLED_SHIPMENTS_DATA_TAX",
        "GET_FLAT_FILE_ACTIONABLE_ORDER_DATA_SHIPPING",
        "GET_FLAT_FILE_ORDER_REPORT_DATA_SHIPPING",
        "GET_FLAT_FILE_ORDER_REPORT_DATA_INVOICING",
        "GET_FLAT_FILE_ORDER_REPORT_DATA_TAX",
        "GET_FLAT_FILE_ORDERS_RECONCILIATION_DATA_SHIPPING",
        "GET_FLAT_FILE_ORDERS_RECONCILIATION_DATA_INVOICING",
        "GET_FLAT_FILE_ORDERS_RECONCILIATION_DATA_TAX",
        "GET_ORDER_REPORT_DATA_SHIPPING",
        "GET_ORDER_REPORT_DATA_INVOICING",
        "GET_ORDER_REPORT_DATA_TAX",
        "GET_VAT_TRANSACTION_DATA",
        " get_vat_transaction_data ",
    ],
)
@pytest.mark.parametrize("path", [REPORTS, "/reports/2021-06-30/schedules"])
def test_reports_that_name_buyers_are_refused(path: str, report_type: str) -> None:
    with pytest.raises(NotAllowed):
        ask("POST", path, body={"reportType": report_type, "marketplaceIds": ["A"]})


@pytest.mark.parametrize(
    "report_type",
    [
        "GET_FLAT_FILE_ALL_ORDERS_DATA_BY_ORDER_DATE_GENERAL",
        "GET_MERCHANT_LISTINGS_ALL_DATA",
        "GET_FBA_MYI_UNSUPPRESSED_INVENTORY_DATA",
        "GET_SALES_AND_TRAFFIC_REPORT",
    ],
)
def test_other_reports_are_passed_on(report_type: str) -> None:
    ask("POST", REPORTS, body={"reportType": report_type, "marketplaceIds": ["A"]})

    assert not is_restricted_report(report_type)


@pytest.mark.parametrize(
    "body",
    [
        b'{"reportType": "GET_MERCHANT_LISTINGS_ALL_DATA", "reportType": "GET_VAT_TRANSACTION_DATA"}',
        b'{"reportType": "GET_MERCHANT_LISTINGS_ALL_DATA", "ReportType": "GET_VAT_TRANSACTION_DATA"}',
        b'{"reportType": ',
        b"[]",
        b'{"reportType": ["GET_VAT_TRANSACTION_DATA"]}',
        b"\xff\xfe{\x00}\x00",
        b"[" * 100_000,
    ],
)
def test_a_report_is_asked_for_in_words_that_can_be_read_in_one_way_only(body: bytes) -> None:
    with pytest.raises(InvalidInput):
        insist_free("POST", REPORTS, "", body)
