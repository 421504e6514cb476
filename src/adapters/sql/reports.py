"""The report book, in SQL. Documents are kept in parts, each packed by itself."""

import zlib
from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select, tuple_, update

from adapters.sql.dialect import insert_into
from adapters.sql.erasing import visible
from adapters.sql.report_rows import report_of, report_values
from adapters.sql.tables import report_parts, reports
from domain.connections.model import ConnectionId
from domain.errors import NotFound
from domain.reports.model import Purpose, Report, ReportId, ReportStatus, turn
from domain.users.model import UserId

_OPEN = [status.value for status in ReportStatus if status.is_open]
#: What a report never changes.
_LASTING = ("id", "connection_id", "user_id")
#: Tables shrink to a fifth at the quickest level already.
_LEVEL = 1


class SqlReportBook:
    """All reports, and the documents that are stored of them."""

    def __init__(self, database: Connection) -> None:
        self._database = database

    def add(self, new: Sequence[Report]) -> None:
        """Keep new reports."""
        if new:
            self._database.execute(insert(reports), [report_values(report) for report in new])

    def save(self, report: Report) -> None:
        """Replace what is kept of a report.

        Raises:
            NotFound: it is gone, with its connection.
        """
        values = {name: value for name, value in report_values(report).items() if name not in _LASTING}
        changed = update(reports).where(reports.c.id == report.id).values(values)
        if self._database.execute(changed).rowcount != 1:
            raise NotFound("There is no such report.")

    def same(self, report: Report) -> Report | None:
        """An open report of the same connection and purpose that asks the same."""
        rivals = (rival for rival in self.open_of(report.connection_id) if rival.purpose is report.purpose)
        return next((rival for rival in rivals if rival.request == report.request), None)

    def get(self, user_id: UserId, report_id: ReportId) -> Report:
        """Raises NotFound: none, or somebody else's."""
        row = reports.c
        found = select(reports).where(
            row.id == report_id, row.user_id == user_id, visible(row.connection_id, user_id)
        )
        report = self._database.execute(found).mappings().one_or_none()
        if report is None:
            raise NotFound("There is no such report.")
        return report_of(report)

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
        """The user's reports, the newest first, older than ``before`` when given."""
        row = reports.c
        found = select(reports).where(row.user_id == user_id, visible(row.connection_id, user_id))
        wanted = (
            (row.connection_id, connection_id),
            (row.report_type, report_type),
            (row.status, status.value if status else None),
            (row.purpose, purpose.value if purpose else None),
        )
        for column, value in wanted:
            if value is not None:
                found = found.where(column == value)
        if before is not None:
            key = (row.created_at, row.id)
            found = found.where(tuple_(*key) < tuple_(*before, types=[column.type for column in key]))
        newest = found.order_by(row.created_at.desc(), row.id.desc()).limit(limit)
        return [report_of(each) for each in self._database.execute(newest).mappings()]

    def open_of(self, connection_id: ConnectionId) -> list[Report]:
        """The connection's open reports, in the order in which they are to be worked on."""
        row = reports.c
        found = select(reports).where(row.connection_id == connection_id, row.status.in_(_OPEN))
        return sorted(map(report_of, self._database.execute(found).mappings()), key=turn)

    def of_purpose(
        self, connection_id: ConnectionId, *purposes: Purpose, since: datetime | None = None
    ) -> list[Report]:
        """All reports of these purposes, open or not, the newest data first; those made since then, when given."""
        row = reports.c
        found = select(reports).where(
            row.connection_id == connection_id, row.purpose.in_([purpose.value for purpose in purposes])
        )
        if since is not None:
            found = found.where(row.created_at >= since)
        kept = [report_of(each) for each in self._database.execute(found).mappings()]
        return sorted(kept, key=lambda report: turn(report)[1:])

    def amazon_ids(self, connection_id: ConnectionId, report_type: str) -> Collection[str]:
        """Amazon's ids of the reports that are kept of this type."""
        row = reports.c
        found = select(row.amazon_id).where(
            row.connection_id == connection_id, row.report_type == report_type, row.amazon_id.is_not(None)
        )
        return set(self._database.scalars(found))

    def put_part(self, report: Report, number: int, data: bytes) -> None:
        """Keep (or replace) a part of a document, packed."""
        statement = insert_into(self._database, report_parts)
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

    def part(self, report_id: ReportId, number: int) -> bytes | None:
        """A part of a document as it was given."""
        row = report_parts.c
        found = select(row.data).where(row.report_id == report_id, row.number == number)
        data: bytes | None = self._database.execute(found).scalar_one_or_none()
        return None if data is None else zlib.decompress(data)

    def drop_parts(self, report_id: ReportId) -> int:
        """Forget the document; returns how many parts it had."""
        gone = delete(report_parts).where(report_parts.c.report_id == report_id)
        return self._database.execute(gone).rowcount

    def forget_before(self, moment: datetime, limit: int) -> int:
        """Drop up to ``limit`` reports that were finished before a moment, but for history's; returns how many."""
        row = reports.c
        old = (
            select(row.id)
            .where(row.finished_at < moment, row.purpose != Purpose.HISTORY.value)
            .order_by(row.finished_at)
            .limit(limit)
        )
        return self._database.execute(delete(reports).where(row.id.in_(old))).rowcount
