"""Reading the audit log: a user's own part of it, and for operators all of it."""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from domain.audit.model import AuditEntry
from domain.audit.ports import AuditWork, Mark


@dataclass(frozen=True)
class Journal:
    """What was done, the newest first, page by page."""

    look: Callable[[], AuditWork]

    def of(
        self, user_id: UUID, *, connection_id: UUID | None = None, before: Mark | None = None, limit: int = 50
    ) -> list[AuditEntry]:
        """What is this user's; of one connection, where it is named, also of one that is gone."""
        with self.look() as work:
            return work.audit.of_user(user_id, connection_id=connection_id, before=before, limit=limit)

    def everybodys(
        self,
        *,
        connection_id: UUID | None = None,
        user_id: UUID | None = None,
        before: Mark | None = None,
        limit: int = 50,
    ) -> list[AuditEntry]:
        """What was done here at all, to the installation itself as well: for operators."""
        with self.look() as work:
            return work.audit.everybodys(
                connection_id=connection_id, user_id=user_id, before=before, limit=limit
            )
