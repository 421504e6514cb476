"""The store endpoints, seen from the browser, from Shopify, and from somebody who is neither."""

import json
from dataclasses import replace
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from domain.connections.model import ConnectionStatus, Provider
from domain.errors import UpstreamFailed, UpstreamTimedOut
from tests.entrypoints.browsers import app_of, logged_in
from tests.fakes.stores import SHOP, STORE
from tests.fakes.things import US
from tests.fakes.world import World

AUTHORIZE = "/api/v1/shopify/oauth/authorize"
CALLBACK = "/api/v1/shopify/oauth/callback"
HERE = "http://127.0.0.1:5000"


def told_after(browser, parameters):
    """What the browser is told after the callback."""
    answer = browser.get(CALLBACK, query_string=parameters)
    assert answer.status_code == 302
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    return answer.headers["Location"].removeprefix(f"{HERE}/settings?")


def started(browser, shop=SHOP):
    return browser.get(AUTHORIZE, query_string={"shop": shop}).json["authorization_url"]


def test_a_store_is_connected_through_its_consent_page(browser, world):
    url = started(browser)

    told = told_after(browser, world.shopify.returns(url, SHOP))

    assert url.startswith(f"https://{SHOP}/consent?")
    assert parse_qs(urlsplit(url).query)["redirect_uri"] == [f"{HERE}{CALLBACK}"]
    assert told == "shopify_connected=true"
    assert browser.get("/api/v1/shopify/connection").json == {
        "connected": True,
        "id": browser.get("/api/v1/shopify/connections").json["items"][0]["id"],
        "shop": SHOP,
        "name": "Acme",
        "currency": "CAD",
        "time_zone": "America/St_Johns",
        "scopes": ["read_all_orders", "read_orders"],
        "status": "connected",
        "is_default": True,
        "client_id": None,
        "history_limited_to_days": None,
        "history_limited_because": None,
        "connected_at": "2026-03-04T12:00:00Z",
        "last_used_at": None,
        "last_synced_at": None,
        "last_error": None,
    }


def test_authorizing_asks_nobody(browser, world):
    started(browser)

    assert (world.front.accounts_asked, world.shopify.tokens.exchanged) == (0, [])


@pytest.mark.parametrize("query", ["", "?shop=", "?shop=evil.com", "?shop=a&shop=b"])
def test_authorizing_without_a_store_is_refused(browser, query):
    answer = browser.get(f"{AUTHORIZE}{query}")

    assert (answer.status_code, list(answer.json["details"]["fields"])) == (400, ["shop"])


def test_without_an_application_the_missing_settings_are_named():
    world = World()
    world.shopify.pages.missing_settings = ("SHOPIFY_CLIENT_ID", "SHOPIFY_CLIENT_SECRET")

    answer = logged_in(app_of(world), world.user).get(f"{AUTHORIZE}?shop=acme")

    assert (answer.status_code, answer.json["error"]) == (503, "configuration_error")
    assert answer.json["details"]["missing"] == ["SHOPIFY_CLIENT_ID", "SHOPIFY_CLIENT_SECRET"]


def test_whatever_goes_wrong_the_browser_comes_back_to_the_front_end(browser, anonymous, world):
    parameters = world.shopify.returns(started(browser), SHOP)
    forged = [(name, "x" if name == "hmac" else value) for name, value in parameters]
    told = [told_after(anonymous, parameters), told_after(browser, []), told_after(browser, forged)]
    told.append(told_after(browser, world.shopify.returns(started(browser), SHOP, error="access_denied")))
    world.shopify.tokens.troubles.append(UpstreamFailed("broken", channel="shopify"))
    told.append(told_after(browser, world.shopify.returns(started(browser), SHOP)))

    assert told == [
        "shopify_error=invalid_state",
        "shopify_error=missing_params",
        "shopify_error=invalid_state",
        "shopify_error=access_denied",
        "shopify_error=exchange_failed",
    ]
    assert world.services.connections.of(world.user.id, Provider.SHOPIFY) == []


def test_who_installs_from_shopifys_own_page_is_sent_to_the_consent_page(browser, world):
    answer = browser.get(AUTHORIZE, query_string=world.shopify.signs({"shop": SHOP}))

    assert (answer.status_code, answer.headers["Location"].partition("?")[0]) == (
        302,
        f"https://{SHOP}/consent",
    )
    assert (
        told_after(browser, world.shopify.returns(answer.headers["Location"], SHOP))
        == "shopify_connected=true"
    )


def test_who_is_not_logged_in_logs_in_first_and_goes_on_from_there(app, anonymous, world):
    answer = anonymous.get(AUTHORIZE, query_string=world.shopify.signs({"shop": SHOP}))

    place = urlsplit(answer.headers["Location"])
    onward = parse_qs(place.query)["next"][0]
    assert (answer.status_code, f"{place.scheme}://{place.netloc}{place.path}") == (302, f"{HERE}/login")
    assert onward.startswith(f"{HERE}{AUTHORIZE}?")
    later = logged_in(app, world.user).get(onward.removeprefix(HERE))
    assert later.headers["Location"].startswith(f"https://{SHOP}/consent?")


def test_an_install_request_that_is_not_signed_is_refused(anonymous, browser, world):
    forged = [("shop", SHOP), ("timestamp", "1"), ("hmac", "00")]

    answers = [who.get(AUTHORIZE, query_string=forged) for who in (anonymous, browser)]

    assert [(one.status_code, list(one.json["details"]["fields"])) for one in answers] == [
        (400, ["hmac"])
    ] * 2


def test_who_is_not_logged_in_may_not_begin_a_consent(anonymous):
    assert anonymous.get(f"{AUTHORIZE}?shop=acme").status_code == 401


def test_a_store_may_be_brought_along(browser, world):
    sent = {"shop": "acme", "access_token": "shpat_brought"}
    first = browser.post("/api/v1/shopify/connections", json=sent)
    again = browser.post(
        "/api/v1/shopify/connection", json={"shop": SHOP, "client_id": "theirs", "client_secret": "hush"}
    )

    assert (first.status_code, again.status_code) == (201, 200)
    assert (first.json["id"], again.json["client_id"]) == (again.json["id"], "theirs")
    assert world.refresh_token(world.services.connections.of(world.user.id, Provider.SHOPIFY)[0].id) == (
        "client_credentials:"
    )
    assert not {"shpat_brought", "hush"} & set(json.dumps([first.json, again.json]).split('"'))


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"shop": SHOP}, "access_token"),
        ({"shop": SHOP, "client_id": "theirs"}, "client_secret"),
        ({"shop": SHOP, "client_secret": "hush"}, "client_id"),
        ({"shop": SHOP, "access_token": "t", "client_id": "c", "client_secret": "s"}, "access_token"),
        ({"access_token": "t"}, "shop"),
        ({"shop": "evil.com", "access_token": "t"}, "shop"),
        ({"shop": SHOP, "access_token": "in two"}, "access_token"),
        ({"shop": SHOP, "access_token": ""}, "access_token"),
        ({"shop": SHOP, "access_token": "ä"}, "access_token"),
        ({"shop": SHOP, "access_token": "t" * 5000}, "access_token"),
        ({"shop": SHOP, "access_token": "t", "seller_id": "A"}, "seller_id"),
    ],
)
def test_what_can_not_be_brought_names_the_field(browser, world, sent, field):
    answer = browser.post("/api/v1/shopify/connections", json=sent)

    assert (answer.status_code, list(answer.json["details"]["fields"])) == (400, [field])
    assert world.store.tables.connections == {}


def test_a_store_that_does_not_answer_is_said_so_in_its_own_channels_words(browser, world):
    world.front.troubles.append(UpstreamTimedOut("slow", channel="shopify"))

    answer = browser.post("/api/v1/shopify/connections", json={"shop": SHOP, "access_token": "t"})

    assert (answer.status_code, answer.json["error"]) == (504, "shopify_timeout")


def test_a_history_of_sixty_days_is_explained(browser, world):
    world.front.told = replace(STORE, scopes=("read_orders",))
    browser.post("/api/v1/shopify/connections", json={"shop": SHOP, "access_token": "t"})

    shown = browser.get("/api/v1/shopify/connection").json
    setup = browser.get("/api/v1/dashboard/setup-status").json["data"]["integrations"]["shopify"]

    assert shown["history_limited_to_days"] == 60
    assert "read_all_orders" in shown["history_limited_because"]
    assert setup["message"] == shown["history_limited_because"]


def test_nobody_is_connected_at_first(browser):
    assert browser.get("/api/v1/shopify/connection").json == {"connected": False}
    assert browser.get("/api/v1/shopify/connections").json == {"items": [], "next_cursor": None}


def test_stores_and_sellers_do_not_answer_for_each_other(browser, world):
    seller, store = world.connect(world.user, US), world.connect_store(world.user)

    answers = [
        browser.open(f"/api/v1/{channel}/connections/{identity}{more}", method=method, json=body)
        for channel, identity in (("amazon", store.id), ("shopify", seller.id))
        for method, more, body in (
            ("GET", "", None),
            ("PATCH", "", {"is_default": True}),
            ("DELETE", "", None),
            ("DELETE", "?permanent=true", None),
        )
    ]

    assert {answer.status_code for answer in answers} == {404}
    assert (world.kept(seller), world.kept(store)) == (seller, store)
    assert browser.get(f"/api/amazon/test/status?amazonAccountId={store.id}").status_code == 404
    assert browser.get("/api/v1/amazon/connection").json["id"] == str(seller.id)


def test_another_store_can_be_made_the_default_one(browser, world):
    first, second = world.connect_store(world.user), world.connect_store(world.user, shop="b.myshopify.com")
    seller = world.connect(world.user)

    answer = browser.patch(f"/api/v1/shopify/connections/{second.id}", json={"is_default": True})

    assert (answer.status_code, answer.json["is_default"]) == (200, True)
    assert [world.kept(one).is_default for one in (first, second, seller)] == [False, True, True]


def test_disconnecting_erases_the_tokens_and_keeps_the_rest(browser, world):
    store = world.connect_store(world.user)

    answer = browser.delete("/api/v1/shopify/disconnect")

    assert (answer.status_code, answer.json) == (200, {"message": "Disconnected"})
    assert world.refresh_token(store.id) is None
    assert browser.get("/api/v1/shopify/connection").json["status"] == "disconnected"
    again = browser.delete("/api/v1/shopify/disconnect")
    assert (again.status_code, again.json["error"]) == (403, "shopify_not_connected")


def test_leaving_for_good_takes_everything_along(browser, world):
    store = world.connect_store(world.user)

    answer = browser.delete(f"/api/v1/shopify/connections/{store.id}?permanent=true")

    assert (answer.status_code, world.store.tables.connections) == (204, {})


def test_setup_status_tells_of_the_store(browser, world):
    world.shopify.pages.missing_settings = ("SHOPIFY_CLIENT_ID", "SHOPIFY_CLIENT_SECRET")
    before = browser.get("/api/v1/dashboard/setup-status").json["data"]["integrations"]["shopify"]
    world.connect_store(world.user)

    after = browser.get("/api/v1/dashboard/setup-status").json["data"]["integrations"]["shopify"]

    assert (before["status"], before["details"]["missing"]) == (
        "configuration_error",
        ["SHOPIFY_CLIENT_ID", "SHOPIFY_CLIENT_SECRET"],
    )
    assert after == {"connected": True, "status": "connected", "lastSync": None, "orderCount": 0}


def test_setup_status_names_nothing_missing_when_the_application_is_set():
    world = World(SHOPIFY_CLIENT_ID="ours", SHOPIFY_CLIENT_SECRET="hush")

    answer = logged_in(app_of(world), world.user).get("/api/v1/dashboard/setup-status")

    assert answer.json["data"]["integrations"]["shopify"] == {
        "connected": False,
        "status": "disconnected",
        "lastSync": None,
        "orderCount": 0,
    }


def posted(client, world, topic, told, **headers):
    """A webhook as Shopify sends it."""
    body = json.dumps(told).encode()
    signature = {"X-Shopify-Hmac-Sha256": world.shopify.seals(body), "X-Shopify-Webhook-Id": "wh-1"}
    return client.post(
        f"/api/v1/shopify/webhooks/{topic}",
        data=body,
        content_type="application/json",
        headers=signature | {name.replace("_", "-"): value for name, value in headers.items()},
    )


def test_a_store_that_wants_to_be_forgotten_is(anonymous, world):
    world.connect_store(world.user)

    answer = posted(anonymous, world, "shop/redact", {"shop_id": 1, "shop_domain": SHOP})

    assert (answer.status_code, answer.data) == (200, b"")
    assert world.services.connections.of(world.user.id, Provider.SHOPIFY) == []


def test_an_uninstalled_application_disconnects_the_store(anonymous, world):
    store = world.connect_store(world.user)

    answer = posted(anonymous, world, "app/uninstalled", {"myshopify_domain": SHOP})

    assert (answer.status_code, world.kept(store).status) == (200, ConnectionStatus.DISCONNECTED)


@pytest.mark.parametrize(
    ("ago", "status"),
    [(timedelta(days=1), ConnectionStatus.CONNECTED), (None, ConnectionStatus.DISCONNECTED)],
)
def test_a_late_message_is_told_by_its_moment(anonymous, world, ago, status):
    store = world.connect_store(world.user)
    moment = (world.clock.now() - ago).isoformat() if ago else "some day"

    answer = posted(
        anonymous, world, "app/uninstalled", {"myshopify_domain": SHOP}, X_Shopify_Triggered_At=moment
    )

    assert (answer.status_code, world.kept(store).status) == (200, status)


def test_customers_are_written_down_as_a_request_only(anonymous, browser, world):
    world.connect_store(world.user)
    told = {"shop_domain": SHOP, "customer": {"id": 1, "email": "john@example.com"}}

    answer = posted(anonymous, world, "customers/redact", told)

    shown = browser.get("/api/v1/audit")
    assert answer.status_code == 200
    assert "connection.privacy_requested" in [item["action"] for item in shown.json["items"]]
    assert "john" not in shown.text


@pytest.mark.parametrize("signature", ["", "forged", "ä".encode().decode("latin-1")])
def test_what_is_not_signed_is_refused_before_it_is_read(anonymous, browser, world, signature):
    store = world.connect_store(world.user)

    answers = [
        who.post(
            "/api/v1/shopify/webhooks/shop/redact",
            data=body,
            headers={"X-Shopify-Hmac-Sha256": signature},
        )
        for who in (anonymous, browser)
        for body in (b"{broken", b'{"shop_domain": "acme.myshopify.com"}')
    ]

    assert {(one.status_code, one.json["error"]) for one in answers} == {(401, "unauthenticated")}
    assert world.kept(store) == store


def test_a_webhook_heeds_neither_origin_nor_cookie_nor_key(browser, world):
    world.connect_store(world.stranger)

    answer = posted(
        browser,
        world,
        "shop/redact",
        {"shop_domain": SHOP},
        Origin="https://evil.example.com",
        Sec_Fetch_Site="cross-site",
        Authorization="Bearer pk_nobodys",
    )

    assert answer.status_code == 200
    assert world.services.connections.of(world.stranger.id, Provider.SHOPIFY) == []


def test_a_webhook_is_no_larger_than_any_body(anonymous):
    answer = anonymous.post("/api/v1/shopify/webhooks/shop/redact", data=b"x" * (2**20 + 1))

    assert answer.status_code == 413


def test_an_unknown_topic_is_not_found(anonymous, world):
    assert posted(anonymous, world, "orders/create", {"id": 1}).status_code == 404
