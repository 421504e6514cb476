"""What has been kept for long enough, in memory."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from uuid import UUID

from domain.connections.model import ConnectionId
from domain.operations.retention import Cutoffs, Leaving
from domain.reports.model import Purpose
from domain.sync.model import Run
from tests.fakes.memory_ads_reports import old_enough
from tests.fakes.memory_store import Purged, Tables


class MemoryRetentionBook:
    """Looks at every row."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def due(self, cutoffs: Cutoffs) -> Sequence[ConnectionId]:
        return [
            connection.id
            for connection in self._tables.connections.values()
            if connection.erasing_at is None and any(self._old(connection.id, cutoffs, cutoffs.orders))
        ]

    def decide(self, connection_id: ConnectionId, cutoffs: Cutoffs, now: datetime) -> Leaving | None:
        connection, known = (
            self._tables.connections.get(connection_id),
            self._tables.purged.get(connection_id),
        )
        if connection is None or connection.erasing_at is not None:
            return None
        if known and known.at.date() == now.date() and known.before >= cutoffs.orders:
            return None
        before = max(known.before, cutoffs.orders) if known else cutoffs.orders
        self._tables.purged[connection_id] = Purged(now, before)
        counts = [len(rows) for rows in self._old(connection_id, cutoffs, before)]
        return Leaving(connection.user_id, *counts)

    def remove_some(self, connection_id: ConnectionId, cutoffs: Cutoffs, limit: int) -> int:
        known = self._tables.purged.get(connection_id)
        if known is None:
            return 0
        orders, _reports, ledger, runs = self._old(connection_id, cutoffs, known.before)
        for order_id in orders[:limit]:
            del self._tables.orders[connection_id, order_id]
        for key in ledger[:limit]:
            del self._tables.ledger[key]
        for run in runs[:limit]:
            del self._tables.runs[run.id]
        return sum(len(rows[:limit]) for rows in (orders, ledger, runs))

    def _old(
        self, of: ConnectionId, cutoffs: Cutoffs, before: datetime
    ) -> "tuple[list[str], list[UUID], list[tuple[ConnectionId, str, date]], list[Run]]":
        tables = self._tables
        orders = [
            order_id
            for (owner, order_id), booked in tables.orders.items()
            if owner == of and booked.order.created_at < before
        ]
        reports: list[UUID] = [
            report.id
            for report in tables.reports.values()
            if report.connection_id == of
            and report.finished_at is not None
            and report.finished_at < cutoffs.orders
            and report.purpose is not Purpose.HISTORY
        ]
        reports += [
            each.id
            for each in tables.ads_reports.values()
            if each.connection_id == of and old_enough(each, cutoffs.orders, cutoffs.runs)
        ]
        ledger = [key for key in tables.ledger if key[0] == of and key[2] < cutoffs.ledger]
        return orders, reports, list(ledger), list(self._old_runs(of, cutoffs))

    def _old_runs(self, of: ConnectionId, cutoffs: Cutoffs) -> Iterable[Run]:
        latest = {row.run_id for row in self._tables.resources.values()}
        for run in self._tables.runs.values():
            mine = run.connection_id == of and run.created_at < cutoffs.runs
            if mine and not run.status.under_way and run.id not in latest:
                yield run
