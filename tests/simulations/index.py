"""A sync book for a whole town of sellers, in memory: it knows what is due without looking at everything."""

from collections import Counter, deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from heapq import heappop, heappush

from domain.connections.model import ConnectionId
from domain.sync.model import Resource
from domain.sync.schedule import SERVED_LATELY
from domain.users.model import UserId
from tests.fakes.memory_store import ResourceRow, Tables
from tests.fakes.memory_sync import MemorySyncBook

Key = tuple[ConnectionId, Resource]


@dataclass
class Index:
    """The rows by the time at which they are due; those that are due; and how much each user has or had lately."""

    coming: list[tuple[datetime, Key]] = field(default_factory=list)
    ready: set[Key] = field(default_factory=set)
    served: Counter[UserId] = field(default_factory=Counter)
    lately: deque[tuple[datetime, UserId]] = field(default_factory=deque)

    def due_next(self) -> datetime | None:
        """When something is due that is not yet; a row that has moved meanwhile counts too."""
        return self.coming[0][0] if self.coming else None


class IndexedSyncBook(MemorySyncBook):
    """As the one over plain dictionaries. Leases never run out in here: whoever claims a row gives it back."""

    def __init__(self, tables: Tables, index: Index) -> None:
        super().__init__(tables)
        self._index = index

    def _keep(self, row: ResourceRow) -> None:
        key = (row.connection_id, row.resource)
        before = self._tables.resources.get(key)
        is_held = row.lease_owner is not None
        self._count(before, row)
        super()._keep(row)
        self._index.ready.discard(key)
        if not is_held and row.next_run_at is not None:
            heappush(self._index.coming, (row.next_run_at, key))

    def _free_and_due(self, now: datetime) -> Iterable[ResourceRow]:
        coming, ready = self._index.coming, self._index.ready
        while coming and coming[0][0] <= now:
            _at, key = heappop(coming)
            if self._is_due(self._tables.resources[key], now):
                ready.add(key)
        return [self._tables.resources[key] for key in ready]

    def _served(self, now: datetime) -> Counter[UserId]:
        lately, served = self._index.lately, self._index.served
        while lately and lately[0][0] <= now - SERVED_LATELY:
            served[lately.popleft()[1]] -= 1
        return served

    def _count(self, before: ResourceRow | None, row: ResourceRow) -> None:
        """What is held counts, and what was brought up to date counts a while longer."""
        if row.lease_owner is not None and (before is None or before.lease_owner is None):
            self._index.served[row.user_id] += 1
        elif row.lease_owner is None and before is not None and before.lease_owner is not None:
            if row.synced_at is not None and row.synced_at != before.synced_at:
                self._index.lately.append((row.synced_at, row.user_id))
            else:
                self._index.served[row.user_id] -= 1
