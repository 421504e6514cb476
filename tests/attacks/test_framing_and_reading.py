"""Other sites that frame the page, read answers across origins, or load them as scripts."""

import re

import pytest

from entrypoints.http.openapi import document
from tests.attacks.belongings import Belongings
from tests.entrypoints.browsers import app_of, logged_in
from tests.fakes.world import World

DOCUMENT = document(app_of(World()))
PATHS = [
    path
    for path, methods in DOCUMENT["paths"].items()
    if "get" in methods and "{" not in path and path != "/api/v1/events"
]
FRONT_END = "https://app.example"
STRANGERS = [
    "https://evil.example",
    "null",
    "https://app.example.evil.example",
    "https://evil-app.example",
    "https://app.example:8443",
    "http://app.example",
    "https://APP.example",
    "https://app.example/",
    "https://app.example, https://evil.example",
    "https://portside.example",
    "*",
    "",
]


@pytest.fixture(scope="module")
def browser():
    world = World(PUBLIC_URL="https://portside.example", FRONTEND_URL=f"{FRONT_END}/shop")
    Belongings.of(world, world.user)
    return logged_in(app_of(world), world.user)


@pytest.mark.parametrize("path", [*PATHS, "/nothing", "/api/v1/nothing"])
def test_no_site_frames_anything_of_ours(browser, path):
    answer = browser.get(path, buffered=True)

    policy = {each.strip() for each in answer.headers["Content-Security-Policy"].split(";")}
    assert "frame-ancestors 'none'" in policy
    assert "default-src 'none'" in policy


@pytest.mark.parametrize("origin", STRANGERS)
def test_no_other_origin_reads_an_answer(browser, origin):
    answers = [browser.get(path, headers={"Origin": origin}, buffered=True) for path in PATHS]

    assert {answer.headers.get("Access-Control-Allow-Origin") for answer in answers} == {None}
    assert {answer.headers.get("Access-Control-Allow-Credentials") for answer in answers} == {None}


@pytest.mark.parametrize("path", PATHS)
def test_the_one_that_reads_is_named_and_a_cache_is_told_that_it_matters(browser, path):
    answer = browser.get(path, headers={"Origin": FRONT_END}, buffered=True)

    assert answer.headers["Access-Control-Allow-Origin"] == FRONT_END
    assert "origin" in {each.lower() for each in answer.vary}


@pytest.mark.parametrize("path", PATHS)
def test_no_answer_is_a_program_for_a_page_that_loads_it_as_one(browser, path):
    answer = browser.get(
        path, headers={"Sec-Fetch-Dest": "script", "Sec-Fetch-Mode": "no-cors"}, buffered=True
    )

    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "javascript" not in answer.mimetype
    if answer.mimetype == "application/json" and path.startswith("/api/"):
        # An object at the beginning of a program is a block, and no valid one.
        assert answer.get_data().startswith(b"{")


@pytest.mark.parametrize("query", ["callback=alert", "jsonp=alert", "cb=alert", "format=jsonp"])
def test_no_answer_calls_a_function_that_the_address_names(browser, query):
    answers = [browser.get(f"{path}?{query}", buffered=True) for path in PATHS]

    assert [answer for answer in answers if re.match(rb"\s*(?:/\*\*/)?\s*alert", answer.get_data())] == []
