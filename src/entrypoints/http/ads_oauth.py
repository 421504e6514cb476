"""Advertising's connection: consent at Amazon, look, leave."""

import logging
from typing import Literal
from urllib.parse import urlencode
from uuid import UUID

from flask import Blueprint, redirect, request, session
from flask.typing import ResponseReturnValue

from domain.connections.consent import Returned
from domain.connections.model import Connection, ConnectionId, Provider
from domain.errors import ConsentFailed, NotLoggedIn, PortsideError
from entrypoints.http import context
from entrypoints.http.context import services, settings, user, visitor
from entrypoints.http.reading import Query, query
from entrypoints.http.shapes import Json, failure_json, moment

log = logging.getLogger(__name__)

bp = Blueprint("ads_oauth", __name__, url_prefix="/api/v1/ads")

_ADS = Provider.AMAZON_ADS


class AuthorizeQuery(Query):
    """On which region's page the user logs in."""

    region: Literal["na", "eu", "fe"] | None = None


class LeaveQuery(Query):
    """How thoroughly to leave."""

    permanent: bool = False


@bp.get("/oauth/authorize")
def authorize() -> ResponseReturnValue:
    """Where to send the user. Calls no Amazon API."""
    asked = query(AuthorizeQuery)
    session.permanent = True
    url = services().ads.consent.start(user(), context.this_browser(), asked.region)
    return {"authorization_url": url}


@bp.get("/oauth/callback")
def callback() -> ResponseReturnValue:
    """Amazon sends the browser back: connect, and go on to the front end, whatever came of it."""
    args = request.args
    returned = Returned(args.get("state"), args.get("code"), None, args.get("error"))
    try:
        services().ads.consent.finish(user(), visitor(), context.known_browser(), returned)
    except NotLoggedIn:
        return _back(ads_error="invalid_state")
    except ConsentFailed as failed:
        log.warning("consent failed: %s: %s", failed.code, failed)
        return _back(ads_error=failed.code)
    except PortsideError as failure:
        # The browser is on its way back from Amazon, and a page that says so helps more than JSON.
        log.warning("consent failed: %s", failure, exc_info=failure)
        return _back(ads_error="exchange_failed")
    return _back(ads_connected="true")


@bp.get("/connection")
def connection() -> ResponseReturnValue:
    """The user's one connection to Amazon Ads."""
    mine = services().connections.default(user().id, _ADS)
    return ads_json(mine) if mine else {"connected": False}


@bp.get("/connections")
def connections() -> ResponseReturnValue:
    """The same as a list, as of other channels."""
    items = [ads_json(each) for each in services().connections.of(user().id, _ADS)]
    return {"items": items, "next_cursor": None}


@bp.get("/connections/<uuid:connection_id>")
def show(connection_id: UUID) -> ResponseReturnValue:
    """The connection."""
    return ads_json(_mine(connection_id))


@bp.delete("/connections/<uuid:connection_id>")
def leave(connection_id: UUID) -> ResponseReturnValue:
    """Erase the tokens; with ``permanent``, the connection and all its data."""
    mine = _mine(connection_id)
    if query(LeaveQuery).permanent:
        services().erasures.request(user(), visitor(), mine.id)
    else:
        services().connections.disconnect(user(), visitor(), mine.id, _ADS)
    return "", 204


@bp.delete("/disconnect")
def disconnect() -> ResponseReturnValue:
    """Erase the tokens."""
    services().connections.disconnect(user(), visitor(), provider=_ADS)
    return {"message": "Disconnected"}


def ads_json(connection: Connection) -> Json:
    """Advertising's connection, without its secrets. ``region`` is that of the page on which the consent was given."""
    return {
        "connected": connection.status.usable,
        "id": str(connection.id),
        "region": connection.region.value,
        "status": connection.status.value,
        "is_default": connection.is_default,
        "connected_at": moment(connection.connected_at),
        "last_used_at": moment(connection.last_used_at),
        "last_synced_at": moment(connection.last_synced_at),
        "last_error": failure_json(connection.last_error),
    }


def _mine(connection_id: UUID) -> Connection:
    return services().connections.get(user().id, ConnectionId(connection_id), _ADS)


def _back(**outcome: str) -> ResponseReturnValue:
    """To the front end, on an address without the code in it."""
    response = redirect(f"{settings().frontend_url}/settings?{urlencode(outcome)}")
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Cache-Control"] = "no-store"
    return response
