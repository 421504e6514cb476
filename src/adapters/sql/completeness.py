"""What a period is known to lack, read from the ledger and the plan of the history: however many orders there are."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import Engine, Select, exists, select

from adapters.sql import tables
from adapters.sql.engine import reading
from adapters.sql.erasing import still_there, visible
from adapters.sql.ledger import is_incomplete, ledger_day
from domain.kpis.completeness import EVER, MOST_GAPS, Lacking, Slice
from domain.reports.model import Purpose, ReportStatus
from domain.sync.model import Resource
from domain.users.model import UserId

#: As long as a slice of history stands so, its orders are not here.
_MISSING = [each.value for each in ReportStatus if each.is_open or each is ReportStatus.FAILED]
#: Days begin and end earlier or later around the world.
_AROUND = timedelta(days=1)


class SqlCompleteness:
    """Reads a few rows for a period."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def lacking(self, user_id: UserId, first: date, last: date, marketplace_id: str | None) -> Lacking:
        """Days that lack orders, the oldest first, and history that the period still lacks."""
        line = tables.ledger_days.c
        found = select(tables.ledger_days).where(
            line.user_id == user_id,
            is_incomplete(),
            line.day.between(first, last),
            visible(line.connection_id, user_id),
        )
        if marketplace_id is not None:
            found = found.where(line.marketplace_id == marketplace_id)
        oldest = found.order_by(line.day, line.marketplace_id, line.connection_id).limit(MOST_GAPS)
        with reading(self._engine) as connection:
            gaps = [ledger_day(row) for row in connection.execute(oldest)]
            history = [
                Slice(tuple(row.marketplace_ids), row.data_start, row.data_end)
                for row in connection.execute(_missing(user_id, first, last))
            ]
            history += [
                Slice(tuple(row.marketplace_ids), EVER, row.connected_at)
                for row in connection.execute(_unplanned(user_id))
            ]
        return Lacking(gaps, history)


def _missing(user_id: UserId, first: date, last: date) -> Select[Any]:
    """Slices of history about the period that were not taken over."""
    report, owner = tables.reports.c, tables.connections.c
    return (
        select(report.marketplace_ids, report.data_start, report.data_end)
        .join_from(tables.connections, tables.reports, report.connection_id == owner.id)
        .where(
            owner.user_id == user_id,
            still_there(),
            report.status.in_(_MISSING),
            report.purpose == Purpose.HISTORY.value,
            report.data_start < _midnight(last) + 2 * _AROUND,
            report.data_end > _midnight(first) - _AROUND,
        )
        .order_by(report.data_start, report.id)
    )


def _unplanned(user_id: UserId) -> Select[Any]:
    """Connections that are so new that nobody has looked yet which history they need."""
    report, owner, row = tables.reports.c, tables.connections.c, tables.sync_resources.c
    planned = exists().where(report.connection_id == owner.id, report.purpose == Purpose.HISTORY.value)
    return (
        select(owner.marketplace_ids, owner.connected_at)
        .join_from(tables.connections, tables.sync_resources, row.connection_id == owner.id)
        .where(
            owner.user_id == user_id,
            still_there(),
            row.resource == Resource.REPORTS.value,
            row.synced_at.is_(None),
            ~planned,
        )
        .order_by(owner.id)
    )


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
