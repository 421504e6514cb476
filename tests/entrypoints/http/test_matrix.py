"""Who gets in where: every route of the URL map, every way to come, and two users whose things are their own.

What each cell has to say is read from the route's description, so that a new route is in the matrix by itself.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule, UUIDConverter

from domain.users.model import User, Visitor
from entrypoints.http.described import Access, description_of
from tests.entrypoints.browsers import app_of
from tests.entrypoints.http.test_every_route import address, ids_of, name
from tests.fakes.bearers import PlainBearers, an_identity
from tests.fakes.world import World

GOOD = ("session", "key", "token")
BAD = ("bad session", "ended session", "bad key", "deleted key", "bad token", "expired token")
#: The headers of a request that another site makes a browser send.
EVIL = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
READING = {"GET", "HEAD"}

Cell = tuple[int, str]


@dataclass(frozen=True)
class Comer:
    """Somebody at the door, and what they show."""

    client: FlaskClient
    headers: Mapping[str, str] = field(default_factory=dict)

    def ask(self, method: str, path: str, **more: str) -> Cell:
        """Status and error code of the answer, which is read to its end."""
        answer = self.client.open(path, method=method, headers={**self.headers, **more}, buffered=True)
        told = answer.json if answer.is_json and answer.data else {}
        return answer.status_code, told.get("error", "")


@dataclass(frozen=True)
class House:
    """The application, and the ways of its two users into it."""

    world: World
    app: Flask

    def comer(self, user: User, way: str) -> Comer:
        """This user; or somebody who shows what was this user's, or never was anybody's."""
        ways: dict[str, Callable[[User], Comer]] = {
            "session": self._session,
            "key": self._key,
            "token": self._token,
            "bad session": lambda _user: self._cookie("a-token-of-no-session"),
            "ended session": self._ended_session,
            "bad key": lambda _user: self._showing(f"pk_{'A' * 43}"),
            "deleted key": self._deleted_key,
            "bad token": lambda _user: self._showing("token-of-nobody"),
            "expired token": self._expired_token,
        }
        return ways[way](user)

    def nobody(self) -> Comer:
        """Who shows nothing."""
        return Comer(self.app.test_client())

    def beside_a_cookie(self, user: User, comer: Comer) -> Comer:
        """The same comer, from a browser in which this user is logged in."""
        return Comer(self._session(user).client, comer.headers)

    def key_of(self, user: User) -> str:
        """The id of a key that they have made."""
        key, _text = self.world.services.api_keys.create(self._now(user), Visitor("127.0.0.1"), "tool")
        return str(key.id)

    def _showing(self, text: str) -> Comer:
        return Comer(self.app.test_client(), {"Authorization": f"Bearer {text}"})

    def _cookie(self, token: str) -> Comer:
        client = self.app.test_client()
        with client.session_transaction() as cookie:
            cookie["_user_id"], cookie["_fresh"] = token, True
        return Comer(client)

    def _session(self, user: User) -> Comer:
        return self._cookie(self._session_token(user))

    def _session_token(self, user: User) -> str:
        return self.world.services.access.begin_session(self._now(user), Visitor("127.0.0.1"))[1]

    def _ended_session(self, user: User) -> Comer:
        token = self._session_token(user)
        self.world.services.access.log_out(token, Visitor("127.0.0.1"))
        return self._cookie(token)

    def _key(self, user: User) -> Comer:
        _key, text = self.world.services.api_keys.create(self._now(user), Visitor("127.0.0.1"), "tool")
        return self._showing(text)

    def _deleted_key(self, user: User) -> Comer:
        key, text = self.world.services.api_keys.create(self._now(user), Visitor("127.0.0.1"), "tool")
        self.world.services.api_keys.delete(user, Visitor("127.0.0.1"), key.id)
        return self._showing(text)

    def _now(self, user: User) -> User:
        """The same, as whom the provider vouches for."""
        (found,) = [each for each in self.world.services.access.everybody() if each.id == user.id]
        return found

    def _token(self, user: User) -> Comer:
        return self._showing(self._tokens.issue(an_identity(f"subject of {user.email}", user.email)))

    def _expired_token(self, user: User) -> Comer:
        identity = an_identity(f"subject of {user.email}", user.email)
        return self._showing(self._tokens.issue(identity, timedelta(0)))

    @property
    def _tokens(self) -> PlainBearers:
        bearers = self.world.bearers
        assert isinstance(bearers, PlainBearers)
        return bearers


def a_house() -> House:
    """Both users have been here by token before, so that none of what is written at that time is written later."""
    world = World(bearers=PlainBearers)
    house = House(world, app_of(world))
    for user in (world.user, world.stranger):
        assert house.comer(user, "token").ask("GET", "/api/v1/auth/me") == (200, "")
    return house


@pytest.fixture
def house() -> House:
    return a_house()


def calls() -> Iterator[tuple[str, Rule]]:
    """Every method of every address."""
    for rule in sorted(MAP.url_map.iter_rules(), key=str):
        yield from ((method, rule) for method in sorted((rule.methods or set()) - {"OPTIONS"}))


def access_of(rule: Rule) -> Access:
    description = description_of(MAP.view_functions[rule.endpoint])
    assert description is not None
    return description.access


def keyed(rule: Rule) -> bool:
    """Whether the address has an id of ours in it."""
    return any(isinstance(each, UUIDConverter) for each in rule._converters.values())


MAP = app_of(World())
CALLS = list(calls())
CLOSED = [call for call in CALLS if access_of(call[1]) in (Access.USER, Access.PERSON)]
WITH_ID = [call for call in CLOSED if keyed(call[1])]


@pytest.mark.parametrize(("method", "rule"), CALLS, ids=name)
def test_who_gets_in(house, method, rule):
    user, path, access = house.world.user, address(rule, uuid4()), access_of(rule)
    comers = {way: house.comer(user, way) for way in (*GOOD, *BAD)} | {"nobody": house.nobody()}
    for way in ("bad key", "bad token"):
        comers[f"session and {way}"] = house.beside_a_cookie(user, comers[way])

    found = {way: comer.ask(method, path) for way, comer in comers.items()}

    for way, cell in found.items():
        assert cell == said(access, way, found, method), way
    if access in (Access.USER, Access.PERSON):
        assert found["session"][0] != 401


def said(access: Access, way: str, found: Mapping[str, Cell], method: str) -> Cell:
    """What the description says of who comes this way, where those who are looked at find what is ``found``."""
    user, nobody = found["session"], found["nobody"]
    refused = (401, "" if method == "HEAD" else "unauthenticated")
    match access:
        case Access.ANYBODY | Access.SIGNED:
            return nobody
        case Access.BROWSER:
            return user if "session" in way and way not in BAD else nobody
        case Access.EITHER:
            bad = refused if way.endswith((" key", " token")) else nobody
            return user if way in GOOD else bad
        case Access.PERSON if way == "key":
            return 403, "" if method == "HEAD" else "forbidden"
    return user if way in GOOD else refused


@pytest.mark.parametrize(("method", "rule"), [call for call in CALLS if call[0] not in READING], ids=name)
def test_other_sites_can_make_a_browser_send_a_cookie_but_no_key_and_no_token(house, method, rule):
    user, path, access = house.world.user, address(rule, uuid4()), access_of(rule)
    ways = (*GOOD, "bad session")

    found = {way: house.comer(user, way).ask(method, path, **EVIL)[1] for way in ways}

    safe = {
        Access.USER: {"key", "token"},
        Access.PERSON: {"key", "token"},
        Access.EITHER: {"key", "token"},
        Access.SIGNED: set(ways),
    }.get(access, set())
    assert {way for way, code in found.items() if code != "cross_site_request"} == safe


@pytest.mark.parametrize(("method", "rule"), WITH_ID, ids=name)
@pytest.mark.parametrize("way", GOOD)
def test_an_id_is_found_by_whose_it_is_alone(house, way, method, rule):
    world = house.world
    theirs = house.comer(world.stranger, way)
    ids = [*ids_of(world, house.comer(world.stranger, "session").client), house.key_of(world.stranger)]
    before = world.store.tables.snapshot()

    others = {house.comer(world.user, way).ask(method, address(rule, UUID(one))) for one in ids}
    untouched = world.store.tables.connections == before.connections
    owners = {theirs.ask(method, address(rule, UUID(one))) for one in ids}

    found = {"session": (404, "" if method == "HEAD" else "not_found"), "nobody": (401, "unauthenticated")}
    assert others == {said(access_of(rule), way, found, method)}
    assert untouched
    if access_of(rule) is Access.USER or way != "key":
        assert owners - others, "of all that is theirs, nothing is found"
