"""The audit log, in SQL."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, RowMapping, Select, insert, select, tuple_

from adapters.sql.tables import audit_log
from domain.audit.model import AuditEntry
from domain.audit.ports import Mark


class SqlAuditLog:
    """Grows only."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def append(self, entry: AuditEntry) -> None:
        """Keep one entry."""
        self.append_all([entry])

    def append_all(self, entries: Sequence[AuditEntry]) -> None:
        """Keep several, in one statement."""
        if entries:
            self._connection.execute(insert(audit_log), [_values(entry) for entry in entries])

    def of_user(
        self, user_id: UUID, *, connection_id: UUID | None = None, before: Mark | None = None, limit: int = 50
    ) -> list[AuditEntry]:
        """The user's, the newest first."""
        mine = select(audit_log).where(audit_log.c.user_id == user_id)
        return self._page(mine, connection_id, before, limit)

    def everybodys(
        self,
        *,
        connection_id: UUID | None = None,
        user_id: UUID | None = None,
        before: Mark | None = None,
        limit: int = 50,
    ) -> list[AuditEntry]:
        """Everybody's and the installation's, or one user's, the newest first."""
        found = select(audit_log)
        if user_id is not None:
            found = found.where(audit_log.c.user_id == user_id)
        return self._page(found, connection_id, before, limit)

    def _page(
        self, found: Select[Any], connection_id: UUID | None, before: Mark | None, limit: int
    ) -> list[AuditEntry]:
        key = (audit_log.c.at, audit_log.c.id)
        if connection_id is not None:
            found = found.where(audit_log.c.connection_id == connection_id)
        if before is not None:
            found = found.where(tuple_(*key) < tuple_(*before, types=[column.type for column in key]))
        newest = found.order_by(*(column.desc() for column in key)).limit(limit)
        return [entry_of(row) for row in self._connection.execute(newest).mappings()]


def entry_of(row: RowMapping) -> AuditEntry:
    """The entry in a row."""
    return AuditEntry(**row)


def _values(entry: AuditEntry) -> dict[str, Any]:
    return {
        "id": entry.id,
        "user_id": entry.user_id,
        "at": entry.at,
        "action": str(entry.action),
        "actor": entry.actor,
        "address": entry.address,
        "connection_id": entry.connection_id,
        "details": dict(entry.details),
    }
