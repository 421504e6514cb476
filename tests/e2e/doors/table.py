"""The matrix: what every door makes of everything that can happen, in one place.

A cell says what the door answers, what is left behind, what is written down, and what Amazon was asked.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

from tests.e2e.doors.outcomes import PARTICIPATIONS
from tests.e2e.doors.visits import (
    Bringing,
    BringingOwnClient,
    Door,
    FromOurSite,
    FromTheAppstore,
    FromTheEnvironment,
    RenewalFromOurSite,
    Trait,
)

_CONSENT = frozenset({Trait.STATE, Trait.LOGIN})
_NAMED = _CONSENT | {Trait.ONE_SELLER}
_BROUGHT = frozenset({Trait.LOGIN, Trait.REGION})

DOORS = {
    door.name: door
    for door in (
        Door("website", FromOurSite, "website", traits=_CONSENT),
        Door("website renewal", RenewalFromOurSite, "website", "connected", _NAMED),
        Door("website renewal of a revoked one", RenewalFromOurSite, "website", "revoked", _NAMED),
        Door("appstore", FromTheAppstore, "appstore", traits=_NAMED),
        Door("appstore renewal", FromTheAppstore, "appstore", "connected", _NAMED),
        Door("self-authorised", Bringing, "self_authorised", traits=_BROUGHT),
        Door(
            "self-authorised, own client",
            BringingOwnClient,
            "self_authorised",
            traits=_BROUGHT | {Trait.OWN_CLIENT},
        ),
        Door("self-authorised renewal", Bringing, "self_authorised", "connected", _BROUGHT),
        Door(
            "self-authorised renewal, own client",
            BringingOwnClient,
            "self_authorised",
            "connected",
            _BROUGHT | {Trait.OWN_CLIENT},
        ),
        Door(
            "self-authorised renewal of a disconnected one",
            Bringing,
            "self_authorised",
            "disconnected",
            _BROUGHT,
        ),
        Door("environment", FromTheEnvironment, "environment"),
        Door("environment renewal", FromTheEnvironment, "environment", "connected"),
    )
}

WEBSITE = ("website",)
RENEWED_FROM_OUR_SITE = ("website renewal", "website renewal of a revoked one")
APPSTORE = ("appstore", "appstore renewal")
CONSENTS = WEBSITE + RENEWED_FROM_OUR_SITE + APPSTORE
FIRST_CONSENTS = ("website", "appstore")
RENEWING_CONSENTS = (*RENEWED_FROM_OUR_SITE, "appstore renewal")
FIRST_BROUGHT = ("self-authorised", "self-authorised, own client")
RENEWING_BROUGHT = (
    "self-authorised renewal",
    "self-authorised renewal, own client",
    "self-authorised renewal of a disconnected one",
)
OWN_CLIENTS = ("self-authorised, own client", "self-authorised renewal, own client")
BROUGHT = FIRST_BROUGHT + RENEWING_BROUGHT
OUR_CLIENT = tuple(name for name in BROUGHT if name not in OWN_CLIENTS)
ENVIRONMENT = ("environment", "environment renewal")

Left = Literal["untouched", "connected", "degraded"]
_CODE, _REFRESH = "lwa.authorization_code", "lwa.refresh_token"
Calls = Mapping[str, int]
NOTHING: Calls = {}
ONE_CODE: Calls = {_CODE: 1}
ONE_REFRESH: Calls = {_REFRESH: 1}
CODE_AND_PLACES: Calls = {_CODE: 1, PARTICIPATIONS: 1}


@dataclass(frozen=True)
class Written:
    """An entry of the audit log. ``door``: ``None`` stands for the visited one's own name. ``stranger``: they did it."""

    action: str
    code: str | None = None
    door: str | None = None
    more: frozenset[str] = frozenset()  # further details, by name
    stranger: bool = False


@dataclass(frozen=True)
class Cell:
    """``untouched``: every row is as it was, tokens and cursors too; else the connection's status."""

    answer: str
    leaves: Left
    written: tuple[Written, ...]
    asked: Calls


@dataclass(frozen=True)
class Never:
    """It can't happen at this door."""

    reason: str


CONNECTED, RENEWED = Written("connection.connected"), Written("connection.renewed")
EXCHANGE_FAILED = Written("connection.refused", "exchange_failed")
NOT_CONFIGURED = Written("connection.refused", "not_configured")
#: Only a state that is taken back tells by which door it went out.
UNKNOWN_STATE = Written("connection.refused", "invalid_state", door="unknown")
STRANGERS_STATE = replace(UNKNOWN_STATE, stranger=True)
NO_STATE = Written("connection.refused", "missing_params", door="unknown")
SELLERS = frozenset({"seller_id", "expected_seller_id"})


def sent_back(code: str, written: Written, asked: Calls = NOTHING) -> Cell:
    """The browser is told that nothing came of the consent."""
    return Cell(f"302 amazon_error={code}", "untouched", (written,), asked)


def accepted(answer: str, written: Written, asked: Calls, leaves: Left = "connected") -> Cell:
    """The grant is kept."""
    return Cell(answer, leaves, (written,), asked)


def refused(answer: str, written: Written, asked: Calls = ONE_REFRESH) -> Cell:
    """What was brought is not kept."""
    return Cell(answer, "untouched", (written,), asked)


_NO_PAGE = "who brings a token has consented long before: there is no page to say no on"
_NO_STATE = "no browser goes to Amazon and comes back, so there is no state"
_BY_COMMAND = "it is imported by command, and whoever may run commands needs no log-in"
_ANYBODY = "nobody in particular was asked: whoever consents is connected"
_NAMELESS = "neither the token endpoint nor the participations say whose the token is"
_OF_THE_STATE = "the seller consents on the page of the state's own region"
_LOOKED_FOR = "the environment names no region: every one is asked"

_STATELESS: dict[tuple[str, ...], Cell | Never] = {BROUGHT + ENVIRONMENT: Never(_NO_STATE)}


def _exchange_fails(brought: str, environment: str) -> dict[tuple[str, ...], Cell | Never]:
    """Whatever the token endpoint has against it, it is asked once, and nothing changes."""
    return {
        CONSENTS: sent_back("exchange_failed", EXCHANGE_FAILED, ONE_CODE),
        BROUGHT: refused(brought, EXCHANGE_FAILED),
        ENVIRONMENT: refused(environment, EXCHANGE_FAILED),
    }


def _client_refused(variable: str) -> dict[tuple[str, ...], Cell | Never]:
    """The client is at fault: ours is the operator's to mend, the seller's own is theirs."""
    own = "400 invalid_request lwa_client_id lwa_client_secret"
    return {
        CONSENTS: sent_back("not_configured", NOT_CONFIGURED, ONE_CODE),
        OUR_CLIENT: refused(f"503 configuration_error {variable}", NOT_CONFIGURED),
        OWN_CLIENTS: refused(own, EXCHANGE_FAILED),
        ENVIRONMENT: refused(f"ClientRefused {variable}", NOT_CONFIGURED),
    }


def _taken(asked_more: int, leaves: Left = "connected") -> dict[tuple[str, ...], Cell | Never]:
    """The grant is kept; for the marketplaces Amazon is asked ``asked_more`` times."""
    code, refresh = {_CODE: 1, PARTICIPATIONS: asked_more}, {_REFRESH: 1, PARTICIPATIONS: asked_more}
    back = "302 amazon_connected=true"
    return {
        FIRST_CONSENTS: accepted(back, CONNECTED, code, leaves),
        RENEWING_CONSENTS: accepted(back, RENEWED, code, leaves),
        FIRST_BROUGHT: accepted(f"201 {leaves}", CONNECTED, refresh, leaves),
        RENEWING_BROUGHT: accepted(f"200 {leaves}", RENEWED, refresh, leaves),
    }


def _imported(asked: int) -> dict[tuple[str, ...], Cell | Never]:
    """The environment's region is looked for first, which asks for the marketplaces once more."""
    calls = {_REFRESH: 1, PARTICIPATIONS: asked}
    return {
        ("environment",): accepted("connected connected", CONNECTED, calls),
        ("environment renewal",): accepted("renewed connected", RENEWED, calls),
    }


ROWS: dict[str, Mapping[tuple[str, ...], Cell | Never]] = {
    "success": _taken(1) | _imported(1),
    "denied": {
        CONSENTS: sent_back("access_denied", Written("connection.refused", "access_denied")),
        BROUGHT + ENVIRONMENT: Never(_NO_PAGE),
    },
    "wrong state": {CONSENTS: sent_back("invalid_state", UNKNOWN_STATE), **_STATELESS},
    "no state": {CONSENTS: sent_back("missing_params", NO_STATE), **_STATELESS},
    "other browser": {CONSENTS: sent_back("invalid_state", UNKNOWN_STATE), **_STATELESS},
    "other user": {CONSENTS: sent_back("invalid_state", STRANGERS_STATE), **_STATELESS},
    "other user first": {
        FIRST_CONSENTS: Cell(
            "302 amazon_connected=true", "connected", (STRANGERS_STATE, CONNECTED), CODE_AND_PLACES
        ),
        RENEWING_CONSENTS: Cell(
            "302 amazon_connected=true", "connected", (STRANGERS_STATE, RENEWED), CODE_AND_PLACES
        ),
        **_STATELESS,
    },
    "nobody logged in": {
        # Of somebody who may be anybody, nothing is written down.
        CONSENTS: Cell("302 amazon_error=invalid_state", "untouched", (), NOTHING),
        BROUGHT: Cell("401 unauthenticated", "untouched", (), NOTHING),
        ENVIRONMENT: Never(_BY_COMMAND),
    },
    "state used twice": {
        FIRST_CONSENTS: Cell(
            "302 amazon_error=invalid_state", "connected", (CONNECTED, UNKNOWN_STATE), CODE_AND_PLACES
        ),
        RENEWING_CONSENTS: Cell(
            "302 amazon_error=invalid_state", "connected", (RENEWED, UNKNOWN_STATE), CODE_AND_PLACES
        ),
        **_STATELESS,
    },
    "state expired": {CONSENTS: sent_back("invalid_state", UNKNOWN_STATE), **_STATELESS},
    "nothing to exchange": {
        CONSENTS: sent_back("missing_params", Written("connection.refused", "missing_params")),
        BROUGHT: Cell("400 invalid_request refresh_token", "untouched", (), NOTHING),
        ENVIRONMENT: Cell("NotConfigured AMAZON_REFRESH_TOKEN AMAZON_SELLER_ID", "untouched", (), NOTHING),
    },
    "wrong seller": {
        WEBSITE: Never(_ANYBODY),
        RENEWED_FROM_OUR_SITE: sent_back(
            "invalid_state", Written("connection.renewal_refused", "invalid_state", more=SELLERS)
        ),
        APPSTORE: sent_back("invalid_state", Written("connection.refused", "invalid_state", more=SELLERS)),
        BROUGHT + ENVIRONMENT: Never(_NAMELESS),
    },
    "token of another region": {
        CONSENTS: Never(_OF_THE_STATE),
        # LWA honours it, and the region does not: it must not take the place of a token that is good there.
        BROUGHT: refused(
            "400 invalid_request refresh_token", EXCHANGE_FAILED, {_REFRESH: 1, PARTICIPATIONS: 2}
        ),
        ENVIRONMENT: Never(_LOOKED_FOR),
    },
    "exchange 400": {
        CONSENTS: sent_back("exchange_failed", EXCHANGE_FAILED, ONE_CODE),
        BROUGHT: refused("400 invalid_request refresh_token", EXCHANGE_FAILED),
        ENVIRONMENT: refused("NotConfigured AMAZON_REFRESH_TOKEN", NOT_CONFIGURED),
    },
    "exchange 400, of another client": _client_refused("AMAZON_LWA_APP_ID"),
    "exchange 401": _client_refused("AMAZON_LWA_CLIENT_SECRET"),
    "exchange 429": _exchange_fails("429 rate_limited", "RateLimited"),
    "exchange 500": _exchange_fails("502 amazon_error", "UpstreamFailed"),
    "exchange answered in HTML": _exchange_fails("502 amazon_error", "UpstreamFailed"),
    "exchange without an answer in time": _exchange_fails("504 amazon_timeout", "UpstreamTimedOut"),
    "participations refused": {
        **_taken(1, "degraded"),
        # Without them the region is not known, and the environment keeps the token anyway.
        ENVIRONMENT: refused(
            "NotConfigured AMAZON_REFRESH_TOKEN", NOT_CONFIGURED, {_REFRESH: 1, PARTICIPATIONS: 3}
        ),
    },
    "participations answered in HTML once": _taken(2) | _imported(2),
}


def flat() -> dict[tuple[str, str], Cell | Never]:
    """The cells, one by one, by door and outcome.

    Raises:
        ValueError: a cell is there twice.
    """
    cells: dict[tuple[str, str], Cell | Never] = {}
    for outcome, row in ROWS.items():
        for doors, cell in row.items():
            for door in doors:
                if (door, outcome) in cells:
                    raise ValueError(f"there are two cells for {door} × {outcome}")
                cells[door, outcome] = cell
    return cells
