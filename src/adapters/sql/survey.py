"""Counts over all users, for those who watch the installation."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, Null, Select, Text, and_, cast, func, literal, null, or_, select, union_all

from adapters.sql.engine import reading
from adapters.sql.erasing import still_there
from adapters.sql.runs import under_way
from adapters.sql.tables import connections, sync_resources, sync_runs, tokens
from adapters.sql.tokens import due_unasked
from domain.connections.model import AUTHORIZATION_LIFE, RENEWAL_NOTICE, ConnectionStatus
from domain.operations.model import Standing

_USABLE = connections.c.status.in_([status.value for status in ConnectionStatus if status.usable])


@dataclass(frozen=True)
class SqlSurvey:
    """Two statements, whatever there is to count."""

    engine: Engine

    def take(self, now: datetime) -> Standing:
        """How the installation stands."""
        with reading(self.engine) as connection:
            counts = connection.execute(_counts(now)).all()
            oldest = connection.scalar(_oldest_due(now))
        single = {row.what: row.number for row in counts}
        return Standing(
            connections={(row.first, row.second): row.number for row in counts if row.what == "connections"},
            renewals_due=single["renewals_due"],
            tokens_overdue=single["tokens_overdue"],
            open_runs={row.first: row.number for row in counts if row.what == "open_runs"},
            oldest_due_seconds=(now - oldest).total_seconds() if oldest else 0.0,
        )


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
    runs = _counted("open_runs", sync_runs.c.status).where(under_way()).group_by(sync_runs.c.status)
    return union_all(
        kinds.group_by(connections.c.provider, connections.c.status),
        renewals.select_from(connections),
        overdue,
        runs,
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
