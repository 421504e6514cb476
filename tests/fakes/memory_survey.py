"""Counts over all users, in memory."""

from collections import Counter
from datetime import datetime

from domain.operations.model import Standing
from tests.fakes.memory_store import MemoryStore
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
        )
