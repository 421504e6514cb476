"""Consent at Amazon: on the way there, back again, and in by Amazon's own door."""

import logging
from urllib.parse import urlencode
from uuid import UUID

from flask import Blueprint, g, redirect, request, session
from flask.typing import ResponseReturnValue

from domain.connections.appstore import Arrival
from domain.connections.consent import Returned
from domain.connections.model import ConnectionId
from domain.errors import ConsentFailed, InvalidInput, NotLoggedIn, PortsideError
from entrypoints.http import arrivals, context
from entrypoints.http.context import services, settings, user, visitor
from entrypoints.http.reading import Body, Query, body, query

log = logging.getLogger(__name__)

bp = Blueprint("oauth", __name__)

_LOGIN = "/api/v1/amazon/oauth/login"


class AuthorizeQuery(Query):
    """Where the seller sells, or which connection is renewed."""

    marketplace_id: str | None = None
    connection_id: UUID | None = None


class StartQuery(AuthorizeQuery):
    """The same, in the words of the enveloped call as well."""

    marketplaceId: str | None = None  # noqa: N815 - the contract's name
    connectionId: UUID | None = None  # noqa: N815 - the contract's name


class StartBody(Body):
    """The same as a body."""

    marketplaceId: str | None = None  # noqa: N815 - the contract's name
    connectionId: UUID | None = None  # noqa: N815 - the contract's name


class LoginQuery(Query):
    """What Amazon's page gives the seller along."""

    amazon_callback_uri: str | None = None
    amazon_state: str | None = None
    selling_partner_id: str | None = None


@bp.get("/api/v1/amazon/oauth/authorize")
def authorize() -> ResponseReturnValue:
    """Where to send the seller. Calls no Amazon API."""
    asked = query(AuthorizeQuery)
    return {"authorization_url": _start(asked.marketplace_id, asked.connection_id)}


@bp.get("/api/v1/integrations/amazon/auth/start")
def start_by_get() -> ResponseReturnValue:
    """The same, enveloped."""
    asked = query(StartQuery)
    url = _start(asked.marketplaceId or asked.marketplace_id, asked.connectionId or asked.connection_id)
    return {"success": True, "data": {"authUrl": url}}


@bp.post("/api/v1/integrations/amazon/auth/start")
def start_by_post() -> ResponseReturnValue:
    """The same, enveloped."""
    asked = body(StartBody, optional=True)
    return {"success": True, "data": {"authUrl": _start(asked.marketplaceId, asked.connectionId)}}


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


@bp.get(_LOGIN)
def login() -> ResponseReturnValue:
    """Amazon's page sends a seller here who has begun there: log in where need be, then back to that page."""
    arrival = _arrival()
    services().appstore.check(arrival)
    if g.get("user") is None:
        arrivals.keep(arrival, services().appstore.states.clock.now())
        onward = urlencode({"next": f"{settings().public_url}{_LOGIN}"})
        return _sent_on(f"{settings().frontend_url}/login?{onward}")
    session.permanent = True
    url = services().appstore.onward(user(), context.this_browser(), arrival)
    arrivals.drop()
    return _sent_on(url)


def _arrival() -> Arrival:
    """What the query says; without one, what waits in the session since before the log-in.

    Raises:
        InvalidInput: something is missing.
    """
    given = query(LoginQuery)
    uri, state, seller = given.amazon_callback_uri, given.amazon_state, given.selling_partner_id
    if uri is None and state is None and seller is None:
        waiting = arrivals.kept(services().appstore.states.clock.now())
        if waiting is not None:
            return waiting
    if uri is None or state is None or seller is None:
        names = {"amazon_callback_uri": uri, "amazon_state": state, "selling_partner_id": seller}
        mend = "is missing: begin at Amazon's page, which sends it along"
        raise InvalidInput({name: mend for name, value in names.items() if value is None})
    return Arrival(uri, state, seller)


def _start(marketplace_id: str | None, connection_id: UUID | None) -> str:
    session.permanent = True
    connection = ConnectionId(connection_id) if connection_id is not None else None
    return services().consent.start(user(), context.this_browser(), marketplace_id or None, connection)


def _back(**outcome: str) -> ResponseReturnValue:
    """To the front end, on an address without the code in it."""
    return _sent_on(f"{settings().frontend_url}/settings?{urlencode(outcome)}")


def _sent_on(address: str) -> ResponseReturnValue:
    response = redirect(address)
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Cache-Control"] = "no-store"
    return response
