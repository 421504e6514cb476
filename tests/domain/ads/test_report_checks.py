"""What Amazon would refuse is found before it is asked, and the field is named."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from domain.ads.accounts import Account, AccountType, Owner
from domain.ads.columns import FIGURES, KINDS
from domain.ads.report_checks import AdsReportWish, problems, request_of
from domain.ads.reports import AdProduct, TimeUnit
from tests.domain.ads.ads_reports_bench import AdsReportsBench, a_profile
from tests.fakes.things import NOW

TODAY = date(2026, 3, 4)
DAY = timedelta(days=1)
WISH = AdsReportWish(
    report_type="spCampaigns",
    ad_product="SPONSORED_PRODUCTS",
    start=TODAY - 7 * DAY,
    end=TODAY - DAY,
    time_unit="DAILY",
    group_by=("campaign",),
    columns=("date", "campaignId", "cost", "sales7d"),
)
BRANDS: dict[str, Any] = {
    "report_type": "sbCampaigns",
    "ad_product": "SPONSORED_BRANDS",
    "columns": ("date", "cost"),
}
PRODUCTS: dict[str, Any] = {"report_type": "sbPurchasedProduct", "ad_product": "SPONSORED_BRANDS"}
DSP: dict[str, Any] = {
    "report_type": "dspCampaign",
    "ad_product": "DEMAND_SIDE_PLATFORM",
    "columns": ("date", "totalCost"),
}


@pytest.fixture
def account() -> Account:
    return AdsReportsBench().account


def with_found(account: Account, **changes: Any) -> Account:
    return replace(account, found=replace(account.found, **changes))


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"end": TODAY},
        {"start": TODAY - 31 * DAY},
        {"start": TODAY - 95 * DAY, "end": TODAY - 65 * DAY},
        {**BRANDS, "start": TODAY - 60 * DAY, "end": TODAY - 30 * DAY},
        {
            **PRODUCTS,
            "start": TODAY - 700 * DAY,
            "group_by": ("purchasedAsin",),
            "columns": ("date", "sales14d"),
        },
        {"time_unit": "SUMMARY", "columns": ("startDate", "endDate", "cost")},
        {"time_unit": "SUMMARY", "columns": ("cost",)},
        {"group_by": ("campaign", "adGroup"), "columns": ("date", "adGroupId", "campaignId")},
        {"filters": (("campaignStatus", ("ENABLED",)),)},
    ],
    ids=str,
)
def test_what_amazon_takes_is_right(account: Account, changes: dict[str, Any]) -> None:
    assert problems(replace(WISH, **changes), account, NOW) == {}


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"report_type": "spCampaign"}, "report_type", "spCampaigns, spAdvertisedProduct"),
        ({"ad_product": "SPONSORED_BRANDS"}, "ad_product", "of a spCampaigns report is SPONSORED_PRODUCTS"),
        ({"time_unit": "HOURLY"}, "time_unit", "DAILY nor SUMMARY"),
        ({"group_by": ()}, "group_by", "campaign, adGroup, campaignPlacement"),
        ({"group_by": ("advertiser",)}, "group_by", "not 'advertiser'"),
        ({"columns": ()}, "columns", "1 to 200"),
        ({"columns": ("date", "acos")}, "columns", "not 'acos'"),
        ({"columns": ("date", "adGroupId")}, "columns", "not 'adGroupId'"),
        ({"columns": ("cost",)}, "columns", "lack `date`"),
        ({"columns": ("date", "startDate")}, "columns", "go with SUMMARY"),
        ({"time_unit": "SUMMARY"}, "columns", "take startDate and endDate"),
        ({"end": TODAY + DAY}, "end_date", "it is 2026-03-04 for this profile"),
        ({"start": TODAY}, "start_date", "is after end_date"),
        ({"start": TODAY - 32 * DAY}, "end_date", "more than 31 days"),
        ({"start": TODAY - 96 * DAY, "end": TODAY - 90 * DAY}, "start_date", "from 2025-11-29 on"),
        ({**BRANDS, "start": TODAY - 61 * DAY, "end": TODAY - 50 * DAY}, "start_date", "keeps 60 days"),
        ({"filters": (("campaignName", ("x",)),)}, "filters", "there are campaignStatus"),
        ({"filters": (("campaignStatus", ("ON",)),)}, "filters", "ENABLED, PAUSED, ARCHIVED (not 'ON')"),
        ({"filters": (("campaignStatus", ()),)}, "filters", "1 to 100 values"),
        ({"filters": (("campaignStatus", ("ENABLED",)),) * 2}, "filters", "name a field twice"),
        (
            {"group_by": ("campaign", "adGroup"), "filters": (("campaignStatus", ("ENABLED",)),)},
            "filters",
            "single group_by",
        ),
        (DSP, "profile_id", "for an agency's"),
    ],
    ids=str,
)
def test_what_amazon_refuses_is_named(
    account: Account, changes: dict[str, Any], field: str, words: str
) -> None:
    found = problems(replace(WISH, **changes), account, NOW)

    assert list(found) == [field]
    assert words in found[field]


def test_all_bad_fields_are_named_at_once(account: Account) -> None:
    wish = replace(WISH, time_unit="x", ad_product="y", group_by=("z",), end=TODAY + 9 * DAY)

    assert set(problems(wish, account, NOW)) == {"time_unit", "ad_product", "group_by", "end_date"}


def test_agencies_and_advertisers_have_reports_of_dsp_alone(account: Account) -> None:
    agency = with_found(account, owner=Owner.AGENCY)
    advertiser = with_found(account, type=AccountType.DSP_ADVERTISER, owner=None)
    worldwide = with_found(account, type=AccountType.ADS_ACCOUNT, owner=None)
    dsp = replace(WISH, **DSP, filters=(("advertiserId", ("77",)),))

    assert [list(problems(WISH, each, NOW)) for each in (agency, advertiser, worldwide)] == [
        ["profile_id"]
    ] * 3
    assert [problems(dsp, each, NOW) for each in (agency, advertiser)] == [{}, {}]
    assert "columns" in problems(replace(dsp, columns=("date", "total cost")), agency, NOW)


def test_days_are_those_of_the_accounts_zone(account: Account) -> None:
    tokyo = with_found(account, time_zone="Asia/Tokyo")
    late = NOW.replace(hour=20)
    wish = replace(WISH, end=TODAY + DAY)

    assert problems(wish, tokyo, late) == {}
    assert list(problems(wish, account, late)) == ["end_date"]
    assert list(problems(wish, with_found(account, time_zone="Mars/Base"), late)) == ["end_date"]


def test_what_is_named_twice_is_asked_for_once() -> None:
    wish = replace(WISH, columns=("date", "cost", "date"), group_by=("campaign", "campaign"))

    request = request_of(wish)

    assert (request.columns, request.group_by) == (("date", "cost"), ("campaign",))
    assert (request.ad_product, request.time_unit) == (AdProduct.SPONSORED_PRODUCTS, TimeUnit.DAILY)


@pytest.mark.parametrize("report_type", list(FIGURES))
def test_the_reports_for_the_figures_are_such_that_amazon_takes_them(
    report_type: str, account: Account
) -> None:
    figures, kind = FIGURES[report_type], KINDS[report_type]
    wish = replace(
        WISH,
        report_type=report_type,
        ad_product=kind.ad_product.value,
        group_by=(figures.group,),
        columns=figures.columns,
    )
    whose = a_profile(owner=Owner.AGENCY) if kind.ad_product is AdProduct.DSP else account.found

    assert problems(wish, replace(account, found=whose), NOW) == {}
