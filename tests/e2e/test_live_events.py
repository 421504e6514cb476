"""Event streams of a Portside that is really served: two hundred of them, slow ones, and two processes."""

import statistics
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest
import requests

from adapters.sql.engine import make_engine
from adapters.sql.work import SqlWork
from domain.events.model import Event
from entrypoints.simulator.config import SimulatorConfig
from entrypoints.simulator.server import SimulatorServer
from tests import databases, servers
from tests.e2e.people import Person
from tests.e2e.processes import Served, environment, until
from tests.fakes.cipher import LabelCipher
from tests.listening import Audience, Ear

PER_USER, STREAMS = 10, 200


@dataclass
class Listeners:
    """People who are logged in, and a way to write events for them behind the server's back."""

    database_url: str
    ids: list[UUID] = field(default_factory=list)
    cookies: list[str] = field(default_factory=list)

    def register(self, url: str, number: int) -> None:
        """So many people more."""
        for _ in range(number):
            with Person(url) as person:
                person.register(f"listener{len(self.ids)}@portside.example")
                self.ids.append(UUID(person.get("/api/v1/auth/me")["id"]))
                self.cookies.append("; ".join(f"{each.name}={each.value}" for each in person.browser.cookies))

    def write(self, user_id: UUID, number: int = 1, text: str = "") -> list[int]:
        """Events, in one transaction; their ids."""
        engine = make_engine(self.database_url)
        with SqlWork(engine, LabelCipher()) as work:
            _, before = work.events.span()
            for _ in range(number):
                work.outbox.append(Event(user_id, "sync.progress", datetime.now(UTC), {"text": text}))
            work.commit()
            ids = [kept.id for kept in work.events.of_user(user_id, before, number)]
        engine.dispose()
        return ids


def quickness(url: str, cookie: str, times: int = 40) -> float:
    """How long an ordinary request takes, in seconds: the median."""
    taken = []
    with requests.Session() as browser:
        for _ in range(times):
            began = time.perf_counter()
            answer = browser.get(f"{url}/api/v1/auth/me", headers={"Cookie": cookie}, timeout=10)
            taken.append(time.perf_counter() - began)
            assert answer.ok
    return statistics.median(taken)


@contextmanager
def served(home: Path, database_url: str) -> Iterator[Served]:
    with SimulatorServer(SimulatorConfig()) as amazon:
        variables = environment(amazon, database_url, home, SCHEDULER="off", LOG_LEVEL="WARNING")
        with Served(variables, home) as server:
            yield server


House = tuple[Served, Listeners]


@contextmanager
def inhabited(home: Path, database_url: str, number: int) -> Iterator[House]:
    with served(home, database_url) as server:
        people = Listeners(database_url)
        people.register(server.url, number)
        yield server, people


@pytest.fixture(scope="module")
def houses(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[House, House]]:
    """A server on SQLite with people enough to take all its streams, and one on PostgreSQL. They start side by side."""
    database = databases.postgres_database()
    sqlite, postgres = tmp_path_factory.mktemp("sqlite"), tmp_path_factory.mktemp("postgres")
    wanted = (
        inhabited(sqlite, databases.sqlite_database(sqlite), STREAMS // PER_USER + 1),
        inhabited(postgres, database, 1),
    )
    with ExitStack() as open_houses, ThreadPoolExecutor(2) as pool:
        first, second = pool.map(open_houses.enter_context, wanted)
        yield first, second
    servers.postgres().drop_database(database)


@pytest.fixture(scope="module")
def house(houses: tuple[House, House]) -> House:
    """The one on SQLite."""
    return houses[0]


def test_two_hundred_listen_and_everybody_else_is_served_as_quickly(house: House) -> None:
    server, people = house
    *listening, outsider = people.cookies
    alone = quickness(server.url, outsider)

    with Audience(server.url) as audience:
        for cookie in listening:
            for _ in range(PER_USER):
                audience.join(cookie)
        audience.open()
        beside = quickness(server.url, outsider)
        refused = requests.get(f"{server.url}/api/v1/events", headers={"Cookie": outsider}, timeout=10)
        for user_id in people.ids[:-1]:
            people.write(user_id)
        audience.listen(lambda: all(len(ear.heard) == 1 for ear in audience.ears))
        audience.hang_up(audience.ears[0])
        # A place that was left is free soon, although nothing is written on it.
        until(lambda: joined(audience, outsider) is not None, 5, audience.state)

    assert (refused.status_code, refused.json()["error"]) == (503, "unavailable")
    assert int(refused.headers["Retry-After"]) > 0
    # As quick as without, within what else this machine may be doing.
    assert beside < 3 * alone + 0.02


def joined(audience: Audience, cookie: str, receive_buffer: int | None = None) -> Ear | None:
    """A stream, if there is a place for it."""
    ear = audience.join(cookie, receive_buffer=receive_buffer)
    audience.listen(lambda: ear.status > 200 or ear.last_id is not None, to=[ear])
    if ear.status == 200:
        return ear
    audience.hang_up(ear)
    return None


def test_who_does_not_read_is_dropped_and_comes_back_for_the_rest(house: House) -> None:
    server, people = house
    user_id, cookie = people.ids[-1], people.cookies[-1]
    with Audience(server.url) as audience:
        # The listeners of another test may just be leaving.
        until(lambda: joined(audience, cookie, receive_buffer=4096) is not None, 5, audience.state)
        until(lambda: joined(audience, cookie) is not None, 5, audience.state)
        slow, quick = audience.ears
        written: list[int] = []
        # More than the system keeps for a connection nobody reads from, and then more than may wait.
        while len(written) < 600:
            written += people.write(user_id, 150, "x" * 20_000)
            audience.listen(lambda: quick.ids == written, to=[quick])  # noqa: B023 - called at once

        audience.listen(lambda: slow.ended, to=[slow], seconds=20)
        *told, (last, kind, _at) = slow.heard
        again = audience.join(cookie, last_id=last)
        audience.listen(lambda: len(told) + len(again.heard) == len(written), seconds=20)

    assert kind == "dropped"
    assert [number for number, _kind, _at in told] + again.ids == written


def test_an_event_reaches_the_listeners_of_another_process_within_a_second(
    houses: tuple[House, House],
) -> None:
    _, (server, people) = houses
    with Audience(server.url) as audience:
        ear = audience.join(people.cookies[0])
        audience.open()

        (number,) = people.write(people.ids[0])  # this process is the other one
        began = time.perf_counter()
        audience.listen(lambda: ear.ids == [number])
        seconds = time.perf_counter() - began

    assert seconds < 1


def test_a_stream_goes_on_where_it_was_after_a_restart(house: House) -> None:
    server, people = house
    user_id, cookie = people.ids[0], people.cookies[0]
    with Audience(server.url) as audience:
        # The listeners of another test may just be leaving.
        until(lambda: joined(audience, cookie) is not None, 5, audience.state)
        (ear,) = audience.ears
        first = people.write(user_id, 3)
        audience.listen(lambda: ear.ids == first)

        began = time.monotonic()
        server.stop()
        seconds = time.monotonic() - began
        audience.listen(lambda: ear.ended)
        missed = people.write(user_id, 3)
        server.start()
        again = audience.join(cookie, last_id=ear.last_id)
        audience.open()
        after = people.write(user_id, 2)
        audience.listen(lambda: again.ids == missed + after)

    # Whoever does not end its streams waits for them in vain, as long as the server has patience: ten seconds.
    assert seconds < 9
