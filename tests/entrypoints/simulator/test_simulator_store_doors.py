"""The simulated store's doors: the owner is asked, and the application gets tokens of each kind."""

from __future__ import annotations

import hashlib
import hmac
import json
from base64 import b64decode, b64encode
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest

from entrypoints.simulator.shopify.signing import query_signature
from tests.entrypoints.simulator.driven_store import BACK, HARBOR, KUMO, NORDLICHT, Shop


@pytest.fixture
def shop() -> Shop:
    return Shop.with_config()


def _error(answer) -> tuple[int, str]:
    return answer.status_code, answer.json["error"]


def test_an_owner_who_installs_comes_back_with_a_signed_code(shop):
    told = shop.landed()

    given = told.pop("hmac")
    message = "&".join(
        f"{name}={told[name].replace('%', '%25').replace('&', '%26')}" for name in sorted(told)
    )
    secret = shop.amazon.config.shopify_client_secret.encode()
    assert given == hmac.new(secret, message.encode(), hashlib.sha256).hexdigest()
    assert set(told) == {"code", "host", "shop", "state", "timestamp"}
    assert (told["shop"], told["state"], told["timestamp"]) == (HARBOR.shop, "s & t", "1792065630")
    assert b64decode(told["host"] + "==").decode() == "admin.shopify.com/store/harbor-and-pine"


def test_signatures_escape_what_separates_names_and_values():
    plain = query_signature("secret", {"a": "1&b=2"})

    assert plain == hmac.new(b"secret", b"a=1%26b=2", hashlib.sha256).hexdigest()
    assert (
        query_signature("secret", {"a=b": "%"})
        == hmac.new(b"secret", b"a%3Db=%25", hashlib.sha256).hexdigest()
    )


def test_an_owner_who_declines_comes_back_without_a_code(shop):
    told = shop.landed("cancel")

    assert told["error"] == "access_denied"
    assert "code" not in told


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ({"client_id": "somebody"}, "application_cannot_be_found"),
        ({"redirect_uri": "https://elsewhere.example/back"}, "invalid_request"),
        ({"redirect_uri": ""}, "invalid_request"),
    ],
)
def test_a_question_of_nobody_or_to_nowhere_is_an_error_page(shop, parameters, code):
    answer = shop.ask(**parameters)

    assert answer.status_code == 400
    assert code in answer.text


def test_a_registered_address_may_be_anywhere():
    back = "https://portside.example/api/v1/shopify/oauth/callback"
    shop = Shop.with_config(shopify_redirect_uris=(back,))

    answer = shop.ask(redirect_uri=back)

    assert answer.headers["Location"].startswith(f"{back}?hmac=")


def test_a_form_that_was_changed_or_left_open_is_refused(shop):
    path = f"/{HARBOR.shop}/admin/oauth/authorize"

    answer = shop.amazon.http.post(path, data={"form": "made up", "decision": "confirm"})

    assert answer.status_code == 400


def test_an_unknown_store_is_not_found(shop):
    path = "/nobody.myshopify.com/admin"

    answers = [
        shop.amazon.http.get(f"{path}/oauth/authorize"),
        shop.amazon.http.post(f"{path}/oauth/access_token"),
        shop.amazon.http.post(f"{path}/api/2026-10/graphql.json", json={"query": "{ shop { name } }"}),
    ]

    assert [answer.status_code for answer in answers] == [404, 404, 404]


def test_a_code_becomes_a_token_that_ends_and_one_that_renews_it(shop):
    answer = shop.tokens(code=shop.landed()["code"], expiring="1").json

    assert (answer["expires_in"], answer["refresh_token_expires_in"]) == (3600, 7_776_000)
    assert answer["scope"] == "read_orders,read_all_orders"
    assert shop.takes(answer["access_token"])
    shop.amazon.clock.advance(seconds=3601)
    assert not shop.takes(answer["access_token"])


def test_without_asking_for_an_end_a_token_has_none(shop):
    answer = shop.tokens(code=shop.landed()["code"]).json

    shop.amazon.clock.advance(days=300)
    assert set(answer) == {"access_token", "scope"}
    assert shop.takes(answer["access_token"])


def test_a_code_is_good_once_and_for_its_own_store(shop):
    code, stolen = shop.landed()["code"], shop.landed()["code"]
    shop.tokens(code=code)

    again, elsewhere = shop.tokens(code=code), shop.of(KUMO).tokens(code=stolen)

    assert _error(again) == _error(elsewhere) == (400, "invalid_request")


def test_a_code_that_is_too_old_is_refused(shop):
    code = shop.landed()["code"]

    shop.amazon.clock.advance(minutes=6)

    assert _error(shop.tokens(code=code)) == (400, "invalid_request")


def test_a_token_request_may_be_json(shop):
    config = shop.amazon.config
    body = {
        "client_id": config.shopify_client_id,
        "client_secret": config.shopify_client_secret,
        "code": shop.landed()["code"],
        "expiring": 1,
    }

    answer = shop.amazon.http.post(f"/{HARBOR.shop}/admin/oauth/access_token", json=body)

    assert answer.json["refresh_token"].startswith("shprt_")


def test_a_scope_that_the_store_does_not_give_is_left_out_and_one_for_writing_holds_reading(shop):
    there = shop.of(NORDLICHT)

    answer = there.tokens(code=there.landed(scope="write_orders,read_all_orders")["code"]).json

    assert answer["scope"] == "read_orders"


def test_a_refresh_token_is_good_until_its_replacement_is_used(shop):
    first = shop.tokens(code=shop.landed()["code"], expiring="1").json["refresh_token"]
    shop.tokens(grant_type="refresh_token", refresh_token=first)

    second = shop.tokens(grant_type="refresh_token", refresh_token=first).json["refresh_token"]
    third = shop.tokens(grant_type="refresh_token", refresh_token=second)
    late = shop.tokens(grant_type="refresh_token", refresh_token=first)

    assert third.status_code == 200
    assert _error(late) == (400, "invalid_grant")


def test_a_refresh_token_ends_after_ninety_days(shop):
    token = shop.tokens(code=shop.landed()["code"], expiring="1").json["refresh_token"]

    shop.amazon.clock.advance(days=91)

    assert _error(shop.tokens(grant_type="refresh_token", refresh_token=token)) == (400, "invalid_grant")


def test_client_credentials_are_for_a_day_and_for_the_owners_stores(shop):
    answer = shop.tokens(grant_type="client_credentials").json
    foreign = shop.of(NORDLICHT).tokens(grant_type="client_credentials")

    assert (answer["expires_in"], set(answer)) == (86_399, {"access_token", "scope", "expires_in"})
    assert not answer["access_token"].startswith("shpat_")
    assert shop.takes(answer["access_token"])
    assert _error(foreign) == (400, "shop_not_permitted")
    assert foreign.json["error_description"] == "Client credentials cannot be performed on this shop."


def test_a_permanent_token_can_be_exchanged_and_dies_then(shop):
    offline = "urn:shopify:params:oauth:token-type:offline-access-token"
    fields = {
        "grant_type": "urn:ietf:params:oauth:grant-type:token-exchange",
        "subject_token": HARBOR.access_token,
        "subject_token_type": offline,
        "requested_token_type": offline,
        "expiring": "1",
    }

    answer = shop.tokens(**fields)

    assert shop.takes(answer.json["access_token"])
    assert not shop.takes(HARBOR.access_token)
    assert _error(shop.tokens(**fields)) == (400, "invalid_subject_token")


def test_a_wrong_secret_and_an_unknown_grant_are_refused(shop):
    assert _error(shop.tokens(client_secret="wrong")) == (401, "invalid_client")
    assert _error(shop.tokens(grant_type="password")) == (400, "unsupported_grant_type")


def test_uninstalling_ends_every_token_until_it_is_installed_anew(shop):
    given = shop.tokens(code=shop.landed()["code"], expiring="1").json

    shop.control("shopify/uninstall", shop=HARBOR.shop)

    renewed = shop.tokens(grant_type="refresh_token", refresh_token=given["refresh_token"])
    assert _error(renewed) == (400, "invalid_grant")
    assert _error(shop.tokens(grant_type="client_credentials")) == (400, "app_not_installed")
    assert not shop.takes(given["access_token"])
    assert not shop.takes(HARBOR.access_token)
    anew = shop.tokens(code=shop.landed()["code"]).json["access_token"]
    assert shop.takes(anew)
    assert not shop.takes(given["access_token"])


def test_restoring_makes_as_if_nothing_had_been_uninstalled(shop):
    given = shop.control("shopify/authorize", shop=HARBOR.shop).json["access_token"]
    shop.control("shopify/uninstall", shop=HARBOR.shop)

    shop.control("shopify/restore", shop=HARBOR.shop)

    assert shop.takes(given)
    assert shop.takes(HARBOR.access_token)


def test_tokens_are_good_in_another_process_of_the_same_seed(shop):
    token = shop.tokens(code=shop.landed()["code"]).json["access_token"]

    assert Shop.with_config().takes(token)
    assert not Shop.with_config(seed=8).takes(token)


class _Listener(BaseHTTPRequestHandler):
    heard: list[tuple[dict[str, str], bytes]]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.heard.append((dict(self.headers), body))
        self.send_response(401 if len(self.heard) > 1 else 200)
        self.end_headers()

    def log_message(self, *_args: object) -> None:
        """Stay quiet."""


def test_webhooks_are_signed_over_their_bytes(shop):
    heard: list[tuple[dict[str, str], bytes]] = []
    with HTTPServer(("127.0.0.1", 0), type("Listener", (_Listener,), {"heard": heard})) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}/hooks"
        told = {"shop": HARBOR.shop, "url": url}
        good = shop.control("shopify/webhooks", topic="shop/redact", **told).json
        bad = shop.control("shopify/webhooks", topic="app/uninstalled", signed=False, id="w-1", **told).json
        server.shutdown()

    (headers, body), (spoilt, other) = heard
    secret = shop.amazon.config.shopify_client_secret.encode()
    assert (good, bad) == ({"status": 200}, {"status": 401})
    assert headers["X-Shopify-Hmac-SHA256"] == b64encode(hmac.digest(secret, body, "sha256")).decode()
    assert (headers["X-Shopify-Topic"], headers["X-Shopify-Shop-Domain"]) == ("shop/redact", HARBOR.shop)
    assert json.loads(body)["shop_domain"] == HARBOR.shop
    assert spoilt["X-Shopify-Hmac-SHA256"] != b64encode(hmac.digest(secret, other, "sha256")).decode()
    assert spoilt["X-Shopify-Webhook-Id"] == "w-1"


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("webhooks", {"shop": HARBOR.shop, "topic": "shop/redact", "url": "http://portside.example/hooks"}),
        ("webhooks", {"shop": HARBOR.shop, "topic": "orders/create", "url": BACK}),
        ("webhooks", {"shop": HARBOR.shop, "topic": "shop/redact", "url": "http://127.0.0.1:1/"}),
        ("uninstall", {"shop": "nobody.myshopify.com"}),
        ("switches", {"ignore_filter": True}),
        ("switches", {"bulk_fate": "COMPLETED"}),
        ("switches", {"most_points": "many"}),
        ("orders/change", {"shop": HARBOR.shop, "order_id": 7, "change": "refunded"}),
        ("orders/change", {"shop": HARBOR.shop, "order_id": 7, "change": "lost"}),
    ],
)
def test_a_control_that_cannot_be_meant_is_refused(shop, path, body):
    answer = shop.amazon.http.post(f"/simulator/shopify/{path}", json=body)

    assert answer.status_code == 400
    assert answer.json["error"]
