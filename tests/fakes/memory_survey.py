"""Counts over all users, in memory."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from math import ceil

from domain.connections.model import ConnectionId
from domain.operations.model import Ages, Standing
from domain.sync.model import Resource
from tests.fakes.memory_store import MemoryStore, ResourceRow, Tables
from tests.fakes.memory_vault import is_due_unasked


class MemorySurvey:
    """Counts what is in the store. ``away`` is what it raises, and ``taken`` how often it was asked."""

    def __init__(self, store: MemoryStore) -> None:
        self._store = store
        self.away: Exception | None = None
        self.taken = 0

    def take(self, now: datetime) -> Standing:
        self.taken += 1
        if self.away is not None:
            raise self.away
        tables = self._store.tables
        kept = [each for each in tables.connections.values() if each.erasing_at is None]
        here = {each.id for each in kept}
        usable = {each.id for each in kept if each.status.usable}
        due = [
            row.next_run_at
            for row in tables.resources.values()
            if row.connection_id in usable
            and row.next_run_at is not None
            and row.next_run_at <= now
            and (row.lease_until is None or row.lease_until <= now)
        ]
        return Standing(
            connections=Counter((each.provider.value, each.status.value) for each in kept),
            renewals_due=sum(each.status.usable and each.renewal_due(now) for each in kept),
            tokens_overdue=sum(is_due_unasked(tables, key, row, now) for key, row in tables.tokens.items()),
            open_runs=Counter(run.status.value for run in tables.runs.values() if run.status.under_way),
            oldest_due_seconds=(now - min(due)).total_seconds() if due else 0.0,
            ages={
                resource.value: self._ages(resource, usable, now)
                for resource in (Resource.ORDERS, Resource.INVENTORY)
                if any(row.resource is resource and row.connection_id in usable for row in _rows(tables))
            },
            set_aside=Counter(
                row.resource.value for row in _rows(tables) if row.set_aside_at and row.connection_id in here
            ),
            open_reports=Counter(
                (report.purpose.value, report.status.value)
                for report in tables.reports.values()
                if report.status.is_open and report.connection_id in here
            ),
            incomplete_days=Counter(
                line.verdict.value
                for line in tables.ledger.values()
                if line.verdict.is_incomplete and line.connection_id in here
            ),
            differing_sums=sum(row.differing for name, row in tables.recounts.items() if name in here),
            differing_connections=sum(
                row.differing > 0 for name, row in tables.recounts.items() if name in here
            ),
        )

    def _ages(self, resource: Resource, usable: set[ConnectionId], now: datetime) -> Ages:
        tables = self._store.tables
        ages = sorted(
            (
                now
                - (row.complete_until or row.synced_at or tables.connections[row.connection_id].connected_at)
            )
            / timedelta(seconds=1)
            for row in _rows(tables)
            if row.resource is resource and row.connection_id in usable
        )
        median, most = (ages[ceil(percent * len(ages) / 100) - 1] for percent in (50, 95))
        return Ages(median, most, ages[-1])


def _rows(tables: Tables) -> Iterable[ResourceRow]:
    return tables.resources.values()
