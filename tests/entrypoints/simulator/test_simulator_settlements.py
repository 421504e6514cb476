"""Settlements, and the report of sales and traffic."""

from __future__ import annotations

import csv
import gzip
import io
import json
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest

from entrypoints.simulator.marketplaces import BY_COUNTRY
from entrypoints.simulator.moments import to_ms
from entrypoints.simulator.settlements import COLUMNS, SETTLEMENT
from entrypoints.simulator.shipments import sent_between
from tests.entrypoints.simulator.driven import METRICS, NOON, Amazon, first_error, iso
from tests.entrypoints.simulator.test_simulator_reports_api import REPORTS, create, document, fetch

US, DE, GB = (BY_COUNTRY[country].id for country in ("US", "DE", "GB"))
TRAFFIC = "GET_SALES_AND_TRAFFIC_REPORT"
WEEK = {"dataStartTime": "2026-10-01T00:00:00Z", "dataEndTime": "2026-10-07T00:00:00Z"}


def settlements(
    amazon: Amazon, marketplace_id: str, region: str = "na", **query: Any
) -> list[dict[str, Any]]:
    answer = amazon.get(
        REPORTS, region, reportTypes=SETTLEMENT, marketplaceIds=marketplace_id, pageSize=100, **query
    )
    assert answer.status_code == 200, answer.text
    return list(answer.json["reports"])


def table(amazon: Amazon, report_id: str, region: str = "na") -> list[dict[str, str]]:
    answer = fetch(amazon, document(amazon, report_id, region)["url"])
    text = gzip.decompress(answer.data).decode(answer.content_type.partition("charset=")[2])
    return list(csv.DictReader(io.StringIO(text, newline=""), delimiter="\t", quoting=csv.QUOTE_NONE))


def traffic(amazon: Amazon, **options: str) -> dict[str, Any]:
    report_id = create(amazon, TRAFFIC, reportOptions=options, **WEEK)
    amazon.clock.advance(seconds=15)
    body = gzip.decompress(fetch(amazon, document(amazon, report_id)["url"]).data)
    return dict(json.loads(body))


def test_a_settlement_is_there_every_fortnight_without_being_asked_for(amazon: Amazon):
    found = settlements(amazon, US)

    ends = [datetime.fromisoformat(each["dataEndTime"]) for each in found]
    assert len(found) in (6, 7)
    assert {each["processingStatus"] for each in found} == {"DONE"}
    assert {later - earlier for later, earlier in pairwise(ends)} == {timedelta(days=14)}
    assert NOON - timedelta(days=15) < ends[0] < NOON


def test_settlements_are_listed_since_a_time(amazon: Amazon):
    newest = settlements(amazon, US)[0]

    since = settlements(amazon, US, createdSince=newest["createdTime"])

    assert [each["reportId"] for each in since] == [newest["reportId"]]


def test_a_settlement_stays_as_it_is(amazon: Amazon):
    report_id = settlements(amazon, US)[0]["reportId"]
    before = table(amazon, report_id)

    amazon.clock.advance(days=3)

    assert table(amazon, report_id) == before


def test_a_settlement_reckons_what_was_sent(amazon: Amazon):
    told = settlements(amazon, US)[0]

    summary, *details = table(amazon, told["reportId"])

    start, end = (to_ms(datetime.fromisoformat(told[name])) for name in ("dataStartTime", "dataEndTime"))
    sent = [
        each
        for each in sent_between(amazon.simulator.store, amazon.seller().id, start, end - 1, end)
        if each.order.home_marketplace_id == US
    ]
    principal = [
        row
        for row in details
        if (row["amount-type"], row["amount-description"]) == ("ItemPrice", "Principal")
    ]
    assert tuple(summary) == COLUMNS
    assert len(sent) > 50
    assert sum(Decimal(row["amount"]) * 100 for row in principal) == sum(
        each.line.amounts.item for each in sent
    )
    assert Decimal(summary["total-amount"]) == sum(Decimal(row["amount"]) for row in details)
    assert summary["order-id"] == ""
    assert summary["currency"] == "USD"
    assert {row["amount-type"] for row in details} == {
        "ItemPrice",
        "ItemWithheldTax",
        "ItemFees",
        "Promotion",
    }


@pytest.mark.parametrize(("marketplace_id", "mark"), [(DE, ","), (GB, ".")])
def test_europe_writes_numbers_and_dates_its_own_way(amazon: Amazon, marketplace_id: str, mark: str):
    told = settlements(amazon, marketplace_id, "eu")[0]

    summary = table(amazon, told["reportId"], "eu")[0]

    assert mark in summary["total-amount"]
    assert datetime.strptime(summary["deposit-date"], "%d.%m.%Y %H:%M:%S UTC")  # noqa: DTZ007 - a shape


def test_a_settlement_cannot_be_asked_for(amazon: Amazon):
    answer = amazon.post(REPORTS, {"reportType": SETTLEMENT, "marketplaceIds": [US]})

    assert answer.status_code == 400
    assert "cannot be requested" in first_error(answer)["message"]


@pytest.mark.parametrize(
    ("role", "report_type"), [("Brand Analytics", TRAFFIC), ("Finance and Accounting", SETTLEMENT)]
)
def test_reports_need_the_role_their_data_come_from(role: str, report_type: str):
    amazon = Amazon.with_config(withheld_roles=(role,))

    asked = amazon.post(REPORTS, {"reportType": report_type, "marketplaceIds": [US], **WEEK})
    listed = amazon.get(REPORTS, reportTypes=report_type)

    assert (asked.status_code, listed.status_code) == (403, 403)
    assert first_error(asked)["details"] == ""


def test_sales_by_date_agree_with_the_order_metrics(amazon: Amazon):
    days = traffic(amazon)["salesAndTrafficByDate"]

    metrics = amazon.get(
        METRICS,
        marketplaceIds=US,
        interval="2026-10-01T00:00:00-07:00--2026-10-08T00:00:00-07:00",
        granularity="Day",
        granularityTimeZone="America/Los_Angeles",
    ).json["payload"]
    assert [each["date"] for each in days] == [f"2026-10-0{day}" for day in range(1, 8)]
    assert [
        (sales["unitsOrdered"], sales["totalOrderItems"], f"{sales['orderedProductSales']['amount']:.2f}")
        for sales in (each["salesByDate"] for each in days)
    ] == [(each["unitCount"], each["orderItemCount"], each["totalSales"]["amount"]) for each in metrics]
    assert all(
        each["trafficByDate"]["sessions"] >= each["salesByDate"]["totalOrderItems"] > 0 for each in days
    )


@pytest.mark.parametrize(("granularity", "names"), [("PARENT", 1), ("CHILD", 2), ("SKU", 3)])
def test_products_add_up_to_the_days(amazon: Amazon, granularity: str, names: int):
    told = traffic(amazon, asinGranularity=granularity, dateGranularity="WEEK")

    products, weeks = told["salesAndTrafficByAsin"], told["salesAndTrafficByDate"]
    assert [each["date"] for each in weeks] == ["2026-09-27", "2026-10-04"]
    assert {len(each) - 2 for each in products} == {names}
    for name, part in (("unitsOrdered", "sales"), ("sessions", "traffic"), ("pageViews", "traffic")):
        by_asin = sum(each[f"{part}ByAsin"][name] for each in products)
        assert by_asin == sum(each[f"{part}ByDate"][name] for each in weeks) > 0


def test_an_unknown_granularity_is_refused(amazon: Amazon):
    body = {
        "reportType": TRAFFIC,
        "marketplaceIds": [US],
        "reportOptions": {"dateGranularity": "HOUR"},
        **WEEK,
    }

    answer = amazon.post(REPORTS, body)

    assert answer.status_code == 400
    assert "dateGranularity" in first_error(answer)["message"]


def test_settlements_end_where_the_data_end():
    amazon = Amazon.with_config(data_until=NOON - timedelta(days=30))

    newest = settlements(amazon, US)[0]

    assert newest["createdTime"] <= iso(NOON - timedelta(days=30))
