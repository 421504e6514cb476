"""What is only ever appended to: the audit log and the outbox, in memory."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from domain.audit.model import AuditEntry
from domain.audit.ports import Mark
from domain.events.model import Event, Kept
from tests.fakes.memory_store import Tables


class MemoryAuditLog:
    """Grows only."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def append(self, entry: AuditEntry) -> None:
        self._tables.audit.append(entry)

    def append_all(self, entries: Sequence[AuditEntry]) -> None:
        self._tables.audit.extend(entries)

    def of_user(
        self, user_id: UUID, *, connection_id: UUID | None = None, before: Mark | None = None, limit: int = 50
    ) -> list[AuditEntry]:
        return self.everybodys(connection_id=connection_id, user_id=user_id, before=before, limit=limit)

    def everybodys(
        self,
        *,
        connection_id: UUID | None = None,
        user_id: UUID | None = None,
        before: Mark | None = None,
        limit: int = 50,
    ) -> list[AuditEntry]:
        chosen = [
            entry
            for entry in self._tables.audit
            if connection_id in (None, entry.connection_id)
            and user_id in (None, entry.user_id)
            and (before is None or (entry.at, entry.id) < before)
        ]
        return sorted(chosen, key=lambda entry: (entry.at, entry.id), reverse=True)[:limit]


class MemoryOutbox:
    """Events in the order of writing."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def append(self, event: Event) -> None:
        self._tables.last_event_id += 1
        self._tables.event_ids.append(self._tables.last_event_id)
        self._tables.events.append(event)

    def forget_before(self, moment: datetime) -> int:
        tables = self._tables
        newest = len(tables.events) - 1
        gone = next((at for at, event in enumerate(tables.events) if event.at >= moment), max(newest, 0))
        tables.events, tables.event_ids = tables.events[gone:], tables.event_ids[gone:]
        return gone


class MemoryEventLog:
    """The same events, to be read."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def span(self) -> tuple[int, int]:
        ids = self._tables.event_ids
        return (ids[0], ids[-1]) if ids else (0, 0)

    def after(self, event_id: int, limit: int) -> list[Kept]:
        return [kept for kept in self._all() if kept.id > event_id][:limit]

    def of_user(self, user_id: UUID, event_id: int, limit: int) -> list[Kept]:
        return [kept for kept in self._all() if kept.event.user_id == user_id and kept.id > event_id][:limit]

    def _all(self) -> list[Kept]:
        return [Kept(*row) for row in zip(self._tables.event_ids, self._tables.events, strict=True)]
