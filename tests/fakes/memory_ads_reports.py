"""Reports of the Ads API, schedules and the days of advertising, in memory."""

from collections.abc import Sequence
from dataclasses import fields, replace
from datetime import date, datetime
from typing import TypeVar
from uuid import UUID

from domain.ads.accounts import AccountId
from domain.ads.columns import FIGURES
from domain.ads.coverage import Coverage
from domain.ads.reports import (
    AdsDay,
    AdsProductDay,
    AdsPurpose,
    AdsReport,
    AdsReportId,
    AdsReportStatus,
    Schedule,
    ScheduleId,
    turn,
)
from domain.connections.model import ConnectionId
from domain.errors import NotFound
from domain.marketplaces import Region
from domain.users.model import UserId
from tests.fakes.memory_store import Tables

Row = TypeVar("Row", AdsDay, AdsProductDay)
#: What adds up.
_SUMS = [each.name for each in fields(AdsDay) if each.type in (int, int | None)]


class MemoryAdsReportBook:
    """All reports by id, and their parts by report and number."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def add(self, reports: Sequence[AdsReport]) -> None:
        self._tables.ads_reports.update({report.id: report for report in reports})

    def save(self, report: AdsReport) -> None:
        if report.id not in self._tables.ads_reports:
            raise NotFound("There is no such report.")
        self._tables.ads_reports[report.id] = report

    def same(self, report: AdsReport) -> AdsReport | None:
        for rival in self._open(report.connection_id):
            whose = (rival.account_id, rival.purpose) == (report.account_id, report.purpose)
            if whose and rival.request.asks_the_same(report.request):
                return rival
        return None

    def get(self, user_id: UserId, report_id: AdsReportId) -> AdsReport:
        report = self._tables.ads_reports.get(report_id)
        if report is None or report.user_id != user_id or not _in_sight(self._tables, report.connection_id):
            raise NotFound("There is no such report.")
        return report

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
        mine = [
            report
            for report in self._tables.ads_reports.values()
            if report.user_id == user_id
            and _in_sight(self._tables, report.connection_id)
            and profile_id in (None, report.profile_id)
            and report_type in (None, report.request.report_type)
            and status in (None, report.status)
            and purpose in (None, report.purpose)
            and (before is None or (report.created_at, report.id) < before)
        ]
        return sorted(mine, key=lambda report: (report.created_at, report.id), reverse=True)[:limit]

    def due_of(self, connection_id: ConnectionId, now: datetime, limit: int) -> list[AdsReport]:
        due = [each for each in self._open(connection_id) if each.next_look_at and each.next_look_at <= now]
        return sorted(due, key=turn)[:limit]

    def next_due(self, connection_id: ConnectionId) -> datetime | None:
        return min(
            (each.next_look_at for each in self._open(connection_id) if each.next_look_at), default=None
        )

    def open_days(self, connection_id: ConnectionId) -> list[tuple[AccountId, str, date, date]]:
        return [
            (each.account_id, each.request.report_type, each.request.start, each.request.end)
            for each in self._open(connection_id)
            if each.purpose is AdsPurpose.DAILY
        ]

    def count_open(self, connection_id: ConnectionId, purpose: AdsPurpose) -> int:
        return sum(1 for each in self._open(connection_id) if each.purpose is purpose)

    def put_off(self, connection_id: ConnectionId, region: Region, until: datetime, *, made: bool) -> int:
        meant = [
            each
            for each in self._open(connection_id)
            if each.region is region
            and (each.amazon_id is not None) is made
            and each.parts is None
            and each.next_look_at is not None
            and each.next_look_at < until
        ]
        for each in meant:
            self._tables.ads_reports[each.id] = replace(each, next_look_at=until)
        return len(meant)

    def put_part(self, report: AdsReport, number: int, data: bytes) -> None:
        self._tables.ads_report_parts[report.id, number] = data

    def part(self, report_id: AdsReportId, number: int) -> bytes | None:
        return self._tables.ads_report_parts.get((report_id, number))

    def drop_parts(self, report_id: AdsReportId) -> int:
        numbered = [key for key in self._tables.ads_report_parts if key[0] == report_id]
        for key in numbered:
            del self._tables.ads_report_parts[key]
        return len(numbered)

    def forget_before(self, moment: datetime, figures: datetime, limit: int) -> int:
        old = [
            (report.finished_at, report.id)
            for report in self._tables.ads_reports.values()
            if report.finished_at is not None and old_enough(report, moment, figures)
        ]
        for _finished_at, report_id in sorted(old)[:limit]:
            self.drop_parts(report_id)
            del self._tables.ads_reports[report_id]
        return len(old[:limit])

    def _open(self, connection_id: ConnectionId) -> list[AdsReport]:
        kept = self._tables.ads_reports.values()
        return [each for each in kept if each.connection_id == connection_id and each.status.is_open]


def old_enough(report: AdsReport, moment: datetime, figures: datetime) -> bool:
    """Whether a report may go."""
    if report.finished_at is None:
        return False
    for_figures = report.purpose is AdsPurpose.DAILY and report.finished_at < figures
    return report.finished_at < moment or for_figures


class MemoryScheduleBook:
    """All schedules by id."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def add(self, schedule: Schedule) -> None:
        self._tables.ads_schedules[schedule.id] = schedule

    def save(self, schedule: Schedule) -> None:
        kept = self._tables.ads_schedules.get(schedule.id)
        if kept is None:
            raise NotFound("There is no such schedule.")
        self._tables.ads_schedules[schedule.id] = replace(schedule, last_report_id=kept.last_report_id)

    def move_on(self, schedule: Schedule, next_at: datetime) -> bool:
        kept = self._tables.ads_schedules.get(schedule.id)
        if kept is None or _said(kept) != _said(schedule):
            return False
        self._tables.ads_schedules[schedule.id] = replace(kept, next_at=next_at)
        return True

    def told(self, schedule_id: ScheduleId, report_id: AdsReportId) -> None:
        kept = self._tables.ads_schedules[schedule_id]
        self._tables.ads_schedules[schedule_id] = replace(kept, last_report_id=report_id)

    def get(self, user_id: UserId, schedule_id: ScheduleId) -> Schedule:
        for schedule in self._mine(user_id):
            if schedule.id == schedule_id:
                return schedule
        raise NotFound("There is no such schedule.")

    def of_user(
        self, user_id: UserId, *, before: tuple[datetime, ScheduleId] | None = None, limit: int = 50
    ) -> list[Schedule]:
        mine = [each for each in self._mine(user_id) if before is None or (each.created_at, each.id) < before]
        return sorted(mine, key=lambda each: (each.created_at, each.id), reverse=True)[:limit]

    def due_of(self, connection_id: ConnectionId, now: datetime) -> list[Schedule]:
        timed = [
            (each.next_at, each.id, each) for each in self._of(connection_id) if each.next_at is not None
        ]
        return [each for next_at, _id, each in sorted(timed) if next_at <= now]

    def next_due(self, connection_id: ConnectionId) -> datetime | None:
        return min((each.next_at for each in self._of(connection_id) if each.next_at), default=None)

    def remove(self, user_id: UserId, schedule_id: ScheduleId) -> None:
        del self._tables.ads_schedules[self.get(user_id, schedule_id).id]

    def _of(self, connection_id: ConnectionId) -> list[Schedule]:
        return [each for each in self._tables.ads_schedules.values() if each.connection_id == connection_id]

    def _mine(self, user_id: UserId) -> list[Schedule]:
        kept = self._tables.ads_schedules.values()
        return [
            each for each in kept if each.user_id == user_id and _in_sight(self._tables, each.connection_id)
        ]


class MemoryAdsDayBook:
    """Daily rows by their keys, each with the report that told it last."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def save_days(self, report: AdsReport, rows: Sequence[AdsDay]) -> None:
        for row in rows:
            key = (report.connection_id, row.profile_id, row.ad_product, row.day, row.campaign_id)
            old = self._tables.ads_days.get(key)
            self._tables.ads_days[key] = (_kept(old, row, report), report.id)

    def save_product_days(self, report: AdsReport, rows: Sequence[AdsProductDay]) -> None:
        for row in rows:
            whose = (report.connection_id, row.profile_id, row.ad_product, row.day)
            key = (*whose, row.campaign_id, row.asin, row.sku)
            old = self._tables.ads_product_days.get(key)
            self._tables.ads_product_days[key] = (_kept(old, row, report), report.id)

    def close_days(self, report: AdsReport) -> int:
        if FIGURES[report.request.report_type].by_product:
            return _closed(self._tables.ads_product_days, report)
        return _closed(self._tables.ads_days, report)

    def disown(self, report: AdsReport) -> None:
        _disown(self._tables.ads_days, report)
        _disown(self._tables.ads_product_days, report)

    def coverage(self, connection_id: ConnectionId) -> list[Coverage]:
        kept = self._tables.ads_coverage.values()
        mine = [each for each in kept if each.connection_id == connection_id]
        return sorted(mine, key=lambda each: (each.profile_id, each.report_type))

    def coverage_of(self, report: AdsReport) -> Coverage:
        key = (report.connection_id, report.profile_id, report.request.report_type)
        return self._tables.ads_coverage.get(key) or Coverage.empty(report)

    def save_coverage(self, rows: Sequence[Coverage]) -> None:
        for row in rows:
            self._tables.ads_coverage[row.connection_id, row.profile_id, row.report_type] = row

    def ask_again(self, user_id: UserId, account_ids: Sequence[AccountId]) -> int:
        meant = [
            (key, each)
            for key, each in self._tables.ads_coverage.items()
            if each.user_id == user_id and each.account_id in account_ids
        ]
        for key, each in meant:
            self._tables.ads_coverage[key] = replace(each, daily_on=None, rest_until=None)
        return len(meant)


def _said(schedule: Schedule) -> tuple[object, ...]:
    return schedule.name, schedule.days, schedule.every_days, schedule.next_at


def _kept(old: tuple[Row, AdsReportId] | None, row: Row, report: AdsReport) -> Row:
    if old is None or old[1] != report.id:
        return row
    sums = {}
    for name in _SUMS:
        mine, more = getattr(old[0], name), getattr(row, name)
        sums[name] = None if mine is None or more is None else mine + more
    return replace(row, **sums)


def _closed(rows: "dict[tuple[object, ...], tuple[Row, AdsReportId]]", report: AdsReport) -> int:
    request = report.request
    gone = [
        key
        for key, (row, report_id) in rows.items()
        if key[0] == report.connection_id
        and (row.profile_id, row.ad_product) == (report.profile_id, request.ad_product)
        and request.start <= row.day <= request.end
        and report_id != report.id
    ]
    for key in gone:
        del rows[key]
    return len(gone)


def _disown(rows: "dict[tuple[object, ...], tuple[Row, AdsReportId]]", report: AdsReport) -> None:
    for key, (row, report_id) in rows.items():
        if report_id == report.id:
            rows[key] = (row, AdsReportId(UUID(int=0)))


def _in_sight(tables: Tables, connection_id: ConnectionId) -> bool:
    connection = tables.connections.get(connection_id)
    return connection is not None and connection.erasing_at is None
