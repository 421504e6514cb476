"""What a period is known to lack, read from the ledger and the plan of the history: however many orders there are."""

from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import Any

from sqlalchemy import Engine, Select, bindparam, exists, select

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
        mine = {"of_user": user_id}
        days = {"first_day": first, "last_day": last, "in_marketplace": marketplace_id}
        moments = {"begin": _midnight(first) - _AROUND, "end": _midnight(last) + 2 * _AROUND}
        with reading(self._engine) as connection:
            found = connection.execute(_incomplete(marketplace_id is not None), mine | days)
            gaps = [ledger_day(row) for row in found]
            history = [
                Slice(tuple(row.marketplace_ids), row.data_start, row.data_end)
                for row in connection.execute(_missing(), mine | moments)
            ]
            history += [
                Slice(tuple(row.marketplace_ids), EVER, row.connected_at)
                for row in connection.execute(_unplanned(), mine)
            ]
        return Lacking(gaps, history)


# To put a statement together takes longer than to execute it: so each is built once, with parameters for the rest.


@cache
def _incomplete(of_marketplace: bool) -> Select[Any]:
    """Days of the period that are known to lack orders, the oldest first."""
    line = tables.ledger_days.c
    found = select(tables.ledger_days).where(
        line.user_id == bindparam("of_user"),
        is_incomplete(),
        line.day.between(bindparam("first_day"), bindparam("last_day")),
        visible(line.connection_id, bindparam("of_user")),
    )
    if of_marketplace:
        found = found.where(line.marketplace_id == bindparam("in_marketplace"))
    return found.order_by(line.day, line.marketplace_id, line.connection_id).limit(MOST_GAPS)


@cache
def _missing() -> Select[Any]:
    """Slices of history about the period that were not taken over."""
    report, owner = tables.reports.c, tables.connections.c
    return (
        select(report.marketplace_ids, report.data_start, report.data_end)
        .join_from(tables.connections, tables.reports, report.connection_id == owner.id)
        .where(
            owner.user_id == bindparam("of_user"),
            still_there(),
            report.status.in_(_MISSING),
            report.purpose == Purpose.HISTORY.value,
            report.data_start < bindparam("end"),
            report.data_end > bindparam("begin"),
        )
        .order_by(report.data_start, report.id)
    )


@cache
def _unplanned() -> Select[Any]:
    """Connections that are so new that nobody has looked yet which history they need."""
    report, owner, row = tables.reports.c, tables.connections.c, tables.sync_resources.c
    planned = exists().where(report.connection_id == owner.id, report.purpose == Purpose.HISTORY.value)
    return (
        select(owner.marketplace_ids, owner.connected_at)
        .join_from(tables.connections, tables.sync_resources, row.connection_id == owner.id)
        .where(
            owner.user_id == bindparam("of_user"),
            still_there(),
            row.resource == Resource.REPORTS.value,
            row.synced_at.is_(None),
            ~planned,
        )
        .order_by(owner.id)
    )


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
