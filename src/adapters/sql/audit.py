"""The audit log, in SQL."""

from sqlalchemy import Connection, insert

from adapters.sql.tables import audit_log
from domain.audit.model import AuditEntry


class SqlAuditLog:
    """Grows only."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def append(self, entry: AuditEntry) -> None:
        """Keep one entry."""
        self._connection.execute(
            insert(audit_log),
            {
                "id": entry.id,
                "user_id": entry.user_id,
                "at": entry.at,
                "action": entry.action,
                "actor": entry.actor,
                "address": entry.address,
                "connection_id": entry.connection_id,
                "details": dict(entry.details),
            },
        )
