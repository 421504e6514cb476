"""Rows of reports as figures: what Amazon's columns mean, and what can't be right."""

import json
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from adapters.ads.wire.report_figures import AdsRows
from domain.ads.accounts import Account
from domain.ads.reports import AdProduct, AdsDay, AdsPurpose, AdsReport
from domain.errors import WrongAnswer
from tests.fakes.ads_report_things import CAMPAIGNS, an_account, an_ads_report
from tests.fakes.ads_things import an_ads_connection
from tests.fakes.things import a_user

ACCOUNT = an_account(an_ads_connection(a_user()))
REPORT = an_ads_report(ACCOUNT, AdsPurpose.DAILY)
BRANDS = replace(REPORT, request=replace(CAMPAIGNS, ad_product=AdProduct.SPONSORED_BRANDS))
ROW: dict[str, Any] = {
    "date": "2026-03-01",
    "campaignId": "1",
    "campaignName": "Spring",
    "campaignStatus": "ENABLED",
    "campaignBudgetCurrencyCode": "USD",
    "impressions": 1000,
    "clicks": 10,
    "cost": 14.505,
    "purchases7d": 1,
    "sales7d": 20.0,
    "unitsSoldClicks7d": 2,
    "purchases14d": 3,
    "sales14d": 40,
    "unitsSoldClicks14d": 4,
    "purchases": 5,
    "sales": 60.5,
    "unitsSold": 6,
}


def days(*rows: dict[str, Any], report: AdsReport = REPORT, account: Account = ACCOUNT) -> list[AdsDay]:
    return AdsRows().days(report, account, b"".join(json.dumps(row).encode() + b"\n" for row in rows))


def test_sponsored_products_have_two_windows() -> None:
    (day,) = days(ROW)

    assert (day.day, day.campaign_id, day.campaign_name) == (date(2026, 3, 1), "1", "Spring")
    assert (day.spend_minor, day.impressions, day.clicks) == (1450, 1000, 10)  # half to even
    assert (day.purchases, day.sales_minor, day.units) == (3, 4000, 4)
    assert (day.purchases_7d, day.sales_7d_minor, day.units_7d) == (1, 2000, 2)


def test_other_ad_products_have_one() -> None:
    (day,) = days(ROW, report=BRANDS)

    assert (day.purchases, day.sales_minor, day.units) == (5, 6050, 6)
    assert (day.purchases_7d, day.sales_7d_minor, day.units_7d) == (None, None, None)


def test_what_amazon_leaves_out_is_zero_and_its_currency_the_profiles() -> None:
    bare = dict.fromkeys(ROW) | {"date": "2026-03-02", "campaignId": "1"}
    yen = replace(ACCOUNT, found=replace(ACCOUNT.found, currency_code="JPY"))

    (empty,) = days(bare)
    (japanese,) = days({**bare, "cost": 1200}, account=yen)

    assert (empty.currency, empty.spend_minor, empty.clicks, empty.campaign_name) == ("USD", 0, 0, None)
    assert (japanese.currency, japanese.spend_minor) == ("JPY", 1200)


def test_rows_of_one_campaign_and_day_are_one() -> None:
    (day,) = days(ROW, ROW)

    assert (day.clicks, day.spend_minor, day.sales_7d_minor) == (20, 2900, 4000)


@pytest.mark.parametrize(
    "changes",
    [
        {"date": None},
        {"date": "2026-02-30"},
        {"date": "2026-03-03"},
        {"campaignId": None},
        {"campaignId": 7},
        {"clicks": "ten"},
        {"clicks": 1.5},
        {"clicks": True},
        {"impressions": 10**16},
        {"cost": "14.50"},
        {"cost": 10**17},
        {"campaignBudgetCurrencyCode": "dollars"},
        {"campaignName": ["x"]},
    ],
    ids=str,
)
def test_a_row_that_can_not_be_right_is_a_wrong_answer(changes: dict[str, Any]) -> None:
    with pytest.raises(WrongAnswer) as failure:
        days({**ROW, **changes})

    assert failure.value.channel == "ads"


def test_without_any_currency_nothing_is_counted() -> None:
    nobody = replace(ACCOUNT, found=replace(ACCOUNT.found, currency_code=None))

    with pytest.raises(WrongAnswer, match="campaignBudgetCurrencyCode"):
        days({**ROW, "campaignBudgetCurrencyCode": None}, account=nobody)


def test_two_currencies_of_one_campaign_and_day_are_never_added() -> None:
    with pytest.raises(WrongAnswer, match="campaignBudgetCurrencyCode"):
        days(ROW, {**ROW, "campaignBudgetCurrencyCode": "EUR"})
