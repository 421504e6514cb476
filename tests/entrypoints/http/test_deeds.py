"""Whatever changes something of a user leaves its word in the audit log: who did it, and from where."""

from urllib.parse import parse_qs, urlsplit

import pytest

from domain.audit.model import Action
from tests.fakes.ads_things import a_profile
from tests.fakes.stores import SHOP
from tests.fakes.things import US, a_level
from tests.fakes.world import PASSWORD

SAFE = {"GET", "HEAD", "OPTIONS"}
#: Changes nothing that has to be accounted for.
QUIET = {
    ("POST", "shopify.webhook"): "nobody is logged in: what comes of it is written down as our own work",
    ("POST", "oauth.start_by_post"): "a consent that was asked for changes nothing until it is given",
    ("POST", "sync.request_sync"): "a sync has runs of its own",
    ("POST", "reports.ask"): "a report is listed itself, with when and for whom it was asked",
    ("POST", "ads_reports.ask"): "a report is listed itself, with when and for whom it was asked",
    ("POST", "ads_schedules.add"): "a schedule is listed itself, and so are the reports that it asks for",
    ("PATCH", "ads_schedules.change"): "a schedule is listed itself, and so are the reports that it asks for",
    ("DELETE", "ads_schedules.remove"): "what a schedule has asked for stays listed",
    ("POST", "products.eligibilities"): "a question, whose list is too long for an address",
    ("POST", "products.many_fees"): "a question, whose list is too long for an address",
}


def register(browser, world):
    body = {"email": "new@example.com", "password": PASSWORD}
    assert browser.post("/api/v1/auth/register", json=body).status_code == 201


def log_in(browser, world):
    body = {"email": world.user.email, "password": PASSWORD}
    assert browser.post("/api/v1/auth/login", json=body).status_code == 200


def change_password(browser, world):
    body = {"current_password": PASSWORD, "new_password": f"{PASSWORD} anew"}
    assert browser.post("/api/v1/auth/password", json=body).status_code == 204


def log_out(browser, world):
    assert browser.post("/api/v1/auth/logout").status_code == 204


def bring(browser, world):
    body = {"seller_id": "A1BROUGHT", "refresh_token": "Atzr|brought", "marketplace_ids": [US]}
    answer = browser.post("/api/v1/amazon/connections", json=body)
    assert answer.status_code == 201, answer.json


def change(browser, world):
    path = f"/api/v1/amazon/connections/{world.connect(world.user).id}"
    answer = browser.patch(path, json={"iam_role_arn": "arn:aws:iam::123456789012:role/seller"})
    assert answer.status_code == 200, answer.json


def move_reorder_point(browser, world):
    world.stock(world.connect(world.user), a_level("SKU-1"))
    path = "/api/v1/dashboard/amazon-inventory/items/SKU-1/reorder-point"
    assert browser.put(path, json={"reorderPoint": 25}).status_code == 200


def an_account(world):
    connection = world.connect_ads(world.user)
    with world.work() as work:
        work.ads_accounts.merge(connection, [a_profile("1")], world.clock.now())
        work.commit()
        return work.ads_accounts.accounts(world.user.id)[0].id


def change_account(browser, world):
    answer = browser.patch(f"/api/v1/accounts/{an_account(world)}", json={"account_name": "Mine"})
    assert answer.status_code == 200, answer.json


def leave_accounts(browser, world):
    body = {"operation": "disconnect", "account_ids": [str(an_account(world))]}
    assert browser.post("/api/v1/accounts/batch", json=body).json["succeeded"] == 1


def register_account(browser, world):
    world.connect_ads(world.user)
    body = {"account_name": "Mine", "country_codes": ["US"], "seller_id": "A1"}
    assert browser.post("/api/v1/accounts/register", json=body).status_code == 202


def disconnect(browser, world):
    world.connect(world.user)
    assert browser.delete("/api/v1/amazon/disconnect").status_code == 200


def leave(browser, world):
    path = f"/api/v1/amazon/connections/{world.connect(world.user).id}"
    assert browser.delete(path).status_code == 204


def leave_for_good(browser, world):
    path = f"/api/v1/amazon/connections/{world.connect(world.user).id}"
    assert browser.delete(f"{path}?permanent=true").status_code == 204


def come_back(browser, world, **returned):
    url = browser.get("/api/v1/amazon/oauth/authorize").json["authorization_url"]
    state = parse_qs(urlsplit(url).query)["state"][0]
    answer = browser.get("/api/v1/amazon/oauth/callback", query_string={"state": state, **returned})
    assert answer.status_code == 302


def connect(browser, world):
    come_back(browser, world, spapi_oauth_code="code", selling_partner_id="SELLER1")


def renew(browser, world):
    connect(browser, world)
    connect(browser, world)


def refuse(browser, world):
    come_back(browser, world, error="access_denied")


def make_key(browser, world):
    assert browser.post("/api/v1/auth/api-keys", json={"name": "shop"}).status_code == 201


def delete_key(browser, world):
    key = browser.post("/api/v1/auth/api-keys", json={"name": "shop"}).json
    assert browser.delete(f"/api/v1/auth/api-keys/{key['id']}").status_code == 204


def pass_on(method):
    def call(browser, world):
        world.connect(world.user)
        path = "/api/v1/amazon/proxy/listings/2021-08-01/items/SELLER1/SKU"
        assert browser.open(path, method=method).status_code == 200

    call.__name__ = f"pass_on_{method.lower()}"
    return call


def bring_store(browser, world):
    body = {"shop": SHOP, "access_token": "shpat_brought"}
    answer = browser.post("/api/v1/shopify/connections", json=body)
    assert answer.status_code == 201, answer.json


def change_store(browser, world):
    world.connect_store(world.user)
    path = f"/api/v1/shopify/connections/{world.connect_store(world.user, shop='b.myshopify.com').id}"
    assert browser.patch(path, json={"is_default": True}).status_code == 200


def disconnect_store(browser, world):
    world.connect_store(world.user)
    assert browser.delete("/api/v1/shopify/disconnect").status_code == 200


def leave_store(browser, world):
    path = f"/api/v1/shopify/connections/{world.connect_store(world.user).id}"
    assert browser.delete(path).status_code == 204


def leave_store_for_good(browser, world):
    path = f"/api/v1/shopify/connections/{world.connect_store(world.user).id}"
    assert browser.delete(f"{path}?permanent=true").status_code == 204


def come_back_from_store(browser, world, **changes):
    url = browser.get(f"/api/v1/shopify/oauth/authorize?shop={SHOP}").json["authorization_url"]
    returned = world.shopify.returns(url, SHOP, **changes)
    assert browser.get("/api/v1/shopify/oauth/callback", query_string=returned).status_code == 302


def connect_store(browser, world):
    come_back_from_store(browser, world)


def renew_store(browser, world):
    connect_store(browser, world)
    connect_store(browser, world)


def refuse_store(browser, world):
    come_back_from_store(browser, world, error="access_denied")


def disconnect_ads(browser, world):
    world.connect_ads(world.user)
    assert browser.delete("/api/v1/ads/disconnect").status_code == 200


def leave_ads(browser, world):
    path = f"/api/v1/ads/connections/{world.connect_ads(world.user).id}"
    assert browser.delete(path).status_code == 204


def leave_ads_for_good(browser, world):
    path = f"/api/v1/ads/connections/{world.connect_ads(world.user).id}"
    assert browser.delete(f"{path}?permanent=true").status_code == 204


def come_back_from_ads(browser, **changes):
    url = browser.get("/api/v1/ads/oauth/authorize").json["authorization_url"]
    returned = {"state": parse_qs(urlsplit(url).query)["state"][0], **changes}
    assert browser.get("/api/v1/ads/oauth/callback", query_string=returned).status_code == 302


def connect_ads(browser, world):
    come_back_from_ads(browser, code="code-1")


def renew_ads(browser, world):
    connect_ads(browser, world)
    connect_ads(browser, world)


def refuse_ads(browser, world):
    come_back_from_ads(browser, error="access_denied")


#: Method and endpoint, what is done there, and what the log says of it.
DEEDS = [
    ("POST", "users.register", register, Action.USER_REGISTERED),
    ("POST", "users.login", log_in, Action.USER_LOGGED_IN),
    ("POST", "users.change_password", change_password, Action.USER_PASSWORD_CHANGED),
    ("POST", "users.logout", log_out, Action.USER_LOGGED_OUT),
    ("POST", "api_keys.create", make_key, Action.API_KEY_CREATED),
    ("DELETE", "api_keys.delete", delete_key, Action.API_KEY_DELETED),
    *(
        (method, "proxy.pass_on", pass_on(method), Action.PROXY_CALLED)
        for method in ("POST", "PUT", "PATCH", "DELETE")
    ),
    ("POST", "connections.bring", bring, Action.CONNECTION_CONNECTED),
    ("PATCH", "connections.change", change, Action.CONNECTION_CHANGED),
    ("DELETE", "connections.leave", leave, Action.CONNECTION_DISCONNECTED),
    ("DELETE", "connections.leave", leave_for_good, Action.CONNECTION_ERASURE_REQUESTED),
    ("DELETE", "connections.disconnect", disconnect, Action.CONNECTION_DISCONNECTED),
    ("PUT", "stock.set_reorder_point", move_reorder_point, Action.REORDER_POINT_CHANGED),
    ("POST", "shopify.bring", bring_store, Action.CONNECTION_CONNECTED),
    ("PATCH", "shopify.change", change_store, Action.CONNECTION_CHANGED),
    ("DELETE", "shopify.leave", leave_store, Action.CONNECTION_DISCONNECTED),
    ("DELETE", "shopify.leave", leave_store_for_good, Action.CONNECTION_ERASURE_REQUESTED),
    ("DELETE", "shopify.disconnect", disconnect_store, Action.CONNECTION_DISCONNECTED),
    ("GET", "shopify.callback", connect_store, Action.CONNECTION_CONNECTED),
    ("GET", "shopify.callback", renew_store, Action.CONNECTION_RENEWED),
    ("GET", "shopify.callback", refuse_store, Action.CONNECTION_REFUSED),
    ("PATCH", "accounts.change", change_account, Action.ACCOUNT_CHANGED),
    ("POST", "accounts.batch", leave_accounts, Action.ACCOUNT_DISCONNECTED),
    (
        "POST",
        "account_registrations.register",
        register_account,
        Action.ACCOUNT_REGISTRATION_ASKED,
    ),
    ("DELETE", "ads_oauth.leave", leave_ads, Action.CONNECTION_DISCONNECTED),
    ("DELETE", "ads_oauth.leave", leave_ads_for_good, Action.CONNECTION_ERASURE_REQUESTED),
    ("DELETE", "ads_oauth.disconnect", disconnect_ads, Action.CONNECTION_DISCONNECTED),
    ("GET", "ads_oauth.callback", connect_ads, Action.CONNECTION_CONNECTED),
    ("GET", "ads_oauth.callback", renew_ads, Action.CONNECTION_RENEWED),
    ("GET", "ads_oauth.callback", refuse_ads, Action.CONNECTION_REFUSED),
    ("GET", "oauth.callback", connect, Action.CONNECTION_CONNECTED),
    ("GET", "oauth.callback", renew, Action.CONNECTION_RENEWED),
    ("GET", "oauth.callback", refuse, Action.CONNECTION_REFUSED),
]


@pytest.mark.parametrize(
    ("do", "action"), [deed[2:] for deed in DEEDS], ids=[deed[2].__name__ for deed in DEEDS]
)
def test_a_deed_leaves_its_word_with_who_and_from_where(browser, world, do, action):
    before = len(world.store.tables.audit)

    do(browser, world)

    left = [entry for entry in world.store.tables.audit[before:] if entry.action == action]
    owner = world.user.email if action is not Action.USER_REGISTERED else "new@example.com"
    assert [(entry.actor, entry.address) for entry in left] == [(owner, "127.0.0.1")]


def test_no_address_that_changes_something_is_forgotten(app):
    changing = {
        (method, rule.endpoint) for rule in app.url_map.iter_rules() for method in rule.methods - SAFE
    }

    accounted = {(method, endpoint) for method, endpoint, _do, _action in DEEDS if method not in SAFE}

    assert changing == accounted | set(QUIET)
