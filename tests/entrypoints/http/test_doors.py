"""Every door by which a seller is connected, and everything that can come of it.

For each: what the browser is told, what is stored, what the audit log says, and what Amazon was asked.
"""

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

import pytest
from flask.testing import FlaskClient

from domain.errors import (
    AccessDenied,
    ClientRefused,
    RateLimited,
    ReauthorizationRequired,
    UpstreamFailed,
    UpstreamRefused,
    UpstreamTimedOut,
)
from domain.marketplaces import Region
from tests.entrypoints.browsers import app_of, logged_in
from tests.fakes.things import DE, JP, US
from tests.fakes.world import World

CALLBACK = "/api/v1/amazon/oauth/callback"
AMAZON = "https://sellercentral.amazon.com/apps/authorize/confirm/amzn1.sp.solution.x"


@dataclass
class Visit:
    """A seller on the way through a door. ``before``: what the tables held when the seller came."""

    world: World
    browser: FlaskClient
    door: str

    def __post_init__(self) -> None:
        self.before = self.world.store.tables.snapshot()
        self.entries = len(self.world.store.tables.audit)
        self.asked = self.world.amazon.accounts.asked

    def come_back(self, browser: FlaskClient | None = None, **parameters: str) -> str:
        """What the browser is told after the callback."""
        answer = (browser or self.browser).get(CALLBACK, query_string=parameters)
        assert answer.status_code == 302
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        return str(answer.headers["Location"]).removeprefix("http://127.0.0.1:5000/settings?")

    @property
    def nothing_is_changed(self) -> bool:
        tables = self.world.store.tables
        return (tables.connections, tables.tokens) == (self.before.connections, self.before.tokens)

    @property
    def deeds(self) -> list[tuple[str, str | None]]:
        """What was written down of this visit, each with its code."""
        new = self.world.store.tables.audit[self.entries :]
        told = [entry for entry in new if entry.action.startswith("connection.")]
        assert all(entry.user_id in (self.world.user.id, self.world.stranger.id) for entry in told)
        assert all(entry.address == "127.0.0.1" for entry in told)
        return [(str(entry.action), entry.details.get("code")) for entry in told]


def state_in(address: str) -> str:
    return parse_qs(urlsplit(address).query)["state"][0]


def by_website(world: World, browser: FlaskClient) -> str:
    return str(browser.get("/api/v1/amazon/oauth/authorize").json["authorization_url"])


def by_renewal(world: World, browser: FlaskClient) -> str:
    connection = world.connect(world.user)
    answer = browser.get(f"/api/v1/amazon/oauth/authorize?connection_id={connection.id}")
    return str(answer.json["authorization_url"])


def by_appstore(world: World, browser: FlaskClient) -> str:
    query = {"amazon_callback_uri": AMAZON, "amazon_state": "theirs", "selling_partner_id": "SELLER1"}
    answer = browser.get("/api/v1/amazon/oauth/login", query_string=query)
    return str(answer.headers["Location"])


DOORS: dict[str, Callable[[World, FlaskClient], str]] = {
    "website": by_website,
    "renewal": by_renewal,
    "appstore": by_appstore,
}


@pytest.fixture(params=DOORS)
def visit(request, world, browser) -> tuple[Visit, str]:
    """A seller who is at Amazon's page, and the state that went along."""
    state = state_in(DOORS[request.param](world, browser))
    return Visit(world, browser, request.param), state


def good(state: str, /, **changes: str) -> dict[str, str]:
    return {"state": state, "spapi_oauth_code": "code", "selling_partner_id": "SELLER1", **changes}


def test_success(visit):
    visit, state = visit

    told = visit.come_back(**good(state))

    (connection,) = visit.world.store.tables.connections.values()
    assert told == "amazon_connected=true"
    assert (connection.status, connection.seller_id, connection.is_default) == ("connected", "SELLER1", True)
    assert visit.world.refresh_token(connection.id) == "Atzr|code"
    assert visit.deeds == [
        ("connection.renewed" if visit.door == "renewal" else "connection.connected", None)
    ]
    assert (visit.world.lwa.exchanges, visit.world.amazon.accounts.asked - visit.asked) == (1, 1)


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ({"error": "access_denied"}, "access_denied"),
        ({"spapi_oauth_code": ""}, "missing_params"),
        ({"selling_partner_id": ""}, "missing_params"),
        ({"state": "forged"}, "invalid_state"),
        ({"state": ""}, "missing_params"),
    ],
    ids=["denied", "no code", "no seller", "wrong state", "no state"],
)
def test_what_comes_back_wrong(visit, parameters, code):
    visit, state = visit

    told = visit.come_back(**good(state, **parameters))

    assert told == f"amazon_error={code}"
    assert visit.nothing_is_changed
    assert visit.deeds == [("connection.refused", code)]
    assert (visit.world.lwa.exchanges, visit.world.amazon.accounts.asked) == (0, visit.asked)


def test_another_seller(visit):
    visit, state = visit

    told = visit.come_back(**good(state, selling_partner_id="SELLER2"))

    if visit.door == "website":  # nobody in particular was asked
        assert told == "amazon_connected=true"
        return
    assert told == "amazon_error=invalid_state"
    assert visit.nothing_is_changed
    action = "connection.renewal_refused" if visit.door == "renewal" else "connection.refused"
    assert visit.deeds == [(action, "invalid_state")]
    assert visit.world.lwa.exchanges == 0


@pytest.mark.parametrize("whose", ["user", "stranger"])
def test_another_browser_and_another_user(visit, whose):
    visit, state = visit
    other = logged_in(app_of(visit.world), getattr(visit.world, whose))
    by_website(visit.world, other)

    told = visit.come_back(other, **good(state))

    assert told == "amazon_error=invalid_state"
    assert visit.nothing_is_changed
    assert visit.deeds == [("connection.refused", "invalid_state")]
    assert visit.world.lwa.exchanges == 0


def test_nobody_is_logged_in(visit, anonymous):
    visit, state = visit

    told = visit.come_back(anonymous, **good(state))

    assert told == "amazon_error=invalid_state"
    assert visit.nothing_is_changed
    assert visit.deeds == []


EXCHANGES = {
    "400": (UpstreamRefused("used code"), "exchange_failed"),
    "401": (ClientRefused("secret", ("X",), code="invalid_client"), "not_configured"),
    "429": (RateLimited("slow down", 3.0), "exchange_failed"),
    "500": (UpstreamFailed("500"), "exchange_failed"),
    "time-out": (UpstreamTimedOut("slow"), "exchange_failed"),
}


@pytest.mark.parametrize(("error", "code"), EXCHANGES.values(), ids=EXCHANGES)
def test_an_exchange_that_fails(visit, error, code):
    visit, state = visit
    visit.world.lwa.grants.append(error)

    told = visit.come_back(**good(state))

    assert told == f"amazon_error={code}"
    assert visit.nothing_is_changed
    assert visit.deeds == [("connection.refused", code)]
    assert (visit.world.lwa.exchanges, visit.world.amazon.accounts.asked) == (1, visit.asked)


def test_marketplaces_that_amazon_does_not_name(visit):
    visit, state = visit
    visit.world.amazon.accounts.trouble.append(AccessDenied("no role", role="Selling Partner Insights"))

    told = visit.come_back(**good(state))

    (connection,) = visit.world.store.tables.connections.values()
    assert told == "amazon_connected=true"
    assert (connection.status, connection.last_error.code) == ("degraded", "amazon_access_denied")
    assert visit.world.refresh_token(connection.id) == "Atzr|code"
    assert len(visit.deeds) == 1


# The seller brings the grant along

BROUGHT: dict[str, object] = {
    "seller_id": "SELLER1",
    "refresh_token": "Atzr|brought",
    "marketplace_ids": [US],
}
OWN: dict[str, object] = {
    "lwa_client_id": "amzn1.application-oa2-client.own",
    "lwa_client_secret": "amzn1.oa2-cs.v1.own",
}


@pytest.fixture(params=["new", "again", "own client"])
def bringing(request, world, browser) -> tuple[Visit, dict[str, object]]:
    """A seller with a refresh token in hand, and what they send."""
    if request.param == "again":
        world.connect(world.user)
    return Visit(world, browser, request.param), BROUGHT | (OWN if request.param == "own client" else {})


def test_bringing_what_lwa_honours(bringing):
    visit, body = bringing

    answer = visit.browser.post("/api/v1/amazon/connections", json=body)

    (connection,) = visit.world.store.tables.connections.values()
    assert answer.status_code == (200 if visit.door == "again" else 201)
    assert (answer.json["id"], answer.json["status"]) == (str(connection.id), "connected")
    assert visit.world.refresh_token(connection.id) == "Atzr|brought"
    assert visit.deeds == [("connection.renewed" if visit.door == "again" else "connection.connected", None)]
    assert (visit.world.lwa.refreshes, visit.world.amazon.accounts.asked_in) == (1, [Region.NA])


REFRESHES = {
    "400": (ReauthorizationRequired("invalid_grant"), 400, "invalid_request"),
    "429": (RateLimited("slow down", 3.0, "amazon"), 429, "rate_limited"),
    "500": (UpstreamFailed("500"), 502, "amazon_error"),
    "time-out": (UpstreamTimedOut("slow"), 504, "amazon_timeout"),
}


@pytest.mark.parametrize(("error", "status", "code"), REFRESHES.values(), ids=REFRESHES)
def test_bringing_what_lwa_does_not_honour(bringing, error, status, code):
    visit, body = bringing
    visit.world.lwa.renewals.append(error)

    answer = visit.browser.post("/api/v1/amazon/connections", json=body)

    assert (answer.status_code, answer.json["error"]) == (status, code)
    assert answer.headers.get("Retry-After") == ("3" if status == 429 else None)
    assert visit.nothing_is_changed
    assert visit.deeds == [("connection.refused", "exchange_failed")]
    assert (visit.world.lwa.refreshes, visit.world.amazon.accounts.asked) == (1, visit.asked)
    assert "Atzr|" not in answer.text


def test_bringing_a_client_that_lwa_does_not_know(bringing):
    visit, body = bringing
    own = visit.door == "own client"
    missing = ("AMAZON_LWA_CLIENT_SECRET",)
    visit.world.lwa.renewals.append(ClientRefused("refused", missing, code="invalid_client", own=own))

    answer = visit.browser.post("/api/v1/amazon/connections", json=body)

    if own:
        assert (answer.status_code, answer.json["error"]) == (400, "invalid_request")
        assert set(answer.json["details"]["fields"]) == {"lwa_client_id", "lwa_client_secret"}
    else:
        assert (answer.status_code, answer.json["error"]) == (503, "configuration_error")
        assert answer.json["details"]["missing"] == ["AMAZON_LWA_CLIENT_SECRET"]
    assert visit.nothing_is_changed
    assert visit.deeds == [("connection.refused", "exchange_failed" if own else "not_configured")]


def test_bringing_when_amazon_does_not_name_the_marketplaces(bringing):
    visit, body = bringing
    visit.world.amazon.accounts.trouble.append(AccessDenied("no role"))

    answer = visit.browser.post("/api/v1/amazon/connections", json=body)

    assert answer.status_code in (200, 201)
    assert (answer.json["status"], answer.json["marketplace_ids"]) == ("degraded", [US])


# Several at once


def test_a_user_has_several_sellers_and_regions_and_each_is_told_apart(world, browser):
    made = []
    for seller_id, marketplace_id in (("SELLER1", US), ("SELLER1", DE), ("SELLER2", JP)):
        world.amazon.accounts.marketplace_ids = (marketplace_id,)
        body = BROUGHT | {"seller_id": seller_id, "marketplace_ids": [marketplace_id]}
        made.append(browser.post("/api/v1/amazon/connections", json=body).json)

    items = browser.get("/api/v1/amazon/connections").json["items"]

    assert {one["id"] for one in made} == {one["id"] for one in items}
    assert [one["region"] for one in made] == ["na", "eu", "fe"]
    assert [one["is_default"] for one in items] == [True, False, False]
    assert items[0]["id"] == made[0]["id"]


def test_two_users_have_the_same_seller_and_neither_sees_the_others(world, browser, stranger_browser):
    both = [
        each.post("/api/v1/amazon/connections", json=BROUGHT).json for each in (browser, stranger_browser)
    ]

    lists = [each.get("/api/v1/amazon/connections").json["items"] for each in (browser, stranger_browser)]

    assert both[0]["id"] != both[1]["id"]
    assert [[one["id"] for one in items] for items in lists] == [[one["id"]] for one in both]
    assert browser.delete(f"/api/v1/amazon/connections/{both[0]['id']}").status_code == 204
    assert stranger_browser.get("/api/v1/amazon/connection").json["status"] == "connected"
