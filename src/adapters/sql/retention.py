"""What has been kept for long enough, found by indexes and removed set by set."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    Table,
    case,
    delete,
    exists,
    func,
    literal,
    or_,
    select,
    tuple_,
    update,
)

from adapters.sql.ads_reports import old_enough
from adapters.sql.erasing import still_there
from adapters.sql.orders import one_page_at_a_time
from adapters.sql.runs import under_way
from adapters.sql.tables import (
    ads_reports,
    connections,
    ledger_days,
    orders,
    reports,
    sync_resources,
    sync_runs,
)
from domain.connections.model import ConnectionId
from domain.marketplaces import MARKETPLACES
from domain.operations.retention import Cutoffs, Leaving
from domain.reports.model import Purpose
from domain.users.model import UserId

#: A marketplace's calendar is never further ahead of UTC's than that.
_DAY = timedelta(days=1)


class SqlRetentionBook:
    """Works inside the transaction of the connection that it is given."""

    def __init__(self, database: Connection) -> None:
        self._database = database

    def due(self, cutoffs: Cutoffs) -> Sequence[ConnectionId]:
        """The connections of which something is to go, in one statement."""
        old = [
            exists().where(*conditions)
            for conditions in (
                _orders(connections.c.id, cutoffs.orders),
                _ledger(connections.c.id, cutoffs),
                _runs(connections.c.id, connections.c.user_id, cutoffs),
                _reports(connections.c.id, cutoffs),
                _ads_reports(connections.c.id, cutoffs),
            )
        ]
        question = select(connections.c.id).where(still_there(), or_(*old)).order_by(connections.c.id)
        return [ConnectionId(row.id) for row in self._database.execute(question)]

    def decide(self, connection_id: ConnectionId, cutoffs: Cutoffs, now: datetime) -> Leaving | None:
        """Keep the cutoff, and count what goes."""
        one_page_at_a_time(self._database, connection_id)
        row = connections.c
        today = now.replace(hour=0, minute=0, second=0, microsecond=0)
        open_still = or_(row.purged_at.is_(None), row.purged_at < today, row.purged_before < cutoffs.orders)
        change = (
            update(connections)
            .where(row.id == connection_id, still_there(), open_still)
            .values(purged_at=now, purged_before=_later(cutoffs.orders))
            .returning(row.user_id, row.purged_before)
        )
        found = self._database.execute(change).one_or_none()
        if found is None:
            return None
        return Leaving(
            UserId(found.user_id),
            orders=self._count(orders, _orders(connection_id, found.purged_before)),
            reports=self._count(reports, _reports(connection_id, cutoffs))
            + self._count(ads_reports, _ads_reports(connection_id, cutoffs)),
            ledger_days=self._count(ledger_days, _ledger(connection_id, cutoffs)),
            runs=self._count(sync_runs, _runs(connection_id, found.user_id, cutoffs)),
        )

    def remove_some(self, connection_id: ConnectionId, cutoffs: Cutoffs, limit: int) -> int:
        """A statement for each table; lines go with their orders."""
        one_page_at_a_time(self._database, connection_id)
        row = connections.c
        whose = select(row.user_id, row.purged_before).where(row.id == connection_id, still_there())
        found = self._database.execute(whose).one_or_none()
        if found is None or found.purged_before is None:
            return 0
        return sum(
            self._remove(table, conditions, limit)
            for table, conditions in (
                (orders, _orders(connection_id, found.purged_before)),
                (ledger_days, _ledger(connection_id, cutoffs)),
                (sync_runs, _runs(connection_id, found.user_id, cutoffs)),
            )
        )

    def _count(self, table: Table, conditions: Sequence[ColumnElement[bool]]) -> int:
        return self._database.scalar(select(func.count()).select_from(table).where(*conditions)) or 0

    def _remove(self, table: Table, conditions: Sequence[ColumnElement[bool]], limit: int) -> int:
        key = tuple(table.primary_key.columns)
        chosen: Select[Any] = select(*key).where(*conditions).limit(limit)
        return self._database.execute(delete(table).where(tuple_(*key).in_(chosen))).rowcount


def _orders(connection_id: Any, before: datetime) -> list[ColumnElement[bool]]:
    """By the index of the days, which is roughly by time; then by the moment itself."""
    owner = connections.alias()
    stores = select(owner.c.marketplace_id).where(owner.c.id == connection_id)
    own = stores.correlate_except(owner).scalar_subquery()
    return [
        orders.c.connection_id == connection_id,
        orders.c.marketplace_id.in_([*sorted(MARKETPLACES), own]),
        orders.c.day <= before.date() + _DAY,
        orders.c.created_at < before,
    ]


def _ledger(connection_id: Any, cutoffs: Cutoffs) -> list[ColumnElement[bool]]:
    return [ledger_days.c.connection_id == connection_id, ledger_days.c.day < cutoffs.ledger]


def _runs(connection_id: Any, user_id: Any, cutoffs: Cutoffs) -> list[ColumnElement[bool]]:
    latest = select(sync_resources.c.run_id).where(sync_resources.c.run_id == sync_runs.c.id)
    return [
        sync_runs.c.user_id == user_id,
        sync_runs.c.connection_id == connection_id,
        sync_runs.c.created_at < cutoffs.runs,
        ~under_way(),
        ~latest.exists(),
    ]


def _reports(connection_id: Any, cutoffs: Cutoffs) -> list[ColumnElement[bool]]:
    """As ``ReportBook.forget_before`` has it: slices of history stay, for they say what was fetched."""
    return [
        reports.c.connection_id == connection_id,
        reports.c.finished_at < cutoffs.orders,
        reports.c.purpose != Purpose.HISTORY.value,
    ]


def _ads_reports(connection_id: Any, cutoffs: Cutoffs) -> list[ColumnElement[bool]]:
    """As ``AdsReportBook.forget_before`` has it: what stands in the figures needs no trace for long."""
    return [ads_reports.c.connection_id == connection_id, old_enough(cutoffs.orders, cutoffs.runs)]


def _later(cutoff: datetime) -> ColumnElement[datetime]:
    """The cutoff, unless a later one was kept."""
    kept = connections.c.purged_before
    return case((kept > cutoff, kept), else_=literal(cutoff, kept.type))
