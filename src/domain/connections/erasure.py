"""Leaving for good: the connection is out of sight at once, and its rows go piece by piece, whoever is killed."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from domain.audit.model import Action, AuditEntry
from domain.clock import Clock, in_words
from domain.connections.catalog import let_go
from domain.connections.deeds import write_down
from domain.connections.model import Connection, ConnectionId
from domain.connections.work import ConnectionWork
from domain.errors import NotFound, Unavailable
from domain.events.model import Event
from domain.users.model import User, Visitor

log = logging.getLogger(__name__)

#: Rows that one transaction removes: nobody who wants to write meanwhile waits for long.
STEP_ROWS = 5_000
#: So many steps are made while the user waits: a small connection is gone when the answer comes.
_STEPS_AT_ONCE = 2


@dataclass(frozen=True)
class Erasures:
    """Takes connections away with all that belongs to them. What stays is the audit log's word that it was done."""

    work: Callable[[], ConnectionWork]
    look: Callable[[], ConnectionWork]  # the same, for reading only
    clock: Clock

    def request(self, user: User, visitor: Visitor, connection_id: ConnectionId) -> int:
        """From now on the connection is nobody's to see; what it leaves behind goes at once if it is little.

        Returns how many rows have gone so far.

        Raises:
            NotFound: none with this id, or somebody else's.
        """
        self._mark(user, visitor, connection_id)
        removed = 0
        try:
            for _ in range(_STEPS_AT_ONCE):
                removed += self.step(connection_id=connection_id)
        except Unavailable as error:
            # The promise is kept in the database already: it is fulfilled in the background.
            log.warning("erasing goes on later: %s", error, extra={"connection_id": str(connection_id)})
        return removed

    def request_unasked(self, connection: Connection, details: Mapping[str, str]) -> None:
        """The same without a user: the channel itself wants it gone. All of it goes in the background.

        Nothing happens to one that is gone, or being erased, already.
        """
        now = self.clock.now()
        with self.work() as work:
            work.connections.hold_default(connection.user_id)
            try:
                held = work.connections.hold(connection.id)
            except NotFound:
                return
            let_go(work, held, now, erasing_at=now)
            action = Action.CONNECTION_ERASURE_REQUESTED
            work.audit.append(AuditEntry(uuid4(), now, held.user_id, action, "system", "", held.id, details))
            work.figures.changed(held.user_id)
            work.outbox.append(_told(held, "erasing", now))
            work.commit()

    def under_way(self) -> list[Connection]:
        """What is being erased, the longest first."""
        with self.look() as work:
            return work.connections.erasing()

    def step(self, limit: int = STEP_ROWS, connection_id: ConnectionId | None = None) -> int:
        """Remove some rows of one connection (of the one that waits the longest, where none is named).

        Returns how many have gone, the connection itself being the last: 0 when there is nothing to erase, or somebody
        else is at it.
        """
        waiting = (one.id for one in self.under_way() if connection_id in (None, one.id))
        chosen = next(waiting, None)
        if chosen is None:
            return 0
        with self.work() as work:
            connection = work.connections.hold_erasing(chosen)
            if connection is None:
                return 0
            removed = work.connections.remove_some(connection.id, limit)
            if removed < limit:
                self._finish(work, connection)
                removed += 1
            work.commit()
        return removed

    def _mark(self, user: User, visitor: Visitor, connection_id: ConnectionId) -> None:
        now = self.clock.now()
        with self.work() as work:
            work.connections.hold_default(user.id)
            connection = work.connections.hold(work.connections.get(user.id, connection_id).id)
            let_go(work, connection, now, erasing_at=now)
            action = Action.CONNECTION_ERASURE_REQUESTED
            write_down(work, now, user, visitor, action, connection.id, _who(connection))
            work.figures.changed(user.id)
            work.outbox.append(_told(connection, "erasing", now))
            work.commit()

    def _finish(self, work: ConnectionWork, connection: Connection) -> None:
        """Nothing is left but the connection itself: it goes, and that it is done is said."""
        now, asked = self.clock.now(), connection.erasing_at
        work.connections.remove(connection.id)
        details = _who(connection)
        if asked is not None:
            details["requested_at"] = in_words(asked)
        entry = AuditEntry(
            uuid4(), now, connection.user_id, Action.CONNECTION_ERASED, "system", "", connection.id, details
        )
        work.audit.append(entry)
        work.figures.changed(connection.user_id)
        work.outbox.append(_told(connection, "erased", now))


def _who(connection: Connection) -> dict[str, str]:
    return {"seller_id": connection.seller_id, "region": connection.region.value}


def _told(connection: Connection, status: str, now: datetime) -> Event:
    data = {"connection_id": str(connection.id), "status": status}
    return Event(connection.user_id, "connection.changed", now, data)
