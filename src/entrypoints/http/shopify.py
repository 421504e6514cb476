"""Shopify stores: consent, bring one along, look, leave; and what Shopify tells us by itself."""

import logging
from datetime import datetime
from urllib.parse import urlencode
from uuid import UUID

from flask import Blueprint, g, request, session
from flask.typing import ResponseReturnValue
from pydantic import TypeAdapter, ValidationError

from domain.channels.model import Message
from domain.connections.changes import Wish
from domain.connections.model import Connection, ConnectionId, Provider
from domain.errors import ConsentFailed, InvalidInput, NotLoggedIn, PortsideError
from entrypoints.http import auth, context
from entrypoints.http.coming_and_going import CONNECTION, LEADS_BACK, LeaveQuery, back, sent_on
from entrypoints.http.connection_lists import page_of_connections
from entrypoints.http.connection_shapes import (
    DISCONNECTED,
    UNCONNECTED,
    AuthorizationAnswer,
    DisconnectedAnswer,
    StoreAnswer,
    UnconnectedAnswer,
    authorization_json,
    store_json,
)
from entrypoints.http.context import services, settings, user, visitor
from entrypoints.http.described import JSON, Access, described, gives, listed, nothing, redirects
from entrypoints.http.paging import PageQuery
from entrypoints.http.reading import Moment, body, query, raw_body
from entrypoints.http.store_requests import (
    BroughtStoreBody,
    StoreAuthorizeQuery,
    StoreCallbackQuery,
    StoreChangeBody,
    WebhookHeaders,
)
from entrypoints.services import StoreDoors

log = logging.getLogger(__name__)

bp = Blueprint("shopify", __name__, url_prefix="/api/v1/shopify")

_AUTHORIZE = "/api/v1/shopify/oauth/authorize"
_STORE = Provider.SHOPIFY
_TAG = "Shopify stores"
_TOPICS = ("customers/data_request", "customers/redact", "shop/redact", "app/uninstalled")


@bp.get("/oauth/authorize")
@described(
    _TAG,
    gives(AuthorizationAnswer, "Where the store's owner gives consent."),
    redirects(
        "With `hmac`: to that page; who is not logged in to the front end's log-in, and from there here again."
    ),
    access=Access.EITHER,
    query=StoreAuthorizeQuery,
    errors=("configuration_error", "unauthenticated"),
)
def authorize() -> ResponseReturnValue:
    """Where to send the store's owner; who comes from Shopify's own page is sent there at once. Calls nobody."""
    if "hmac" in request.args:
        return _arrive()
    asker = user()
    asked = query(StoreAuthorizeQuery)
    if asked.shop is None:
        raise InvalidInput({"shop": "is missing; write your-store.myshopify.com"})
    session.permanent = True
    return authorization_json(_doors().consent.start(asker, auth.begin_consent(), asked.shop))


@bp.get("/oauth/callback")
@described(
    _TAG,
    redirects(f"{LEADS_BACK}: `?shopify_connected=true`, or `?shopify_error=` and why."),
    access=Access.BROWSER,
    query=StoreCallbackQuery,
    forgiving=True,
)
def callback() -> ResponseReturnValue:
    """Shopify sends the browser back: connect, and go on to the front end, whatever came of it.

    `shopify_error` is `access_denied`, `missing_params`, `invalid_state`, `exchange_failed` or `not_configured`.
    """
    try:
        _doors().consent.finish(auth.consenting(), visitor(), context.known_browser(), _parameters())
    except NotLoggedIn:
        return back(shopify_error="invalid_state")
    except ConsentFailed as failed:
        log.warning("consent failed: %s: %s", failed.code, failed)
        return back(shopify_error=failed.code)
    except PortsideError as failure:
        # The browser is on its way back from Shopify, and a page that says so helps more than JSON.
        log.warning("consent failed: %s", failure, exc_info=failure)
        return back(shopify_error="exchange_failed")
    return back(shopify_connected="true")


@bp.get("/connection")
@described(_TAG, gives(StoreAnswer, "The store, or that there never was one.", other=UnconnectedAnswer))
def default_connection() -> ResponseReturnValue:
    """The default store."""
    connection = services().connections.default(user().id, _STORE)
    return _shown(connection) if connection else UNCONNECTED


@bp.get("/connections")
@described(
    _TAG, listed(StoreAnswer, "A page of them, the default one first, then the oldest."), query=PageQuery
)
def connections() -> ResponseReturnValue:
    """The user's stores."""
    return page_of_connections(_STORE, query(PageQuery), _shown)


@bp.post("/connection")
@bp.post("/connections")
@described(
    _TAG,
    gives(StoreAnswer, "The store.", 201),
    gives(StoreAnswer, "The store, which was there before and is renewed."),
    body=BroughtStoreBody,
    example={"shop": "your-store", "access_token": "shpat_example"},
    errors=(
        *("configuration_error", "conflict", "not_found", "rate_limited"),
        *("shopify_access_denied", "shopify_error", "shopify_timeout"),
    ),
)
def bring() -> ResponseReturnValue:
    """Connect a store by what its owner brings along: kept once the store has honoured it."""
    accepted = _doors().brought.connect(user(), visitor(), body(BroughtStoreBody).brought())
    return _shown(accepted.connection), 200 if accepted.renewed else 201


@bp.get("/connections/<uuid:connection_id>")
@described(_TAG, gives(StoreAnswer, "The store."), path=CONNECTION)
def show(connection_id: UUID) -> ResponseReturnValue:
    """One store."""
    return _shown(_mine(connection_id))


@bp.patch("/connections/<uuid:connection_id>")
@described(
    _TAG,
    gives(StoreAnswer, "The store."),
    body=StoreChangeBody,
    example={"is_default": True},
    path=CONNECTION,
)
def change(connection_id: UUID) -> ResponseReturnValue:
    """Make this store the default one."""
    mine = _mine(connection_id)
    wish = Wish(is_default=body(StoreChangeBody).is_default)
    return _shown(services().changes.make(user(), visitor(), mine.id, wish))


@bp.delete("/connections/<uuid:connection_id>")
@described(_TAG, nothing("It is done, or begun."), query=LeaveQuery, path=CONNECTION)
def leave(connection_id: UUID) -> ResponseReturnValue:
    """Erase the store's tokens; with `permanent`, the connection and all its data.

    Its syncs stop. Without `permanent` its data stays for a later consent.
    """
    mine = _mine(connection_id)
    if query(LeaveQuery).permanent:
        services().erasures.request(user(), visitor(), mine.id)
    else:
        services().connections.disconnect(user(), visitor(), mine.id, _STORE)
    return "", 204


@bp.delete("/disconnect")
@described(_TAG, gives(DisconnectedAnswer, "It is disconnected."), errors=("shopify_not_connected",))
def disconnect() -> ResponseReturnValue:
    """Erase the default store's tokens."""
    services().connections.disconnect(user(), visitor(), provider=_STORE)
    return DISCONNECTED


@bp.post("/webhooks/<path:topic>")
@described(
    _TAG,
    nothing("It is heeded.", 200),
    access=Access.SIGNED,
    raw_body=JSON,
    errors=("unauthenticated",),
    path={"topic": f"What it is about: {', '.join(f'`{each}`' for each in _TOPICS)}."},
    headers=WebhookHeaders,
)
def webhook(topic: str) -> ResponseReturnValue:
    """What Shopify tells us by itself.

    The signature is over the body as it came, and is looked at before anything else.
    """
    headers = request.headers
    message = Message(
        topic=topic,
        body=raw_body(),
        signature=headers.get("X-Shopify-Hmac-Sha256", ""),
        id=headers.get("X-Shopify-Webhook-Id", ""),
        triggered_at=_triggered_at(headers.get("X-Shopify-Triggered-At")),
    )
    _doors().webhooks.receive(message)
    return "", 200


def _arrive() -> ResponseReturnValue:
    """Somebody has chosen in a store's admin to install our application: on to its consent page, logged in or not yet."""
    shop = _doors().consent.check_arrival(_parameters())
    if g.get("user") is None:
        # The signature goes along, and is looked at again: it is no secret, and good for some minutes.
        here = f"{settings().public_url}{_AUTHORIZE}?{request.query_string.decode('ascii', 'replace')}"
        return sent_on(f"{settings().frontend_url}/login?{urlencode({'next': here})}")
    session.permanent = True
    return sent_on(_doors().consent.start(user(), context.this_browser(), shop))


def _doors() -> StoreDoors:
    return services().stores[_STORE]


def _shown(connection: Connection) -> StoreAnswer:
    return store_json(connection, services().limits.of(connection))


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
