"""Days of advertising with sensible values, and how they come to be kept."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from uuid import uuid4

from domain.ads.accounts import Account, AccountType, Listing
from domain.ads.coverage import Coverage, Span
from domain.ads.listings import REGIONS
from domain.ads.reports import (
    AdProduct,
    AdsDay,
    AdsProductDay,
    AdsPurpose,
    AdsReport,
    AdsReportId,
    AdsReportRequest,
    AdsReportStatus,
    TimeUnit,
)
from domain.connections.model import Connection, Failure
from domain.kpis.performance import AdsHouseWork
from domain.marketplaces import Region
from tests.fakes.things import NOW

DAY = date(2026, 3, 4)


def a_day(profile_id: str = "1", campaign_id: str = "100", day: date = DAY, **changes: object) -> AdsDay:
    """Sponsored products that cost 2.50 dollars and sold for 10 within a week, and for 12 within two."""
    row = AdsDay(
        profile_id=profile_id,
        ad_product=AdProduct.SPONSORED_PRODUCTS,
        day=day,
        campaign_id=campaign_id,
        campaign_name=f"Campaign {campaign_id}",
        campaign_status="ENABLED",
        currency="USD",
        impressions=1000,
        clicks=10,
        spend_minor=250,
        purchases=3,
        sales_minor=1200,
        units=4,
        purchases_7d=2,
        sales_7d_minor=1000,
        units_7d=3,
    )
    return replace(row, **changes)  # type: ignore[arg-type] # callers name fields of AdsDay


def a_brand_day(
    profile_id: str = "1", campaign_id: str = "200", day: date = DAY, **changes: object
) -> AdsDay:
    """The same of sponsored brands, of which Amazon tells no week."""
    brand = {"ad_product": AdProduct.SPONSORED_BRANDS, "purchases_7d": None, "sales_7d_minor": None}
    return a_day(profile_id, campaign_id, day, **{**brand, "units_7d": None, **changes})


def a_dsp_day(advertiser_id: str, order_id: str = "900", day: date = DAY) -> AdsDay:
    """The same of DSP."""
    return a_brand_day(advertiser_id, order_id, day, ad_product=AdProduct.DSP)


def a_product_day(
    profile_id: str = "1",
    asin: str = "B1",
    sku: str = "SKU-1",
    day: date = DAY,
    campaign_id: str = "100",
    **changes: object,
) -> AdsProductDay:
    """The ads for one product."""
    row = AdsProductDay(
        profile_id=profile_id,
        ad_product=AdProduct.SPONSORED_PRODUCTS,
        day=day,
        campaign_id=campaign_id,
        asin=asin,
        sku=sku,
        currency="USD",
        impressions=500,
        clicks=5,
        spend_minor=125,
        purchases=2,
        sales_minor=600,
        units=2,
        purchases_7d=1,
        sales_7d_minor=500,
        units_7d=1,
    )
    return replace(row, **changes)  # type: ignore[arg-type] # callers name fields of AdsProductDay


def a_report_of(connection: Connection, account: Account, row: AdsDay | AdsProductDay) -> AdsReport:
    """The report that told a row."""
    report_type = "spAdvertisedProduct" if isinstance(row, AdsProductDay) else "spCampaigns"
    request = AdsReportRequest(
        row.ad_product, report_type, row.day, row.day, TimeUnit.DAILY, ("campaign",), ()
    )
    return AdsReport(
        id=AdsReportId(uuid4()),
        connection_id=connection.id,
        user_id=connection.user_id,
        account_id=account.id,
        profile_id=row.profile_id,
        region=Region.NA,
        purpose=AdsPurpose.DAILY,
        request=request,
        status=AdsReportStatus.PROCESSING,
        created_at=NOW,
        next_look_at=NOW,
    )


def advertise(work: AdsHouseWork, connection: Connection, *rows: AdsDay | AdsProductDay) -> None:
    """These days are known, of accounts that are kept."""
    accounts = {each.found.amazon_id: each for each in work.ads_accounts.accounts(connection.user_id)}
    for row in rows:
        report = a_report_of(connection, accounts[row.profile_id], row)
        if isinstance(row, AdsProductDay):
            work.ads_days.save_product_days(report, [row])
        else:
            work.ads_days.save_days(report, [row])


def covered(
    account: Account,
    report_type: str,
    *days: Span,
    as_of: datetime | None = NOW,
    error: Failure | None = None,
    ad_product: AdProduct = AdProduct.SPONSORED_PRODUCTS,
) -> Coverage:
    """So far a type of an account's reports is known."""
    return Coverage(
        connection_id=account.connection_id,
        user_id=account.user_id,
        account_id=account.id,
        profile_id=account.found.amazon_id,
        ad_product=ad_product,
        report_type=report_type,
        days=days,
        as_of=as_of,
        error=error,
    )


def listed(connection: Connection, at: datetime = NOW) -> list[Listing]:
    """The profiles of all regions are listed."""
    kind = AccountType.PROFILE
    return [
        Listing(connection.id, connection.user_id, kind, region, next_at=at, listed_at=at)
        for region in REGIONS[kind]
    ]


def all_covered(accounts: Sequence[Account], *days: Span, as_of: datetime | None = NOW) -> list[Coverage]:
    """So far everything that figures of profiles are made of is known."""
    kinds = {
        "spCampaigns": AdProduct.SPONSORED_PRODUCTS,
        "sbCampaigns": AdProduct.SPONSORED_BRANDS,
        "sdCampaigns": AdProduct.SPONSORED_DISPLAY,
        "spAdvertisedProduct": AdProduct.SPONSORED_PRODUCTS,
    }
    return [
        covered(account, kind, *days, as_of=as_of, ad_product=ad_product)
        for account in accounts
        for kind, ad_product in kinds.items()
    ]
