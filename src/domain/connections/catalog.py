"""A user's connections: look at them, and leave."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from domain.audit.model import Action
from domain.channels.table import CHANNELS
from domain.clock import Clock
from domain.connections.deeds import tell, write_down
from domain.connections.listing import Place, behind
from domain.connections.model import Connection, ConnectionId, ConnectionStatus, Failure, Provider
from domain.connections.work import ConnectionWork
from domain.errors import NotConnected, NotFound, ReauthorizationRequired
from domain.sync.news import tell_stopped
from domain.users.model import User, UserId, Visitor


@dataclass(frozen=True)
class Connections:
    """Everything about connections that needs no Amazon."""

    work: Callable[[], ConnectionWork]
    look: Callable[[], ConnectionWork]  # the same, for reading only
    clock: Clock

    def of(self, user_id: UserId, provider: Provider = Provider.AMAZON_SP) -> list[Connection]:
        """The user's connections of this kind, the default one first."""
        with self.look() as work:
            return work.connections.of_user(user_id, provider)

    def page(self, user_id: UserId, provider: Provider, after: Place | None, limit: int) -> list[Connection]:
        """The same in parts: up to ``limit`` of them, from the first one on or ``after`` a place."""
        mine = self.of(user_id, provider)
        return (mine if after is None else behind(after, mine))[:limit]

    def get(
        self, user_id: UserId, connection_id: ConnectionId, provider: Provider = Provider.AMAZON_SP
    ) -> Connection:
        """Raises NotFound: none of this kind, or somebody else's."""
        with self.look() as work:
            return _mine(work, user_id, connection_id, provider)

    def everybodys(self) -> list[Connection]:
        """All connections of all users, the oldest first: for operators."""
        with self.look() as work:
            return work.connections.all()

    def default(self, user_id: UserId, provider: Provider = Provider.AMAZON_SP) -> Connection | None:
        """The connection meant when none is named: the default one, whatever its status; ``None`` without any."""
        return next(iter(self.of(user_id, provider)), None)

    def chosen(self, user_id: UserId, connection_id: ConnectionId | None) -> Connection:
        """The one with this id; without an id, the default one.

        Raises:
            NotFound: none with this id, or somebody else's.
            NotConnected: the user has none at all.
        """
        if connection_id is not None:
            return self.get(user_id, connection_id)
        connection = self.default(user_id)
        if connection is None:
            raise none_connected(Provider.AMAZON_SP)
        return connection

    def disconnect(
        self,
        user: User,
        visitor: Visitor,
        connection_id: ConnectionId | None = None,
        provider: Provider | None = Provider.AMAZON_SP,
    ) -> Connection:
        """Erase the secrets of a connection (the default one, where none is named) and stop its schedules.

        With ``provider`` ``None``, the one that is named may be of any kind.

        Data and cursors stay, so that a later consent goes on where this one ended.

        Raises:
            NotFound: none with this id, or somebody else's.
            NotConnected: there is nothing to disconnect.
        """
        now = self.clock.now()
        with self.work() as work:
            work.connections.hold_default(user.id)
            connection = work.connections.hold(self._chosen(work, user.id, connection_id, provider).id)
            gone = let_go(work, connection, now)
            details = {"seller_id": gone.seller_id}
            write_down(work, now, user, visitor, Action.CONNECTION_DISCONNECTED, gone.id, details)
            tell(work, now, gone)
            work.commit()
        return gone

    def _chosen(
        self,
        work: ConnectionWork,
        user_id: UserId,
        connection_id: ConnectionId | None,
        provider: Provider | None,
    ) -> Connection:
        if connection_id is not None:
            return _mine(work, user_id, connection_id, provider)
        kind = provider or Provider.AMAZON_SP
        for connection in work.connections.of_user(user_id, kind):
            if connection.status is not ConnectionStatus.DISCONNECTED:
                return connection
        raise none_connected(kind)


def none_connected(provider: Provider) -> NotConnected:
    """The error of whoever has no connection of this kind that could be used."""
    return NotConnected(CHANNELS[provider].lacking, channel=provider.channel)


def _mine(
    work: ConnectionWork, user_id: UserId, connection_id: ConnectionId, provider: Provider | None
) -> Connection:
    """Raises NotFound: none of this kind, or somebody else's."""
    connection = work.connections.get(user_id, connection_id)
    if provider not in (None, connection.provider):
        raise NotFound("There is no such connection.")
    return connection


def alive(connection: Connection) -> Connection:
    """The connection, if calls may be made in its name.

    Raises:
        ReauthorizationRequired: the seller has to give consent again.
        NotConnected: it was disconnected.
    """
    channel = connection.provider.channel
    if connection.status is ConnectionStatus.REAUTHORIZATION_REQUIRED:
        raise consent_wanted(connection.provider)
    if not connection.status.usable:
        raise NotConnected("This connection can't be used: connect it again.", channel=channel)
    return connection


def consent_wanted(provider: Provider) -> ReauthorizationRequired:
    """The error of whoever asks for something that needs the consent which the channel honours no longer."""
    said = f"{provider.label} does not honour the consent any more: give it again to go on."
    return ReauthorizationRequired(said, channel=provider.channel)


def let_go(
    work: ConnectionWork, connection: Connection, now: datetime, erasing_at: datetime | None = None
) -> Connection:
    """The connection as it is kept from now on: its secrets erased, its schedules stopped, its leases void.

    Who waits for one of its runs is told that it has failed.

    Where it was the default one, the oldest other one that is alive inherits that, so the caller holds the default.
    ``erasing_at``: it is to go for good, and nobody sees it any more.
    """
    heir = _heir(work, connection)
    gone = replace(
        connection,
        status=ConnectionStatus.DISCONNECTED,
        is_default=connection.is_default and heir is None and erasing_at is None,
        last_error=None,
        erasing_at=erasing_at,
    )
    work.connections.save(gone)
    if heir is not None:
        heir = replace(work.connections.hold(heir.id), is_default=True)
        work.connections.save(heir)
        tell(work, now, heir)
    work.vault.erase(gone.id)
    left = Failure(f"{gone.provider.channel}_not_connected", "The connection was disconnected.", now)
    tell_stopped(work.outbox, work.sync.stop(gone.id, left), now)
    return gone


def _heir(work: ConnectionWork, leaving: Connection) -> Connection | None:
    """Who is the default one when this one leaves: the oldest that is alive."""
    if not leaving.is_default:
        return None
    mine = work.connections.of_user(leaving.user_id, leaving.provider)
    alive = (one for one in mine if one.status is not ConnectionStatus.DISCONNECTED)
    return next((one for one in alive if one.id != leaving.id), None)
