"""Who a visitor is, when proxies stand in front: as far as ``TRUSTED_PROXIES`` says, and not a step further."""

from collections.abc import Mapping

import pytest
from flask import Flask, request
from flask.testing import FlaskClient

from tests.entrypoints.browsers import open_app_of
from tests.fakes.world import PASSWORD, World

PROXY = {"REMOTE_ADDR": "10.0.0.5"}
VISITOR = "203.0.113.9"
GUESSES = 10


def behind(proxies: int) -> World:
    return World(TRUSTED_PROXIES=str(proxies))


def guess(client: FlaskClient, number: int, forwarded: str) -> int:
    """Try a wrong password for an account of its own each time, so that only addresses can be counted."""
    wrong = {"email": f"nobody{number}@example.com", "password": "a wrong password"}
    headers = {"X-Forwarded-For": forwarded}
    answer = client.post("/api/v1/auth/login", json=wrong, headers=headers, environ_base=PROXY)
    return int(answer.status_code)


def address_seen(world: World, headers: Mapping[str, str]) -> str:
    """Which address the audit log has for somebody who logs in so."""
    client = open_app_of(world).test_client()
    login = {"email": world.user.email, "password": PASSWORD}
    answer = client.post("/api/v1/auth/login", json=login, headers=dict(headers), environ_base=PROXY)
    assert answer.status_code == 200
    return str(world.store.tables.audit[-1].address)


@pytest.mark.parametrize(
    ("proxies", "forwarded", "seen"),
    [
        (0, VISITOR, "10.0.0.5"),
        (1, VISITOR, VISITOR),
        (1, f"6.6.6.6, {VISITOR}", VISITOR),
        (1, f"6.6.6.6, 7.7.7.7,{VISITOR}", VISITOR),
        (2, f"6.6.6.6, {VISITOR}, 104.22.17.40", VISITOR),
        (2, VISITOR, "10.0.0.5"),  # it has not come through both: nothing of it is believed
        (1, "", "10.0.0.5"),
        (1, f"{VISITOR}:50123", VISITOR),
        (1, "[2001:db8::9]:50123", "2001:db8::9"),
        (1, "2001:db8::9", "2001:db8::9"),
    ],
)
def test_a_visitor_is_who_the_outermost_trusted_proxy_was_called_by(proxies, forwarded, seen):
    assert address_seen(behind(proxies), {"X-Forwarded-For": forwarded}) == seen


def test_other_headers_that_name_an_address_are_believed_from_nobody():
    headers = {"X-Real-IP": "6.6.6.6", "Forwarded": "for=6.6.6.6", "CF-Connecting-IP": "6.6.6.6"}

    assert address_seen(behind(1), {"X-Forwarded-For": VISITOR, **headers}) == VISITOR


@pytest.mark.parametrize("proxies", [0, 1, 2])
def test_guessing_passwords_is_slowed_down_whatever_the_visitor_writes(proxies):
    client = open_app_of(behind(proxies)).test_client()
    added = f", {VISITOR}" + ", 104.22.17.40" * (proxies - 1) if proxies else ""

    answers = [guess(client, number, f"6.6.6.{number}{added}") for number in range(GUESSES + 1)]

    assert answers == [401] * GUESSES + [429]


def test_one_visitors_guesses_don_t_shut_the_door_for_the_others_behind_the_same_proxy():
    client = open_app_of(behind(1)).test_client()
    for number in range(GUESSES + 1):
        guess(client, number, VISITOR)

    assert (guess(client, 50, VISITOR), guess(client, 51, "198.51.100.7")) == (429, 401)


@pytest.mark.parametrize("address", [VISITOR, "[2001:db8::9]"])
def test_a_proxy_that_adds_the_visitors_port_makes_no_other_visitor_of_each_connection(address):
    client = open_app_of(behind(1)).test_client()

    answers = [guess(client, number, f"{address}:{50_000 + number}") for number in range(GUESSES + 1)]

    assert answers == [401] * GUESSES + [429]


def seen_by_a_view(app: Flask, headers: Mapping[str, str]) -> tuple[str, str]:
    seen: list[tuple[str, str]] = []
    app.before_request_funcs.setdefault(None, []).append(lambda: seen.append((request.scheme, request.host)))
    app.test_client().get("/healthz", headers=dict(headers), environ_base=PROXY)
    return seen[0]


@pytest.mark.parametrize(
    ("proxies", "scheme"),
    [(0, "http"), (1, "https"), (2, "https")],  # proxies write the scheme anew, they don't add to it
)
def test_the_scheme_is_the_nearest_proxys_word(proxies, scheme):
    headers = {"X-Forwarded-Proto": "https", "X-Forwarded-For": f"{VISITOR}, 104.22.17.40"}

    assert seen_by_a_view(open_app_of(behind(proxies)), headers)[0] == scheme


def test_the_host_is_believed_from_no_forwarding_header():
    headers = {"X-Forwarded-For": VISITOR, "X-Forwarded-Host": "evil.example", "Host": "portside.example"}

    assert seen_by_a_view(open_app_of(behind(1)), headers)[1] == "portside.example"


def test_a_forged_host_does_not_make_another_site_ours():
    client = open_app_of(behind(1)).test_client()
    headers = {
        "X-Forwarded-Host": "evil.example",
        "Origin": "https://evil.example",
        "X-Forwarded-Proto": "https",
    }

    answer = client.post("/api/v1/auth/login", json={}, headers=headers, environ_base=PROXY)

    assert (answer.status_code, answer.json["error"]) == (403, "cross_site_request")
