"""Advertising's connection, seen from the browser."""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from domain.connections.model import ConnectionStatus, Provider
from domain.errors import ClientRefused, ReauthorizationRequired, UpstreamFailed
from domain.sync.model import Resource
from tests.entrypoints.browsers import app_of, logged_in
from tests.fakes.world import World

AUTHORIZE = "/api/v1/ads/oauth/authorize"
CALLBACK = "/api/v1/ads/oauth/callback"
HERE = "http://127.0.0.1:5000"


def state_of(url):
    return parse_qs(urlsplit(url).query)["state"][0]


def started(browser, region="eu"):
    return browser.get(AUTHORIZE, query_string={"region": region}).json["authorization_url"]


def told_after(browser, **parameters):
    """What the browser is told after the callback."""
    answer = browser.get(CALLBACK, query_string=parameters)
    assert answer.status_code == 302
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cache-Control"] == "no-store"
    return answer.headers["Location"].removeprefix(f"{HERE}/settings?")


def test_advertising_is_connected_through_the_region_s_consent_page(browser, world):
    url = started(browser)

    told = told_after(browser, code="code-1", state=state_of(url), scope="advertising::campaign_management")

    assert url.startswith("https://ads-consent.test/eu?")
    assert parse_qs(urlsplit(url).query)["redirect_uri"] == [f"{HERE}{CALLBACK}"]
    assert told == "ads_connected=true"
    shown = browser.get("/api/v1/ads/connection").json
    assert shown == {
        "connected": True,
        "id": shown["id"],
        "region": "eu",
        "status": "connected",
        "is_default": True,
        "connected_at": "2026-03-04T12:00:00Z",
        "last_used_at": None,
        "last_synced_at": None,
        "last_error": None,
    }
    assert browser.get("/api/v1/ads/connections").json == {"items": [shown], "next_cursor": None}
    assert browser.get(f"/api/v1/ads/connections/{shown['id']}").json == shown


def test_without_a_connection_there_is_none(browser):
    assert browser.get("/api/v1/ads/connection").json == {"connected": False}


def test_authorizing_asks_nobody(browser, world):
    started(browser)

    assert world.amazon_ads.tokens.exchanged == []
    assert world.ads.asked == []


@pytest.mark.parametrize("region", ["", "us", "world"])
def test_a_region_that_there_is_not_is_refused(browser, region):
    answer = browser.get(AUTHORIZE, query_string={"region": region})

    assert (answer.status_code, list(answer.json["details"]["fields"])) == (400, ["region"])


def test_without_a_client_the_missing_settings_are_named(world):
    world.amazon_ads.pages.lacking = ("AMAZON_ADS_CLIENT_ID", "AMAZON_ADS_CLIENT_SECRET")

    answer = logged_in(app_of(world), world.user).get(AUTHORIZE)

    assert (answer.status_code, answer.json["error"]) == (503, "configuration_error")
    assert answer.json["details"]["missing"] == ["AMAZON_ADS_CLIENT_ID", "AMAZON_ADS_CLIENT_SECRET"]


def test_whatever_goes_wrong_the_browser_comes_back_to_the_front_end(browser, anonymous, world):
    told = [told_after(anonymous, code="c", state=state_of(started(browser)))]
    told.append(told_after(browser, code="c"))
    told.append(told_after(browser, code="c", state="forged"))
    told.append(told_after(browser, state=state_of(started(browser))))
    told.append(told_after(browser, error="access_denied", state=state_of(started(browser))))
    told.append(told_after(browser, error="invalid_scope", state=state_of(started(browser))))
    world.amazon_ads.tokens.grants.append(UpstreamFailed("broken", channel="ads"))
    told.append(told_after(browser, code="c", state=state_of(started(browser))))
    refused = ClientRefused("no", ("AMAZON_ADS_CLIENT_SECRET",), "invalid_client")
    world.amazon_ads.tokens.grants.append(refused)
    told.append(told_after(browser, code="c", state=state_of(started(browser))))

    assert told == [
        "ads_error=invalid_state",
        "ads_error=missing_params",
        "ads_error=invalid_state",
        "ads_error=missing_params",
        "ads_error=access_denied",
        "ads_error=not_configured",
        "ads_error=exchange_failed",
        "ads_error=not_configured",
    ]
    assert world.services.connections.of(world.user.id, Provider.AMAZON_ADS) == []


def test_another_user_s_state_connects_nobody(browser, stranger_browser, world):
    told = told_after(stranger_browser, code="c", state=state_of(started(browser)))

    assert told == "ads_error=invalid_state"


def test_disconnecting_erases_the_tokens(browser, world):
    connection = world.connect_ads(world.user)

    answer = browser.delete("/api/v1/ads/disconnect")

    assert (answer.status_code, answer.json) == (200, {"message": "Disconnected"})
    assert world.refresh_token(connection.id) is None
    assert browser.get("/api/v1/ads/connection").json["status"] == "disconnected"


def test_there_may_be_nothing_to_disconnect(browser):
    answer = browser.delete("/api/v1/ads/disconnect")

    assert (answer.status_code, answer.json["error"]) == (403, "ads_not_connected")
    assert answer.json["message"] == "Amazon Ads is not connected."


def test_leaving_for_good_leaves_nothing_behind(browser, world):
    connection = world.connect_ads(world.user)

    answer = browser.delete(f"/api/v1/ads/connections/{connection.id}?permanent=true")

    assert answer.status_code == 204
    assert connection.id not in world.store.tables.connections
    assert browser.get("/api/v1/ads/connection").json == {"connected": False}


def test_a_seller_s_connection_is_none_of_advertising(browser, world):
    seller = world.connect(world.user)

    assert browser.get(f"/api/v1/ads/connections/{seller.id}").status_code == 404
    assert browser.get("/api/v1/ads/connection").json == {"connected": False}
    assert browser.get(f"/api/v1/amazon/connections/{world.connect_ads(world.user).id}").status_code == 404


def test_the_setup_tells_how_advertising_is_doing(browser, world):
    world.connect_ads(world.user)

    ads = browser.get("/api/v1/dashboard/setup-status").json["data"]["integrations"]["amazonAds"]

    assert ads == {"connected": True, "status": "connected", "lastSync": None}


def test_a_lost_consent_is_told_with_what_to_do(browser, world):
    connection = world.connect_ads(world.user)
    with world.work() as work:
        work.vault.forget_access(connection.id, 1)
        work.commit()
    world.amazon_ads.tokens.renewals.append(ReauthorizationRequired("invalid_grant", channel="ads"))

    chain = world.services.ads.diagnosis.check(connection)

    assert [(link.name, link.state) for link in chain] == [
        ("stored_credentials", "ok"),
        ("key", "ok"),
        ("token_exchange", "failed"),
        ("call", "skipped"),
    ]
    assert chain[2].mend == "connect Amazon Ads again in the settings view"
    shown = browser.get("/api/v1/ads/connection").json
    assert (shown["connected"], shown["status"]) == (False, "reauthorization_required")
    assert shown["last_error"]["code"] == "ads_reauthorization_required"
    setup = browser.get("/api/v1/dashboard/setup-status").json["data"]["integrations"]["amazonAds"]
    assert (setup["status"], setup["message"]) == ("reauthorization_required", "The consent was withdrawn.")


def test_a_refused_client_marks_nobody(world):
    connection = world.connect_ads(world.user)
    refused = ClientRefused("no", ("AMAZON_ADS_CLIENT_SECRET",), "invalid_client")
    world.amazon_ads.tokens.renewals.append(refused)

    chain = world.services.ads.diagnosis.check(connection)

    assert chain[2].mend.startswith("compare AMAZON_ADS_CLIENT_SECRET with the security profile")
    assert world.kept(connection).status is ConnectionStatus.CONNECTED


def test_tokens_of_advertising_are_renewed_unasked_at_their_own_endpoint(world):
    world.connect(world.user)
    world.connect_ads(world.user)
    world.connect_store(world.user)
    world.clock.advance(timedelta(minutes=58))

    renewed = world.services.ads.renewals.renew_due(10)

    assert renewed == 1
    assert world.amazon_ads.tokens.refreshed == [("na", "Atzr|ads-seed")]
    assert (world.lwa.refreshes, world.services.renewals.renew_due(10)) == (0, 1)
    assert len(world.amazon_ads.tokens.refreshed) == 1
    assert [call.text for call in world.lwa.asked_with] == ["Atzr|seed"]


def test_the_resource_of_advertising_is_scheduled(browser, world):
    told_after(browser, code="code-1", state=state_of(started(browser)))

    assert [resource for _id, resource in world.store.tables.resources] == [Resource.ADS]


def test_an_installation_without_advertising_says_what_is_missing(world):
    fresh = World()

    answer = logged_in(app_of(fresh), fresh.user).get("/api/v1/dashboard/setup-status").json["data"]

    ads = answer["integrations"]["amazonAds"]
    assert ads["status"] == "configuration_error"
    assert ads["details"]["missing"] == ["AMAZON_ADS_CLIENT_ID", "AMAZON_ADS_CLIENT_SECRET"]
