"""The connection endpoints, seen from the browser. Everything beyond a port is a fake."""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import pytest

from domain.connections.model import ConnectionStatus
from domain.errors import NotConfigured, ReauthorizationRequired, UpstreamFailed, UpstreamTimedOut
from tests.entrypoints.browsers import app_of, logged_in
from tests.fakes.things import CA, DE, US
from tests.fakes.world import PASSWORD, World

CALLBACK = "/api/v1/amazon/oauth/callback"


def state_of(address):
    return parse_qs(urlsplit(address).query)["state"][0]


def asked_state(browser, marketplace_id=US):
    """The state of a consent that this browser has just asked for."""
    answer = browser.get(f"/api/v1/amazon/oauth/authorize?marketplace_id={marketplace_id}")
    return state_of(answer.json["authorization_url"])


def returned(browser, path=CALLBACK, **parameters):
    """Where the browser is sent when it comes back with these parameters."""
    answer = browser.get(path, query_string=parameters)
    assert answer.status_code == 302
    return answer.headers["Location"]


def test_authorizing_sends_the_seller_to_the_consent_page_and_calls_nobody(browser, world):
    answer = browser.get(f"/api/v1/amazon/oauth/authorize?marketplace_id={DE}")

    assert answer.status_code == 200
    assert answer.json["authorization_url"].startswith(f"https://consent.test/{DE}?state=")
    assert (world.lwa.exchanges, world.lwa.refreshes, world.amazon.accounts.asked) == (0, 0, 0)


def test_authorizing_without_a_marketplace_means_the_american_one(browser):
    answer = browser.get("/api/v1/amazon/oauth/authorize")

    assert answer.json["authorization_url"].startswith(f"https://consent.test/{US}?")


@pytest.mark.parametrize(
    ("method", "given"),
    [
        ("GET", {"query_string": {"marketplaceId": DE}}),
        ("GET", {"query_string": {"marketplace_id": DE}}),
        ("POST", {"json": {"marketplaceId": DE}}),
    ],
)
def test_the_enveloped_start_gives_the_same_address(browser, method, given):
    answer = browser.open("/api/v1/integrations/amazon/auth/start", method=method, **given)

    assert answer.json["success"] is True
    assert answer.json["data"]["authUrl"].startswith(f"https://consent.test/{DE}?state=")


def test_the_enveloped_start_needs_no_body(browser):
    answer = browser.post("/api/v1/integrations/amazon/auth/start")

    assert answer.json["data"]["authUrl"].startswith(f"https://consent.test/{US}?")


def test_an_unknown_marketplace_is_named_as_the_bad_field(browser):
    answer = browser.get("/api/v1/amazon/oauth/authorize?marketplace_id=MARS")

    assert (answer.status_code, answer.json["error"]) == (400, "invalid_request")
    assert set(answer.json["details"]["fields"]) == {"marketplace_id"}


def test_without_an_application_the_missing_settings_are_named():
    world = World(missing_settings=("AMAZON_APP_ID", "AMAZON_LWA_APP_ID"))
    browser = logged_in(app_of(world), world.user)

    answer = browser.get("/api/v1/amazon/oauth/authorize")

    assert (answer.status_code, answer.json["error"]) == (503, "configuration_error")
    assert answer.json["details"]["missing"] == ["AMAZON_APP_ID", "AMAZON_LWA_APP_ID"]


@pytest.mark.parametrize(
    "path", [CALLBACK, "/api/auth/amazon/callback", "/api/v1/integrations/amazon/auth/callback"]
)
def test_a_consent_ends_in_a_connection_whichever_address_the_browser_comes_back_to(browser, world, path):
    state = asked_state(browser)

    location = returned(browser, path, state=state, spapi_oauth_code="code", selling_partner_id="SELLER1")

    connection = browser.get("/api/v1/amazon/connection").json
    assert location == "http://127.0.0.1:5000/settings?amazon_connected=true"
    assert (connection["connected"], connection["seller_id"]) == (True, "SELLER1")
    assert (connection["status"], connection["last_error"]) == ("connected", None)
    assert world.lwa.exchanges == 1


def test_the_way_back_leads_to_the_front_end_and_carries_no_code():
    world = World(FRONTEND_URL="https://app.example/shop")
    browser = logged_in(app_of(world), world.user)
    state = asked_state(browser)

    answer = browser.get(
        CALLBACK, query_string={"state": state, "spapi_oauth_code": "code", "selling_partner_id": "S"}
    )

    assert answer.headers["Location"] == "https://app.example/shop/settings?amazon_connected=true"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_refused_consent_is_told_to_the_front_end(browser, world):
    location = returned(browser, state=asked_state(browser), error="access_denied")

    assert location.endswith("/settings?amazon_error=access_denied")
    assert world.lwa.exchanges == 0


@pytest.mark.parametrize(
    "parameters",
    [{"spapi_oauth_code": "code"}, {"selling_partner_id": "SELLER1"}, {}],
)
def test_a_callback_that_lacks_something_connects_nothing(browser, parameters):
    location = returned(browser, state=asked_state(browser), **parameters)

    assert location.endswith("?amazon_error=missing_params")
    assert browser.get("/api/v1/amazon/connection").json == {"connected": False}


def test_a_callback_without_a_state_connects_nothing(browser, world):
    location = returned(browser, spapi_oauth_code="code", selling_partner_id="SELLER1")

    assert location.endswith("?amazon_error=missing_params")
    assert world.lwa.exchanges == 0


def test_an_invented_state_connects_nothing(browser, world):
    location = returned(browser, state="invented", spapi_oauth_code="code", selling_partner_id="SELLER1")

    assert location.endswith("?amazon_error=invalid_state")
    assert world.lwa.exchanges == 0


def test_a_state_works_once(browser, world):
    state = asked_state(browser)
    returned(browser, state=state, spapi_oauth_code="code", selling_partner_id="SELLER1")

    location = returned(browser, state=state, spapi_oauth_code="code", selling_partner_id="SELLER1")

    assert location.endswith("?amazon_error=invalid_state")
    assert world.lwa.exchanges == 1


def test_a_state_expires_after_ten_minutes(browser, world):
    state = asked_state(browser)
    world.clock.advance(timedelta(minutes=10))

    location = returned(browser, state=state, spapi_oauth_code="code", selling_partner_id="SELLER1")

    assert location.endswith("?amazon_error=invalid_state")


def test_a_state_does_not_work_for_another_user(browser, stranger_browser, world):
    state = asked_state(browser)

    location = returned(stranger_browser, state=state, spapi_oauth_code="code", selling_partner_id="SELLER1")

    assert location.endswith("?amazon_error=invalid_state")
    assert world.lwa.exchanges == 0


def test_a_state_does_not_work_in_another_browser_of_the_same_user(app, browser, world):
    state = asked_state(browser)
    other = logged_in(app, world.user)
    asked_state(other)

    location = returned(other, state=state, spapi_oauth_code="code", selling_partner_id="SELLER1")

    assert location.endswith("?amazon_error=invalid_state")
    assert world.lwa.exchanges == 0


def test_a_state_does_not_outlive_the_session_in_which_it_was_asked_for(browser, world):
    state = asked_state(browser)
    browser.post("/api/v1/auth/login", json={"email": world.user.email, "password": PASSWORD})

    location = returned(browser, state=state, spapi_oauth_code="code", selling_partner_id="SELLER1")

    assert location.endswith("?amazon_error=invalid_state")
    assert world.lwa.exchanges == 0


def test_a_browser_in_which_nobody_is_logged_in_is_sent_back_without_a_connection(browser, anonymous, world):
    state = asked_state(browser)

    location = returned(anonymous, state=state, spapi_oauth_code="code", selling_partner_id="SELLER1")

    assert location.endswith("?amazon_error=invalid_state")
    assert world.lwa.exchanges == 0


@pytest.mark.parametrize(
    ("trouble", "code"),
    [
        (UpstreamTimedOut("no answer"), "exchange_failed"),
        (UpstreamFailed("a 500"), "exchange_failed"),
        (ReauthorizationRequired("the code is spent"), "exchange_failed"),
        (NotConfigured("unknown client", ("AMAZON_LWA_CLIENT_SECRET",)), "not_configured"),
    ],
)
def test_a_code_that_can_not_be_exchanged_is_told_to_the_front_end(browser, world, trouble, code):
    world.lwa.grants.append(trouble)

    location = returned(
        browser, state=asked_state(browser), spapi_oauth_code="code", selling_partner_id="SELLER1"
    )

    assert location.endswith(f"/settings?amazon_error={code}")
    assert browser.get("/api/v1/amazon/connection").json == {"connected": False}


def test_nobody_can_choose_where_the_browser_is_sent(browser):
    location = returned(browser, state="x\r\nSet-Cookie: a=b", error="https://evil.example")

    assert location == "http://127.0.0.1:5000/settings?amazon_error=invalid_state"


def test_connecting_again_renews_the_same_connection(browser, world):
    first = world.connect(world.user, seller_id="SELLER1")

    returned(browser, state=asked_state(browser), spapi_oauth_code="new", selling_partner_id="SELLER1")

    items = browser.get("/api/v1/amazon/connections").json["items"]
    assert [item["id"] for item in items] == [str(first.id)]
    assert world.refresh_token(first.id) == "Atzr|new"


def test_without_a_connection_there_is_nothing_but_that_to_say(browser):
    assert browser.get("/api/v1/amazon/connection").json == {"connected": False}
    assert browser.get("/api/v1/amazon/connections").json == {"items": [], "next_cursor": None}


def test_a_connection_is_shown_without_its_secrets(browser, world):
    connection = world.connect(world.user, US, CA, refresh_token="Atzr|canary")

    answer = browser.get(f"/api/v1/amazon/connections/{connection.id}")

    assert answer.json == {
        "connected": True,
        "id": str(connection.id),
        "seller_id": "SELLER1",
        "marketplace_id": US,
        "marketplace_ids": [US, CA],
        "participating_marketplace_ids": [],
        "region": "na",
        "status": "connected",
        "is_default": True,
        "lwa_client_id": None,
        "iam_role_arn": None,
        "connected_at": "2026-03-04T11:00:00Z",
        "renew_before": "2027-03-04T11:00:00Z",
        "renewal_due": False,
        "last_used_at": None,
        "last_synced_at": None,
        "last_error": None,
    }
    assert "canary" not in answer.text


def test_the_default_connection_is_the_first_one_and_leads_the_list(browser, world):
    first = world.connect(world.user, US)
    second = world.connect(world.user, DE, seller_id="SELLER2")

    items = browser.get("/api/v1/amazon/connections").json["items"]

    assert browser.get("/api/v1/amazon/connection").json["id"] == str(first.id)
    assert [item["id"] for item in items] == [str(first.id), str(second.id)]


@pytest.mark.parametrize("status", [ConnectionStatus.REAUTHORIZATION_REQUIRED, ConnectionStatus.DISCONNECTED])
def test_a_connection_that_can_not_be_used_is_not_called_connected(browser, world, status):
    world.connect(world.user, status=status)

    connection = browser.get("/api/v1/amazon/connection").json

    assert (connection["connected"], connection["status"]) == (False, status.value)


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_somebody_elses_connection_is_not_found(browser, world, method):
    theirs = world.connect(world.stranger)

    answer = browser.open(f"/api/v1/amazon/connections/{theirs.id}", method=method)

    assert (answer.status_code, answer.json["error"]) == (404, "not_found")
    assert world.refresh_token(theirs.id) == "Atzr|seed"


def test_somebody_elses_connection_and_none_at_all_get_the_same_answer(browser, world):
    theirs = world.connect(world.stranger)

    foreign = browser.get(f"/api/v1/amazon/connections/{theirs.id}").json
    nowhere = browser.get(f"/api/v1/amazon/connections/{uuid4()}").json

    assert {**foreign, "request_id": ""} == {**nowhere, "request_id": ""}


def test_an_id_that_is_none_is_not_found(browser):
    assert browser.get("/api/v1/amazon/connections/7").status_code == 404


def test_disconnecting_erases_the_refresh_token(browser, world):
    connection = world.connect(world.user)

    answer = browser.delete("/api/v1/amazon/disconnect")

    assert (answer.status_code, answer.json) == (200, {"message": "Disconnected"})
    assert world.refresh_token(connection.id) is None
    assert browser.get("/api/v1/amazon/connection").json["status"] == "disconnected"


def test_disconnecting_with_nothing_connected_says_so(browser):
    answer = browser.delete("/api/v1/amazon/disconnect")

    assert (answer.status_code, answer.json["error"]) == (403, "amazon_not_connected")


def test_one_connection_of_several_can_be_left(browser, world):
    stays = world.connect(world.user, US)
    goes = world.connect(world.user, DE, seller_id="SELLER2")

    answer = browser.delete(f"/api/v1/amazon/connections/{goes.id}")

    assert (answer.status_code, answer.data) == (204, b"")
    assert (world.refresh_token(goes.id), world.refresh_token(stays.id)) == (None, "Atzr|seed")
    assert browser.get(f"/api/v1/amazon/connections/{goes.id}").json["status"] == "disconnected"


def test_leaving_for_good_erases_the_connection_and_keeps_the_word_of_it(browser, world):
    connection = world.connect(world.user)

    answer = browser.delete(f"/api/v1/amazon/connections/{connection.id}?permanent=true")

    assert answer.status_code == 204
    assert browser.get(f"/api/v1/amazon/connections/{connection.id}").status_code == 404
    assert world.store.tables.resources == {}
    assert world.deeds(world.user)[-2:] == ["connection.erasure_requested", "connection.erased"]


def test_a_wish_to_leave_that_is_not_understood_changes_nothing(browser, world):
    connection = world.connect(world.user)

    answer = browser.delete(f"/api/v1/amazon/connections/{connection.id}?permanent=perhaps")

    assert (answer.status_code, set(answer.json["details"]["fields"])) == (400, {"permanent"})
    assert world.refresh_token(connection.id) == "Atzr|seed"
