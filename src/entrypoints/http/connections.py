"""Amazon seller connections: consent, look, leave."""

import logging
from urllib.parse import urlencode
from uuid import UUID

from flask import Blueprint, redirect, request, session
from flask.typing import ResponseReturnValue

from domain.connections.consent import Returned
from domain.connections.model import ConnectionId
from domain.errors import ConsentFailed, NotLoggedIn, PortsideError
from domain.marketplaces import DEFAULT_MARKETPLACE_ID
from entrypoints.http import context
from entrypoints.http.context import services, settings, user, visitor
from entrypoints.http.reading import Body, Query, body, query
from entrypoints.http.shapes import connection_json

log = logging.getLogger(__name__)

bp = Blueprint("connections", __name__)


class AuthorizeQuery(Query):
    """Where the seller sells."""

    marketplace_id: str = DEFAULT_MARKETPLACE_ID


class StartBody(Body):
    """The same, in the words of the enveloped call."""

    marketplaceId: str = DEFAULT_MARKETPLACE_ID  # noqa: N815 - the contract's name


@bp.get("/api/v1/amazon/oauth/authorize")
def authorize() -> ResponseReturnValue:
    """Where to send the seller. Calls no Amazon API."""
    return {"authorization_url": _start(query(AuthorizeQuery).marketplace_id)}


@bp.get("/api/v1/integrations/amazon/auth/start")
def start_by_get() -> ResponseReturnValue:
    """The same, enveloped."""
    marketplace_id = request.args.get("marketplaceId") or query(AuthorizeQuery).marketplace_id
    return {"success": True, "data": {"authUrl": _start(marketplace_id)}}


@bp.post("/api/v1/integrations/amazon/auth/start")
def start_by_post() -> ResponseReturnValue:
    """The same, enveloped."""
    return {"success": True, "data": {"authUrl": _start(body(StartBody, optional=True).marketplaceId)}}


@bp.get("/api/v1/amazon/oauth/callback")
@bp.get("/api/auth/amazon/callback")
@bp.get("/api/v1/integrations/amazon/auth/callback")
def callback() -> ResponseReturnValue:
    """Amazon sends the browser back: connect, and go on to the front end, whatever came of it."""
    args = request.args
    error = args.get("error")
    returned = Returned(
        args.get("state"), args.get("spapi_oauth_code"), args.get("selling_partner_id"), error
    )
    try:
        services().consent.finish(user(), visitor(), context.known_browser(), returned)
    except NotLoggedIn:
        return _back(amazon_error="invalid_state")
    except ConsentFailed as failed:
        log.warning("consent failed: %s: %s", failed.code, failed)
        return _back(amazon_error=failed.code)
    except PortsideError as failure:
        # The browser is on its way back from Amazon, and a page that says so helps more than JSON.
        log.warning("consent failed: %s", failure, exc_info=failure)
        return _back(amazon_error="exchange_failed")
    return _back(amazon_connected="true")


@bp.get("/api/v1/amazon/connection")
def default_connection() -> ResponseReturnValue:
    """The default connection."""
    connection = services().connections.default(user().id)
    return connection_json(connection) if connection else {"connected": False}


@bp.get("/api/v1/amazon/connections")
def connections() -> ResponseReturnValue:
    """All of the user's connections; there are never many."""
    items = [connection_json(connection) for connection in services().connections.of(user().id)]
    return {"items": items, "next_cursor": None}


@bp.get("/api/v1/amazon/connections/<uuid:connection_id>")
def show(connection_id: UUID) -> ResponseReturnValue:
    """One connection."""
    return connection_json(services().connections.get(user().id, ConnectionId(connection_id)))


class LeaveQuery(Query):
    """How thoroughly to leave."""

    permanent: bool = False


@bp.delete("/api/v1/amazon/connections/<uuid:connection_id>")
def leave(connection_id: UUID) -> ResponseReturnValue:
    """Erase the connection's secrets; with ``permanent``, the connection and all its data."""
    if query(LeaveQuery).permanent:
        services().connections.erase(user(), visitor(), ConnectionId(connection_id))
    else:
        services().connections.disconnect(user(), visitor(), ConnectionId(connection_id))
    return "", 204


@bp.delete("/api/v1/amazon/disconnect")
def disconnect() -> ResponseReturnValue:
    """Erase the default connection's secrets."""
    services().connections.disconnect(user(), visitor())
    return {"message": "Disconnected"}


def _start(marketplace_id: str) -> str:
    session.permanent = True
    return services().consent.start(user(), context.this_browser(), marketplace_id)


def _back(**outcome: str) -> ResponseReturnValue:
    """To the front end, on an address without the code in it."""
    response = redirect(f"{settings().frontend_url}/settings?{urlencode(outcome)}")
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Cache-Control"] = "no-store"
    return response
