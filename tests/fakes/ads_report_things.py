"""Reports of the Ads API and schedules with sensible values, for tests that care about one of them."""

from dataclasses import replace
from datetime import date
from uuid import uuid4

from domain.ads.accounts import Account, AccountId, AccountStatus
from domain.ads.report_planning import fresh_report
from domain.ads.reports import (
    AdProduct,
    AdsPurpose,
    AdsReport,
    AdsReportRequest,
    Schedule,
    ScheduleId,
    TimeUnit,
)
from domain.connections.model import Connection
from tests.fakes.ads_things import a_profile
from tests.fakes.things import NOW

#: Two days of campaigns, as a user may want them.
CAMPAIGNS = AdsReportRequest(
    AdProduct.SPONSORED_PRODUCTS,
    "spCampaigns",
    date(2026, 3, 1),
    date(2026, 3, 2),
    TimeUnit.DAILY,
    ("campaign",),
    ("date", "campaignId", "clicks"),
)


def an_account(connection: Connection, amazon_id: str = "1") -> Account:
    """A profile of this connection, as it would be kept."""
    return Account(
        id=AccountId(uuid4()),
        connection_id=connection.id,
        user_id=connection.user_id,
        found=a_profile(amazon_id),
        status=AccountStatus.ACTIVE,
        is_default=True,
        created_at=NOW,
        seen_at=NOW,
    )


def an_ads_report(account: Account, purpose: AdsPurpose = AdsPurpose.ASKED, **changes: object) -> AdsReport:
    """A report that Amazon was not asked for yet, due at once."""
    report = fresh_report(account, purpose, CAMPAIGNS, NOW)
    return replace(report, **changes)  # type: ignore[arg-type] # callers name fields of AdsReport


def a_schedule(account: Account, **changes: object) -> Schedule:
    """A week's report every week, due at once."""
    schedule = Schedule(
        id=ScheduleId(uuid4()),
        user_id=account.user_id,
        connection_id=account.connection_id,
        account_id=account.id,
        name="Every Monday",
        request=CAMPAIGNS,
        days=7,
        every_days=7,
        next_at=NOW,
        created_at=NOW,
    )
    return replace(schedule, **changes)  # type: ignore[arg-type] # callers name fields of Schedule
