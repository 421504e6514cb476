"""What is only ever appended to: the audit log and the outbox, in memory."""

from datetime import datetime

from domain.audit.model import AuditEntry
from domain.events.model import Event
from tests.fakes.memory_store import Tables


class MemoryAuditLog:
    """Grows only."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def append(self, entry: AuditEntry) -> None:
        self._tables.audit.append(entry)


class MemoryOutbox:
    """Events in the order of writing."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def append(self, event: Event) -> None:
        self._tables.events.append(event)

    def forget_before(self, moment: datetime) -> int:
        kept = [event for event in self._tables.events if event.at >= moment]
        gone = len(self._tables.events) - len(kept)
        self._tables.events = kept
        return gone
