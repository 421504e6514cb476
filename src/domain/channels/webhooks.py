"""What Shopify tells us by itself: that the application was uninstalled, and what the law asks of whoever keeps data.

Source: shopify.dev, "Privacy law compliance" and "Webhooks".
"""

import json
import logging
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import uuid4

from domain.acting import in_background
from domain.audit.model import Action, AuditEntry
from domain.channels.shops import shop_named
from domain.channels.signature import Signatures
from domain.clock import Clock
from domain.connections.catalog import let_go
from domain.connections.deeds import tell
from domain.connections.erasure import Erasures
from domain.connections.model import Connection, ConnectionStatus, Provider
from domain.connections.work import ConnectionWork
from domain.errors import InvalidInput, NotFound, NotLoggedIn

log = logging.getLogger(__name__)

#: Shopify repeats for four hours what it takes for lost: so many entries back, a repetition is recognised.
_REMEMBERED = 100


class Topic(StrEnum):
    """What it is about, in Shopify's words."""

    DATA_REQUEST = "customers/data_request"
    CUSTOMER_REDACT = "customers/redact"
    SHOP_REDACT = "shop/redact"
    UNINSTALLED = "app/uninstalled"


#: Where each topic's body, and only its body, names the store.
_NAMED_IN = {
    Topic.DATA_REQUEST: "shop_domain",
    Topic.CUSTOMER_REDACT: "shop_domain",
    Topic.SHOP_REDACT: "shop_domain",
    Topic.UNINSTALLED: "myshopify_domain",
}
_ABOUT_CUSTOMERS = (Topic.DATA_REQUEST, Topic.CUSTOMER_REDACT)


@dataclass(frozen=True)
class Message:
    """What came. ``id`` is the same when it is repeated; ``triggered_at`` is when it happened, as Shopify has it."""

    topic: str
    body: bytes = field(repr=False)
    signature: str
    id: str = ""
    triggered_at: datetime | None = None


@dataclass(frozen=True)
class Webhooks:
    """Heeds what Shopify has signed. Each message may come again, late, or in another order, and does no more then."""

    work: Callable[[], ConnectionWork]
    look: Callable[[], ConnectionWork]  # the same, for reading only
    signatures: Signatures
    erasures: Erasures
    clock: Clock

    def receive(self, message: Message) -> None:
        """Do what it says, for every connection to that store that our application has been given.

        What happened before a connection was last authorized is not about that connection any more. Connections that
        their owners have brought along with a client of their own belong to another application.

        Raises:
            NotLoggedIn: Shopify has not signed it.
            NotFound: nothing that we listen to.
            InvalidInput: it names no store, or is about something else than its topic says.
        """
        if not self.signatures.of_body(message.body, message.signature):
            raise NotLoggedIn("This is not signed by Shopify.")
        try:
            topic = Topic(message.topic)
        except ValueError as error:
            raise NotFound("There is no such topic.") from error
        shop = _shop(topic, message.body)
        with in_background():
            with self.look() as work:
                known = work.connections.by_account(Provider.SHOPIFY, shop)
            meant = [one for one in known if one.lwa_client_id is None]
            for connection in meant:
                with suppress(NotFound):  # it is being erased by now
                    self._heed(topic, message, connection)
        log.info("shopify told us", extra={"topic": topic.value, "shop": shop, "connections": len(meant)})

    def _heed(self, topic: Topic, message: Message, connection: Connection) -> None:
        details = {"seller_id": connection.seller_id, "topic": topic.value}
        if topic in _ABOUT_CUSTOMERS:
            self._note(connection, {**details, "webhook_id": message.id[:100]} if message.id else details)
        elif _is_older(message, connection):
            log.info("it is about an earlier consent", extra={"connection_id": str(connection.id)})
        elif topic is Topic.SHOP_REDACT:
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
    """Whether it happened before the connection's latest consent. Shopify may leave out parts of a second."""
    at = message.triggered_at
    return at is not None and at + timedelta(seconds=1) <= connection.authorized_at


def _shop(topic: Topic, body: bytes) -> str:
    """The store that the signed body names: headers and the path are not signed.

    Raises:
        InvalidInput: it names none, or is of another topic: a signed body must not be passed off as another.
    """
    try:
        told = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise InvalidInput({"body": "is not JSON"}) from error
    if not isinstance(told, dict):
        raise InvalidInput({"body": "is not an object"})
    if ("customer" in told) != (topic in _ABOUT_CUSTOMERS):
        raise InvalidInput({"body": "is of another topic"})
    named = told.get(_NAMED_IN[topic])
    shop = shop_named(named) if isinstance(named, str) else None
    if shop is None:
        raise InvalidInput({_NAMED_IN[topic]: "names no store"})
    return shop
