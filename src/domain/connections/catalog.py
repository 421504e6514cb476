"""A user's connections: look at them, and leave."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from uuid import uuid4

from domain.audit.model import AuditEntry
from domain.clock import Clock
from domain.connections.model import Connection, ConnectionId, ConnectionStatus, Failure, Provider
from domain.connections.work import ConnectionWork
from domain.errors import NotConnected
from domain.events.model import Event
from domain.users.model import User, UserId, Visitor


@dataclass(frozen=True)
class Connections:
    """Everything about connections that needs no Amazon."""

    work: Callable[[], ConnectionWork]
    look: Callable[[], ConnectionWork]  # the same, for reading only
    clock: Clock

    def of(self, user_id: UserId) -> list[Connection]:
        """The user's seller connections, the default one first."""
        with self.look() as work:
            return work.connections.of_user(user_id, Provider.AMAZON_SP)

    def get(self, user_id: UserId, connection_id: ConnectionId) -> Connection:
        """Raises NotFound: none, or somebody else's."""
        with self.look() as work:
            return work.connections.get(user_id, connection_id)

    def everybodys(self) -> list[Connection]:
        """All connections of all users, the oldest first: for operators."""
        with self.look() as work:
            return work.connections.all()

    def default(self, user_id: UserId) -> Connection | None:
        """The connection meant when none is named: the default one, whatever its status; ``None`` without any."""
        return next(iter(self.of(user_id)), None)

    def disconnect(
        self, user: User, visitor: Visitor, connection_id: ConnectionId | None = None
    ) -> Connection:
        """Erase the secrets of a connection (the default one, where none is named) and stop its schedules.

        Data and cursors stay, so that a later consent goes on where this one ended.

        Raises:
            NotFound: none with this id, or somebody else's.
            NotConnected: there is nothing to disconnect.
        """
        now = self.clock.now()
        with self.work() as work:
            connection = work.connections.hold(self._chosen(work, user.id, connection_id).id)
            heir = self._heir(work, connection)
            gone = replace(
                connection,
                status=ConnectionStatus.DISCONNECTED,
                is_default=connection.is_default and heir is None,
                last_error=None,
            )
            work.connections.save(gone)
            if heir is not None:
                work.connections.save(replace(work.connections.hold(heir.id), is_default=True))
            work.vault.erase(gone.id)
            work.sync.stop(gone.id, Failure("amazon_not_connected", "The connection was disconnected.", now))
            work.audit.append(
                AuditEntry(
                    uuid4(), now, user.id, "connection.disconnected", user.email, visitor.address, gone.id
                )
            )
            data = {"connection_id": str(gone.id), "status": gone.status.value}
            work.outbox.append(Event(user.id, "connection.changed", now, data))
            work.commit()
        return gone

    def erase(self, user: User, visitor: Visitor, connection_id: ConnectionId) -> None:
        """Leave, and take everything along: the connection, its secrets, its orders, stock and figures.

        What stays is the audit log's word that it was done.

        Raises:
            NotFound: none with this id, or somebody else's.
        """
        self.disconnect(user, visitor, connection_id)
        now = self.clock.now()
        with self.work() as work:
            connection = work.connections.get(user.id, connection_id)
            work.connections.remove(connection.id)
            details = {"seller_id": connection.seller_id}
            work.audit.append(
                AuditEntry(
                    uuid4(),
                    now,
                    user.id,
                    "connection.erased",
                    user.email,
                    visitor.address,
                    connection_id,
                    details,
                )
            )
            data = {"connection_id": str(connection_id), "status": "erased"}
            work.outbox.append(Event(user.id, "connection.changed", now, data))
            work.commit()

    def _heir(self, work: ConnectionWork, leaving: Connection) -> Connection | None:
        """Who is the default one when this one leaves: the oldest that is alive."""
        if not leaving.is_default:
            return None
        mine = work.connections.of_user(leaving.user_id, leaving.provider)
        alive = (one for one in mine if one.status is not ConnectionStatus.DISCONNECTED)
        return next((one for one in alive if one.id != leaving.id), None)

    def _chosen(
        self, work: ConnectionWork, user_id: UserId, connection_id: ConnectionId | None
    ) -> Connection:
        if connection_id is not None:
            return work.connections.get(user_id, connection_id)
        for connection in work.connections.of_user(user_id, Provider.AMAZON_SP):
            if connection.status is not ConnectionStatus.DISCONNECTED:
                return connection
        raise NotConnected("No seller account is connected.")
