"""The book of the Ads API's reports, in SQL. Documents are kept in parts, each packed by itself."""

import zlib
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    and_,
    case,
    delete,
    func,
    insert,
    or_,
    select,
    tuple_,
    update,
)

from adapters.sql.ads_report_rows import report_of, report_values
from adapters.sql.dialect import insert_into
from adapters.sql.erasing import visible
from adapters.sql.tables import ads_report_parts, ads_reports
from domain.ads.accounts import AccountId
from domain.ads.reports import TURNS, AdsPurpose, AdsReport, AdsReportId, AdsReportStatus
from domain.connections.model import ConnectionId
from domain.errors import NotFound
from domain.marketplaces import Region
from domain.users.model import UserId

_OPEN = [status.value for status in AdsReportStatus if status.is_open]
#: What a report never changes.
_LASTING = ("id", "connection_id", "user_id", "account_id")
#: Rows shrink to a tenth at the quickest level already.
_LEVEL = 1
_ROW = ads_reports.c


class SqlAdsReportBook:
    """All reports, and the documents that are stored of them."""

    def __init__(self, database: Connection) -> None:
        self._database = database

    def add(self, reports: Sequence[AdsReport]) -> None:
        """Keep new ones."""
        if reports:
            self._database.execute(insert(ads_reports), [report_values(report) for report in reports])

    def save(self, report: AdsReport) -> None:
        """Replace what is kept of a report.

        Raises:
            NotFound: it is gone, with its account.
        """
        values = {name: value for name, value in report_values(report).items() if name not in _LASTING}
        changed = update(ads_reports).where(_ROW.id == report.id).values(values)
        if self._database.execute(changed).rowcount != 1:
            raise NotFound("There is no such report.")

    def same(self, report: AdsReport) -> AdsReport | None:
        """An open report of the same account and purpose that asks the same."""
        request = report.request
        rivals = self._reports(
            _open(report.connection_id),
            _ROW.account_id == report.account_id,
            _ROW.purpose == report.purpose.value,
            _ROW.report_type == request.report_type,
            _ROW.start_date == request.start,
            _ROW.end_date == request.end,
        )
        return next((rival for rival in rivals if rival.request.asks_the_same(request)), None)

    def get(self, user_id: UserId, report_id: AdsReportId) -> AdsReport:
        """Raises NotFound: none, or somebody else's."""
        mine = (_ROW.user_id == user_id, visible(_ROW.connection_id, user_id))
        found = select(ads_reports).where(_ROW.id == report_id, *mine)
        report = self._database.execute(found).mappings().one_or_none()
        if report is None:
            raise NotFound("There is no such report.")
        return report_of(report)

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
        """The user's, the newest first, older than ``before`` when given."""
        found = select(ads_reports).where(_ROW.user_id == user_id, visible(_ROW.connection_id, user_id))
        wanted = (
            (_ROW.profile_id, profile_id),
            (_ROW.report_type, report_type),
            (_ROW.status, status.value if status else None),
            (_ROW.purpose, purpose.value if purpose else None),
        )
        for column, value in wanted:
            if value is not None:
                found = found.where(column == value)
        if before is not None:
            key = (_ROW.created_at, _ROW.id)
            found = found.where(tuple_(*key) < tuple_(*before, types=[column.type for column in key]))
        newest = found.order_by(_ROW.created_at.desc(), _ROW.id.desc()).limit(limit)
        return [report_of(each) for each in self._database.execute(newest).mappings()]

    def due_of(self, connection_id: ConnectionId, now: datetime, limit: int) -> list[AdsReport]:
        """Open reports about which there is something to be done, in the order of their turn."""
        turns = case({purpose.value: number for number, purpose in enumerate(TURNS)}, value=_ROW.purpose)
        found = (
            select(ads_reports)
            .where(_open(connection_id), _ROW.next_look_at <= now)
            .order_by(turns, _ROW.end_date.desc(), _ROW.created_at, _ROW.id)
            .limit(limit)
        )
        return [report_of(each) for each in self._database.execute(found).mappings()]

    def next_due(self, connection_id: ConnectionId) -> datetime | None:
        """When there is something to be done about an open report; ``None``: none is open."""
        due = select(func.min(_ROW.next_look_at)).where(_open(connection_id))
        found: datetime | None = self._database.scalar(due)
        return found

    def open_days(self, connection_id: ConnectionId) -> list[tuple[AccountId, str, date, date]]:
        """Account, type, first and last day of the open reports for the figures."""
        found = select(_ROW.account_id, _ROW.report_type, _ROW.start_date, _ROW.end_date).where(
            _open(connection_id), _ROW.purpose == AdsPurpose.DAILY.value
        )
        return [
            (AccountId(row.account_id), row.report_type, row.start_date, row.end_date)
            for row in self._database.execute(found)
        ]

    def count_open(self, connection_id: ConnectionId, purpose: AdsPurpose) -> int:
        """How many are open."""
        counted = select(func.count()).where(_open(connection_id), _ROW.purpose == purpose.value)
        return self._database.scalar(counted) or 0

    def put_off(self, connection_id: ConnectionId, region: Region, until: datetime, *, made: bool) -> int:
        """One statement, however many there are."""
        changed = (
            update(ads_reports)
            .where(
                _open(connection_id),
                _ROW.region == region.value,
                _ROW.amazon_id.is_not(None) if made else _ROW.amazon_id.is_(None),
                # What is stored already asks nothing of Amazon.
                _ROW.parts.is_(None),
                _ROW.next_look_at < until,
            )
            .values(next_look_at=until)
        )
        return self._database.execute(changed).rowcount

    def put_part(self, report: AdsReport, number: int, data: bytes) -> None:
        """Keep (or replace) a part of a document, packed."""
        statement = insert_into(self._database, ads_report_parts)
        replaced = statement.on_conflict_do_update(
            index_elements=["report_id", "number"], set_={"data": statement.excluded.data}
        )
        values = {
            "report_id": report.id,
            "number": number,
            "connection_id": report.connection_id,
            "user_id": report.user_id,
            "data": zlib.compress(data, _LEVEL),
        }
        self._database.execute(replaced, values)

    def part(self, report_id: AdsReportId, number: int) -> bytes | None:
        """A part as it was given."""
        row = ads_report_parts.c
        found = select(row.data).where(row.report_id == report_id, row.number == number)
        data: bytes | None = self._database.execute(found).scalar_one_or_none()
        return None if data is None else zlib.decompress(data)

    def drop_parts(self, report_id: AdsReportId) -> int:
        """Forget the document; returns how many parts it had."""
        gone = delete(ads_report_parts).where(ads_report_parts.c.report_id == report_id)
        return self._database.execute(gone).rowcount

    def forget_before(self, moment: datetime, figures: datetime, limit: int) -> int:
        """Drop up to ``limit`` old reports, with their documents; returns how many."""
        old = select(_ROW.id).where(old_enough(moment, figures)).order_by(_ROW.finished_at).limit(limit)
        return self._database.execute(delete(ads_reports).where(_ROW.id.in_(old))).rowcount

    def _reports(self, *conditions: ColumnElement[bool]) -> list[AdsReport]:
        found = select(ads_reports).where(*conditions)
        return [report_of(each) for each in self._database.execute(found).mappings()]


def old_enough(moment: datetime, figures: datetime) -> ColumnElement[bool]:
    """Which reports may go: those finished before the moment; those for the figures, before ``figures``."""
    for_figures = (_ROW.purpose == AdsPurpose.DAILY.value) & (_ROW.finished_at < figures)
    return or_(_ROW.finished_at < moment, for_figures)


def _open(connection_id: Any) -> ColumnElement[bool]:
    return and_(_ROW.connection_id == connection_id, _ROW.status.in_(_OPEN))
