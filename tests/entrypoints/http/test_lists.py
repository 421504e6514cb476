"""What every list keeps to, read from the API's document: a new one is held to it without being named here."""

from collections.abc import Iterator
from typing import Any

import pytest

from entrypoints.http.openapi import document
from entrypoints.http.paging import DEFAULT_PAGE, LARGEST_PAGE, encode
from tests.entrypoints.browsers import app_of
from tests.fakes.things import NOW, US
from tests.fakes.world import World

DOCUMENT = document(app_of(World()))
SCHEMAS = DOCUMENT["components"]["schemas"]
#: By which an answer tells that it goes on; those of the dashboards are written otherwise.
ONWARD = {"next_cursor", "next_cursors", "nextCursor"}


def goes_on(schema: Any, seen: frozenset[str] = frozenset()) -> bool:
    """Whether an answer of this schema may name a cursor, however deep within."""
    if isinstance(schema, list):
        return any(goes_on(each, seen) for each in schema)
    if not isinstance(schema, dict):
        return False
    named = str(schema.get("$ref", "")).rpartition("/")[2]
    if named and named not in seen and goes_on(SCHEMAS[named], seen | {named}):
        return True
    properties = schema.get("properties", {})
    return bool(ONWARD & set(properties)) or any(goes_on(each, seen) for each in schema.values())


def lists() -> Iterator[tuple[str, dict[str, Any]]]:
    """The address of each list, and what it takes."""
    for path, methods in DOCUMENT["paths"].items():
        for operation in methods.values():
            if any(goes_on(answer.get("content", {})) for answer in operation["responses"].values()):
                yield path, {one["name"]: one["schema"] for one in operation["parameters"]}


LISTS = dict(lists())


@pytest.fixture
def connected(browser, world):
    """Whose lists are not refused for want of a connection."""
    world.connect(world.user, US)
    world.connect_ads(world.user)
    return browser


def test_lists_are_found():
    assert len(LISTS) >= 17
    assert {"/api/v1/amazon/connections", "/api/v1/dashboard/amazon-inventory/items"} <= set(LISTS)


@pytest.mark.parametrize("path", LISTS)
def test_every_list_takes_a_limit_and_a_cursor(path):
    taken = LISTS[path]

    assert {"limit", "cursor"} <= set(taken)
    limit = {name: taken["limit"].get(name) for name in ("minimum", "maximum", "default")}
    assert limit == {"minimum": 1, "maximum": LARGEST_PAGE, "default": DEFAULT_PAGE}


@pytest.mark.parametrize("limit", ["0", "-1", "201", "abc", "1.5", ""])
@pytest.mark.parametrize("path", LISTS)
def test_a_limit_that_is_none_is_refused_by_every_list(connected, path, limit):
    answer = connected.get(path, query_string={"limit": limit})

    assert (answer.status_code, answer.json["error"]) == (400, "invalid_request")
    assert list(answer.json["details"]["fields"]) == ["limit"]


@pytest.mark.parametrize(
    "cursor",
    [
        "zzz",
        "",
        "é",
        "x" * 5000,
        encode(),
        encode("elsewhere", "7", NOW.isoformat(), "7"),
        encode("elsewhere", "7"),
    ],
    ids=["no base64", "empty", "no ASCII", "long", "without a part", "of four parts", "of two parts"],
)
@pytest.mark.parametrize("path", LISTS)
def test_a_cursor_that_is_none_is_refused_by_every_list(connected, path, cursor):
    asked = {"group": "day"} if path == "/api/v1/ads/performance" else {}

    answer = connected.get(path, query_string={**asked, "cursor": cursor})

    assert (answer.status_code, answer.json["error"]) == (400, "invalid_request")
    assert list(answer.json["details"]["fields"]) == ["cursor"]
