"""The look with every request, where only a database can tell whether it is right."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, event, text

from adapters.sql.engine import connected, make_engine, reading
from adapters.sql.present_sessions import SqlPresentSessions
from adapters.sql.versions import SqlPresentVersions
from domain.acting import acting_for, in_background, nobody
from domain.errors import Unavailable
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
