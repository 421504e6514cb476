"""Handing out everything that is kept of one connection."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from uuid import uuid4

from domain.audit.model import Action, AuditEntry
from domain.clock import Clock
from domain.connections.model import ConnectionId
from domain.connections.ports import Record, Records
from domain.connections.work import ConnectionWork
from domain.users.model import Visitor


@dataclass(frozen=True)
class Exports:
    """Gives a connection's data to whoever has a right to it, and writes down who took it."""

    work: Callable[[], ConnectionWork]
    records: Records
    clock: Clock

    def of(self, connection_id: ConnectionId, visitor: Visitor) -> Iterator[Record]:
        """Every row of the connection. The audit log knows of it before the first one is handed out.

        Raises:
            NotFound: none with this id.
        """
        with self.work() as work:
            connection = work.connections.by_id(connection_id)
            entry = AuditEntry(
                uuid4(),
                self.clock.now(),
                connection.user_id,
                Action.CONNECTION_EXPORTED,
                visitor.address,
                visitor.address,
                connection.id,
                {"seller_id": connection.seller_id},
            )
            work.audit.append(entry)
            work.commit()
        return self.records.of(connection_id)
