"""Reports of the Ads API (Reporting v3): asked for once, followed, stored.

Source: Amazon Ads API, "Reporting version 3".
"""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import NewType
from uuid import UUID

from domain.ads.accounts import AccountId
from domain.connections.model import ConnectionId, Failure
from domain.marketplaces import Region
from domain.users.model import UserId

AdsReportId = NewType("AdsReportId", UUID)
ScheduleId = NewType("ScheduleId", UUID)


class AdProduct(StrEnum):
    """What is advertised how."""

    SPONSORED_PRODUCTS = "SPONSORED_PRODUCTS"
    SPONSORED_BRANDS = "SPONSORED_BRANDS"
    SPONSORED_DISPLAY = "SPONSORED_DISPLAY"
    SPONSORED_TELEVISION = "SPONSORED_TELEVISION"
    DSP = "DEMAND_SIDE_PLATFORM"


class TimeUnit(StrEnum):
    """Whether a report has a row for each day, or one for all."""

    DAILY = "DAILY"
    SUMMARY = "SUMMARY"


class AdsPurpose(StrEnum):
    """Why a report is there."""

    ASKED = "asked"  # a user wanted it
    SCHEDULED = "scheduled"  # a user wants it again and again
    DAILY = "daily"  # for the figures: days that are new, or may have been restated

    @property
    def is_imported(self) -> bool:
        """Whether its rows are taken over into the figures, after which the document is of no use any more."""
        return self is AdsPurpose.DAILY


class AdsReportStatus(StrEnum):
    """Where a report stands."""

    PENDING = "pending"
    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"

    @property
    def is_open(self) -> bool:
        """Whether something will still be done about it."""
        return self in (AdsReportStatus.PENDING, AdsReportStatus.PROCESSING)


@dataclass(frozen=True)
class AdsReportRequest:
    """What is asked of Amazon; both days are included, and are days of the profile's time zone."""

    ad_product: AdProduct
    report_type: str
    start: date
    end: date
    time_unit: TimeUnit
    group_by: tuple[str, ...]
    columns: tuple[str, ...]
    filters: tuple[tuple[str, tuple[str, ...]], ...] = ()

    def asks_the_same(self, other: "AdsReportRequest") -> bool:
        """Whether both get the same rows with the same columns, in whatever order those were named."""
        return self.meaning == other.meaning

    @property
    def meaning(self) -> tuple[object, ...]:
        """What tells it from other requests."""
        what = (self.ad_product, self.report_type, self.start, self.end, self.time_unit)
        filters = frozenset((name, frozenset(values)) for name, values in self.filters)
        return (*what, frozenset(self.group_by), frozenset(self.columns), filters)


@dataclass(frozen=True)
class AdsReport:
    """One report and its way to its end.

    ``asked_at`` is written before Amazon is asked, ``amazon_id`` before it is asked how the report stands: whoever takes
    over asks for nothing twice. ``next_look_at`` is when there is something to be done about it. Of an advertiser of DSP,
    ``profile_id`` is the advertiser's id.
    """

    id: AdsReportId
    connection_id: ConnectionId
    user_id: UserId
    account_id: AccountId
    profile_id: str
    region: Region
    purpose: AdsPurpose
    request: AdsReportRequest
    status: AdsReportStatus
    created_at: datetime
    next_look_at: datetime | None
    asked_at: datetime | None = None
    amazon_id: str | None = None
    looks: int = 0
    failures: int = 0  # in a row
    attempts: int = 0  # that came to nothing at Amazon, so that it was asked for again
    parts: int | None = None  # of the stored document; None until all of it is stored
    size: int = 0  # bytes stored, unpacked
    rows: int = 0
    imported: int = 0  # rows taken over, always those of whole parts
    finished_at: datetime | None = None
    error: Failure | None = None
    schedule_id: ScheduleId | None = None


@dataclass(frozen=True)
class AdsLook:
    """How a report stands at Amazon. ``url`` is a signed address, to be fetched without our token."""

    amazon_id: str
    status: str  # PENDING, PROCESSING, COMPLETED, FAILED; an open list
    request: AdsReportRequest | None  # as Amazon echoes it; None where it can't be read
    url: str | None = None
    size: int | None = None
    failure_reason: str | None = None


@dataclass(frozen=True)
class Schedule:
    """A report that a user wants time and again: so many days back from yesterday, every so many days."""

    id: ScheduleId
    user_id: UserId
    connection_id: ConnectionId
    account_id: AccountId
    name: str
    request: AdsReportRequest  # its days are moved along
    days: int
    every_days: int
    next_at: datetime | None  # None: paused
    created_at: datetime
    last_report_id: AdsReportId | None = None


@dataclass(frozen=True)
class AdsDay:
    """What one campaign did on one day of its profile, as far as Amazon knows by now.

    Of DSP, ``profile_id`` is the advertiser and a campaign is an order. Money is in minor units of ``currency``. Sales and what was bought are those that Amazon ascribes to the campaign's
    ads; ``_7d`` is known for sponsored products only.
    """

    profile_id: str
    ad_product: AdProduct
    day: date
    campaign_id: str
    campaign_name: str | None
    campaign_status: str | None
    currency: str
    impressions: int
    clicks: int
    spend_minor: int
    purchases: int  # within 14 days
    sales_minor: int
    units: int
    purchases_7d: int | None = None
    sales_7d_minor: int | None = None
    units_7d: int | None = None


@dataclass(frozen=True)
class AdsProductDay:
    """What the ads for one product did on one day, within one campaign."""

    profile_id: str
    ad_product: AdProduct
    day: date
    campaign_id: str
    asin: str
    sku: str
    currency: str
    impressions: int
    clicks: int
    spend_minor: int
    purchases: int
    sales_minor: int
    units: int
    purchases_7d: int | None = None
    sales_7d_minor: int | None = None
    units_7d: int | None = None


#: The order in which reports are worked on: creating them is what Amazon holds back most.
TURNS = (AdsPurpose.ASKED, AdsPurpose.SCHEDULED, AdsPurpose.DAILY)


def turn(report: AdsReport) -> tuple[int, int, datetime, AdsReportId]:
    """What users wait for comes first, then the newest days."""
    return TURNS.index(report.purpose), -report.request.end.toordinal(), report.created_at, report.id
