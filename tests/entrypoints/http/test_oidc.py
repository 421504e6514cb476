"""An identity provider's tokens, from a signature over HTTP to an answer of the API's."""

import json
from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient

from domain.events.listener import Limits
from domain.users.model import CONSOLE
from tests.entrypoints.browsers import app_of, logged_in
from tests.fakes.clock import HeldClock
from tests.fakes.issuer import LoopbackIssuer, a_key, issuing, signed
from tests.fakes.things import NOW
from tests.fakes.world import PASSWORD, World

ME = "/api/v1/auth/me"
KEYS = "/api/v1/auth/api-keys"
EVIL = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}


@pytest.fixture
def issuer() -> Iterator[LoopbackIssuer]:
    with issuing(HeldClock(NOW)) as issuer:
        yield issuer


@pytest.fixture
def world(issuer: LoopbackIssuer) -> World:
    world = World(bearers=issuer.reader)
    issuer.clock = world.clock
    return world


@pytest.fixture
def program(app: Flask) -> FlaskClient:
    """A client without a cookie."""
    return app.test_client()


def showing(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def refused(answer) -> bool:
    """Whether a token was refused as RFC 6750 wants it."""
    return (answer.status_code, answer.json["error"], answer.headers.get("WWW-Authenticate")) == (
        401,
        "unauthenticated",
        'Bearer error="invalid_token"',
    )


def test_a_token_makes_the_user_whom_its_claims_describe(issuer, program) -> None:
    answer = program.get(ME, headers=showing(issuer.token()))

    me = answer.json
    assert answer.status_code == 200
    assert {name: me[name] for name in ("email", "first_name", "last_name")} == {
        "email": "new@example.com",
        "first_name": "Neu",
        "last_name": "Gier",
    }
    assert me["created_at"] == me["last_login_at"] == "2026-03-04T12:00:00Z"


def test_the_next_token_of_the_same_subject_updates_the_user(issuer, program) -> None:
    first = program.get(ME, headers=showing(issuer.token())).json

    again = program.get(ME, headers=showing(issuer.token(email="next@example.com", given_name="Alt"))).json

    assert again == {**first, "email": "next@example.com", "first_name": "Alt"}


def test_a_user_without_an_email_is_somebody_too(issuer, program) -> None:
    me = program.get(ME, headers=showing(issuer.token(email=None, email_verified=None))).json

    assert me["email"] is None


def test_each_sees_their_own_alone(issuer, program, world) -> None:
    theirs = world.connect(world.stranger, seller_id="THEIRS")
    headers = showing(issuer.token())

    assert program.get("/api/v1/amazon/connections", headers=headers).json["items"] == []
    assert program.get(f"/api/v1/amazon/connections/{theirs.id}", headers=headers).status_code == 404


def test_an_email_that_is_not_proven_takes_nobodys_account(issuer, program, world) -> None:
    world.connect(world.user)

    token = issuer.token(email=world.user.email, email_verified=False)
    me = program.get(ME, headers=showing(token)).json

    assert (me["id"] == str(world.user.id), me["email"]) == (False, None)
    assert program.get("/api/v1/amazon/connections", headers=showing(token)).json["items"] == []


def test_a_proven_email_leads_to_the_account_and_ends_what_opened_it_before(
    issuer, program, browser, world
) -> None:
    connection = world.connect(world.user)
    key = browser.post(KEYS, json={"name": "tool"}).json["key"]
    headers = showing(issuer.token(email=world.user.email))

    me = program.get(ME, headers=headers).json

    assert me["id"] == str(world.user.id)
    assert program.get(f"/api/v1/amazon/connections/{connection.id}", headers=headers).status_code == 200
    assert browser.get(ME).status_code == 401
    assert refused(program.get(ME, headers=showing(key)))
    entries = program.get("/api/v1/audit", headers=headers).json["items"]
    assert "user.linked" in [entry["action"] for entry in entries]


@pytest.mark.parametrize(
    "claims", [{"iss": "https://a.example"}, {"aud": "another"}, {"exp": 1}, {"sub": ""}]
)
def test_a_token_that_is_no_good_is_refused(issuer, program, world, claims) -> None:
    before = len(world.services.access.everybody())

    assert refused(program.get(ME, headers=showing(issuer.token(**claims))))
    assert len(world.services.access.everybody()) == before


@pytest.mark.parametrize(
    "shown", ["", "x", "a.b.c", "eyJhbGciOiJub25lIn0.e30.", "x" * 20_000, "é", "pk_wrong", "Bearer x"]
)
def test_what_is_no_token_lets_nobody_in_whatever_cookie_comes_along(browser, shown) -> None:
    answer = browser.get(ME, headers={"Authorization": f"Bearer {shown}".encode().decode("latin-1")})

    assert refused(answer)


def test_a_strangers_signature_opens_nothing_not_even_beside_a_cookie(issuer, browser) -> None:
    payload = json.dumps(issuer.claims()).encode()

    forged = signed({"alg": "ES256", "kid": "first"}, payload, a_key("a stranger's"))

    assert refused(browser.get(ME, headers=showing(forged)))


def test_a_token_beside_somebody_elses_cookie_works_for_who_shows_it(issuer, browser) -> None:
    assert browser.get(ME, headers=showing(issuer.token())).json["email"] == "new@example.com"


def test_when_the_provider_is_away_tokens_wait_and_everybody_else_goes_on(issuer, program, browser) -> None:
    issuer.status = "503 Service Unavailable"

    answer = program.get(ME, headers=showing(issuer.token()))

    assert (answer.status_code, answer.json["error"]) == (503, "unavailable")
    assert int(answer.headers["Retry-After"]) > 0
    assert browser.get(ME).status_code == 200


def test_a_provider_that_goes_away_is_not_missed_while_its_keys_are_held(issuer, program, world) -> None:
    program.get(ME, headers=showing(issuer.token()))
    issuer.status = "503 Service Unavailable"
    world.clock.advance(timedelta(hours=2))

    assert program.get(ME, headers=showing(issuer.token())).status_code == 200


def test_api_keys_are_still_known_as_such_without_asking_the_provider(issuer, program, browser) -> None:
    key = browser.post(KEYS, json={"name": "tool"}).json["key"]

    assert program.get(ME, headers=showing(key)).status_code == 200
    assert issuer.asked == []


def test_a_user_who_comes_by_token_may_make_and_delete_api_keys(issuer, program) -> None:
    headers = showing(issuer.token())

    made = program.post(KEYS, json={"name": "tool"}, headers=headers)
    me = program.get(ME, headers=showing(made.json["key"]))
    gone = program.delete(f"{KEYS}/{made.json['id']}", headers=headers)

    assert (made.status_code, me.json["email"], gone.status_code) == (201, "new@example.com", 204)


def test_a_good_token_may_come_from_anywhere(issuer, program) -> None:
    answer = program.post(KEYS, json={"name": "tool"}, headers={**EVIL, **showing(issuer.token())})

    assert answer.status_code == 201


def test_a_bad_token_opens_no_door_to_other_sites(issuer, browser, world) -> None:
    connection = world.connect(world.user)

    answer = browser.delete(
        "/api/v1/amazon/disconnect", headers={**EVIL, **showing(issuer.token(aud="another"))}
    )

    assert refused(answer)
    assert world.kept(connection) == connection


def test_a_token_does_not_excuse_other_sites_where_it_is_not_asked_for(issuer, browser) -> None:
    answer = browser.post("/api/v1/auth/logout", headers={**EVIL, **showing(issuer.token())})

    assert (answer.status_code, answer.json["error"]) == (403, "cross_site_request")


def test_clients_of_the_proxy_may_show_a_token_as_well(issuer, program) -> None:
    path = "/api/v1/amazon/proxy/sellers/v1/marketplaceParticipations"

    answer = program.get(path, headers={"x-amz-access-token": issuer.token()})

    assert (answer.status_code, answer.json["error"]) == (403, "amazon_not_connected")


def test_without_a_provider_no_token_is_looked_at(issuer) -> None:
    program = app_of(World()).test_client()

    assert refused(program.get(ME, headers=showing(issuer.token())))
    assert issuer.asked == []


def test_a_front_end_may_read_why_a_token_was_refused(issuer) -> None:
    world = World(bearers=issuer.reader, FRONTEND_URL="https://app.example")

    answer = (
        app_of(world)
        .test_client()
        .get(ME, headers={"Origin": "https://app.example", **showing(issuer.token(exp=1))})
    )

    assert answer.json["message"] == "This token has expired: get a new one."
    assert "WWW-Authenticate" in answer.headers["Access-Control-Expose-Headers"]


def test_events_are_streamed_to_who_shows_a_token_until_it_has_run_out(issuer) -> None:
    world = World(bearers=issuer.reader, limits=Limits(quiet=0.02, look_again=0))
    issuer.clock = world.clock
    program = app_of(world).test_client()

    stream = program.get("/api/v1/events", headers=showing(issuer.token(exp=int(NOW.timestamp()) + 600)))
    frames = stream.iter_encoded()
    begun = [next(frames), next(frames)]
    world.clock.advance(timedelta(seconds=660))
    rest = list(frames)

    assert stream.status_code == 200
    assert begun[0].startswith(b"retry: ")
    assert rest == []


def test_the_log_in_by_password_goes_on_beside_it(app, world) -> None:
    assert logged_in(app, world.user).get(ME).status_code == 200


def test_a_password_changed_by_token_leaves_the_session_of_whoever_sits_there_alone(
    app, world, issuer
) -> None:
    browser = logged_in(app, world.stranger)
    shown = showing(issuer.token())
    owner = world.services.access.by_email(browser.get(ME, headers=shown).json["email"])
    world.services.access.set_password(owner, PASSWORD, CONSOLE)
    another = {"current_password": PASSWORD, "new_password": "another horse, another battery"}

    changed = browser.post("/api/v1/auth/password", json=another, headers=shown)

    assert changed.status_code == 204
    assert browser.get(ME).json["email"] == world.stranger.email


# A consent: the front end shows the token, and the browser comes back without it


def sent_to_amazon(program: FlaskClient, token: str) -> str:
    """The state with which a consent was begun."""
    asked = "/api/v1/amazon/oauth/authorize?marketplace_id=ATVPDKIKX0DER"
    url = program.get(asked, headers=showing(token)).json["authorization_url"]
    return str(parse_qs(urlsplit(url).query)["state"][0])


def come_back(program: FlaskClient, state: str) -> str:
    """How it ended."""
    sent = {"state": state, "spapi_oauth_code": "a-code", "selling_partner_id": "A1SELLER"}
    answer = program.get("/api/v1/amazon/oauth/callback", query_string=sent)
    return str(urlsplit(answer.headers["Location"]).query)


def test_a_browser_without_a_session_comes_back_from_the_consent_that_it_was_sent_to(issuer, program) -> None:
    token = issuer.token()

    ended = come_back(program, sent_to_amazon(program, token))

    assert ended == "amazon_connected=true"
    mine = program.get("/api/v1/amazon/connections", headers=showing(token)).json["items"]
    assert [each["seller_id"] for each in mine] == ["A1SELLER"]


def test_another_browser_does_not(app, issuer, program, world) -> None:
    state = sent_to_amazon(program, issuer.token())

    assert come_back(app.test_client(), state) == "amazon_error=invalid_state"
    assert come_back(logged_in(app, world.user), state) == "amazon_error=invalid_state"


def test_having_been_sent_there_lets_in_to_nothing_else(issuer, program) -> None:
    sent_to_amazon(program, issuer.token())

    assert program.get(ME).status_code == 401
    assert program.post("/api/v1/auth/logout", headers=EVIL).status_code == 403


def test_the_browser_comes_back_once(issuer, program) -> None:
    state = sent_to_amazon(program, issuer.token())
    come_back(program, state)

    assert come_back(program, state) == "amazon_error=invalid_state"
