"""API keys, seen from browsers and from programs that show them."""

from datetime import timedelta
from uuid import uuid4

import pytest
from flask.testing import FlaskClient

from domain.users.api_keys import MOST_KEYS

KEYS = "/api/v1/auth/api-keys"
ME = "/api/v1/auth/me"


def made(browser: FlaskClient, name: str = "shop") -> dict[str, str]:
    """A new key, as it is answered."""
    answer = browser.post(KEYS, json={"name": name})
    assert answer.status_code == 201, answer.json
    return dict(answer.json)


def showing(key: str) -> dict[str, str]:
    """What a program sends."""
    return {"Authorization": f"Bearer {key}"}


def test_a_key_is_shown_once_and_its_use_is_seen_in_the_list(browser, anonymous, world):
    key = made(browser)
    before = browser.get(KEYS).json
    world.clock.advance(timedelta(minutes=5))

    assert anonymous.get(ME, headers=showing(key["key"])).json["email"] == world.user.email

    public = {name: value for name, value in key.items() if name != "key"}
    assert set(key) == {"id", "name", "key", "created_at"}
    assert before == {"items": [{**public, "last_used_at": None}], "next_cursor": None}
    assert browser.get(KEYS).json["items"] == [{**public, "last_used_at": "2026-03-04T12:05:00Z"}]


def test_keys_are_listed_page_by_page(browser):
    names = [made(browser, f"number {number}")["name"] for number in range(3)]

    first = browser.get(f"{KEYS}?limit=2").json
    second = browser.get(f"{KEYS}?limit=2&cursor={first['next_cursor']}").json

    assert len(first["items"]) == 2
    assert sorted(key["name"] for key in first["items"] + second["items"]) == names
    assert second["next_cursor"] is None


def test_a_program_does_with_a_key_what_its_owner_may(browser, anonymous, world):
    mine, theirs = world.connect(world.user), world.connect(world.stranger, seller_id="THEIRS")
    headers = showing(made(browser)["key"])

    own = anonymous.get(f"/api/v1/amazon/connections/{mine.id}", headers=headers)
    others = anonymous.get(f"/api/v1/amazon/connections/{theirs.id}", headers=headers)
    gone = anonymous.delete("/api/v1/amazon/disconnect", headers=headers)

    assert (own.status_code, others.status_code, gone.status_code) == (200, 404, 200)


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_the_schemes_name_may_be_in_any_case(browser, anonymous, scheme):
    key = made(browser)["key"]

    assert anonymous.get(ME, headers={"Authorization": f"{scheme} {key}"}).status_code == 200


@pytest.mark.parametrize(
    "shown", ["", "pk_wrong", "eyJhbGciOi.eyJzdWIi.c2ln", "Atza|token", "pk_" + "é" * 43]
)
def test_a_key_that_is_no_good_lets_nobody_in_whatever_cookie_comes_along(browser, shown):
    made(browser)

    answer = browser.get(ME, headers={"Authorization": f"Bearer {shown}".encode("latin-1").decode("latin-1")})

    assert (answer.status_code, answer.json["error"]) == (401, "unauthenticated")


def test_a_deleted_key_is_good_no_more(browser, anonymous):
    key = made(browser)

    assert browser.delete(f"{KEYS}/{key['id']}").status_code == 204

    assert anonymous.get(ME, headers=showing(key["key"])).status_code == 401
    assert browser.delete(f"{KEYS}/{key['id']}").status_code == 404


def test_another_scheme_is_somebody_elses_business_and_the_cookie_counts(browser, anonymous):
    basic = {"Authorization": "Basic eDp5"}

    assert browser.get(ME, headers=basic).status_code == 200
    assert anonymous.get(ME, headers=basic).status_code == 401


def test_a_key_of_one_user_beside_the_cookie_of_another_works_for_the_keys_owner(
    browser, stranger_browser, world
):
    key = made(stranger_browser)["key"]

    assert browser.get(ME, headers=showing(key)).json["email"] == world.stranger.email


def test_a_key_may_be_looked_at_but_not_made_or_deleted_with_a_key(browser, anonymous):
    key = made(browser)
    headers = showing(key["key"])

    listed = anonymous.get(KEYS, headers=headers)
    refused = [
        anonymous.post(KEYS, json={"name": "successor"}, headers=headers),
        anonymous.delete(f"{KEYS}/{key['id']}", headers=headers),
    ]

    assert listed.status_code == 200
    assert [(one.status_code, one.json["error"]) for one in refused] == [(403, "forbidden")] * 2
    assert len(browser.get(KEYS).json["items"]) == 1


def test_somebody_elses_key_is_not_found(browser, stranger_browser, anonymous):
    key = made(stranger_browser)

    answer = browser.delete(f"{KEYS}/{key['id']}")

    assert (answer.status_code, answer.json["error"]) == (404, "not_found")
    assert browser.get(KEYS).json["items"] == []
    assert anonymous.get(ME, headers=showing(key["key"])).status_code == 200


@pytest.mark.parametrize(
    "body", [{}, {"name": ""}, {"name": 1}, {"name": "x" * 101}, {"name": "a", "key": "pk_mine"}]
)
def test_a_bad_body_is_named(browser, body):
    answer = browser.post(KEYS, json=body)

    assert (answer.status_code, answer.json["error"]) == (400, "invalid_request")
    assert set(answer.json["details"]["fields"]) <= {"name", "key"}


def test_one_key_too_many_is_a_conflict(browser):
    for number in range(MOST_KEYS):
        made(browser, f"number {number}")

    answer = browser.post(KEYS, json={"name": "one too many"})

    assert (answer.status_code, answer.json["error"]) == (409, "conflict")


EVIL = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}


def test_a_good_key_may_come_from_anywhere(browser, anonymous, world):
    world.connect(world.user)
    key = made(browser)["key"]

    answer = anonymous.delete("/api/v1/amazon/disconnect", headers={**EVIL, **showing(key)})

    assert answer.status_code == 200


@pytest.mark.parametrize("value", ["Basic eDp5", "Bearer", "Bearer pk_wrong", "Negotiate abc", "pk_wrong"])
def test_any_other_header_opens_no_door_to_other_sites(browser, world, value):
    connection = world.connect(world.user)

    answer = browser.delete("/api/v1/amazon/disconnect", headers={**EVIL, "Authorization": value})

    assert (answer.status_code, answer.json["error"]) in {
        (401, "unauthenticated"),
        (403, "cross_site_request"),
    }
    assert world.kept(connection) == connection


def test_a_key_does_not_excuse_other_sites_where_it_is_not_asked_for(browser):
    key = made(browser)["key"]

    answer = browser.post("/api/v1/auth/logout", headers={**EVIL, **showing(key)})

    assert (answer.status_code, answer.json["error"]) == (403, "cross_site_request")


def test_the_header_of_sp_api_counts_nowhere_but_in_the_proxy(browser, anonymous):
    key = made(browser)["key"]

    assert anonymous.get(ME, headers={"x-amz-access-token": key}).status_code == 401
    assert anonymous.delete(f"{KEYS}/{uuid4()}", headers={"x-amz-access-token": key}).status_code == 401
