"""What the audit subject asks of the world."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from domain.audit.model import AuditEntry
from domain.work import Work

#: After which entry a page goes on: its moment and its id, which tells entries of one moment apart.
Mark = tuple[datetime, UUID]


class AuditLog(Protocol):
    """Grows only: nothing is ever changed in it or dropped from it."""

    def append(self, entry: AuditEntry) -> None:
        """Keep one entry, in the transaction of the deed itself."""

    def append_all(self, entries: Sequence[AuditEntry]) -> None:
        """Keep several, set-based; none is fine too."""

    def of_user(
        self, user_id: UUID, *, connection_id: UUID | None = None, before: Mark | None = None, limit: int = 50
    ) -> list[AuditEntry]:
        """What is this user's, the newest first, older than ``before`` when given."""

    def everybodys(
        self,
        *,
        connection_id: UUID | None = None,
        user_id: UUID | None = None,
        before: Mark | None = None,
        limit: int = 50,
    ) -> list[AuditEntry]:
        """The same of all users and of the installation itself, or of one: for operators."""


class AuditWork(Work, Protocol):
    """The transaction in which the log is read."""

    @property
    def audit(self) -> AuditLog: ...
