"""The figures behind the reports: a part of the seller's sales, repeatable, restated by time and on demand."""

from __future__ import annotations

import json
from collections import Counter
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from entrypoints.simulator.ads.people import Profile
from entrypoints.simulator.moments import local_midnight_ms, to_ms
from entrypoints.simulator.orders import Status
from tests.entrypoints.simulator.ads_driven import COLUMNS, AdsSide
from tests.entrypoints.simulator.driven import NOON, Amazon

SPAN = {"from": "2026-08-01", "to": "2026-08-28"}


@pytest.fixture
def ads() -> AdsSide:
    return AdsSide.with_config(amazon={"data_until": NOON})


def days(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [line for line in lines if line["kind"] == "day"]


def own_sales(amazon: Amazon, profile: Profile, first: date, last: date) -> int:
    """In minor units, as the store has them in the end."""
    zone = ZoneInfo(profile.zone_name)
    start_ms, end_ms = local_midnight_ms(first, zone), local_midnight_ms(last, zone)
    orders = amazon.simulator.store.created_between(profile.account_id, start_ms, end_ms, to_ms(NOON))
    return sum(
        line.amounts.item
        for order in orders
        if order.marketplace_id == profile.marketplace.id and order.status is not Status.CANCELLED
        for line in order.lines
        if line.amounts is not None
    )


@pytest.mark.parametrize("country", ["US", "DE"])
def test_what_ads_sold_is_a_part_of_what_the_seller_sold(ads: AdsSide, country: str):
    profile = ads.profile(country)
    told = days(ads.truth(profile_id=profile.id, **SPAN))

    # Clicks of these days lead to purchases up to a fortnight later.
    whole = own_sales(ads.amazon, profile, date(2026, 8, 1), date(2026, 9, 12))
    part = sum(line["sales"] for line in told)
    assert 0.05 * whole < part < 0.5 * whole
    assert all(line["sales_7d"] <= line["sales"] for line in told)
    assert {line["ad_product"] for line in told} >= {
        "SPONSORED_PRODUCTS",
        "SPONSORED_BRANDS",
        "SPONSORED_DISPLAY",
    }


def test_another_process_of_an_equal_configuration_tells_the_same(ads: AdsSide):
    other = AdsSide.with_config(amazon={"data_until": NOON})

    for profile in (ads.profile(), ads.profile("US", "vendor")):
        assert ads.truth(profile_id=profile.id, **SPAN) == other.truth(profile_id=profile.id, **SPAN)


def test_a_report_says_what_is_true(ads: AdsSide):
    profile = ads.profile()

    rows = ads.rows()

    told = days(ads.truth(profile_id=profile.id, **{"from": "2026-10-01", "to": "2026-10-14"}))
    true = {
        (line["day"], int(line["campaign_id"])): (
            line["clicks"],
            line["spend"],
            line["sales_7d"],
            line["sales"],
        )
        for line in told
        if line["ad_product"] == "SPONSORED_PRODUCTS"
    }
    assert {
        (row["date"], row["campaignId"]): (
            row["clicks"],
            *(round(row[name] * 100) for name in ("cost", "sales7d", "sales14d")),
        )
        for row in rows
    } == true


def test_the_products_of_a_day_add_up_to_the_campaigns(ads: AdsSide):
    names = ["date", "campaignId", "clicks", "cost", "sales7d"]
    campaigns: Counter[tuple[str, int]] = Counter()
    products: Counter[tuple[str, int]] = Counter()
    for row in ads.rows(columns=names):
        campaigns[row["date"], row["campaignId"]] += round(row["cost"] * 100)
    by_product = {"reportTypeId": "spAdvertisedProduct", "groupBy": ["advertiser"]}
    for row in ads.rows(**by_product, columns=[*names, "advertisedAsin", "advertisedSku"]):
        products[row["date"], row["campaignId"]] += round(row["cost"] * 100)
        assert row["advertisedAsin"].startswith("B0")

    assert campaigns == products


def test_a_summary_is_the_sum_of_its_days(ads: AdsSide):
    daily: Counter[int] = Counter()
    total: dict[int, int] = {}
    for row in ads.rows():
        daily[row["campaignId"]] += row["clicks"]
    for row in ads.rows(timeUnit="SUMMARY", columns=["campaignId", "clicks", "startDate", "endDate"]):
        total[row["campaignId"]] = row["clicks"]
        assert (row["startDate"], row["endDate"]) == ("2026-10-01", "2026-10-14")

    assert total == daily


def test_time_restates_sales_and_takes_invalid_clicks_back():
    ads = AdsSide.with_config(amazon={"orders_per_day": 60})
    span = {"profile_id": ads.profile().id, "from": "2026-10-01", "to": "2026-10-14"}
    told = []
    for later in (0, 7, 45, 1):
        ads.amazon.clock.advance(days=later)
        lines = days(ads.truth(**span))
        told.append([sum(line[name] for line in lines) for name in ("clicks", "sales")])

    (early_clicks, early_sales), (clicks, sales), (_, last), _ = told
    assert early_clicks > clicks
    assert early_sales < sales <= last * 1.1
    assert told[2] == told[3]


def test_a_day_restated_on_demand_changes_each_time_and_loses_another_campaign(ads: AdsSide):
    profile, day = ads.profile(), "2026-10-05"
    span = {"profile_id": profile.id, "from": day, "to": day}
    seen = [days(ads.truth(**span))]
    for _ in range(2):
        ads.amazon.clock.advance(seconds=1)
        ads.control("restate", profile_id=str(profile.id), day=day)
        seen.append(days(ads.truth(**span)))

    campaigns = [frozenset(line["campaign_id"] for line in lines) for lines in seen]
    spend = [sum(line["spend"] for line in lines) for lines in seen]
    assert len(set(campaigns)) == 3
    assert campaigns[1] < campaigns[0]
    assert spend[0] > spend[1]
    assert len({json.dumps(lines) for lines in seen}) == 3


def test_a_report_keeps_to_what_was_known_when_it_was_made(ads: AdsSide):
    profile = ads.profile()
    report_id = ads.ask().json["reportId"]
    ads.amazon.clock.advance(seconds=15)
    ads.amazon.clock.advance(seconds=1)
    ads.control("restate", profile_id=str(profile.id), day="2026-10-05")

    old = ads.fetch(ads.look(report_id)["url"]).data
    ads.ask()
    anew = ads.rows(startDate="2026-10-05", endDate="2026-10-05", columns=COLUMNS)

    assert old
    assert len(anew) < 4


def test_a_vendor_advertises_without_skus_and_without_the_sellers_orders(ads: AdsSide):
    rows = ads.rows(
        ads.profile("US", "vendor"),
        reportTypeId="spAdvertisedProduct",
        groupBy=["advertiser"],
        columns=["date", "campaignId", "advertisedSku", "advertisedAsin", "sales14d"],
    )

    assert {row["advertisedSku"] for row in rows} == {None}
    assert sum(row["sales14d"] for row in rows) > 0


def test_todays_figures_are_partial_and_tomorrows_are_not_there():
    ads = AdsSide.with_config()
    today, vendor = (NOON - timedelta(hours=7)).date(), ads.profile("US", "vendor").id
    spans = [(today - timedelta(days=2)), today, today + timedelta(days=1)]

    clicks = [
        sum(
            line["clicks"]
            for line in days(ads.truth(profile_id=vendor, **{"from": day.isoformat(), "to": day.isoformat()}))
        )
        for day in spans
    ]

    assert clicks[0] > clicks[1] > 0
    assert clicks[2] == 0
