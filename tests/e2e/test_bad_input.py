"""Requests that nobody should send: each is refused in the same shape, and touches nothing that is another user's."""

from pathlib import Path
from typing import Any

import pytest
import requests

from entrypoints.simulator.sellers import Seller
from tests import databases
from tests.e2e.people import PASSWORD, Person
from tests.e2e.processes import Served, environment
from tests.e2e.stage import US, Stage

LOGIN = "/api/v1/auth/login"
SYNC = "/api/v1/integrations/amazon/sync"
NOBODY = "00000000-0000-4000-8000-000000000000"
JSON = {"Content-Type": "application/json"}


def refused(answer: requests.Response) -> tuple[int, str]:
    """Status and code of a refusal in the shape that every refusal has."""
    body: dict[str, Any] = answer.json()
    assert set(body) == {"success", "error", "message", "details", "request_id"}
    assert body["success"] is False
    assert body["message"]
    assert body["request_id"] == answer.headers["X-Request-Id"]
    return answer.status_code, body["error"]


@pytest.mark.parametrize(
    ("method", "path", "how", "expected"),
    [
        ("GET", "/api/v1/nothing", {}, (404, "not_found")),
        ("GET", "/nothing/at/all", {}, (404, "not_found")),
        ("DELETE", "/api/v1/auth/me", {}, (405, "method_not_allowed")),
        ("GET", LOGIN, {}, (405, "method_not_allowed")),
        ("POST", LOGIN, {"data": "{", "headers": JSON}, (400, "invalid_request")),
        ("POST", LOGIN, {"data": b"\xff\xfe", "headers": JSON}, (400, "invalid_request")),
        ("POST", LOGIN, {"data": "[" * 100_000, "headers": JSON}, (400, "invalid_request")),
        ("POST", LOGIN, {"json": ["email"]}, (400, "invalid_request")),
        ("POST", LOGIN, {"json": {"email": 7, "password": "x"}}, (400, "invalid_request")),
        ("POST", LOGIN, {"data": {"email": "a@b.example"}}, (415, "unsupported_media_type")),
        (
            "POST",
            LOGIN,
            {"data": "<a/>", "headers": {"Content-Type": "text/xml"}},
            (415, "unsupported_media_type"),
        ),
        ("POST", LOGIN, {"data": b" " * (2**20 + 1), "headers": JSON}, (413, "payload_too_large")),
        ("GET", "/api/v1/amazon/connections/not-an-id", {}, (404, "not_found")),
        ("GET", "/api/v1/sync/runs?limit=0", {}, (400, "invalid_request")),
        ("GET", "/api/v1/sync/runs?limit=201", {}, (400, "invalid_request")),
        ("GET", "/api/v1/sync/runs?cursor=%00%ff", {}, (400, "invalid_request")),
        ("GET", "/api/v1/sync/runs?status=asleep", {}, (400, "invalid_request")),
        ("POST", SYNC, {"json": {"resources": ["weather"]}}, (400, "invalid_request")),
        ("POST", SYNC, {"json": {"connectionId": "x"}}, (400, "invalid_request")),
        ("POST", SYNC, {}, (403, "amazon_not_connected")),
        ("GET", "/api/v1/dashboard/amazon-orders", {}, (403, "amazon_not_connected")),
        ("GET", "/api/v1/dashboard/amazon-inventory", {}, (403, "amazon_not_connected")),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_bad_request_is_refused_in_the_shape_of_every_refusal(
    person: Person, method: str, path: str, how: dict[str, Any], expected: tuple[int, str]
) -> None:
    assert refused(person.ask(method, path, **how)) == expected


@pytest.mark.parametrize(
    "question",
    [
        {"from": "2026-13-01"},
        {"from": "1700000000"},
        {"from": "2026-02-02", "to": "2026-02-01"},
        {"from": "2001-01-01", "to": "2026-01-01"},
        {"currency": "XXX"},
        {"marketplaceId": "ATLANTIS"},
        {"from": ["2026-01-01", "2026-01-02"]},
    ],
    ids=str,
)
def test_a_dashboard_question_that_cannot_be_names_the_bad_field(
    person: Person, seller: Seller, question: dict[str, Any]
) -> None:
    person.connect(US, seller.id)

    answer = person.ask("GET", "/api/v1/dashboard/amazon-orders", params=question)

    assert refused(answer) == (400, "invalid_request")
    assert set(answer.json()["details"]["fields"]) <= set(question)


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
    ],
    ids=str,
)
def test_a_request_that_another_site_sent_changes_nothing(person: Person, headers: dict[str, str]) -> None:
    answer = person.ask("POST", "/api/v1/auth/logout", headers=headers)

    assert refused(answer) == (403, "cross_site_request")
    assert person.ask("GET", "/api/v1/auth/me").status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/auth/me",
        "/api/v1/amazon/connection",
        "/api/v1/amazon/connections",
        f"/api/v1/amazon/connections/{NOBODY}",
        "/api/v1/amazon/oauth/authorize",
        "/api/v1/sync/runs",
        SYNC,
        "/api/v1/dashboard/setup-status",
        "/api/v1/dashboard/amazon-orders",
        "/api/v1/dashboard/amazon-inventory",
    ],
)
def test_who_is_not_logged_in_sees_nothing(stage: Stage, path: str) -> None:
    with Person(stage.server.url) as nobody:
        assert refused(nobody.ask("GET", path)) == (401, "unauthenticated")


def test_logging_out_kills_a_copied_cookie(stage: Stage, person: Person) -> None:
    with Person(stage.server.url) as thief:
        thief.browser.cookies.update(person.browser.cookies)
        assert thief.ask("GET", "/api/v1/auth/me").status_code == 200

        person.ask("POST", "/api/v1/auth/logout")

        assert refused(thief.ask("GET", "/api/v1/auth/me")) == (401, "unauthenticated")


def test_a_cookie_that_was_tampered_with_is_nobodys(stage: Stage, person: Person) -> None:
    cookie = str(person.browser.cookies["portside_session"])

    with Person(stage.server.url) as forger:
        forger.browser.cookies.set("portside_session", cookie[:-2] + ("aa" if cookie[-2:] != "aa" else "bb"))

        assert refused(forger.ask("GET", "/api/v1/auth/me")) == (401, "unauthenticated")


def test_another_users_connection_and_runs_are_not_found(
    person: Person, stranger: Person, seller: Seller
) -> None:
    stranger.connect(US, seller.id)
    theirs = stranger.get("/api/v1/amazon/connection")["id"]
    run = stranger.sync()[0]

    answers = [
        person.ask("GET", f"/api/v1/amazon/connections/{theirs}"),
        person.ask("DELETE", f"/api/v1/amazon/connections/{theirs}"),
        person.ask("DELETE", f"/api/v1/amazon/connections/{theirs}?permanent=true"),
        person.ask("GET", f"/api/v1/sync/runs/{run}"),
        person.ask("GET", f"/api/v1/sync/runs?connection_id={theirs}"),
        person.ask("POST", SYNC, json={"connectionId": theirs}),
    ]

    assert {refused(answer) for answer in answers} == {(404, "not_found")}
    assert stranger.get("/api/v1/amazon/connection")["status"] == "connected"


def test_ten_wrong_passwords_close_the_door_even_to_the_right_one(stage: Stage, tmp_path: Path) -> None:
    variables = environment(stage.amazon, databases.sqlite_database(tmp_path), tmp_path, SCHEDULER="off")
    with Served(variables, tmp_path) as server, Person(server.url) as person:
        person.register("target@portside.example")
        wrong = {"email": "target@portside.example", "password": "not the right one"}

        attempts = [person.ask("POST", LOGIN, json=wrong) for _ in range(10)]
        late = person.ask("POST", LOGIN, json={**wrong, "password": PASSWORD})

        assert {refused(answer) for answer in attempts} == {(401, "invalid_credentials")}
        assert refused(late) == (429, "rate_limited")
        assert 0 < int(late.headers["Retry-After"]) <= 15 * 60
