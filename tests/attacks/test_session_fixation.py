"""A session that the attacker has chosen, copied or kept: it is never the victim's, or is dead when it should be."""

import base64
import json
import zlib

import pytest
from flask.testing import FlaskClient

from entrypoints.http.app import create_app
from tests.entrypoints.browsers import app_of
from tests.fakes.world import PASSWORD, World

COOKIE = "portside_session"
LOGIN, LOGOUT, ME = "/api/v1/auth/login", "/api/v1/auth/logout", "/api/v1/auth/me"


def log_in(client: FlaskClient, email: str) -> None:
    assert client.post(LOGIN, json={"email": email, "password": PASSWORD}).status_code == 200


def cookie_of(client: FlaskClient) -> str:
    return client.get_cookie(COOKIE).value


def contents(cookie: str) -> dict[str, str]:
    """What a signed cookie holds: it is packed, and no secret."""
    packed = cookie.lstrip(".").partition(".")[0]
    found: dict[str, str] = json.loads(zlib.decompress(base64.urlsafe_b64decode(f"{packed}==")))
    return found


def with_cookie(app, value: str) -> FlaskClient:
    client: FlaskClient = app.test_client()
    client.set_cookie(COOKIE, value)
    return client


def test_a_cookie_that_the_attacker_has_planted_is_not_the_victims_after_logging_in(app, attacker, world):
    planted = cookie_of(attacker)
    victim = with_cookie(app, planted)

    log_in(victim, world.stranger.email)

    assert cookie_of(victim) != planted
    assert victim.get(ME).json["id"] == str(world.stranger.id)
    assert with_cookie(app, planted).get(ME).status_code == 401


def test_a_cookie_that_began_before_anybody_logged_in_is_worth_nothing_after(app, anonymous, world):
    anonymous.get("/api/v1/amazon/oauth/callback?state=x")
    anonymous.set_cookie(COOKIE, "chosen-by-the-attacker")

    log_in(anonymous, world.stranger.email)

    assert with_cookie(app, "chosen-by-the-attacker").get(ME).status_code == 401


def test_a_copied_cookie_is_dead_after_the_victim_has_logged_out(app, victim):
    copied = cookie_of(victim)
    victim.post(LOGOUT)

    assert with_cookie(app, copied).get(ME).status_code == 401


def test_a_copied_cookie_is_dead_after_the_victim_has_logged_in_anew_in_the_same_browser(app, victim, world):
    copied = cookie_of(victim)
    log_in(victim, world.stranger.email)

    assert with_cookie(app, copied).get(ME).status_code == 401


def test_a_session_of_ones_own_can_not_be_written_over_to_be_another_users(app, attacker, world):
    _packed, *signature = cookie_of(attacker).lstrip(".").split(".")
    other = {**contents(cookie_of(attacker)), "_user_id": str(world.stranger.id)}
    written = base64.urlsafe_b64encode(json.dumps(other).encode()).decode().rstrip("=")

    assert with_cookie(app, ".".join([written, *signature])).get(ME).status_code == 401


def test_a_cookie_that_another_installation_has_signed_is_nobodys(app, world):
    other = create_app(world.services, world.settings, "another installation's key").test_client()
    log_in(other, world.stranger.email)

    assert with_cookie(app, cookie_of(other)).get(ME).status_code == 401


@pytest.mark.parametrize(
    "value", ["", ".", "..", "e30.e30.e30", "x" * 4000, "eyJfdXNlcl9pZCI6ICIxIn0", '"', "%00", "\u00e9"]
)
def test_whatever_stands_in_the_cookie_is_nobodys_and_no_error(app, value):
    assert with_cookie(app, value).get(ME).status_code == 401


def test_of_two_cookies_of_one_name_neither_lends_the_other_its_rights(app, attacker, victim, world):
    both = f"{COOKIE}={cookie_of(attacker)}; {COOKIE}={cookie_of(victim)}"
    client = app.test_client(use_cookies=False)

    seen = {client.get(ME, headers={"Cookie": both}).json["id"] for _ in range(3)}

    assert len(seen) == 1
    assert seen < {str(world.user.id), str(world.stranger.id)}


@pytest.mark.parametrize(
    ("environment", "name", "secure"),
    [("development", COOKIE, False), ("test", COOKIE, True), ("production", f"__Host-{COOKIE}", True)],
)
def test_no_script_and_no_neighbour_reads_or_plants_the_cookie(environment, name, secure):
    variables = {"PORTSIDE_ENV": environment, "PUBLIC_URL": "https://portside.example"}
    if environment == "production":
        variables |= {"SECRET_KEY": "s" * 40, "TOKEN_ENCRYPTION_KEYS": f"k1:{'A' * 43}="}
    world = World(**variables)
    client = app_of(world).test_client()

    answer = client.post(
        LOGIN, json={"email": world.user.email, "password": PASSWORD}, base_url="https://localhost"
    )

    (written,) = [each for each in answer.headers.getlist("Set-Cookie") if each.startswith(f"{name}=")]
    flags = {each.strip().lower() for each in written.split(";")[1:]}
    assert {"httponly", "samesite=lax", "path=/"} <= flags
    assert ("secure" in flags) is secure
    assert not any(each.startswith("domain") for each in flags)


def test_the_token_of_a_session_is_in_the_cookie_alone_and_kept_hashed(victim, world):
    token = contents(cookie_of(victim))["_user_id"]

    assert token not in repr(world.store.tables)
    assert token not in victim.get(ME).get_data(as_text=True)
