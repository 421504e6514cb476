"""Shopify stores: consent, bring one along, look, leave; and what Shopify tells us by itself."""

import logging
from datetime import datetime
from typing import Annotated, Literal
from urllib.parse import urlencode
from uuid import UUID

from flask import Blueprint, g, redirect, request, session
from flask.typing import ResponseReturnValue
from pydantic import AfterValidator, SecretStr, TypeAdapter, ValidationError

from domain.channels.access import WHY_LIMITED, limited_to_days
from domain.channels.brought import BroughtStore
from domain.channels.webhooks import Message
from domain.connections.changes import Wish
from domain.connections.model import Connection, ConnectionId, Provider
from domain.errors import ConsentFailed, InvalidInput, NotLoggedIn, PortsideError
from domain.tokens.model import LwaClient
from entrypoints import setting_values
from entrypoints.http import context
from entrypoints.http.context import services, settings, user, visitor
from entrypoints.http.reading import Body, Moment, Query, body, query, raw_body
from entrypoints.http.shapes import Json, failure_json, moment

log = logging.getLogger(__name__)

bp = Blueprint("shopify", __name__, url_prefix="/api/v1/shopify")

_AUTHORIZE = "/api/v1/shopify/oauth/authorize"
_LONGEST = 4096
_STORE = Provider.SHOPIFY


def _short(value: str | SecretStr) -> str | SecretStr:
    text = value.get_secret_value() if isinstance(value, SecretStr) else value
    if not text or not text.isascii() or not text.isprintable():
        raise ValueError("is empty, or holds characters that don't belong there; copy it again, in one piece")
    if len(text) > _LONGEST:
        raise ValueError(f"is longer than {_LONGEST} characters; copy it alone")
    return value


_Short = AfterValidator(_short)


class AuthorizeQuery(Query):
    """Which store. Shopify, when it opens this itself, signs what it sends along."""

    shop: str | None = None
    hmac: str | None = None


class BroughtBody(Body):
    """A store, with a permanent token of it, or with a client of an application of its own."""

    shop: str
    access_token: Annotated[setting_values.Secret, _Short] | None = None
    client_id: Annotated[setting_values.Word, _Short] | None = None
    client_secret: Annotated[setting_values.Secret, _Short] | None = None

    def brought(self) -> BroughtStore:
        """The same for the domain.

        Raises:
            InvalidInput: half of a client.
        """
        if (self.client_id is None) != (self.client_secret is None):
            lacking = "client_id" if self.client_id is None else "client_secret"
            raise InvalidInput({lacking: "is missing: client_id and client_secret go together"})
        client = None
        if self.client_id is not None and self.client_secret is not None:
            client = LwaClient(self.client_id, self.client_secret.get_secret_value())
        token = self.access_token.get_secret_value() if self.access_token else None
        return BroughtStore(self.shop, token, client)


class ChangeBody(Body):
    """What can be changed of a store's connection."""

    is_default: Literal[True]


class LeaveQuery(Query):
    """How thoroughly to leave."""

    permanent: bool = False


@bp.get("/oauth/authorize")
def authorize() -> ResponseReturnValue:
    """Where to send the store's owner; who comes from Shopify's own page is sent there at once. Calls nobody."""
    if "hmac" in request.args:
        return _arrive()
    asker = user()
    asked = query(AuthorizeQuery)
    if asked.shop is None:
        raise InvalidInput({"shop": "is missing; write your-store.myshopify.com"})
    session.permanent = True
    return {"authorization_url": services().stores.consent.start(asker, context.this_browser(), asked.shop)}


@bp.get("/oauth/callback")
def callback() -> ResponseReturnValue:
    """Shopify sends the browser back: connect, and go on to the front end, whatever came of it."""
    try:
        services().stores.consent.finish(user(), visitor(), context.known_browser(), _parameters())
    except NotLoggedIn:
        return _back(shopify_error="invalid_state")
    except ConsentFailed as failed:
        log.warning("consent failed: %s: %s", failed.code, failed)
        return _back(shopify_error=failed.code)
    except PortsideError as failure:
        # The browser is on its way back from Shopify, and a page that says so helps more than JSON.
        log.warning("consent failed: %s", failure, exc_info=failure)
        return _back(shopify_error="exchange_failed")
    return _back(shopify_connected="true")


@bp.get("/connection")
def default_connection() -> ResponseReturnValue:
    """The default store."""
    connection = services().connections.default(user().id, _STORE)
    return store_json(connection) if connection else {"connected": False}


@bp.get("/connections")
def connections() -> ResponseReturnValue:
    """All of the user's stores; there are never many."""
    items = [store_json(connection) for connection in services().connections.of(user().id, _STORE)]
    return {"items": items, "next_cursor": None}


@bp.post("/connection")
@bp.post("/connections")
def bring() -> ResponseReturnValue:
    """Connect a store by what its owner brings along: kept once the store has honoured it."""
    accepted = services().stores.brought.connect(user(), visitor(), body(BroughtBody).brought())
    return store_json(accepted.connection), 200 if accepted.renewed else 201


@bp.get("/connections/<uuid:connection_id>")
def show(connection_id: UUID) -> ResponseReturnValue:
    """One store."""
    return store_json(_mine(connection_id))


@bp.patch("/connections/<uuid:connection_id>")
def change(connection_id: UUID) -> ResponseReturnValue:
    """Make this store the default one."""
    mine = _mine(connection_id)
    wish = Wish(is_default=body(ChangeBody).is_default)
    return store_json(services().changes.make(user(), visitor(), mine.id, wish))


@bp.delete("/connections/<uuid:connection_id>")
def leave(connection_id: UUID) -> ResponseReturnValue:
    """Erase the store's tokens; with ``permanent``, the connection and all its data."""
    mine = _mine(connection_id)
    if query(LeaveQuery).permanent:
        services().erasures.request(user(), visitor(), mine.id)
    else:
        services().connections.disconnect(user(), visitor(), mine.id, _STORE)
    return "", 204


@bp.delete("/disconnect")
def disconnect() -> ResponseReturnValue:
    """Erase the default store's tokens."""
    services().connections.disconnect(user(), visitor(), provider=_STORE)
    return {"message": "Disconnected"}


@bp.post("/webhooks/<path:topic>")
def webhook(topic: str) -> ResponseReturnValue:
    """What Shopify tells us by itself. Its signature is over the body as it came, and is looked at before anything else."""
    headers = request.headers
    message = Message(
        topic=topic,
        body=raw_body(),
        signature=headers.get("X-Shopify-Hmac-Sha256", ""),
        id=headers.get("X-Shopify-Webhook-Id", ""),
        triggered_at=_triggered_at(headers.get("X-Shopify-Triggered-At")),
    )
    services().stores.webhooks.receive(message)
    return "", 200


def store_json(connection: Connection) -> Json:
    """A store's connection, without its secrets. What the store has not said yet is ``null``."""
    store = connection.store
    days = limited_to_days(store.scopes) if store else None
    return {
        "connected": connection.status.usable,
        "id": str(connection.id),
        "shop": connection.seller_id,
        "name": store.name if store else None,
        "currency": store.currency if store else None,
        "time_zone": store.time_zone if store else None,
        "scopes": list(store.scopes) if store else None,
        "status": connection.status.value,
        "is_default": connection.is_default,
        "client_id": connection.lwa_client_id,
        "history_limited_to_days": days,
        "history_limited_because": None if days is None else WHY_LIMITED,
        "connected_at": moment(connection.connected_at),
        "last_used_at": moment(connection.last_used_at),
        "last_synced_at": moment(connection.last_synced_at),
        "last_error": failure_json(connection.last_error),
    }


def _arrive() -> ResponseReturnValue:
    """Somebody has chosen in a store's admin to install our application: on to its consent page, logged in or not yet."""
    shop = services().stores.consent.check_arrival(_parameters())
    if g.get("user") is None:
        # The signature goes along, and is looked at again: it is no secret, and good for some minutes.
        here = f"{settings().public_url}{_AUTHORIZE}?{request.query_string.decode('ascii', 'replace')}"
        return _sent_on(f"{settings().frontend_url}/login?{urlencode({'next': here})}")
    session.permanent = True
    return _sent_on(services().stores.consent.start(user(), context.this_browser(), shop))


def _mine(connection_id: UUID) -> Connection:
    return services().connections.get(user().id, ConnectionId(connection_id), _STORE)


def _parameters() -> list[tuple[str, str]]:
    return list(request.args.items(multi=True))


def _triggered_at(text: str | None) -> datetime | None:
    """What can't be read counts as not said."""
    try:
        return _MOMENT.validate_python(text) if text else None
    except ValidationError:
        return None


_MOMENT: TypeAdapter[datetime] = TypeAdapter(Moment)


def _back(**outcome: str) -> ResponseReturnValue:
    """To the front end, on an address without the code in it."""
    return _sent_on(f"{settings().frontend_url}/settings?{urlencode(outcome)}")


def _sent_on(address: str) -> ResponseReturnValue:
    response = redirect(address)
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Cache-Control"] = "no-store"
    return response
