"""Live events over a real server: from the commit to the listeners, and what the streams cost everybody else."""

import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import requests

from adapters.sql.engine import make_engine
from adapters.sql.work import SqlWork
from domain.events.model import Event
from entrypoints.simulator.config import SimulatorConfig
from entrypoints.simulator.server import SimulatorServer
from tests import databases, servers
from tests.e2e.people import Person
from tests.e2e.processes import Served, environment
from tests.fakes.cipher import LabelCipher
from tests.listening import Audience

_PER_USER = 10
_ROUNDS = 10
_REQUESTS = 100


@dataclass(frozen=True)
class Carried:
    """Seconds from a commit in another process to the listeners, and of an ordinary request."""

    streams: int
    median: float
    slowest_but_one_in_100: float
    request_alone: float
    request_beside: float

    def __str__(self) -> str:
        title = f"an event to {self.streams} listeners on PostgreSQL, median and p99"
        ratio = self.request_beside / self.request_alone
        return (
            f"{title:<58} {self.median * 1000:9.2f} ms {self.slowest_but_one_in_100 * 1000:9.2f} ms"
            f"  (a request beside them ×{ratio:.2f})"
        )


def carried(folder: Path, streams: int) -> Carried:
    """As many streams as that on one ``portside serve``, ten of each user."""
    home = folder / f"events-{streams}"
    home.mkdir()
    database_url = databases.postgres_database()
    with SimulatorServer(SimulatorConfig()) as amazon:
        changes = {"SCHEDULER": "off", "EVENT_STREAMS": str(streams), "LOG_LEVEL": "WARNING"}
        with Served(environment(amazon, database_url, home, **changes), home) as server:
            found = _measured(server.url, database_url, streams)
    servers.postgres().drop_database(database_url)
    return found


def _measured(url: str, database_url: str, streams: int) -> Carried:
    ids, cookies = [], []
    for number in range(streams // _PER_USER):
        with Person(url) as person:
            person.register(f"listener{number}@portside.example")
            ids.append(UUID(person.get("/api/v1/auth/me")["id"]))
            cookies.append("; ".join(f"{each.name}={each.value}" for each in person.browser.cookies))
    alone = _request(url, cookies[0])
    with Audience(url) as audience:
        for cookie in cookies:
            for _ in range(_PER_USER):
                audience.join(cookie)
        audience.open(60)
        waits = sorted(_waits(audience, database_url, ids))
        beside = _request(url, cookies[0])
    return Carried(streams, statistics.median(waits), waits[len(waits) * 99 // 100], alone, beside)


def _waits(audience: Audience, database_url: str, ids: Sequence[UUID]) -> list[float]:
    engine = make_engine(database_url)
    waits = []
    for number in range(1, _ROUNDS + 1):
        with SqlWork(engine, LabelCipher()) as work:
            for user_id in ids:
                work.outbox.append(Event(user_id, "sync.progress", datetime.now(UTC), {"pages": number}))
            work.commit()
        committed = time.perf_counter()
        audience.listen(lambda told=number: all(len(ear.heard) == told for ear in audience.ears), 30)  # type: ignore[misc]
        waits += [ear.heard[-1][2] - committed for ear in audience.ears]
        time.sleep(0.2)
    engine.dispose()
    return waits


def _request(url: str, cookie: str) -> float:
    taken = []
    with requests.Session() as browser:
        for _ in range(_REQUESTS):
            began = time.perf_counter()
            answer = browser.get(f"{url}/api/v1/auth/me", headers={"Cookie": cookie}, timeout=30)
            taken.append(time.perf_counter() - began)
            answer.raise_for_status()
    return statistics.median(taken)
