"""The Reports API: from asking to the document."""

from __future__ import annotations

import csv
import gzip
import io
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest

from entrypoints.simulator.marketplaces import BY_COUNTRY
from tests.entrypoints.simulator.driven import NOON, Amazon, first_error, iso

US, CA, DE, JP = (BY_COUNTRY[country].id for country in ("US", "CA", "DE", "JP"))
REPORTS, DOCUMENTS = "/reports/2021-06-30/reports", "/reports/2021-06-30/documents"
ORDERS = "GET_FLAT_FILE_ALL_ORDERS_DATA_BY_ORDER_DATE_GENERAL"
UPDATED = "GET_FLAT_FILE_ALL_ORDERS_DATA_BY_LAST_UPDATE_GENERAL"
LISTINGS = "GET_MERCHANT_LISTINGS_ALL_DATA"
STOCK = "GET_FBA_MYI_UNSUPPRESSED_INVENTORY_DATA"
MONTH = {"dataStartTime": iso(NOON - timedelta(days=30)), "dataEndTime": iso(NOON - timedelta(days=1))}


def create(
    amazon: Amazon, report_type: str, region: str = "na", marketplace_id: str = US, **fields: Any
) -> str:
    amazon.simulator.api.buckets.refill()
    body = {"reportType": report_type, "marketplaceIds": [marketplace_id], **fields}
    answer = amazon.post(REPORTS, body, region)
    assert answer.status_code == 202, answer.text
    return str(answer.json["reportId"])


def report(amazon: Amazon, report_id: str, region: str = "na") -> dict[str, Any]:
    answer = amazon.get(f"{REPORTS}/{report_id}", region)
    assert answer.status_code == 200, answer.text
    return dict(answer.json)


def document(amazon: Amazon, report_id: str, region: str = "na") -> dict[str, Any]:
    document_id = report(amazon, report_id, region)["reportDocumentId"]
    answer = amazon.get(f"{DOCUMENTS}/{document_id}", region)
    assert answer.status_code == 200, answer.text
    return dict(answer.json)


def fetch(amazon: Amazon, url: str, **headers: str):
    parts = urlsplit(url)
    return amazon.http.get(f"{parts.path}?{parts.query}", headers=headers)


def rows(amazon: Amazon, report_type: str, region: str = "na", **fields: Any) -> list[dict[str, str]]:
    """Ask, wait, fetch and read."""
    report_id = create(amazon, report_type, region, **fields)
    amazon.clock.advance(seconds=15)
    answer = fetch(amazon, document(amazon, report_id, region)["url"])
    encoding = answer.content_type.partition("charset=")[2]
    text = gzip.decompress(answer.data).decode(encoding)
    return list(csv.DictReader(io.StringIO(text, newline=""), delimiter="\t", quoting=csv.QUOTE_NONE))


def test_a_report_goes_from_the_queue_to_its_end(amazon: Amazon):
    report_id = create(amazon, LISTINGS)
    seen = [report(amazon, report_id)]
    for seconds in (5, 10):
        amazon.clock.advance(seconds=seconds)
        seen.append(report(amazon, report_id))

    assert [each["processingStatus"] for each in seen] == ["IN_QUEUE", "IN_PROGRESS", "DONE"]
    assert ["reportDocumentId" in each for each in seen] == [False, False, True]
    assert seen[2]["processingEndTime"] == iso(NOON + timedelta(seconds=15))


def test_the_orders_of_a_time_stand_in_their_report_line_by_line(amazon: Amazon):
    found = rows(amazon, ORDERS, **MONTH)

    expected = [
        (order, line)
        for order in amazon.simulator.store.orders(amazon.seller().id, amazon.clock())
        if NOON - timedelta(days=30) <= order.created_at < NOON - timedelta(days=1)
        and order.home_marketplace_id == US
        for line in order.lines
    ]
    assert len(found) > 200
    assert [(x["amazon-order-id"], x["sku"], x["quantity"]) for x in found] == [
        (order.id, line.sku, str(line.quantity)) for order, line in expected
    ]
    assert [x["item-price"] for x in found] == [
        "" if line.amounts is None else f"{line.amounts.item / 100:.2f}" for _, line in expected
    ]
    assert len(found[0]) == 32
    assert {x["order-status"] for x in found} >= {"Shipped", "Cancelled"}
    assert {x["fulfillment-channel"] for x in found} == {"Amazon", "Merchant"}


def test_the_report_of_changes_tells_every_order_that_changed(amazon: Amazon):
    found = rows(amazon, UPDATED, **MONTH)

    expected = {
        order.id
        for order in amazon.simulator.store.orders(amazon.seller().id, amazon.clock())
        if NOON - timedelta(days=30) <= order.updated_at < NOON - timedelta(days=1)
        and order.home_marketplace_id == US
    }
    assert {each["amazon-order-id"] for each in found} == expected


def test_the_stock_stands_in_its_report(amazon: Amazon):
    found = rows(amazon, STOCK)

    levels = amazon.simulator.store.stock(amazon.seller().id, US, amazon.clock())
    assert [(x["sku"], int(x["afn-total-quantity"]), int(x["afn-fulfillable-quantity"])) for x in found] == [
        (level.sku, level.total, level.fulfillable) for level in levels
    ]


def test_every_listing_stands_in_its_report(amazon: Amazon):
    found = rows(amazon, LISTINGS)

    products = amazon.simulator.store.catalogue(amazon.seller().id).products
    assert [(x["seller-sku"], x["asin1"], x["item-name"]) for x in found] == [
        (product.sku, product.asin, product.title) for product in products
    ]
    assert {x["status"] for x in found} == {"Active", "Inactive"}


@pytest.mark.parametrize(
    ("region", "marketplace_id", "charset"),
    [("na", US, "UTF-8"), ("eu", DE, "Cp1252"), ("fe", JP, "Shift_JIS")],
)
def test_regions_have_their_own_encodings(amazon: Amazon, region: str, marketplace_id: str, charset: str):
    report_id = create(amazon, LISTINGS, region, marketplace_id)
    amazon.clock.advance(seconds=15)

    answer = fetch(amazon, document(amazon, report_id, region)["url"])

    titles = [
        product.title for product in amazon.simulator.store.catalogue(amazon.seller(region).id).products
    ]
    assert answer.content_type == f"text/plain;charset={charset}"
    assert all(title in gzip.decompress(answer.data).decode(charset) for title in titles)


def test_the_same_report_is_the_same_bytes(amazon: Amazon):
    report_id = create(amazon, ORDERS, **MONTH)
    amazon.clock.advance(seconds=15)

    first, second = (fetch(amazon, document(amazon, report_id)["url"]).data for _ in range(2))

    assert first == second


def test_the_address_is_good_for_five_minutes(amazon: Amazon):
    report_id = create(amazon, LISTINGS)
    amazon.clock.advance(seconds=15)
    told = document(amazon, report_id)

    amazon.clock.advance(minutes=4, seconds=59)
    in_time = fetch(amazon, told["url"])
    amazon.clock.advance(seconds=2)
    late = fetch(amazon, told["url"])
    again = fetch(amazon, document(amazon, report_id)["url"])

    assert told["compressionAlgorithm"] == "GZIP"
    assert (in_time.status_code, late.status_code, again.status_code) == (200, 403, 200)
    assert late.content_type == "application/xml"
    assert "Request has expired" in late.text


def test_the_address_cannot_be_forged_and_takes_no_token(amazon: Amazon):
    report_id = create(amazon, LISTINGS)
    amazon.clock.advance(seconds=15)
    url = document(amazon, report_id)["url"]

    forged = fetch(amazon, url[:-4] + "AAAA")
    with_token = fetch(amazon, url, **{"x-amz-access-token": "Atza|x"})

    assert (forged.status_code, with_token.status_code) == (403, 403)
    assert "not signed" in with_token.text


def test_a_report_without_data_ends_as_cancelled(amazon: Amazon):
    report_id = create(amazon, ORDERS, dataStartTime=iso(NOON - timedelta(seconds=1)))
    amazon.clock.advance(seconds=15)

    told = report(amazon, report_id)

    assert told["processingStatus"] == "CANCELLED"
    assert "reportDocumentId" not in told


def test_a_report_can_be_made_to_fail(amazon: Amazon):
    control = amazon.http.post("/simulator/reports/fate", json={"fate": "FATAL"})
    failing, fine = create(amazon, LISTINGS), create(amazon, LISTINGS)
    amazon.clock.advance(seconds=15)

    told = document(amazon, failing)

    assert control.status_code == 204
    assert report(amazon, failing)["processingStatus"] == "FATAL"
    assert report(amazon, fine)["processingStatus"] == "DONE"
    assert "compressionAlgorithm" not in told
    assert fetch(amazon, told["url"]).json["errorDetails"]


@pytest.mark.parametrize("body", [{"fate": "DONE"}, {}, {"fate": "FATAL", "times": 0}])
def test_a_fate_that_nobody_can_mean_is_refused(amazon: Amazon, body: dict[str, Any]):
    assert amazon.http.post("/simulator/reports/fate", json=body).status_code == 400


def test_the_stock_reported_again_within_half_an_hour_is_fatal(amazon: Amazon):
    first, second = create(amazon, STOCK), create(amazon, STOCK)
    amazon.clock.advance(minutes=31)
    third = create(amazon, STOCK)
    amazon.clock.advance(seconds=15)

    statuses = [report(amazon, each)["processingStatus"] for each in (first, second, third)]

    assert statuses == ["DONE", "FATAL", "DONE"]


def test_only_a_waiting_report_can_be_cancelled(amazon: Amazon):
    waiting, running = create(amazon, LISTINGS), create(amazon, LISTINGS)

    first = amazon.send("DELETE", f"{REPORTS}/{waiting}")
    amazon.clock.advance(seconds=6)
    second = amazon.send("DELETE", f"{REPORTS}/{running}")

    assert (first.status_code, first.data) == (200, b"")
    assert report(amazon, waiting)["processingStatus"] == "CANCELLED"
    assert (second.status_code, first_error(second)["code"]) == (400, "InvalidInput")


def test_reports_are_listed_in_pages_the_newest_first(amazon: Amazon):
    made = []
    for _ in range(3):
        made.append(create(amazon, LISTINGS))
        amazon.clock.advance(minutes=1)

    first = amazon.get(REPORTS, reportTypes=LISTINGS, pageSize=2)
    second = amazon.get(REPORTS, nextToken=first.json["nextToken"])

    found = [each["reportId"] for page in (first, second) for each in page.json["reports"]]
    assert found == made[::-1]
    assert "nextToken" not in second.json


def test_reports_are_found_by_type_status_marketplace_and_time(amazon: Amazon):
    here, there = create(amazon, LISTINGS), create(amazon, LISTINGS, marketplace_id=CA)
    amazon.clock.advance(minutes=1)
    create(amazon, ORDERS, **MONTH)
    amazon.simulator.api.buckets.refill()

    def ids(**query: Any) -> set[str]:
        answer = amazon.get(REPORTS, **query)
        assert answer.status_code == 200, answer.text
        return {each["reportId"] for each in answer.json["reports"]}

    assert ids(reportTypes=LISTINGS) == {here, there}
    assert ids(reportTypes=LISTINGS, marketplaceIds=CA) == {there}
    assert ids(reportTypes=f"{LISTINGS},{ORDERS}", processingStatuses="DONE") == {here, there}
    assert ids(reportTypes=f"{LISTINGS},{ORDERS}", createdUntil=iso(NOON)) == {here, there}


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"nextToken": "made-up"},
        {"nextToken": "x", "reportTypes": LISTINGS},
        {"reportTypes": LISTINGS, "processingStatuses": "LOST"},
        {"reportTypes": LISTINGS, "pageSize": 101},
    ],
)
def test_a_bad_question_for_reports_is_refused(amazon: Amazon, query: dict[str, Any]):
    answer = amazon.get(REPORTS, **query)

    assert (answer.status_code, first_error(answer)["code"]) == (400, "InvalidInput")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 400),
        ({"reportType": LISTINGS}, 400),
        ({"reportType": LISTINGS, "marketplaceIds": []}, 400),
        ({"reportType": LISTINGS, "marketplaceIds": US}, 400),
        ({"reportType": LISTINGS, "marketplaceIds": [DE]}, 403),
        ({"reportType": "BAD_FEE_DISCOUNTS_REPORT", "marketplaceIds": [US]}, 400),
        ({"reportType": "GET_VAT_TRANSACTION_DATA", "marketplaceIds": [US]}, 403),
        ({"reportType": ORDERS, "marketplaceIds": [US], "dataStartTime": "yesterday"}, 400),
        ({"reportType": ORDERS, "marketplaceIds": [US], "dataStartTime": iso(NOON + timedelta(1))}, 400),
        ({"reportType": ORDERS, "marketplaceIds": [US], "dataEndTime": "2020-01-01T00:00:00Z"}, 400),
        ({"reportType": ORDERS, "marketplaceIds": [US], "reportOptions": {"custom": True}}, 400),
    ],
)
def test_a_report_that_cannot_be_made_is_refused(amazon: Amazon, body: dict[str, Any], status: int):
    assert amazon.post(REPORTS, body).status_code == status


def test_somebody_elses_report_is_not_found(amazon: Amazon):
    report_id = create(amazon, LISTINGS)

    assert amazon.get(f"{REPORTS}/{report_id}", "eu").status_code == 404
    assert amazon.send("DELETE", f"{REPORTS}/{report_id}", region="eu").status_code == 404
    assert amazon.get(f"{DOCUMENTS}/amzn1.spdoc.1.4.x.{report_id}").status_code == 404


def test_reports_are_forgotten_after_ninety_days(amazon: Amazon):
    report_id = create(amazon, LISTINGS)
    amazon.clock.advance(days=91)

    assert amazon.get(f"{REPORTS}/{report_id}").status_code == 404


def test_a_download_can_be_struck_by_a_fault(amazon: Amazon):
    report_id = create(amazon, LISTINGS)
    amazon.clock.advance(seconds=15)
    url = document(amazon, report_id)["url"]
    amazon.order({"operation": "reportDocument", "kind": "503"})

    struck, fine = fetch(amazon, url), fetch(amazon, url)

    assert (struck.status_code, fine.status_code) == (503, 200)
    assert amazon.http.get("/simulator/calls").json["calls"]["reportDocument"] == 2
