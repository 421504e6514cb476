"""What a period is known to lack, read from the ledger and the plan of the history: however many orders there are."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Engine,
    Select,
    bindparam,
    cast,
    exists,
    func,
    null,
    select,
    union_all,
)

from adapters.sql import tables
from adapters.sql.dialect import one_of
from adapters.sql.erasing import still_there, visible
from adapters.sql.ledger import is_incomplete, ledger_day
from adapters.sql.straight import asked
from domain.connections.model import Provider
from domain.kpis.completeness import EVER, MOST_GAPS, Lacking, Slice, latest_begins
from domain.kpis.ports import Later
from domain.reports.model import Purpose, ReportStatus
from domain.sync.model import Resource
from domain.users.model import UserId

#: As long as a slice of history stands so, its orders are not here.
_MISSING = [each.value for each in ReportStatus if each.is_open or each is ReportStatus.FAILED]
#: What a slice of history is told by.
_SLICE = [tables.reports.c[name] for name in ("marketplace_ids", "data_start", "data_end")]
#: Days begin and end earlier or later around the world.
_AROUND = timedelta(days=1)


class SqlCompleteness:
    """Reads a few rows for a period, in one statement."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def lacking(
        self,
        user_id: UserId,
        first: date,
        last: date,
        marketplace_id: str | None,
        since: date | None = None,
    ) -> Later[Lacking]:
        """Days that lack orders, the oldest first, and history that the period still lacks."""
        values = {
            "of_user": user_id,
            "first_day": first,
            "last_day": last,
            "in_marketplace": marketplace_id,
            "begin": _midnight(since or first) - _AROUND,
            "end": _midnight(last) + 2 * _AROUND,
        }
        return asked(self._engine, _lacking(marketplace_id is not None), values, _told)


def _told(rows: Sequence[Any]) -> Lacking:
    gaps = [ledger_day(row) for row in rows if row.verdict is not None]
    history = [
        Slice(tuple(row.marketplace_ids), row.data_start or EVER, row.data_end)
        for row in rows
        if row.data_end is not None
    ]
    begins = [
        (row.connection_id, row.marketplace_ids, row.data_start)
        for row in rows
        if row.verdict is None and row.data_end is None
    ]
    gaps.sort(key=lambda gap: (gap.amazon.day, gap.amazon.marketplace_id, gap.connection_id))
    return Lacking(gaps, sorted(history, key=lambda one: one.start), latest_begins(begins))


# To put a statement together takes longer than to execute it: so it is built once, with parameters for the rest.


@cache
def _lacking(of_marketplace: bool) -> CompoundSelect[Any]:
    """The four kinds of rows one after the other, in one trip: each leaves the others' columns empty.

    The first one says the columns' types. Said by all, they would make the statement longer than those (4 KiB) which
    psycopg remembers to have looked through.
    """
    gap = _incomplete(of_marketplace).subquery("gap").c
    types = [cast(null(), each.type).label(each.name) for each in _SLICE]
    return union_all(select(*gap, *types), _missing(), _unplanned(), _begins())


def _no_gap(connection_id: ColumnElement[UUID] | None = None) -> list[ColumnElement[Any]]:
    """A day's columns in a row that is none."""
    owner = null() if connection_id is None else connection_id
    return [owner if each.name == "connection_id" else null() for each in tables.ledger_days.c]


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


def _missing() -> Select[Any]:
    """Slices of history about the period that were not taken over."""
    report, owner = tables.reports.c, tables.connections.c
    return (
        select(*_no_gap(), report.marketplace_ids, report.data_start, report.data_end)
        .join_from(tables.connections, tables.reports, report.connection_id == owner.id)
        .where(
            owner.user_id == bindparam("of_user"),
            still_there(),
            one_of(report.status, _MISSING),
            report.purpose == Purpose.HISTORY.value,
            report.data_start < bindparam("end"),
            report.data_end > bindparam("begin"),
        )
    )


def _unplanned() -> Select[Any]:
    """Connections that are so new that nobody has looked yet which history they need."""
    report, owner, row = tables.reports.c, tables.connections.c, tables.sync_resources.c
    planned = exists().where(report.connection_id == owner.id, report.purpose == Purpose.HISTORY.value)
    return (
        select(*_no_gap(), owner.marketplace_ids, null(), owner.connected_at)
        .join_from(tables.connections, tables.sync_resources, row.connection_id == owner.id)
        .where(
            owner.user_id == bindparam("of_user"),
            still_there(),
            row.resource == Resource.REPORTS.value,
            row.synced_at.is_(None),
            ~planned,
        )
    )


def _begins() -> Select[Any]:
    """Since when each connection's orders are fetched: of each slice of its history, or since it was connected."""
    report, owner = tables.reports.c, tables.connections.c
    slices = (report.connection_id == owner.id) & (report.purpose == Purpose.HISTORY.value)
    return (
        select(
            *_no_gap(owner.id),
            func.coalesce(report.marketplace_ids, owner.marketplace_ids),
            func.coalesce(report.data_start, owner.connected_at),
            null(),
        )
        .join_from(tables.connections, tables.reports, slices, isouter=True)
        .where(
            owner.user_id == bindparam("of_user"),
            still_there(),
            owner.provider == Provider.AMAZON_SP.value,
        )
    )


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
