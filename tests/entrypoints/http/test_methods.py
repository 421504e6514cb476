"""Every route by every method: HEAD is GET without a body, OPTIONS asks nobody who they are, and what is not there is 405."""

from collections import defaultdict
from typing import Any
from uuid import uuid4

import pytest
from flask.testing import FlaskClient

from domain.events.listener import Limits
from tests.entrypoints.browsers import app_of, logged_in
from tests.entrypoints.http.test_every_route import address, name, rules
from tests.fakes.world import World

#: What differs from one answer to the next, whatever is asked.
_PASSING = {"X-Request-Id", "Date"}
METHODS = {"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"}
RULES = [rule for rule in rules() if rule.rule != "/api/v1/amazon/proxy/<path:path>"]
READ = [rule for rule in RULES if "GET" in rule.methods]


def allowed() -> dict[str, set[str]]:
    """By address: every method that some rule has for it."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for rule in RULES:
        found[rule.rule] |= rule.methods
    return found


ALLOWED = allowed()


@pytest.fixture
def world() -> World:
    """Somebody has something connected, and streams end when all is told."""
    world = World(limits=Limits(longest=0))
    world.connect(world.user)
    return world


def asked(client: FlaskClient, method: str, path: str, **how: Any) -> tuple[int, dict[str, str], bytes]:
    answer = client.open(path, method=method, buffered=True, **how)
    headers = {key: value for key, value in answer.headers.items() if key not in _PASSING}
    return answer.status_code, headers, answer.data


@pytest.mark.parametrize("rule", READ, ids=name)
def test_head_is_get_without_a_body(browser, rule):
    path = address(rule, uuid4())

    whole, head = asked(browser, "GET", path), asked(browser, "HEAD", path)

    assert head[0] == whole[0]
    assert head[2] == b""
    assert {key: head[1].get(key) for key in ("Content-Type", "ETag", "Location", "Cache-Control")} == {
        key: whole[1].get(key) for key in ("Content-Type", "ETag", "Location", "Cache-Control")
    }


@pytest.mark.parametrize("rule", READ, ids=name)
@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/json", b"{"),
        ("application/x-www-form-urlencoded", b"limit=0&from=x"),
        ("text/xml", b"<a>"),
    ],
)
def test_a_body_of_get_changes_nothing(browser, rule, kind, body):
    path = address(rule, uuid4())

    plain = asked(browser, "GET", path)
    laden = asked(browser, "GET", path, data=body, content_type=kind)

    assert (laden[0], laden[1].get("Content-Type")) == (plain[0], plain[1].get("Content-Type"))


@pytest.mark.parametrize("rule", RULES, ids=name)
def test_options_tells_the_methods_and_asks_nobody_who_they_are(anonymous, rule):
    status, headers, body = asked(anonymous, "OPTIONS", address(rule, uuid4()))

    assert (status, body) == (200, b"")
    assert set(headers["Allow"].split(", ")) == ALLOWED[rule.rule]
    assert "Set-Cookie" not in headers


@pytest.mark.parametrize("path", sorted(ALLOWED))
def test_a_method_that_an_address_does_not_have_is_refused_with_those_that_it_has(app, world, path):
    rule = next(rule for rule in RULES if rule.rule == path)
    browser = logged_in(app, world.user)

    answers = {
        method: browser.open(address(rule, uuid4()), method=method) for method in METHODS - ALLOWED[path]
    }

    assert {(answer.status_code, answer.json["error"]) for answer in answers.values()} == {
        (405, "method_not_allowed")
    }
    assert {frozenset(answer.headers["Allow"].split(", ")) for answer in answers.values()} == {
        frozenset(ALLOWED[path])
    }


def test_the_addresses_are_those_of_the_application():
    assert {rule.rule for rule in app_of(World()).url_map.iter_rules()} > set(ALLOWED)
