"""Consent at Amazon: on the way there, back again, and in by Amazon's own door."""

import logging
from urllib.parse import urlencode
from uuid import UUID

from flask import Blueprint, g, session
from flask.typing import ResponseReturnValue
from pydantic import Field

from domain.connections.appstore import Arrival
from domain.connections.consent import Returned
from domain.connections.model import ConnectionId
from domain.errors import ConsentFailed, InvalidInput, NotLoggedIn, PortsideError
from domain.marketplaces import MARKETPLACES
from entrypoints.http import arrivals, auth, context
from entrypoints.http.coming_and_going import LEADS_BACK, MARKETPLACE_OR_BLANK, back, sent_on
from entrypoints.http.connection_shapes import (
    AuthorizationAnswer,
    StartedAuthorizationAnswer,
    authorization_json,
    started_json,
)
from entrypoints.http.context import services, settings, user, visitor
from entrypoints.http.described import Access, described, enveloped, gives, redirects
from entrypoints.http.reading import Body, Query, any_query, body, query

log = logging.getLogger(__name__)

bp = Blueprint("oauth", __name__)

_LOGIN = "/api/v1/amazon/oauth/login"
_TAG = "Amazon connections"
_CONSENT = "Where the seller gives consent."
_MARKETPLACE = "Where the seller is at home; by default the American one."
_RENEWED = "The connection that is renewed, for its own seller and in its own region."
_REFUSES = ("configuration_error", "not_found")


class AuthorizeQuery(Query):
    """Where the seller sells, or which connection is renewed."""

    marketplace_id: str | None = Field(
        default=None, description=_MARKETPLACE, json_schema_extra=MARKETPLACE_OR_BLANK
    )
    connection_id: UUID | None = Field(default=None, description=_RENEWED)


class StartQuery(AuthorizeQuery):
    """The same, in the words of the enveloped call as well."""

    marketplaceId: str | None = Field(
        default=None, description=_MARKETPLACE, json_schema_extra=MARKETPLACE_OR_BLANK
    )
    connectionId: UUID | None = Field(default=None, description=_RENEWED)


class StartBody(Body):
    """The same as a body."""

    marketplaceId: str | None = Field(
        default=None, description=_MARKETPLACE, json_schema_extra={"enum": [*MARKETPLACES, "", None]}
    )
    connectionId: UUID | None = Field(default=None, description=_RENEWED)


class CallbackQuery(Query):
    """What Amazon sends the browser back with."""

    state: str | None = Field(default=None, description="Ours, as it went out.")
    spapi_oauth_code: str | None = None
    selling_partner_id: str | None = None
    error: str | None = Field(default=None, description="The seller did not give consent.")


class LoginQuery(Query):
    """What Amazon's page gives the seller along."""

    amazon_callback_uri: str | None = Field(default=None, description="An address of Seller Central.")
    amazon_state: str | None = Field(default=None, json_schema_extra={"pattern": "^[!-~]{1,1024}$"})
    selling_partner_id: str | None = Field(default=None, json_schema_extra={"pattern": "^[A-Za-z0-9]{1,32}$"})


@bp.get("/api/v1/amazon/oauth/authorize")
@described(_TAG, gives(AuthorizationAnswer, _CONSENT), query=AuthorizeQuery, errors=_REFUSES)
def authorize() -> ResponseReturnValue:
    """Where to send the seller. Calls no Amazon API."""
    asked = query(AuthorizeQuery)
    return authorization_json(_start(asked.marketplace_id, asked.connection_id))


@bp.get("/api/v1/integrations/amazon/auth/start")
@described(_TAG, enveloped(StartedAuthorizationAnswer, _CONSENT), query=StartQuery, errors=_REFUSES)
def start_by_get() -> ResponseReturnValue:
    """Where to send the seller, enveloped."""
    asked = query(StartQuery)
    url = _start(asked.marketplaceId or asked.marketplace_id, asked.connectionId or asked.connection_id)
    return {"success": True, "data": started_json(url)}


@bp.post("/api/v1/integrations/amazon/auth/start")
@described(
    _TAG,
    enveloped(StartedAuthorizationAnswer, _CONSENT),
    body=StartBody,
    example={"marketplaceId": "ATVPDKIKX0DER"},
    body_optional=True,
    errors=_REFUSES,
)
def start_by_post() -> ResponseReturnValue:
    """Where to send the seller, enveloped."""
    asked = body(StartBody, optional=True)
    return {"success": True, "data": started_json(_start(asked.marketplaceId, asked.connectionId))}


@bp.get("/api/v1/amazon/oauth/callback")
@bp.get("/api/auth/amazon/callback")
@bp.get("/api/v1/integrations/amazon/auth/callback")
@described(
    _TAG,
    redirects(f"{LEADS_BACK}: `?amazon_connected=true`, or `?amazon_error=` and why."),
    access=Access.BROWSER,
    query=CallbackQuery,
    forgiving=True,
)
def callback() -> ResponseReturnValue:
    """Amazon sends the browser back: connect, and go on to the front end, whatever came of it.

    `amazon_error` is `access_denied`, `missing_params`, `invalid_state`, `exchange_failed` or `not_configured`.
    """
    sent = any_query(CallbackQuery)
    returned = Returned(sent.state, sent.spapi_oauth_code, sent.selling_partner_id, sent.error)
    try:
        services().consent.finish(auth.consenting(), visitor(), context.known_browser(), returned)
    except NotLoggedIn:
        return back(amazon_error="invalid_state")
    except ConsentFailed as failed:
        log.warning("consent failed: %s: %s", failed.code, failed)
        return back(amazon_error=failed.code)
    except PortsideError as failure:
        # The browser is on its way back from Amazon, and a page that says so helps more than JSON.
        log.warning("consent failed: %s", failure, exc_info=failure)
        return back(amazon_error="exchange_failed")
    return back(amazon_connected="true")


@bp.get(_LOGIN)
@described(
    _TAG,
    redirects("To Amazon's page; or to the front end's log-in, and from there here again."),
    access=Access.BROWSER,
    query=LoginQuery,
    errors=("configuration_error",),
)
def login() -> ResponseReturnValue:
    """Amazon's page sends a seller here who has begun there: log in where need be, then back to that page.

    Who is not logged in is sent to `/login?next=` of the front end. What Amazon sent along waits in the session meanwhile,
    for ten minutes, so `next` names nothing of it.
    """
    arrival = _arrival()
    services().appstore.check(arrival)
    if g.get("user") is None:
        arrivals.keep(arrival, services().appstore.states.clock.now())
        onward = urlencode({"next": f"{settings().public_url}{_LOGIN}"})
        return sent_on(f"{settings().frontend_url}/login?{onward}")
    session.permanent = True
    url = services().appstore.onward(user(), context.this_browser(), arrival)
    arrivals.drop()
    return sent_on(url)


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
    return services().consent.start(user(), auth.begin_consent(), marketplace_id or None, connection)
