"""What the audit subject asks of the world."""

from typing import Protocol

from domain.audit.model import AuditEntry


class AuditLog(Protocol):
    """Grows only."""

    def append(self, entry: AuditEntry) -> None:
        """Keep one entry, in the transaction of the deed itself."""
