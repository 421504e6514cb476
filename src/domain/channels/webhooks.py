"""What channels tell us by themselves: that the application was uninstalled, and what the law asks of whoever keeps data."""

import logging
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from uuid import uuid4

from domain.acting import in_background
from domain.audit.model import Action, AuditEntry
from domain.channels.model import Message, Subject, Told
from domain.channels.ports import StoreMessages
from domain.clock import Clock
from domain.connections.catalog import let_go
from domain.connections.deeds import tell
from domain.connections.erasure import Erasures
from domain.connections.model import Connection, ConnectionStatus, Provider
from domain.connections.work import ConnectionWork
from domain.errors import NotFound

log = logging.getLogger(__name__)

#: Channels repeat for hours what they take for lost: so many entries back, a repetition is recognised.
_REMEMBERED = 100


@dataclass(frozen=True)
class Webhooks:
    """Heeds what a channel has signed. Each message may come again, late, or in another order, and does no more then."""

    work: Callable[[], ConnectionWork]
    look: Callable[[], ConnectionWork]  # the same, for reading only
    provider: Provider
    messages: StoreMessages
    erasures: Erasures
    clock: Clock

    def receive(self, message: Message) -> None:
        """Do what it says, for every connection to that store that our application has been given.

        What happened before a connection was last authorized is not about that connection any more. Connections that
        their owners have brought along with a client of their own belong to another application.

        Raises:
            NotLoggedIn: the channel has not signed it.
            NotFound: nothing that we listen to.
            InvalidInput: it names no store, or is about something else than its topic says.
        """
        told = self.messages.read(message)
        with in_background():
            with self.look() as work:
                known = work.connections.by_account(self.provider, told.shop)
            meant = [one for one in known if one.lwa_client_id is None]
            for connection in meant:
                with suppress(NotFound):  # it is being erased by now
                    self._heed(told, message, connection)
        about = {"topic": told.topic, "shop": told.shop, "connections": len(meant)}
        log.info("%s told us", self.provider.channel, extra=about)

    def _heed(self, told: Told, message: Message, connection: Connection) -> None:
        details = {"seller_id": connection.seller_id, "topic": told.topic}
        if told.subject is Subject.CUSTOMERS:
            self._note(connection, {**details, "webhook_id": message.id[:100]} if message.id else details)
        elif _is_older(message, connection):
            log.info("it is about an earlier consent", extra={"connection_id": str(connection.id)})
        elif told.subject is Subject.FORGET:
            self.erasures.request_unasked(connection, details)
        else:
            self._disconnect(message, connection, details)

    def _note(self, connection: Connection, details: Mapping[str, str]) -> None:
        """Nothing about customers is kept, so there is nothing to hand out or to erase: that it was asked is kept."""
        with self.work() as work:
            work.connections.hold(connection.id)
            said = work.audit.of_user(connection.user_id, connection_id=connection.id, limit=_REMEMBERED)
            if "webhook_id" in details and any(dict(entry.details) == dict(details) for entry in said):
                return
            work.audit.append(self._entry(connection, Action.CONNECTION_PRIVACY_REQUESTED, details))
            work.commit()

    def _disconnect(self, message: Message, connection: Connection, details: Mapping[str, str]) -> None:
        with self.work() as work:
            work.connections.hold_default(connection.user_id)
            held = work.connections.hold(connection.id)
            if held.status is ConnectionStatus.DISCONNECTED or _is_older(message, held):
                return
            now = self.clock.now()
            gone = let_go(work, held, now)
            work.audit.append(self._entry(gone, Action.CONNECTION_DISCONNECTED, details))
            tell(work, now, gone)
            work.commit()

    def _entry(self, connection: Connection, action: Action, details: Mapping[str, str]) -> AuditEntry:
        now = self.clock.now()
        return AuditEntry(uuid4(), now, connection.user_id, action, "system", "", connection.id, details)


def _is_older(message: Message, connection: Connection) -> bool:
    """Whether it happened before the connection's latest consent. Channels may leave out parts of a second."""
    at = message.triggered_at
    return at is not None and at + timedelta(seconds=1) <= connection.authorized_at
