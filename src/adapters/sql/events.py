"""The outbox, in SQL: written in the transaction of what it tells of, read by those who listen."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Select, delete, func, insert, select

from adapters.sql.locks import lock_number
from adapters.sql.tables import events
from domain.events.model import Event, Kept

#: What PostgreSQL tells those who listen when a transaction with events in it is committed.
CHANNEL = "portside_events"


class SqlOutbox:
    """Events under growing ids. ``appended``: whether this transaction has any, for who is told after its commit."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.appended = False

    def append(self, event: Event) -> None:
        """Keep an event.

        Ids are given and committed in the same order: a listener that has seen one never finds a smaller one later.
        On PostgreSQL that takes a lock until the commit, so an event is best written last. SQLite needs none: a writing
        transaction is alone there from its beginning.
        """
        if self._connection.dialect.name == "postgresql":
            lock, notice = func.pg_advisory_xact_lock(lock_number("outbox")), func.pg_notify(CHANNEL, "")
            self._connection.execute(select(lock, notice))
        self._connection.execute(
            insert(events),
            {"user_id": event.user_id, "kind": event.kind, "at": event.at, "data": dict(event.data)},
        )
        self.appended = True

    def forget_before(self, moment: datetime) -> int:
        """Drop older events from the log's beginning; returns how many."""
        first_to_keep = select(func.min(events.c.id)).where(events.c.at >= moment).scalar_subquery()
        newest = select(func.max(events.c.id)).scalar_subquery()
        gone = delete(events).where(events.c.id < func.coalesce(first_to_keep, newest))
        return self._connection.execute(gone).rowcount


class SqlEventLog:
    """See ``domain.events.ports.EventLog``."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def span(self) -> tuple[int, int]:
        """The ids of the oldest and of the newest event."""
        # Two looks into the index; together in one SELECT, SQLite would read all of it.
        ends = (select(side(events.c.id)).scalar_subquery() for side in (func.min, func.max))
        oldest, newest = self._connection.execute(select(*ends)).one()
        return oldest or 0, newest or 0

    def after(self, event_id: int, limit: int) -> list[Kept]:
        """Everybody's events after this one."""
        return self._kept(events.c.id > event_id, limit)

    def of_user(self, user_id: UUID, event_id: int, limit: int) -> list[Kept]:
        """The user's events after this one."""
        return self._kept((events.c.user_id == user_id) & (events.c.id > event_id), limit)

    def _kept(self, condition: ColumnElement[bool], limit: int) -> list[Kept]:
        rows = self._connection.execute(_LOG.where(condition).order_by(events.c.id).limit(limit))
        return [Kept(row.id, Event(row.user_id, row.kind, row.at, row.data)) for row in rows]


_LOG: Select[tuple[object, ...]] = select(
    events.c.id, events.c.user_id, events.c.kind, events.c.at, events.c.data
)
