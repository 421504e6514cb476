"""Writing down what was done to a connection, and telling those who listen: in the transaction of the deed."""

from collections.abc import Mapping
from datetime import datetime
from uuid import uuid4

from domain.audit.model import Action, AuditEntry
from domain.connections.model import Connection, ConnectionId, ConnectionStatus
from domain.connections.work import ConnectionWork
from domain.events.model import Event
from domain.users.model import User, UserId, Visitor


def write_down(
    work: ConnectionWork,
    now: datetime,
    user: User,
    visitor: Visitor,
    action: Action,
    connection_id: ConnectionId | None,
    details: Mapping[str, str],
) -> None:
    """An entry in the audit log. What comes from no address is our own work."""
    actor = visitor.acting_for(user) if visitor.address else "system"
    work.audit.append(
        AuditEntry(uuid4(), now, user.id, action, actor, visitor.address, connection_id, details)
    )


def tell(work: ConnectionWork, now: datetime, connection: Connection) -> None:
    """An event: this connection is another than before, and so are the figures that it counts in."""
    work.figures.changed(connection.user_id)
    work.outbox.append(connection_changed(connection.user_id, connection.id, connection.status, now))


def connection_changed(
    user_id: UserId, connection_id: ConnectionId, status: ConnectionStatus, now: datetime
) -> Event:
    """The event that says how this connection is doing from now on."""
    data = {"connection_id": str(connection_id), "status": status.value}
    return Event(user_id, "connection.changed", now, data)
