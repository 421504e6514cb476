"""The look with every request, where only a database can tell whether it is right."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from psycopg import OperationalError
from sqlalchemy import Engine, event, text

from adapters.sql.engine import connected, make_engine, reading
from adapters.sql.present_sessions import SqlPresentSessions
from adapters.sql.versions import SqlPresentVersions
from adapters.tracing import OtelTracing, follow_look
from domain.acting import acting_for, in_background, nobody
from domain.errors import Unavailable
from domain.operations.tracing import Unfollowed
from domain.users.model import LoggedIn, Session, User
from tests import databases, servers
from tests.contracts.backends import SqlBackend
from tests.contracts.samples import NOW, registered


@dataclass(frozen=True)
class Two:
    """Ann and Bob, each logged in, and each with figures."""

    engine: Engine
    ann: User
    bob: User

    def look(self, name: str) -> LoggedIn | None:
        return SqlPresentSessions(self.engine).logged_in(name, NOW)

    def number(self, user: User) -> int:
        with in_background():
            return SqlPresentVersions(self.engine).of(user.id)


@pytest.fixture
def two(engine: Engine) -> Two:
    backend = SqlBackend(engine)
    ann, bob = registered(backend), registered(backend)
    with backend.work() as work:
        for name, user in (("ann", ann), ("bob", bob)):
            work.sessions.open(Session(name, user.id, NOW, NOW + timedelta(days=1)))
            work.figures.changed(user.id)
        work.commit()
    return Two(engine, ann, bob)


def test_whoever_is_named_already_sees_no_session_but_their_own(two: Two) -> None:
    with acting_for(two.ann.id):
        own, others = two.look("ann"), two.look("bob")

    assert own == LoggedIn(two.ann, two.number(two.ann))
    walled = two.engine.dialect.name == "postgresql"
    assert others == (None if walled else LoggedIn(two.bob, two.number(two.bob)))


@pytest.mark.parametrize("name", ["ann", "no such session"])
def test_whom_a_look_has_named_is_forgotten_with_it(two: Two, name: str) -> None:
    if two.engine.dialect.name != "postgresql":
        return  # nobody is named there
    with nobody():
        two.look(name)

        with two.engine.connect() as connection:  # the only one of the pool
            driver = connection.connection.dbapi_connection
            assert driver is not None
            left = driver.execute(
                "SELECT current_user = session_user, coalesce(current_setting('app.user_id', true), '')"
            ).fetchone()

    assert left == (True, "")


def test_until_the_user_is_named_nobodys_number_is_seen(two: Two) -> None:
    with nobody(), reading(two.engine) as connection:
        numbers = connection.scalars(text("SELECT version FROM figures_versions")).all()

    assert len(numbers) == (0 if two.engine.dialect.name == "postgresql" else 2)


def test_a_connection_that_was_broken_off_is_replaced(two: Two) -> None:
    if two.engine.dialect.name != "postgresql":
        return  # a file breaks nothing off
    with nobody():
        two.look("ann")

        with in_background(), connected(two.engine, owning=True) as connection:
            others = "pid <> pg_backend_pid() AND datname = current_database()"
            connection.execute(text(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {others}"))
        found = [two.look("ann") for _ in range(3)]

    assert found == [LoggedIn(two.ann, two.number(two.ann))] * 3


@pytest.mark.parametrize("name", ["ann", "no such session"])
def test_a_look_that_loses_its_connection_is_taken_the_long_way(two: Two, name: str) -> None:
    if two.engine.dialect.name != "postgresql":
        return
    lost: list[Any] = []

    def lose(driver: Any, *_rest: object) -> None:
        if not lost:
            lost.append(driver)
            driver.close()

    with nobody():
        quick = two.look(name)
        event.listen(two.engine, "checkout", lose)
        long = two.look(name)

    assert (len(lost), long) == (1, quick)


# What is told of it


@dataclass(frozen=True)
class Told:
    """Tracing whose spans stay here."""

    tracing: OtelTracing
    kept: InMemorySpanExporter

    def statements(self) -> list[dict[str, Any]]:
        spans = self.kept.get_finished_spans()
        return [dict(span.attributes or {}) for span in spans if span.name == "SELECT"]


@pytest.fixture
def told() -> Told:
    tracing, kept = OtelTracing(), InMemorySpanExporter()
    tracing.provider.add_span_processor(SimpleSpanProcessor(kept))
    return Told(tracing, kept)


def test_a_look_is_a_span_of_its_request_with_places_for_its_values(two: Two, told: Told) -> None:
    engine = make_engine(two.engine.url.render_as_string(hide_password=False), told.tracing)
    with told.tracing.span("GET /", {}), nobody():
        found = SqlPresentSessions(engine, told.tracing).logged_in("ann", NOW)
    with told.tracing.span("GET /", {}), acting_for(two.ann.id):
        number = SqlPresentVersions(engine, told.tracing).of(two.ann.id)
    engine.dispose()

    session, version = told.statements()
    assert found == LoggedIn(two.ann, number)
    assert {session["db.system.name"], version["db.system.name"]} == {engine.dialect.name}
    assert "FROM users JOIN sessions" in session["db.query.text"].replace("\n", "").replace("  ", " ")
    assert version["db.query.text"] == "SELECT version FROM figures_versions WHERE user_id = ?"
    assert not any(value in str(told.statements()) for value in ("ann", str(two.ann.id), two.ann.id.hex))


def test_a_look_that_is_part_of_nothing_is_not_told_of(two: Two, told: Told) -> None:
    SqlPresentSessions(two.engine, told.tracing).logged_in("ann", NOW)
    SqlPresentVersions(two.engine, told.tracing).of(two.ann.id)

    assert told.statements() == []


def test_a_look_that_fails_is_told_by_the_errors_kind_and_not_by_its_text(away: Engine, told: Told) -> None:
    def refuse() -> None:
        raise OperationalError("ann's password is wrong")

    look = follow_look(refuse, "SELECT 1", away, told.tracing)
    with told.tracing.span("GET /", {}), pytest.raises(OperationalError):
        look()

    (span,) = told.statements()
    assert span["error.type"] == "OperationalError"
    assert "password" not in str(span)


def test_where_nobody_follows_a_look_is_what_it_was(away: Engine) -> None:
    def look() -> None:
        """Not called here."""

    assert follow_look(look, "SELECT 1", away, Unfollowed()) is look
    assert follow_look(look, "SELECT 1", away, None) is look


@pytest.fixture
def away() -> Iterator[Engine]:
    url = databases.postgres_database()
    engine = make_engine(url)
    servers.postgres().drop_database(url)
    yield engine
    engine.dispose()


def test_a_database_that_is_away_is_told_of_in_our_words(away: Engine) -> None:
    with nobody(), pytest.raises(Unavailable):
        SqlPresentSessions(away).logged_in("ann", NOW)
