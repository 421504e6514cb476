"""The victim's ids, wherever the API takes one: they open nothing, change nothing, and do not even tell that they exist."""

import re
from collections.abc import Iterator
from uuid import UUID, uuid4

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from domain.users.model import Visitor
from entrypoints.http.openapi import document
from tests.attacks.belongings import AGENCY, MARK, PROFILE, Belongings
from tests.attacks.places import lists, places
from tests.entrypoints.browsers import app_of, logged_in
from tests.fakes.world import World

DOCUMENT = document(app_of(World()))
PLACES = list(places(DOCUMENT))
LISTS = list(lists(DOCUMENT))
#: The attacker's own profiles, and one that nobody has.
OWN, OWN_AGENCY, NOBODYS = "5150", "5151", "404404404"
_CURSOR = re.compile(r'"[a-z_]*next_?cursor":\s*"([^"]+)"', re.IGNORECASE)
_OF_THE_REQUEST = re.compile(r'"request_id":"[^"]*"')


class House:
    """An attacker and a victim, each with one of everything."""

    def __init__(self) -> None:
        self.world = World()
        app = app_of(self.world)
        self.attacker = logged_in(app, self.world.user)
        self.victim = logged_in(app, self.world.stranger)
        self.theirs = Belongings.of(self.world, self.world.stranger)
        self.mine = Belongings.of(self.world, self.world.user, "ATTACKERS", OWN, OWN_AGENCY)

    def secrets(self) -> Iterator[str]:
        """What must be in no answer to the attacker."""
        yield from (str(each) for each in self.theirs.ids)
        yield from (str(self.world.stranger.id), self.world.stranger.email)
        yield from (MARK, MARK.replace("-", ""), MARK.lower())


@pytest.fixture(scope="module")
def house() -> House:
    return House()


def said(answer: TestResponse, *named: str) -> tuple[int, str]:
    """Status and body, without what only tells which request it was, and without the id that was asked for."""
    text = _OF_THE_REQUEST.sub("", answer.get_data(as_text=True))
    for each in named:
        text = text.replace(each, "ID")
    return answer.status_code, text


def test_ids_are_taken_in_paths_queries_and_bodies():
    assert {place.where for place in PLACES} == {"path", "query", "body"}
    assert len(PLACES) >= 50


@pytest.mark.parametrize("place", PLACES, ids=str)
def test_an_id_of_ones_own_is_taken_there(house, place):
    house = house if place.method == "get" else House()
    mine = [OWN, OWN_AGENCY] if place.is_text else [str(each) for each in house.mine.ids]

    answers = [place.ask(house.attacker, each) for each in mine]

    # Or else the attacks below would be refused for another reason than whose the id is.
    assert any(answer.status_code not in (400, 404) for answer in answers), said(answers[0])


@pytest.mark.parametrize("place", PLACES, ids=str)
def test_an_id_of_the_victims_is_answered_as_one_that_nobody_has(house, place):
    nobodys = NOBODYS if place.is_text else str(uuid4())
    theirs = [PROFILE, AGENCY] if place.is_text else [str(each) for each in house.theirs.ids]
    before = house.world.store.tables.snapshot()

    for each in theirs:
        answer, unknown = place.ask(house.attacker, each), place.ask(house.attacker, nobodys)
        assert said(answer, each) == said(unknown, nobodys)
        hidden = answer.get_data(as_text=True).replace(each, "")
        assert [one for one in house.secrets() if one in hidden] == []

    assert _of_the_victim(house) == _of_the_victim(house, before)


def _of_the_victim(house: House, tables: object = None) -> dict[str, object]:
    """Every row that has something to do with the victim, by table."""
    whole = tables or house.world.store.tables
    ids = {*house.theirs.ids, house.world.stranger.id}
    return {
        name: [row for row in (table.items() if isinstance(table, dict) else table) if _names(row, ids)]
        for name, table in vars(whole).items()
        if isinstance(table, dict | list)
    }


def _names(row: object, ids: set[UUID]) -> bool:
    text = repr(row)
    return any(str(each) in text for each in ids)


@pytest.mark.parametrize(
    "spelled",
    [
        str.upper,
        lambda each: each.replace("-", ""),
        lambda each: f"{{{each}}}",
        lambda each: f"urn:uuid:{each}",
    ],
    ids=["upper", "without hyphens", "braces", "urn"],
)
def test_an_id_that_is_spelled_otherwise_opens_nothing_either(house, spelled):
    before = _of_the_victim(house)

    answers = [
        place.ask(house.attacker, spelled(str(each)))
        for place in PLACES
        if not place.is_text
        for each in house.theirs.ids
    ]

    shown = "".join(answer.get_data(as_text=True) for answer in answers)
    assert [each for each in (MARK, MARK.lower(), house.world.stranger.email) if each in shown] == []
    assert _of_the_victim(house) == before


def onward(browser: FlaskClient, path: str) -> str | None:
    """Where the list goes on after one row."""
    found = _CURSOR.search(browser.get(path, query_string={"limit": 1}).get_data(as_text=True))
    return found[1] if found else None


def test_a_cursor_of_the_victims_shows_the_attacker_their_own_rows_or_none(house):
    cursors = {path: onward(house.victim, path) for path in LISTS}

    answers = [
        house.attacker.get(path, query_string={"cursor": cursor, "limit": 200})
        for path in LISTS
        for cursor in filter(None, cursors.values())
    ]

    assert len([each for each in cursors.values() if each]) >= 8
    assert {answer.status_code for answer in answers} <= {200, 400}
    shown = "".join(answer.get_data(as_text=True) for answer in answers)
    assert [each for each in house.secrets() if each in shown] == []


def test_whatever_event_is_said_to_be_the_last_only_ones_own_are_told(house):
    house.victim.post("/api/v1/integrations/amazon/sync", json={})
    house.world.sync()
    last = house.world.store.tables.last_event_id

    heard = "".join(
        house.attacker.get("/api/v1/events", headers={"Last-Event-ID": str(number)}).get_data(as_text=True)
        for number in range(1, last + 2)
    )

    assert last > 0
    assert [each for each in house.secrets() if each in heard] == []


def test_a_session_and_a_key_of_two_people_together_are_those_of_the_keys_owner(house):
    _key, text = house.world.services.api_keys.create(house.world.user, Visitor("console"), "mine")

    answer = house.victim.get("/api/v1/auth/me", headers={"Authorization": f"Bearer {text}"})

    assert answer.json["id"] == str(house.world.user.id)
