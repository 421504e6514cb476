"""Who begins work says for whom it is done: requests, jobs of the clock, threads of runs, commands."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from threading import Event

import click
import pytest
from click.testing import CliRunner
from flask import Flask
from flask.testing import FlaskClient

from domain.acting import Acting, in_background, present
from domain.connections.catalog import Connections
from domain.connections.model import Connection
from domain.operations.model import Finding
from domain.sync.model import Cursor, Resource
from domain.sync.steps import Step, nothing
from domain.users.model import LoggedIn
from entrypoints.cli.main import portside
from entrypoints.http.app import create_app
from entrypoints.scheduler.workers import Workers, unless_away
from tests.entrypoints.browsers import logged_in
from tests.fakes.memory_sessions import MemoryPresentSessions
from tests.fakes.memory_work import MemoryWork
from tests.fakes.things import without_reports
from tests.fakes.world import PASSWORD, World

BACKGROUND = Acting(background=True)


@dataclass
class Listener:
    """Notes for whom work is done whenever it is asked for something, in the place of many a port."""

    heard: list[Acting] = field(default_factory=list)
    written: list[Acting] = field(default_factory=list)

    def note(self) -> None:
        self.heard.append(present())

    def check(self) -> Finding:
        self.note()
        return Finding("listener", True)

    def steps(self, _connection: Connection, cursor: Cursor, _now: object) -> Iterator[Step]:
        self.note()
        yield Step(cursor, 0, nothing, finished=True)

    def after_failure(self, cursor: Cursor, _error: Exception) -> Cursor:
        return cursor


@dataclass(frozen=True)
class ListenedTo:
    """The world's sessions."""

    world: World
    listener: Listener

    def logged_in(self, token_hash: str, now: datetime) -> LoggedIn | None:
        self.listener.note()
        return MemoryPresentSessions(self.world.store).logged_in(token_hash, now)


@pytest.fixture
def listener() -> Listener:
    return Listener()


@pytest.fixture
def app(world: World, listener: Listener) -> Flask:
    """An application whose reading transactions, looks for sessions and health check are listened to."""

    def look() -> MemoryWork:
        listener.note()
        return world.look()

    def work() -> MemoryWork:
        listener.written.append(present())
        return world.work()

    services = replace(
        world.services,
        connections=Connections(world.work, look, world.clock),
        access=replace(world.services.access, work=work, look=look, sessions=ListenedTo(world, listener)),
        probes=(listener,),
    )
    return create_app(services, world.settings, "a secret key of no installation")


@pytest.fixture
def browser(app: Flask, world: World, listener: Listener) -> FlaskClient:
    client = logged_in(app, world.user)
    listener.heard.clear()
    return client


def test_a_request_works_for_nobody_until_it_is_known_who_asks_then_for_them(
    world: World, browser: FlaskClient, listener: Listener
) -> None:
    browser.get("/api/v1/amazon/connections")

    assert listener.heard == [Acting(), Acting(user_id=world.user.id)]


def test_a_request_leaves_its_thread_as_it_found_it(browser: FlaskClient) -> None:
    browser.get("/api/v1/amazon/connections")
    browser.get("/api/v1/amazon/connections/no-id")

    assert present() == Acting()


def test_what_a_thread_did_before_gives_a_request_no_rights(
    browser: FlaskClient, world: World, listener: Listener
) -> None:
    with in_background():
        browser.get("/api/v1/amazon/connections")

    assert listener.heard == [Acting(), Acting(user_id=world.user.id)]


def test_who_logs_in_is_looked_up_for_nobody_even_where_somebody_is_logged_in(
    browser: FlaskClient, world: World, listener: Listener
) -> None:
    browser.post("/api/v1/auth/login", json={"email": world.stranger.email, "password": PASSWORD})

    assert listener.heard == [Acting(), Acting()]  # the session that was there, and the e-mail


def test_a_failed_log_in_is_noted_for_nobody_even_where_somebody_is_logged_in(
    browser: FlaskClient, world: World, listener: Listener
) -> None:
    wrong = {"email": world.stranger.email, "password": "not their password"}

    answer = browser.post("/api/v1/auth/login", json=wrong)

    assert answer.status_code == 401
    assert listener.written[-1] == Acting()


def test_a_health_check_looks_at_the_whole_installation(app: Flask, listener: Listener) -> None:
    app.test_client().get("/readyz")

    assert listener.heard == [BACKGROUND]


def test_a_job_of_the_clock_is_background_work(listener: Listener) -> None:
    unless_away(listener.note)()

    assert listener.heard == [BACKGROUND]
    assert present() == Acting()


def test_a_run_is_background_work_in_its_own_thread(world: World, listener: Listener) -> None:
    world.connect(world.user)
    without_reports(world.store)
    runner = replace(world.services.runner, pullers=dict.fromkeys(Resource, listener))
    workers = Workers(world.services.shift, runner, 2, Event())

    workers.tick()

    assert workers.wait(5.0)
    assert listener.heard == [BACKGROUND, BACKGROUND]


def test_a_command_is_background_work(listener: Listener) -> None:
    @click.command()
    def listen() -> None:
        listener.note()

    program = click.Group("portside", {"listen": listen}, callback=portside.callback)

    answer = CliRunner().invoke(program, ["listen"])

    assert answer.exit_code == 0
    assert listener.heard == [BACKGROUND]
    assert present() == Acting()
