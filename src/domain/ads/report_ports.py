"""What reports, schedules and the days of advertising ask of the world."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import date, datetime
from typing import Protocol

from domain.ads.accounts import Account, AccountId
from domain.ads.coverage import Coverage
from domain.ads.reports import (
    AdsDay,
    AdsLook,
    AdsProductDay,
    AdsPurpose,
    AdsReport,
    AdsReportId,
    AdsReportRequest,
    AdsReportStatus,
    Schedule,
    ScheduleId,
)
from domain.connections.model import Connection, ConnectionId
from domain.marketplaces import Region
from domain.users.model import UserId


class AdsReportChannel(Protocol):
    """Reporting v3, for background work. Everything raises the gateway's errors (``ChannelError`` and kin)."""

    def create(self, connection: Connection, account: Account, request: AdsReportRequest) -> str:
        """Ask for a report; returns Amazon's id.

        May be repeated as long as Amazon makes the report: a duplicate that Amazon names instead (425) is adopted when
        it is just this request and has not failed.

        Raises:
            UpstreamFailed: Amazon takes it for a duplicate of another one; ask again when that is over.
            UsagePlanEmpty: not before then.

        Source: Amazon Ads API, ``POST /reporting/reports``.
        """

    def look(self, connection: Connection, account: Account, amazon_id: str) -> AdsLook:
        """How it stands. Raises NotFound.

        Source: Amazon Ads API, ``GET /reporting/reports/{reportId}``.
        """

    def document(self, account: Account, look: AdsLook) -> AbstractContextManager[Iterator[bytes]]:
        """The rows of a finished report, fetched without our token, as parts of some hundred kilobytes.

        A part is whole rows, a JSON object and a line end each; ids are texts, other numbers as Amazon wrote them. Drawing
        a part raises whatever goes wrong on the way.

        Raises:
            StalePage: the address has run out; look again for another one.
        """


class AdsRowReader(Protocol):
    """Reads the rows that the figures are made of."""

    def days(self, report: AdsReport, account: Account, part: bytes) -> list[AdsDay]:
        """Campaigns by day; each campaign and day once. Raises UpstreamFailed: a row can't be right."""

    def product_days(self, report: AdsReport, account: Account, part: bytes) -> list[AdsProductDay]:
        """Products by campaign and day, each once. Raises UpstreamFailed: a row can't be right."""


class AdsReportBook(Protocol):
    """All reports of the Ads API, and the documents that are stored of them."""

    def add(self, reports: Sequence[AdsReport]) -> None:
        """Keep new ones."""

    def save(self, report: AdsReport) -> None:
        """Replace what is kept of a report. Raises NotFound: it is gone, with its account."""

    def same(self, report: AdsReport) -> AdsReport | None:
        """An open report of the same account and purpose that asks the same."""

    def get(self, user_id: UserId, report_id: AdsReportId) -> AdsReport:
        """Raises NotFound: none, or somebody else's."""

    def of_user(
        self,
        user_id: UserId,
        *,
        profile_id: str | None = None,
        report_type: str | None = None,
        status: AdsReportStatus | None = None,
        purpose: AdsPurpose | None = None,
        before: tuple[datetime, AdsReportId] | None = None,
        limit: int = 50,
    ) -> list[AdsReport]:
        """The user's, the newest first (by ``created_at``, then id), older than ``before`` when given."""

    def due_of(self, connection_id: ConnectionId, now: datetime, limit: int) -> list[AdsReport]:
        """Open reports about which there is something to be done, in the order of their turn (``turn``)."""

    def next_due(self, connection_id: ConnectionId) -> datetime | None:
        """When there is something to be done about an open report; ``None``: none is open."""

    def open_days(self, connection_id: ConnectionId) -> list[tuple[AccountId, str, date, date]]:
        """Account, type, first and last day of the open reports for the figures."""

    def count_open(self, connection_id: ConnectionId, purpose: AdsPurpose) -> int:
        """How many are open."""

    def put_off(self, connection_id: ConnectionId, region: Region, until: datetime, *, made: bool) -> int:
        """Open reports of a region that are due earlier are due then; returns how many.

        ``made``: those that Amazon makes already; else those that have yet to be asked for.
        """

    def put_part(self, report: AdsReport, number: int, data: bytes) -> None:
        """Keep (or replace) a part of a document, packed."""

    def part(self, report_id: AdsReportId, number: int) -> bytes | None:
        """A part as it was given."""

    def drop_parts(self, report_id: AdsReportId) -> int:
        """Forget the document; returns how many parts it had."""

    def forget_before(self, moment: datetime, figures: datetime, limit: int) -> int:
        """Drop up to ``limit`` reports that were finished before a moment, with their documents; returns how many.

        Those for the figures have no document: they go when they were finished before ``figures``.
        """


class ScheduleBook(Protocol):
    """Reports that users want time and again."""

    def add(self, schedule: Schedule) -> None:
        """Keep a new one."""

    def save(self, schedule: Schedule) -> None:
        """Replace what its user says of it, that is all but its last report. Raises NotFound: it is gone."""

    def move_on(self, schedule: Schedule, next_at: datetime) -> bool:
        """It is due then, unless it is not as it was: ``False`` when it has been changed or removed meanwhile."""

    def told(self, schedule_id: ScheduleId, report_id: AdsReportId) -> None:
        """This is its last report."""

    def get(self, user_id: UserId, schedule_id: ScheduleId) -> Schedule:
        """Raises NotFound: none, or somebody else's."""

    def of_user(
        self, user_id: UserId, *, before: tuple[datetime, ScheduleId] | None = None, limit: int = 50
    ) -> list[Schedule]:
        """The user's, the newest first (by ``created_at``, then id), older than ``before`` when given."""

    def due_of(self, connection_id: ConnectionId, now: datetime) -> list[Schedule]:
        """Those whose time has come."""

    def next_due(self, connection_id: ConnectionId) -> datetime | None:
        """When the time of the next one comes."""

    def remove(self, user_id: UserId, schedule_id: ScheduleId) -> None:
        """Raises NotFound: none, or somebody else's."""


class AdsDayBook(Protocol):
    """What was advertised each day, and how far that is known."""

    def save_days(self, report: AdsReport, rows: Sequence[AdsDay]) -> None:
        """Keep rows, in place of what other reports said of the same campaign and day.

        What the same report said of them already is added to: a part is written once.
        """

    def save_product_days(self, report: AdsReport, rows: Sequence[AdsProductDay]) -> None:
        """The same for products."""

    def close_days(self, report: AdsReport) -> int:
        """All of the report has been taken over: rows of its days that it did not have are gone. Returns how many."""

    def disown(self, report: AdsReport) -> None:
        """What the report said so far is as if another one had: its next attempt takes the place of it."""

    def coverage(self, connection_id: ConnectionId) -> list[Coverage]:
        """How far each type of each account is known."""

    def coverage_of(self, report: AdsReport) -> Coverage:
        """That of the report's account and type; an empty one where nothing is known."""

    def save_coverage(self, rows: Sequence[Coverage]) -> None:
        """Keep or replace."""

    def ask_again(self, user_id: UserId, account_ids: Sequence[AccountId]) -> int:
        """The latest days of these accounts are asked for once more, also where that was refused. Returns how many types.

        Whoever says so wakes the sync, too.
        """
