"""Counts over all users, for those who watch the installation."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Engine,
    Null,
    Row,
    Select,
    Text,
    and_,
    case,
    cast,
    func,
    literal,
    null,
    or_,
    select,
    text,
    union_all,
)

from adapters.sql.engine import reading
from adapters.sql.erasing import still_there
from adapters.sql.runs import under_way
from adapters.sql.tables import connections, ledger_days, recounts, reports, sync_resources, sync_runs, tokens
from adapters.sql.tables.reports import INCOMPLETE_DAYS, OPEN_REPORTS
from adapters.sql.tokens import due_unasked
from adapters.sql.types import UtcDateTime
from domain.connections.model import AUTHORIZATION_LIFE, RENEWAL_NOTICE, ConnectionStatus
from domain.operations.model import Ages, Standing
from domain.sync.model import Resource

_USABLE = connections.c.status.in_([status.value for status in ConnectionStatus if status.usable])


#: What is counted of the many reports and days of the ledger; each has an index of just these rows.
_OPEN_REPORTS = text(f"reports.{OPEN_REPORTS}")
_INCOMPLETE_DAYS = text(f"ledger_days.{INCOMPLETE_DAYS}")


@dataclass(frozen=True)
class SqlSurvey:
    """Three statements, whatever there is to count."""

    engine: Engine

    def take(self, now: datetime) -> Standing:
        """How the installation stands."""
        with reading(self.engine) as connection:
            counts = connection.execute(_counts(now)).all()
            oldest = connection.scalar(_oldest_due(now))
            known = connection.execute(_known_until()).all()
        single = {row.what: row.number for row in counts}
        return Standing(
            connections=_by_two(counts, "connections"),
            renewals_due=single["renewals_due"],
            tokens_overdue=single["tokens_overdue"],
            open_runs=_by_one(counts, "open_runs"),
            oldest_due_seconds=(now - oldest).total_seconds() if oldest else 0.0,
            ages={
                row.resource: Ages(*((now - at).total_seconds() for at in (row.median, row.most, row.oldest)))
                for row in known
            },
            set_aside=_by_one(counts, "set_aside"),
            open_reports=_by_two(counts, "open_reports"),
            incomplete_days=_by_one(counts, "incomplete_days"),
            differing_sums=single["differing_sums"],
            differing_connections=single["differing_connections"],
        )


def _by_one(counts: Sequence[Row[Any]], what: str) -> dict[str, int]:
    return {row.first: row.number for row in counts if row.what == what}


def _by_two(counts: Sequence[Row[Any]], what: str) -> dict[tuple[str, str], int]:
    return {(row.first, row.second): row.number for row in counts if row.what == what}


def _counts(now: datetime) -> Any:
    """Rows of (what, two labels, number)."""
    kinds = _counted("connections", connections.c.provider, connections.c.status).where(still_there())
    renewals = _counted("renewals_due").where(
        still_there(), _USABLE, connections.c.authorized_at <= now - (AUTHORIZATION_LIFE - RENEWAL_NOTICE)
    )
    overdue = (
        _counted("tokens_overdue")
        .select_from(tokens.join(connections, connections.c.id == tokens.c.connection_id))
        .where(due_unasked(now))
    )
    # An open run is its resource's latest: those of long ago need not be looked at.
    runs = (
        _counted("open_runs", sync_runs.c.status)
        .select_from(sync_resources.join(sync_runs, sync_runs.c.id == sync_resources.c.run_id))
        .where(under_way())
        .group_by(sync_runs.c.status)
    )
    return union_all(
        kinds.group_by(connections.c.provider, connections.c.status),
        renewals.select_from(connections),
        overdue,
        runs,
        _set_aside(),
        _differing("differing_connections", func.count()),
        _differing("differing_sums", func.coalesce(func.sum(recounts.c.differing), 0)),
        *_of_long_tables(),
    )


def _set_aside() -> Select[str, str, str, int]:
    row = sync_resources.c
    return (
        _counted("set_aside", row.resource)
        .select_from(sync_resources.join(connections, connections.c.id == row.connection_id))
        .where(row.set_aside_at.is_not(None), still_there())
        .group_by(row.resource)
    )


def _differing(what: str, number: Any) -> Select[str, str, str, int]:
    nothing = cast(null(), Text)
    return (
        select(literal(what, Text), nothing, nothing, cast(number, BigInteger))
        .select_from(recounts.join(connections, connections.c.id == recounts.c.connection_id))
        .where(recounts.c.differing > 0, still_there())
    )


def _of_long_tables() -> Iterator[Select[str, str, str, int]]:
    report, line = reports.c, ledger_days.c
    yield (
        _counted("open_reports", report.purpose, report.status)
        .select_from(reports.join(connections, connections.c.id == report.connection_id))
        .where(_OPEN_REPORTS, still_there())
        .group_by(report.purpose, report.status)
    )
    yield (
        _counted("incomplete_days", line.verdict)
        .select_from(ledger_days.join(connections, connections.c.id == line.connection_id))
        .where(_INCOMPLETE_DAYS, still_there())
        .group_by(line.verdict)
    )


def _counted(what: str, first: Any = None, second: Any = None) -> Select[str, str, str, int]:
    return select(
        literal(what, Text).label("what"),
        cast(_or_null(first), Text).label("first"),
        cast(_or_null(second), Text).label("second"),
        func.count().label("number"),
    )


def _or_null(column: Any) -> Any | Null:
    return null() if column is None else column


def _oldest_due(now: datetime) -> Select[Any]:
    """Since when the oldest work waits that is due and that nobody holds."""
    row = sync_resources.c
    return (
        select(func.min(row.next_run_at))
        .select_from(sync_resources.join(connections, connections.c.id == row.connection_id))
        .where(
            and_(row.next_run_at <= now, or_(row.lease_until.is_(None), row.lease_until <= now)),
            _USABLE,
            still_there(),
        )
    )


def _known_until() -> Select[Any]:
    """Up to when the data of half of the connections is known at least, that of 95 in 100, and that of all."""
    row = sync_resources.c
    until = func.coalesce(row.complete_until, row.synced_at, connections.c.connected_at, type_=UtcDateTime)
    place = func.row_number().over(partition_by=row.resource, order_by=until.desc())
    total = func.count().over(partition_by=row.resource)
    ranked = (
        select(row.resource, until.label("until"), place.label("place"), total.label("total"))
        .select_from(sync_resources.join(connections, connections.c.id == row.connection_id))
        .where(row.resource != Resource.REPORTS.value, _USABLE, still_there())
        .subquery()
        .c
    )

    def of(percent: int) -> ColumnElement[datetime]:
        """The newest moment that so many are not behind: of the nearest rank."""
        return func.max(case((ranked.place * 100 >= percent * ranked.total, ranked.until), else_=None))

    return select(
        ranked.resource,
        of(50).label("median"),
        of(95).label("most"),
        func.min(ranked.until).label("oldest"),
    ).group_by(ranked.resource)
