"""Guessing: passwords, whose e-mail is known here, sessions, API keys and tokens."""

import base64
import secrets
from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from adapters.system import RandomTokens
from domain.users.model import Visitor
from tests.entrypoints.browsers import app_of
from tests.fakes.world import PASSWORD, World

LOGIN = "/api/v1/auth/login"
REGISTER = "/api/v1/auth/register"
GUESSES = 10
CONSOLE = Visitor("console")


def guess(
    client: FlaskClient, email: str, address: str, password: str = "not the password", **headers: str
) -> int:
    answer = client.post(
        LOGIN,
        json={"email": email, "password": password},
        headers=headers,
        environ_base={"REMOTE_ADDR": address},
    )
    return int(answer.status_code)


def ask_for(client: FlaskClient, email: str, address: str = "192.0.2.1") -> int:
    answer = client.post(
        REGISTER, json={"email": email, "password": PASSWORD}, environ_base={"REMOTE_ADDR": address}
    )
    return int(answer.status_code)


def test_many_addresses_share_the_guesses_at_one_email(anonymous, world):
    answers = [guess(anonymous, world.stranger.email, f"192.0.2.{number}") for number in range(GUESSES + 1)]

    assert answers == [401] * GUESSES + [429]
    assert guess(anonymous, world.stranger.email, "198.51.100.1", PASSWORD) == 429


@pytest.mark.parametrize(
    "written",
    [str.upper, str.title, str.swapcase, lambda email: f"  {email}", lambda email: f"{email}\t\n"],
    ids=["upper", "title", "swapped", "blanks before", "blanks after"],
)
def test_an_email_that_is_written_otherwise_gives_no_more_guesses(anonymous, world, written):
    for number in range(GUESSES):
        guess(anonymous, written(world.stranger.email), f"192.0.2.{number}")

    assert guess(anonymous, world.stranger.email, "198.51.100.1", PASSWORD) == 429


@pytest.mark.parametrize(
    "imitated",
    ["kas\u0131@example.com", "ka\u017fi@example.com", "k\uff41si@example.com", "k\u0430si@example.com"],
    ids=["dotless i", "long s", "wide a", "cyrillic a"],
)
def test_letters_that_look_alike_lead_to_no_account(anonymous, world, imitated):
    world.register("kasi@example.com")

    assert guess(anonymous, imitated, "192.0.2.1", PASSWORD) == 401


def test_letters_that_are_the_same_in_lower_case_give_no_more_guesses(anonymous, world):
    world.register("kasi@example.com")
    for number in range(GUESSES):
        guess(anonymous, "\u212aasi@example.com", f"192.0.2.{number}")  # the sign of the Kelvin

    assert guess(anonymous, "kasi@example.com", "198.51.100.1", PASSWORD) == 429


def test_one_address_has_the_same_guesses_for_all_emails_together(anonymous, world):
    answers = [guess(anonymous, f"user{number}@example.com", "192.0.2.1") for number in range(GUESSES + 1)]

    assert answers == [401] * GUESSES + [429]
    assert guess(anonymous, world.stranger.email, "192.0.2.1", PASSWORD) == 429


def test_logging_in_to_an_account_of_ones_own_between_guesses_gives_no_more_of_them(anonymous, world):
    for number in range(GUESSES):
        assert guess(anonymous, f"user{number}@example.com", "192.0.2.1") == 401
        world.clock.advance(timedelta(seconds=1))
        if number < GUESSES - 1:
            assert guess(anonymous, world.user.email, "192.0.2.1", PASSWORD) == 200

    assert guess(anonymous, "another@example.com", "192.0.2.1") == 429


def test_whoever_has_a_network_of_ipv6_has_no_more_guesses_than_one_address(anonymous):
    answers = [
        guess(anonymous, f"user{number}@example.com", f"2001:db8:0:7:{number:x}::{number:x}")
        for number in range(GUESSES + 1)
    ]

    assert answers == [401] * GUESSES + [429]
    assert guess(anonymous, "other@example.com", "2001:db8:0:8::1") == 401


def test_an_address_of_ipv4_is_the_same_when_it_is_written_as_ipv6(anonymous):
    for number in range(GUESSES):
        guess(anonymous, f"user{number}@example.com", "192.0.2.1")

    assert guess(anonymous, "other@example.com", "::ffff:192.0.2.1") == 429
    assert guess(anonymous, "other@example.com", "::ffff:192.0.2.2") == 401


@pytest.mark.parametrize(
    "header", ["X-Forwarded-For", "X-Real-IP", "Forwarded", "True-Client-IP", "X-Client-IP"]
)
@pytest.mark.parametrize("proxies", ["0", "1"])
def test_an_invented_address_gives_no_more_guesses(header, proxies):
    client = app_of(World(TRUSTED_PROXIES=proxies)).test_client()
    # A proxy adds whom it was called by at the end of what the visitor wrote.
    added = ", 198.51.100.9" if header == "X-Forwarded-For" and proxies == "1" else ""

    answers = [
        guess(client, f"user{number}@example.com", "192.0.2.1", **{header: f"6.6.6.{number}{added}"})
        for number in range(GUESSES + 1)
    ]

    assert answers == [401] * GUESSES + [429]


def test_a_password_that_is_far_too_long_counts_as_a_guess_and_is_not_hashed_as_a_whole(anonymous, world):
    answers = [
        guess(anonymous, world.stranger.email, f"192.0.2.{number}", "x" * 100_000)
        for number in range(GUESSES + 1)
    ]

    assert answers == [401] * GUESSES + [429]


def test_guesses_in_several_fields_at_once_are_refused(anonymous, world):
    both = f'{{"email": "{world.stranger.email}", "password": ["{PASSWORD}", "another one, perhaps"]}}'

    answer = anonymous.post(LOGIN, data=both, content_type="application/json")

    assert answer.status_code == 400


def test_asking_which_emails_are_taken_is_slowed_down(anonymous, world):
    answers = [ask_for(anonymous, world.stranger.email) for _ in range(GUESSES + 1)]

    assert answers == [409] * GUESSES + [429]
    assert ask_for(anonymous, world.user.email) == 429
    assert ask_for(anonymous, "new@example.com", "192.0.2.2") == 201


def test_registering_in_good_faith_is_not_slowed_down(app):
    answers = {ask_for(app.test_client(), f"new{number}@example.com") for number in range(3 * GUESSES)}

    assert answers == {201}


def test_a_registration_that_is_refused_neither_logs_in_nor_changes_the_account(anonymous, world):
    before = dict(world.store.tables.users)

    ask_for(anonymous, world.stranger.email.upper())

    assert anonymous.get("/api/v1/auth/me").status_code == 401
    assert world.store.tables.users == before
    assert guess(anonymous, world.stranger.email, "192.0.2.9", PASSWORD) == 200


@pytest.mark.parametrize(
    "made_up",
    [
        lambda: f"pk_{secrets.token_urlsafe(32)}",
        lambda: "pk_",
        lambda: f"pk_{'a' * 100_000}",
        lambda: "pk_' OR '1'='1",
        lambda: "pk_%",
        lambda: f"eyJhbGciOiJub25lIn0.{secrets.token_urlsafe(32)}.",
        lambda: secrets.token_urlsafe(32),
        lambda: "",
    ],
    ids=["random", "empty key", "long", "quote", "wildcard", "token", "neither", "nothing"],
)
def test_made_up_keys_and_tokens_let_nobody_in_and_leave_nothing_behind(anonymous, world, made_up):
    world.services.api_keys.create(world.stranger, CONSOLE, "theirs")
    before = world.store.tables.snapshot()

    answers = {
        anonymous.get("/api/v1/auth/me", headers={"Authorization": f"Bearer {made_up()}"}).status_code
        for _ in range(30)
    }

    assert answers == {401}
    assert world.store.tables == before


def test_a_made_up_key_is_answered_as_a_deleted_one_is(anonymous, world):
    key, text = world.services.api_keys.create(world.stranger, CONSOLE, "theirs")
    world.services.api_keys.delete(world.stranger, CONSOLE, key.id)

    deleted, made_up = (
        anonymous.get("/api/v1/auth/me", headers={"Authorization": f"Bearer {each}"})
        for each in (text, f"pk_{secrets.token_urlsafe(32)}")
    )

    assert {**deleted.json, "request_id": ""} == {**made_up.json, "request_id": ""}


def test_keys_and_sessions_are_too_long_to_guess():
    tokens = {RandomTokens().new() for _ in range(1000)}

    assert len(tokens) == 1000
    assert {len(base64.urlsafe_b64decode(f"{each}=")) * 8 for each in tokens} == {256}
