"""The outbox, in SQL."""

from datetime import datetime

from sqlalchemy import Connection, delete, insert

from adapters.sql.locks import lock_until_commit
from adapters.sql.tables import events
from domain.events.model import Event


class SqlOutbox:
    """Events under growing ids."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def append(self, event: Event) -> None:
        """Keep an event.

        Ids are given and committed in the same order: a listener that has seen one never finds a smaller one later.
        On PostgreSQL that takes a lock until the commit, so an event is best written last.
        """
        lock_until_commit(self._connection, "outbox")
        self._connection.execute(
            insert(events),
            {"user_id": event.user_id, "kind": event.kind, "at": event.at, "data": dict(event.data)},
        )

    def forget_before(self, moment: datetime) -> int:
        """Drop older events; returns how many."""
        return self._connection.execute(delete(events).where(events.c.at < moment)).rowcount
