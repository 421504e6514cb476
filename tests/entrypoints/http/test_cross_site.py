"""What other sites may make a browser do here: nothing that changes anything. And which front end may read."""

import pytest

from tests.entrypoints.browsers import app_of, logged_in
from tests.fakes.world import World

FRONT_END = "https://app.example"


@pytest.fixture
def world() -> World:
    return World(PUBLIC_URL="https://portside.example", FRONTEND_URL=f"{FRONT_END}/shop")


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Sec-Fetch-Site": "same-origin"},
        {"Sec-Fetch-Site": "none"},
        {"Origin": "https://portside.example", "Sec-Fetch-Site": "same-origin"},
        {"Origin": "https://portside.example"},
        {"Origin": FRONT_END, "Sec-Fetch-Site": "cross-site"},
        {"Origin": FRONT_END, "Sec-Fetch-Site": "same-site"},
        {"Origin": "http://localhost"},
    ],
)
def test_the_own_page_the_front_end_and_programs_may_change_things(browser, headers):
    assert browser.post("/api/v1/auth/logout", headers=headers).status_code == 204


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"},
        {"Origin": "https://evil.portside.example", "Sec-Fetch-Site": "same-site"},
        {"Origin": "https://portside.example.evil.example"},
        {"Origin": "http://portside.example"},
        {"Origin": f"{FRONT_END}:8443"},
        {"Origin": "null"},
        {"Origin": ""},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example", "Sec-Fetch-Site": "none"},
        {"Origin": "https://evil.example", "Authorization": "Basic eDp5"},
    ],
)
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/api/v1/auth/logout"),
        ("POST", "/api/v1/auth/login"),
        ("POST", "/api/v1/integrations/amazon/sync"),
        ("DELETE", "/api/v1/amazon/disconnect"),
    ],
)
def test_other_sites_may_change_nothing(browser, headers, method, path):
    answer = browser.open(path, method=method, headers=headers)

    assert (answer.status_code, answer.json["error"]) == (403, "cross_site_request")
    assert browser.get("/api/v1/auth/me").status_code == 200


def test_a_link_on_another_site_may_lead_here(browser):
    headers = {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"}

    assert browser.get("/api/v1/auth/me", headers=headers).status_code == 200


def test_the_front_end_may_read_answers_with_credentials(browser):
    answer = browser.get("/api/v1/auth/me", headers={"Origin": FRONT_END})

    assert answer.headers["Access-Control-Allow-Origin"] == FRONT_END
    assert answer.headers["Access-Control-Allow-Credentials"] == "true"
    assert {"Retry-After", "ETag", "X-Data-As-Of", "X-Complete-Until", "Content-Disposition"} <= set(
        answer.headers["Access-Control-Expose-Headers"].split(", ")
    )
    assert "Origin" in answer.headers["Vary"]


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", f"{FRONT_END}.evil.example", "https://APP.example"]
)
def test_nobody_else_may_read_answers(browser, origin):
    answer = browser.get("/api/v1/auth/me", headers={"Origin": origin})

    assert "Access-Control-Allow-Origin" not in answer.headers
    assert "Origin" in answer.headers["Vary"]


def test_errors_can_be_read_by_the_front_end_as_well(anonymous):
    answer = anonymous.get("/api/v1/auth/me", headers={"Origin": FRONT_END})

    assert (answer.status_code, answer.headers["Access-Control-Allow-Origin"]) == (401, FRONT_END)


def test_the_front_ends_preflight_is_answered_without_a_session(anonymous):
    asked = {"Origin": FRONT_END, "Access-Control-Request-Method": "DELETE"}

    answer = anonymous.options("/api/v1/amazon/disconnect", headers=asked)

    assert answer.status_code == 200
    assert answer.headers["Access-Control-Allow-Origin"] == FRONT_END
    assert "DELETE" in answer.headers["Access-Control-Allow-Methods"]
    assert "Content-Type" in answer.headers["Access-Control-Allow-Headers"]


def test_another_sites_preflight_gets_no_permission(anonymous):
    asked = {"Origin": "https://evil.example", "Access-Control-Request-Method": "DELETE"}

    answer = anonymous.options("/api/v1/amazon/disconnect", headers=asked)

    assert [name for name, _value in answer.headers if name.startswith("Access-Control-Allow")] == []


def test_without_a_front_end_of_its_own_only_the_own_page_counts():
    world = World(PUBLIC_URL="https://portside.example")
    browser = logged_in(app_of(world), world.user)

    refused = browser.post("/api/v1/auth/logout", headers={"Origin": FRONT_END})
    admitted = browser.post("/api/v1/auth/logout", headers={"Origin": "https://portside.example"})

    assert (refused.status_code, admitted.status_code) == (403, 204)
