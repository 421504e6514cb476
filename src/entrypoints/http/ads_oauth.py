"""Advertising's connection: consent at Amazon, look, leave."""

import logging
from typing import Literal
from uuid import UUID

from flask import Blueprint, session
from flask.typing import ResponseReturnValue
from pydantic import Field

from domain.connections.consent import Returned
from domain.connections.model import Connection, ConnectionId, Provider
from domain.errors import ConsentFailed, NotLoggedIn, PortsideError
from entrypoints.http import auth, context
from entrypoints.http.coming_and_going import CONNECTION, LEADS_BACK, LeaveQuery, back
from entrypoints.http.connection_lists import page_of_connections
from entrypoints.http.connection_shapes import (
    DISCONNECTED,
    UNCONNECTED,
    AdsConnectionAnswer,
    AuthorizationAnswer,
    DisconnectedAnswer,
    UnconnectedAnswer,
    ads_json,
    authorization_json,
)
from entrypoints.http.context import services, user, visitor
from entrypoints.http.described import Access, described, gives, listed, nothing, redirects
from entrypoints.http.paging import PageQuery
from entrypoints.http.reading import Query, any_query, query

log = logging.getLogger(__name__)

bp = Blueprint("ads_oauth", __name__, url_prefix="/api/v1/ads")

_ADS = Provider.AMAZON_ADS
_TAG = "Amazon Ads"


class AdsAuthorizeQuery(Query):
    """On which region's page the user logs in."""

    region: Literal["na", "eu", "fe"] | None = Field(
        default=None, description="By default where they did the last time, or where they sell."
    )


class AdsCallbackQuery(Query):
    """What Amazon sends the browser back with."""

    state: str | None = Field(default=None, description="Ours, as it went out.")
    code: str | None = None
    error: str | None = Field(default=None, description="Why there is no code.")


@bp.get("/oauth/authorize")
@described(
    _TAG,
    gives(AuthorizationAnswer, "Where the user gives consent."),
    query=AdsAuthorizeQuery,
    errors=("configuration_error",),
)
def authorize() -> ResponseReturnValue:
    """Where to send the user. Calls no Amazon API."""
    asked = query(AdsAuthorizeQuery)
    session.permanent = True
    url = services().ads.consent.start(user(), auth.begin_consent(), asked.region)
    return authorization_json(url)


@bp.get("/oauth/callback")
@described(
    _TAG,
    redirects(f"{LEADS_BACK}: `?ads_connected=true`, or `?ads_error=` and why."),
    access=Access.BROWSER,
    query=AdsCallbackQuery,
    forgiving=True,
)
def callback() -> ResponseReturnValue:
    """Amazon sends the browser back: connect, and go on to the front end, whatever came of it.

    `ads_error` is `access_denied`, `missing_params`, `invalid_state`, `exchange_failed` or `not_configured`.
    """
    sent = any_query(AdsCallbackQuery)
    returned = Returned(sent.state, sent.code, None, sent.error)
    try:
        services().ads.consent.finish(auth.consenting(), visitor(), context.known_browser(), returned)
    except NotLoggedIn:
        return back(ads_error="invalid_state")
    except ConsentFailed as failed:
        log.warning("consent failed: %s: %s", failed.code, failed)
        return back(ads_error=failed.code)
    except PortsideError as failure:
        # The browser is on its way back from Amazon, and a page that says so helps more than JSON.
        log.warning("consent failed: %s", failure, exc_info=failure)
        return back(ads_error="exchange_failed")
    return back(ads_connected="true")


@bp.get("/connection")
@described(
    _TAG, gives(AdsConnectionAnswer, "The connection, or that there never was one.", other=UnconnectedAnswer)
)
def connection() -> ResponseReturnValue:
    """The user's one connection to Amazon Ads."""
    mine = services().connections.default(user().id, _ADS)
    return ads_json(mine) if mine else UNCONNECTED


@bp.get("/connections")
@described(_TAG, listed(AdsConnectionAnswer, "The connection: there is one at most."), query=PageQuery)
def connections() -> ResponseReturnValue:
    """The connection as a list, as of other channels."""
    return page_of_connections(_ADS, query(PageQuery), ads_json)


@bp.get("/connections/<uuid:connection_id>")
@described(_TAG, gives(AdsConnectionAnswer, "The connection."), path=CONNECTION)
def show(connection_id: UUID) -> ResponseReturnValue:
    """The connection."""
    return ads_json(_mine(connection_id))


@bp.delete("/connections/<uuid:connection_id>")
@described(_TAG, nothing("It is done, or begun."), query=LeaveQuery, path=CONNECTION)
def leave(connection_id: UUID) -> ResponseReturnValue:
    """Erase the tokens; with `permanent`, the connection and all its data.

    Its syncs stop. Without `permanent` its accounts and figures stay for a later consent.
    """
    mine = _mine(connection_id)
    if query(LeaveQuery).permanent:
        services().erasures.request(user(), visitor(), mine.id)
    else:
        services().connections.disconnect(user(), visitor(), mine.id, _ADS)
    return "", 204


@bp.delete("/disconnect")
@described(_TAG, gives(DisconnectedAnswer, "It is disconnected."), errors=("ads_not_connected",))
def disconnect() -> ResponseReturnValue:
    """Erase the tokens."""
    services().connections.disconnect(user(), visitor(), provider=_ADS)
    return DISCONNECTED


def _mine(connection_id: UUID) -> Connection:
    return services().connections.get(user().id, ConnectionId(connection_id), _ADS)
