"""Keys are changed while everybody is at work: no request fails, and in the end the old key may go."""

import os
import random
import signal
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event
from typing import Any

from sqlalchemy import select, update

from adapters.sql import tables
from adapters.sql.engine import make_engine, reading, writing
from domain.acting import in_background
from entrypoints.instance import new_token_key, open_instance
from entrypoints.settings import Settings
from entrypoints.simulator.config import SimulatorConfig
from entrypoints.simulator.server import SimulatorServer
from tests import databases
from tests.e2e import processes
from tests.e2e.key_rings import fill, put, ring_file, ring_of, rotations, secrets_by_key
from tests.e2e.people import Person
from tests.e2e.processes import Served, environment, until
from tests.e2e.stage import US

PEOPLE = 3
#: Enough for several batches.
ABSENT = 1300
MANY = 10 * 500
#: A connection may be tried out this often for as long as one likes.
TRIAL_SECONDS = 5


@dataclass
class Load:
    """People at work, each as fast as the answers come; and hours that go by, so that tokens run out all the time."""

    people: list[Person]
    database_url: str
    done: Event = field(default_factory=Event)
    hours: int = 0
    _working: list[Future[None]] = field(default_factory=list)

    def failures(self) -> list[str]:
        """Answers that were not what they should have been."""
        return [
            f"{answer.request.method} {answer.request.path_url}: {answer.status_code} {answer.text[:300]}"
            for person in self.people
            for answer in person.answers
            if answer.status_code >= 400
        ]

    def answered(self) -> int:
        """How many requests have been answered; fails when somebody has given up."""
        for one in self._working:
            if one.done():
                one.result()
        return sum(len(person.answers) for person in self.people)

    @contextmanager
    def going_on(self) -> Iterator[None]:
        """The load lasts for the block; whatever went wrong with it comes out at its end."""
        with ThreadPoolExecutor(len(self.people) + 1) as pool:
            self._working = [pool.submit(self._work, person) for person in self.people]
            self._working.append(pool.submit(self._age))
            try:
                yield
            finally:
                self.done.set()
        for one in self._working:
            one.result()

    def _work(self, person: Person) -> None:
        trial_at = time.monotonic()
        while not self.done.is_set():
            person.ask("GET", "/api/v1/amazon/connections")
            person.ask("GET", "/api/v1/dashboard/setup-status")
            person.ask("GET", "/readyz")
            if time.monotonic() >= trial_at:
                trial_at += TRIAL_SECONDS
                person.ask("POST", "/api/v1/integrations/amazon/sync")
                answer = person.ask("GET", "/api/amazon/test/status")
                chain = answer.json().get("data", [])
                assert answer.status_code == 200, answer.text
                assert _state(chain, "key") == _state(chain, "token_exchange") == "ok", chain

    def _age(self) -> None:
        """An hour goes by, for one of them at a time."""
        engine = make_engine(self.database_url)
        try:
            while not self.done.wait(0.05):
                self.hours += _an_hour_goes_by(engine)
        finally:
            engine.dispose()


def test_keys_are_rotated_under_load_without_a_failed_request(database_url: str, tmp_path: Path) -> None:
    with ExitStack() as stack:
        amazon, server = _portside(stack, database_url, tmp_path)
        people = _connected_people(stack, amazon, server)
        old = ring_of(tmp_path).primary.id
        absent = fill(database_url, ring_of(tmp_path), ABSENT)
        load = Load(people, database_url)
        with load.going_on():
            until(lambda: load.answered() > 30, 30, server.tail)
            made = _portside_says("keys", "generate", "--keep", server=server)
            new = ring_of(tmp_path).primary.id
            until(lambda: secrets_by_key(database_url)[new] > 0, 30, server.tail)
            rotated = _portside_says("keys", "rotate", server=server)
            status = _portside_says("keys", "status", server=server)
            after_rotation = secrets_by_key(database_url)
            put(tmp_path, ring_file(tmp_path).read_text().split(",")[0])
            before_removal = load.answered()
            until(lambda: load.answered() > before_removal + 60, 30, server.tail)

        assert made.startswith(new)
        assert rotated.splitlines()[-1] == f"all secrets are sealed under {new}"
        assert f"{old}  unused" in status
        assert set(after_rotation) == {new}
        assert ring_of(tmp_path).ids == (new,)
        assert load.failures() == []
        assert load.hours > 10
        assert _failed_runs(database_url) == []
        assert set(rotations(database_url, absent).values()) == {1}
        assert len(rotations(database_url, absent)) == ABSENT
        log = server.log.read_text()
        assert "Traceback" not in log
        assert "key ring" not in log


def test_a_rotation_that_is_killed_goes_on_when_it_is_called_again(database_url: str, tmp_path: Path) -> None:
    variables = _variables(database_url, tmp_path)
    old = open_instance(_settings(tmp_path)).key_ring()
    absent = fill(database_url, old, MANY)
    assert processes.run(["keys", "generate", "--keep"], variables, tmp_path).returncode == 0
    new = ring_of(tmp_path).primary.id

    _killed_after_the_first_batch(["keys", "rotate"], variables, tmp_path)
    when_killed = secrets_by_key(database_url)
    again = processes.run(["keys", "rotate"], variables, tmp_path)

    assert when_killed[new] > 0
    assert when_killed[old.primary.id] > 0
    assert when_killed[new] % 1000 == 0  # whole batches: two secrets of 500 connections each
    assert again.returncode == 0, again.stderr
    assert f"{when_killed[old.primary.id]:,} secrets are to be sealed" in again.stdout
    assert secrets_by_key(database_url) == {new: 2 * MANY}
    told = rotations(database_url, absent)
    assert (len(told), set(told.values())) == (MANY, {1})


def test_keys_of_the_environment_are_changed_step_by_step(tmp_path: Path) -> None:
    url = databases.sqlite_database(tmp_path)
    first, second = new_token_key(), new_token_key()
    old, new = (entry.partition(":")[0] for entry in (first, second))

    def portside(ring: str, *command: str) -> subprocess.CompletedProcess[str]:
        variables = {**_variables(url, tmp_path), "TOKEN_ENCRYPTION_KEYS": ring}
        return processes.run(command, variables, tmp_path)

    fill(url, open_instance(_settings(tmp_path, first)).key_ring(), 3)
    refused = portside(first, "keys", "generate", "--keep")
    added = portside(f"{first},{second}", "keys", "status")
    moved = portside(f"{second},{first}", "keys", "rotate")
    removed = portside(second, "keys", "status")
    too_early = portside(new_token_key(), "keys", "status")

    assert (refused.returncode, refused.stdout) == (1, "")
    assert "TOKEN_ENCRYPTION_KEYS: is set" in refused.stderr
    assert moved.stdout.count("sealed anew") == 1
    assert [line.split() for line in added.stdout.splitlines()[1:]] == [
        [old, "first", "3", "tokens.access_token"],
        [old, "first", "3", "tokens.refresh_token"],
        [new, "unused", "0"],
    ]
    assert (moved.returncode, moved.stdout.splitlines()[-1]) == (0, f"all secrets are sealed under {new}")
    assert removed.returncode == 0
    assert too_early.returncode == 1
    assert "MISSING" in too_early.stdout
    assert f"6 secrets need keys that the ring lacks: {new}" in too_early.stderr


def test_a_key_that_is_missing_is_named_and_stops_nothing_else(tmp_path: Path) -> None:
    url = databases.sqlite_database(tmp_path)
    variables = _variables(url, tmp_path)
    lost = open_instance(_settings(tmp_path)).key_ring().primary.id
    fill(url, ring_of(tmp_path), 2)
    put(tmp_path, new_token_key())
    kept = ring_of(tmp_path).primary.id
    fill(url, ring_of(tmp_path), 3)
    processes.run(["keys", "generate", "--keep"], variables, tmp_path)
    new = ring_of(tmp_path).primary.id

    said = processes.run(["keys", "rotate"], variables, tmp_path)

    assert said.returncode == 1
    assert said.stderr.splitlines()[-1].startswith(f"Error: 4 secrets need keys that the ring lacks: {lost};")
    assert "Traceback" not in said.stderr
    assert secrets_by_key(url) == {lost: 4, new: 6}
    assert kept not in secrets_by_key(url)


def _portside(stack: ExitStack, url: str, home: Path) -> tuple[SimulatorServer, Served]:
    still = datetime.now(UTC) - timedelta(minutes=6)
    config = SimulatorConfig(
        orders_per_day=2,
        history_days=5,
        rate_factor=1000,
        data_until=still,
        sku_count=5,
        report_seconds=0.3,
    )
    amazon = stack.enter_context(SimulatorServer(config))
    return amazon, stack.enter_context(Served(environment(amazon, url, home), home))


def _connected_people(stack: ExitStack, amazon: SimulatorServer, server: Served) -> list[Person]:
    sellers = [seller for seller in amazon.simulator.config.sellers if US in seller.marketplace_ids]
    people = []
    for number in range(PEOPLE):
        person = stack.enter_context(Person(server.url))
        person.register(f"seller{number}@portside.example")
        person.connect(US, sellers[number % len(sellers)].id)
        person.wait_for_first_sync()
        people.append(person)
    return people


def _portside_says(*command: str, server: Served) -> str:
    said = processes.run(command, server.variables, server.home)
    assert said.returncode == 0, said.stderr
    return said.stdout


def _variables(url: str, home: Path) -> dict[str, str]:
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "PYTHONPATH": str(processes.SOURCES),
        "HOME": str(home),
        "LC_ALL": "C.UTF-8",
        "PORTSIDE_INSTANCE": str(home / "instance"),
        "DATABASE_URL": url,
        "AMAZON_SIMULATOR": "off",
    }


def _settings(home: Path, keys: str | None = None) -> Settings:
    return Settings(portside_instance=home / "instance", token_encryption_keys=keys)


def _killed_after_the_first_batch(command: list[str], variables: dict[str, str], home: Path) -> None:
    with subprocess.Popen(
        [*processes.COMMAND, *command], env=variables, cwd=home, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        told = next(line for line in process.stdout if "sealed anew" in line)
        process.send_signal(signal.SIGKILL)
    assert (told, process.returncode) == ("1,000 sealed anew\n", -signal.SIGKILL)


def _an_hour_goes_by(engine: Any) -> int:
    """Somebody's access token has run out; returns how many."""
    columns = tables.tokens.c
    past = datetime.now(UTC) - timedelta(seconds=1)
    with in_background(), writing(engine) as connection:
        present = select(tables.sync_resources.c.connection_id).distinct()
        ids = sorted(connection.scalars(present))
        changed = connection.execute(
            update(tables.tokens)
            .where(columns.connection_id == random.choice(ids), columns.access_expires_at > past)
            .values(access_expires_at=past, renew_at=past)
        )
        return changed.rowcount


def _failed_runs(url: str) -> list[tuple[str, str]]:
    runs = tables.sync_runs.c
    engine = make_engine(url)
    with in_background(), reading(engine) as connection:
        failed = connection.execute(select(runs.resource, runs.error_message).where(runs.status == "failed"))
        found = [(row.resource, row.error_message) for row in failed]
    engine.dispose()
    return found


def _state(chain: Any, name: str) -> str:
    return next(str(link["status"]) for link in chain["checks"] if link["name"] == name)
