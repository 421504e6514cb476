"""Register, log in, log out, me: seen from the browser. Everything beyond a port is a fake."""

import base64
from datetime import timedelta

import pytest

from tests.entrypoints.browsers import app_of, logged_in
from tests.fakes.world import PASSWORD, World

COOKIE = "portside_session"
PRODUCTION = {
    "PORTSIDE_ENV": "production",
    "SECRET_KEY": "s" * 32,
    "TOKEN_ENCRYPTION_KEYS": f"k1:{base64.b64encode(bytes(32)).decode()}",
    "PUBLIC_URL": "https://portside.example",
}


def log_in(browser, email="ada@example.com", password=PASSWORD):
    return browser.post("/api/v1/auth/login", json={"email": email, "password": password})


def test_registering_answers_the_user_and_logs_in(anonymous):
    form = {"email": "bo@example.com", "password": PASSWORD, "first_name": "Bo", "last_name": "Berg"}

    answer = anonymous.post("/api/v1/auth/register", json=form)

    user = answer.json
    assert answer.status_code == 201
    assert set(user) == {"id", "email", "first_name", "last_name", "created_at", "last_login_at"}
    assert (user["email"], user["first_name"], user["last_name"]) == ("bo@example.com", "Bo", "Berg")
    assert (user["created_at"], user["last_login_at"]) == ("2026-03-04T12:00:00Z", "2026-03-04T12:00:00Z")
    assert anonymous.get("/api/v1/auth/me").json == user


def test_names_may_be_left_out(anonymous):
    answer = anonymous.post("/api/v1/auth/register", json={"email": "bo@example.com", "password": PASSWORD})

    assert (answer.status_code, answer.json["first_name"], answer.json["last_name"]) == (201, None, None)


@pytest.mark.parametrize(
    ("form", "fields"),
    [
        ({}, {"email", "password"}),
        ({"email": "nobody", "password": PASSWORD}, {"email"}),
        ({"email": "bo@example.com", "password": "short"}, {"password"}),
        (
            {"email": "nobody", "password": "p" * 1025, "last_name": "n" * 101},
            {"email", "password", "last_name"},
        ),
        ({"email": "bo@example.com", "password": PASSWORD, "first_name": "a\nb"}, {"first_name"}),
        ({"email": 7, "password": PASSWORD}, {"email"}),
        ({"email": "bo@example.com", "password": PASSWORD, "is_admin": True}, {"is_admin"}),
    ],
)
def test_every_bad_field_of_a_registration_is_named(anonymous, form, fields):
    answer = anonymous.post("/api/v1/auth/register", json=form)

    assert (answer.status_code, answer.json["error"]) == (400, "invalid_request")
    assert set(answer.json["details"]["fields"]) == fields


def test_a_refused_password_is_not_repeated_in_the_answer(anonymous):
    answer = anonymous.post("/api/v1/auth/register", json={"email": "bo@example.com", "password": "canary"})

    assert answer.status_code == 400
    assert "canary" not in answer.text


def test_an_e_mail_is_taken_whatever_its_case(anonymous):
    answer = anonymous.post("/api/v1/auth/register", json={"email": "ADA@Example.com", "password": PASSWORD})

    assert (answer.status_code, answer.json["error"]) == (409, "conflict")


@pytest.mark.parametrize("body", [b"{", b"[]", b"null", b'"text"', b"\xff", b'{"a": '])
def test_a_body_that_is_no_object_is_refused(anonymous, body):
    answer = anonymous.post("/api/v1/auth/login", data=body, content_type="application/json")

    assert (answer.status_code, answer.json["error"]) == (400, "invalid_request")
    assert set(answer.json["details"]["fields"]) == {"body"}


@pytest.mark.parametrize("nested", ["[" * 31 + "]" * 31, '"' + "[" * 40 + '"'], ids=["lists", "text"])
def test_a_body_may_be_nested_and_brackets_in_texts_do_not_count(anonymous, nested):
    body = f'{{"email": {nested}, "password": "p"}}'

    answer = anonymous.post("/api/v1/auth/login", data=body, content_type="application/json")

    assert "body" not in answer.json["details"].get("fields", {})


@pytest.mark.parametrize(
    "nested",
    ["[" * 32 + "]" * 32, '{"a":' * 500 + "1" + "}" * 500, "[" * 100_000],
    ids=["just", "objects", "never closed"],
)
def test_a_body_that_is_nested_too_deep_is_not_even_parsed(anonymous, nested):
    body = f'{{"email": {nested}, "password": "p"}}'

    answer = anonymous.post("/api/v1/auth/login", data=body, content_type="application/json")

    assert (answer.status_code, answer.json["error"]) == (400, "invalid_request")
    assert "nested deeper" in answer.json["details"]["fields"]["body"]


def test_logging_in_answers_the_user(anonymous, world):
    answer = log_in(anonymous)

    assert answer.status_code == 200
    assert answer.json["id"] == str(world.user.id)
    assert anonymous.get("/api/v1/auth/me").json == answer.json


@pytest.mark.parametrize(
    ("email", "password"), [("ada@example.com", "a wrong guess"), ("nobody@example.com", PASSWORD)]
)
def test_whichever_of_the_two_is_wrong_the_answer_is_the_same(anonymous, email, password):
    answer = log_in(anonymous, email, password)

    assert (answer.status_code, answer.json["error"]) == (401, "invalid_credentials")
    assert answer.json["message"] == "E-mail or password is wrong."


def test_ten_wrong_guesses_shut_the_door_and_say_for_how_long(anonymous):
    for _ in range(10):
        log_in(anonymous, password="a wrong guess")

    answer = log_in(anonymous)

    assert (answer.status_code, answer.json["error"]) == (429, "rate_limited")
    assert answer.headers["Retry-After"] == "900"


def test_the_door_opens_again_after_the_time_that_was_said(anonymous, world):
    for _ in range(10):
        log_in(anonymous, password="a wrong guess")
    refused = log_in(anonymous)

    world.clock.advance(timedelta(seconds=int(refused.headers["Retry-After"])))

    assert log_in(anonymous).status_code == 200


def test_logging_out_ends_the_session(browser):
    answer = browser.post("/api/v1/auth/logout")

    assert (answer.status_code, answer.data) == (204, b"")
    assert browser.get("/api/v1/auth/me").status_code == 401


def test_logging_out_twice_is_no_error(anonymous):
    assert anonymous.post("/api/v1/auth/logout").status_code == 204


def test_a_copied_cookie_is_dead_after_logging_out(app, browser):
    copied = browser.get_cookie(COOKIE).value
    thief = app.test_client()
    thief.set_cookie(COOKIE, copied)
    before = thief.get("/api/v1/auth/me").status_code

    browser.post("/api/v1/auth/logout")
    thief.set_cookie(COOKIE, copied)

    assert (before, thief.get("/api/v1/auth/me").status_code) == (200, 401)


def test_logging_in_again_begins_another_session_and_ends_the_first(app, browser):
    first = browser.get_cookie(COOKIE).value

    log_in(browser)

    old = app.test_client()
    old.set_cookie(COOKIE, first)
    assert browser.get_cookie(COOKIE).value != first
    assert old.get("/api/v1/auth/me").status_code == 401
    assert browser.get("/api/v1/auth/me").status_code == 200


def test_a_session_chosen_by_somebody_else_is_not_the_one_after_logging_in(app, browser, stranger_browser):
    planted = stranger_browser.get_cookie(COOKIE).value
    browser.set_cookie(COOKIE, planted)

    answer = log_in(browser)

    assert browser.get_cookie(COOKIE).value != planted
    assert browser.get("/api/v1/auth/me").json["id"] == answer.json["id"]


def test_a_session_ends_by_itself(browser, world):
    world.clock.advance(timedelta(days=14, seconds=1))

    assert browser.get("/api/v1/auth/me").status_code == 401


def test_a_cookie_that_was_tampered_with_logs_nobody_in(anonymous, browser):
    value = browser.get_cookie(COOKIE).value
    anonymous.set_cookie(COOKIE, value[:-2] + ("AA" if value[-2:] != "AA" else "BB"))

    assert anonymous.get("/api/v1/auth/me").status_code == 401


@pytest.mark.parametrize(
    ("variables", "name", "secure"),
    [
        ({"PORTSIDE_ENV": "development", "AMAZON_SIMULATOR": "off"}, COOKIE, False),
        ({"PORTSIDE_ENV": "test"}, COOKIE, True),
        (PRODUCTION, f"__Host-{COOKIE}", True),
    ],
)
def test_the_cookie_is_as_strict_as_the_environment_allows(variables, name, secure):
    world = World(**variables)

    cookie = logged_in(app_of(world), world.user).get_cookie(name)

    assert (cookie.http_only, cookie.same_site, cookie.secure) == (True, "Lax", secure)
    assert (cookie.path, cookie.origin_only) == ("/", True)


def test_no_password_and_no_session_token_is_in_an_answer(anonymous):
    answers = [log_in(anonymous), anonymous.get("/api/v1/auth/me")]

    assert all(PASSWORD not in answer.text and "token" not in answer.text for answer in answers)


# Another password

ANOTHER = "another horse, another battery"


def change(browser, present=PASSWORD, new=ANOTHER):
    return browser.post("/api/v1/auth/password", json={"current_password": present, "new_password": new})


def test_a_changed_password_is_the_one_that_counts(app, browser):
    answer = change(browser)

    assert answer.status_code == 204
    assert log_in(app.test_client()).status_code == 401
    assert log_in(app.test_client(), password=ANOTHER).status_code == 200


def test_whoever_changes_it_stays_logged_in_and_everywhere_else_is_logged_out(app, world, browser):
    elsewhere = logged_in(app, world.user)
    copied = browser.get_cookie(COOKIE).value

    change(browser)

    assert browser.get("/api/v1/auth/me").status_code == 200
    assert elsewhere.get("/api/v1/auth/me").status_code == 401
    thief = app.test_client()
    thief.set_cookie(COOKIE, copied)
    assert thief.get("/api/v1/auth/me").status_code == 401


def test_without_the_present_password_nothing_changes(app, browser):
    answer = change(browser, present="not the present one")

    assert (answer.status_code, answer.json["error"]) == (401, "invalid_credentials")
    assert log_in(app.test_client()).status_code == 200


def test_a_password_that_can_not_be_is_named(browser):
    answer = change(browser, new="short")

    assert answer.status_code == 400
    assert answer.json["details"]["fields"] == {"new_password": "at least 12 characters"}


def test_who_has_somebodys_open_browser_can_not_guess_on(browser):
    for _ in range(10):
        assert change(browser, present="not the present one").status_code == 401

    answer = change(browser)

    assert (answer.status_code, answer.json["error"]) == (429, "rate_limited")
