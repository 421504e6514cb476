"""Reports and their documents, in memory."""

from collections.abc import Collection, Sequence
from datetime import datetime

from domain.connections.model import ConnectionId
from domain.errors import NotFound
from domain.reports.model import Purpose, Report, ReportId, ReportStatus, turn
from domain.users.model import UserId
from tests.fakes.memory_store import Tables


class MemoryReportBook:
    """All reports by id, and their parts by report and number."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def add(self, new: Sequence[Report]) -> None:
        self._tables.reports.update({report.id: report for report in new})

    def save(self, report: Report) -> None:
        if report.id not in self._tables.reports:
            raise NotFound("There is no such report.")
        self._tables.reports[report.id] = report

    def same(self, report: Report) -> Report | None:
        for rival in self.open_of(report.connection_id):
            if (rival.purpose, rival.request) == (report.purpose, report.request):
                return rival
        return None

    def get(self, user_id: UserId, report_id: ReportId) -> Report:
        report = self._tables.reports.get(report_id)
        if report is None or report.user_id != user_id or not self._in_sight(report):
            raise NotFound("There is no such report.")
        return report

    def of_user(
        self,
        user_id: UserId,
        *,
        connection_id: ConnectionId | None = None,
        report_type: str | None = None,
        status: ReportStatus | None = None,
        purpose: Purpose | None = None,
        before: tuple[datetime, ReportId] | None = None,
        limit: int = 50,
    ) -> list[Report]:
        mine = [
            report
            for report in self._tables.reports.values()
            if report.user_id == user_id
            and self._in_sight(report)
            and connection_id in (None, report.connection_id)
            and report_type in (None, report.request.report_type)
            and status in (None, report.status)
            and purpose in (None, report.purpose)
            and (before is None or (report.created_at, report.id) < before)
        ]
        return sorted(mine, key=lambda report: (report.created_at, report.id), reverse=True)[:limit]

    def open_of(self, connection_id: ConnectionId) -> list[Report]:
        return sorted((report for report in self._of(connection_id) if report.status.is_open), key=turn)

    def of_purpose(
        self, connection_id: ConnectionId, *purposes: Purpose, since: datetime | None = None
    ) -> list[Report]:
        found = [
            report
            for report in self._of(connection_id)
            if report.purpose in purposes and (since is None or report.created_at >= since)
        ]
        return sorted(found, key=lambda report: turn(report)[1:])

    def amazon_ids(self, connection_id: ConnectionId, report_type: str) -> Collection[str]:
        kept = [report for report in self._of(connection_id) if report.request.report_type == report_type]
        return {report.amazon_id for report in kept if report.amazon_id is not None}

    def put_part(self, report: Report, number: int, data: bytes) -> None:
        self._tables.report_parts[report.id, number] = data

    def part(self, report_id: ReportId, number: int) -> bytes | None:
        return self._tables.report_parts.get((report_id, number))

    def drop_parts(self, report_id: ReportId) -> int:
        numbered = [key for key in self._tables.report_parts if key[0] == report_id]
        for key in numbered:
            del self._tables.report_parts[key]
        return len(numbered)

    def forget_before(self, moment: datetime, limit: int) -> int:
        old = [
            (report.finished_at, report.id)
            for report in self._tables.reports.values()
            if report.finished_at is not None
            and report.finished_at < moment
            and report.purpose is not Purpose.HISTORY
        ]
        for _finished_at, report_id in sorted(old)[:limit]:
            self.drop_parts(report_id)
            del self._tables.reports[report_id]
        return len(old[:limit])

    def _of(self, connection_id: ConnectionId) -> list[Report]:
        return [report for report in self._tables.reports.values() if report.connection_id == connection_id]

    def _in_sight(self, report: Report) -> bool:
        connection = self._tables.connections.get(report.connection_id)
        return connection is not None and connection.erasing_at is None
