"""The door for sellers who begin at Amazon's page."""

from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.entrypoints.browsers import app_of, logged_in
from tests.fakes.things import DE
from tests.fakes.world import PASSWORD, World

DOOR = "/api/v1/amazon/oauth/login"
AMAZON = "https://sellercentral-europe.amazon.com/apps/authorize/confirm/amzn1.sp.solution.x"
SENT = {"amazon_callback_uri": AMAZON, "amazon_state": "theirs", "selling_partner_id": "SELLER1"}


def log_in(browser, world, path="/api/v1/auth/login"):
    return browser.post(path, json={"email": world.user.email, "password": PASSWORD})


def test_who_is_logged_in_goes_straight_back_to_amazon(browser, world):
    answer = browser.get(DOOR, query_string=SENT)

    target = urlsplit(answer.headers["Location"])
    query = {name: values[0] for name, values in parse_qs(target.query).items()}
    (state,) = world.store.tables.states.values()
    assert answer.status_code == 302
    assert f"{target.scheme}://{target.netloc}{target.path}" == AMAZON
    assert set(query) == {"amazon_state", "state", "redirect_uri"}
    assert (query["amazon_state"], query["redirect_uri"]) == (
        "theirs",
        "http://127.0.0.1:5000/api/v1/amazon/oauth/callback",
    )
    assert (answer.headers["Referrer-Policy"], answer.headers["Cache-Control"]) == ("no-referrer", "no-store")
    assert (state.marketplace_id, world.lwa.exchanges, world.amazon.accounts.asked) == (DE, 0, 0)


def test_who_is_not_is_sent_to_log_in_and_the_address_holds_nothing_of_amazons(anonymous, world):
    answer = anonymous.get(DOOR, query_string=SENT)

    location = answer.headers["Location"]
    assert answer.status_code == 302
    assert location.startswith("http://127.0.0.1:5000/login?next=")
    assert parse_qs(urlsplit(location).query)["next"] == [f"http://127.0.0.1:5000{DOOR}"]
    assert "theirs" not in location
    assert "SELLER1" not in location
    assert (answer.headers["Referrer-Policy"], answer.headers["Cache-Control"]) == ("no-referrer", "no-store")
    assert world.store.tables.states == {}


def test_after_the_log_in_the_seller_goes_on_to_amazon_and_is_connected(anonymous, world):
    world.amazon.accounts.marketplace_ids = (DE,)
    anonymous.get(DOOR, query_string=SENT)
    log_in(anonymous, world)

    onward = anonymous.get(DOOR).headers["Location"]

    state = parse_qs(urlsplit(onward).query)["state"][0]
    back = {"state": state, "spapi_oauth_code": "code", "selling_partner_id": "SELLER1"}
    answer = anonymous.get("/api/v1/amazon/oauth/callback", query_string=back)
    assert onward.startswith(f"{AMAZON}?amazon_state=theirs&")
    assert answer.headers["Location"].endswith("/settings?amazon_connected=true")
    assert anonymous.get("/api/v1/amazon/connection").json["region"] == "eu"


def test_a_new_account_does_as_well(anonymous):
    anonymous.get(DOOR, query_string=SENT)
    anonymous.post("/api/v1/auth/register", json={"email": "new@example.com", "password": PASSWORD})

    assert anonymous.get(DOOR).headers["Location"].startswith(AMAZON)


def test_what_waited_is_used_once(anonymous, world):
    anonymous.get(DOOR, query_string=SENT)
    log_in(anonymous, world)
    anonymous.get(DOOR)

    answer = anonymous.get(DOOR)

    assert (answer.status_code, set(answer.json["details"]["fields"])) == (400, set(SENT))


def test_what_waits_waits_ten_minutes(anonymous, world):
    anonymous.get(DOOR, query_string=SENT)
    log_in(anonymous, world)
    world.clock.advance(timedelta(minutes=10))

    assert anonymous.get(DOOR).status_code == 400


def test_a_log_in_carries_nothing_else_over(anonymous, world):
    anonymous.get(DOOR, query_string=SENT)
    with anonymous.session_transaction() as session:
        session["planted"] = "x"

    log_in(anonymous, world)

    with anonymous.session_transaction() as session:
        assert "planted" not in session


def test_a_log_out_ends_it(anonymous, world):
    anonymous.get(DOOR, query_string=SENT)
    anonymous.post("/api/v1/auth/logout")
    log_in(anonymous, world)

    assert anonymous.get(DOOR).status_code == 400


@pytest.mark.parametrize("who", ["browser", "anonymous"])
@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"amazon_callback_uri": None}, {"amazon_callback_uri"}),
        ({"amazon_state": None, "selling_partner_id": None}, {"amazon_state", "selling_partner_id"}),
        ({"amazon_callback_uri": "https://evil.example/"}, {"amazon_callback_uri"}),
        ({"amazon_callback_uri": "https://sellercentral.amazon.com.evil.example/"}, {"amazon_callback_uri"}),
        ({"amazon_callback_uri": "http://sellercentral.amazon.com/"}, {"amazon_callback_uri"}),
        ({"amazon_callback_uri": "//sellercentral.amazon.com/"}, {"amazon_callback_uri"}),
        ({"amazon_callback_uri": "javascript:alert(1)"}, {"amazon_callback_uri"}),
        ({"amazon_state": ""}, {"amazon_state"}),
        ({"selling_partner_id": "../x"}, {"selling_partner_id"}),
    ],
)
def test_whatever_is_not_amazons_is_an_error_and_redirects_nowhere(request, who, changes, fields):
    sent = {name: value for name, value in {**SENT, **changes}.items() if value is not None}

    answer = request.getfixturevalue(who).get(DOOR, query_string=sent)

    assert (answer.status_code, answer.json["error"]) == (400, "invalid_request")
    assert set(answer.json["details"]["fields"]) == fields
    assert "Location" not in answer.headers


def test_this_machine_plays_amazon_outside_production_only():
    here = SENT | {"amazon_callback_uri": "http://127.0.0.1:5001/na/apps/authorize/confirm/x"}
    real: dict[str, Any] = {
        "PORTSIDE_ENV": "production",
        "PUBLIC_URL": "https://portside.example",
        "SECRET_KEY": "s" * 40,
        "TOKEN_ENCRYPTION_KEYS": f"k1:{'A' * 43}=",
    }
    proxied = real | {"SELLER_CENTRAL_URL": "http://127.0.0.1:5001/{region}"}

    nothing: dict[str, Any] = {}
    answers = [
        app_of(World(missing_settings=(), **variables)).test_client().get(DOOR, query_string=here).status_code
        for variables in (nothing, real, proxied)
    ]

    assert answers == [302, 400, 302]


def test_without_an_application_it_is_the_operators_turn():
    world = World(missing_settings=("AMAZON_APP_ID",))

    answer = logged_in(app_of(world), world.user).get(DOOR, query_string=SENT)

    assert (answer.status_code, answer.json["error"]) == (503, "configuration_error")


def test_a_front_end_elsewhere_is_told_where_to_go_on():
    world = World(FRONTEND_URL="https://app.example/shop", PUBLIC_URL="https://api.example")

    location = app_of(world).test_client().get(DOOR, query_string=SENT).headers["Location"]

    assert location.startswith("https://app.example/shop/login?next=https%3A%2F%2Fapi.example%2Fapi%2Fv1%2F")
