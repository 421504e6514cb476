"""The number that answers are kept under, where only a database can tell whether it is right."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from datetime import timedelta
from functools import partial
from threading import Event
from time import sleep
from uuid import uuid4

import pytest
from sqlalchemy import Connection, Engine, func, select, text, update

from adapters.memory.cache import MemoryCache
from adapters.sql import tables
from adapters.sql.engine import connected, make_engine, one_moment, reading, writing
from adapters.sql.versions import SqlFiguresVersions, SqlPresentVersions
from adapters.system import SystemClock
from domain.acting import acting_for, in_background, nobody
from domain.audit.model import Action, AuditEntry
from domain.kpis.answers import Answers
from domain.users.model import User, UserId
from tests.adapters.sql.test_statement_counts import statements
from tests.contracts.backends import SqlBackend
from tests.contracts.samples import registered


@pytest.fixture
def engine(url: str) -> Iterator[Engine]:
    engine = make_engine(url)
    yield engine
    engine.dispose()


@pytest.fixture
def user(engine: Engine) -> User:
    return registered(SqlBackend(engine))


def change(engine: Engine, user_id: UserId) -> None:
    with SqlBackend(engine).work() as work:
        work.figures.changed(user_id)
        work.commit()


def answers_of(engine: Engine) -> Answers:
    moment: Callable[[], AbstractContextManager[Callable[[], None]]] = partial(one_moment, engine)
    clock = SystemClock()
    return Answers(
        SqlPresentVersions(engine), moment, MemoryCache(clock), timedelta(minutes=5), clock, release="1"
    )


def test_the_quick_look_finds_the_same_number(engine: Engine, user: User) -> None:
    quick, numbers = SqlPresentVersions(engine), []

    for _ in range(3):
        with SqlBackend(engine).look() as work:
            numbers.append((quick.of(user.id), work.figures.of(user.id)))
        change(engine, user.id)

    assert all(one == other for one, other in numbers)
    assert numbers[0] == (0, 0)
    assert numbers[0] < numbers[1] < numbers[2]


def test_the_quick_look_leaves_the_connection_as_it_was(engine: Engine, user: User) -> None:
    quick = SqlPresentVersions(engine)

    for _ in range(3):
        quick.of(user.id)
        change(engine, user.id)

    with SqlBackend(engine).work() as work:  # what is not committed is still rolled back
        work.figures.changed(user.id)
        work.users.record_login(user.id, user.created_at)
    with reading(engine) as connection:
        assert connection.scalar(select(tables.users.c.last_login_at)) is None


def test_the_quick_look_stands_behind_the_wall(engine: Engine, user: User) -> None:
    change(engine, user.id)
    quick = SqlPresentVersions(engine)

    with acting_for(user.id):
        mine = quick.of(user.id)
    with nobody():
        nobodys = quick.of(user.id)
    with acting_for(registered(SqlBackend(engine)).id):
        theirs = quick.of(user.id)

    assert mine > 0
    assert (nobodys, theirs) == ((0, 0) if engine.dialect.name == "postgresql" else (mine, mine))


def test_a_connection_that_was_broken_off_is_replaced(engine: Engine, user: User) -> None:
    if engine.dialect.name != "postgresql":
        return  # a file breaks nothing off
    change(engine, user.id)
    quick = SqlPresentVersions(engine)
    number = quick.of(user.id)

    with connected(engine, owning=True) as connection:
        others = "pid <> pg_backend_pid() AND datname = current_database()"
        connection.execute(text(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {others}"))
    for pooled in range(3):
        assert quick.of(user.id) == number, pooled


def test_a_number_is_never_given_twice_not_even_after_an_older_state_was_restored(
    engine: Engine, user: User
) -> None:
    quick = SqlPresentVersions(engine)
    change(engine, user.id)
    saved, seen = quick.of(user.id), set()
    for _ in range(5):
        change(engine, user.id)
        seen.add(quick.of(user.id))

    with writing(engine) as connection:
        connection.execute(update(tables.figures_versions).values(version=saved))
    sleep(0.01)  # nobody restores as quickly as that
    change(engine, user.id)

    assert len(seen) == 5
    assert quick.of(user.id) not in {saved, *seen}


def test_changes_at_the_same_time_are_seen_in_the_order_of_their_numbers(engine: Engine, user: User) -> None:
    """Whoever finds a number finds all that was changed under it and under smaller ones."""
    backend, quick = SqlBackend(engine), SqlPresentVersions(engine)
    turns, ended = 25, Event()
    logged: list[tuple[int, int]] = []

    def write() -> None:
        for _ in range(turns):
            with backend.work() as work:
                work.figures.changed(user.id)
                work.audit.append(_entry(user))
                work.commit()

    def look() -> None:
        with in_background():
            while not ended.is_set():
                number = quick.of(user.id)
                with reading(engine) as connection:
                    logged.append(
                        (number, connection.scalar(select(func.count()).select_from(tables.audit_log)))
                    )

    with ThreadPoolExecutor(5) as threads:
        looking = threads.submit(look)
        for writer in [threads.submit(write) for _ in range(3)]:
            writer.result(20)
        ended.set()
        looking.result(20)

    at_least: dict[int, int] = {}
    for number, count in logged:
        at_least[number] = min(count, at_least.get(number, count))
    counts = [at_least[number] for number in sorted(at_least)]
    assert counts == sorted(counts)
    with reading(engine) as connection:
        assert connection.scalar(select(func.count()).select_from(tables.audit_log)) == 3 * turns


def test_no_answer_is_older_than_what_was_committed_before_it_was_asked_for(
    engine: Engine, user: User
) -> None:
    """Two processes of which one changes figures and the other one keeps answers."""
    reader = answers_of(engine)

    def names() -> str:
        with reading(engine) as connection:
            return str(connection.scalar(select(tables.users.c.first_name)))

    def ask() -> str:
        return reader.answer(reader.tag(user.id, ("names",)), names, str)

    with ThreadPoolExecutor(3) as threads:
        for turn in range(20):
            with writing(engine) as connection:
                connection.execute(update(tables.users).values(first_name=f"name {turn}"))
                meanwhile = [threads.submit(_in_background, ask) for _ in range(2)]
                _count_up(connection, user.id)
            for each in meanwhile:
                each.result(10)
            assert ask() == f"name {turn}"


def test_all_looks_of_one_moment_share_a_transaction(engine: Engine, user: User) -> None:
    backend = SqlBackend(engine)

    with one_moment(engine):
        with reading(engine) as connection:
            before = connection.scalar(select(tables.users.c.first_name))
        with writing(engine) as elsewhere:
            elsewhere.execute(update(tables.users).values(first_name="somebody else"))
        with backend.look() as work:
            during = work.users.get(user.id).first_name
    with backend.look() as work:
        after = work.users.get(user.id).first_name

    assert (before, during, after) == ("Ann", "Ann", "somebody else")


def test_a_look_for_somebody_else_in_that_moment_has_a_transaction_of_its_own(
    engine: Engine, user: User
) -> None:
    with one_moment(engine), acting_for(user.id), reading(engine) as theirs:
        with reading(engine) as again:
            apart = theirs is not again
        seen = theirs.scalar(select(func.count()).select_from(tables.users))

    assert apart
    assert seen == 1


def test_a_kept_answer_costs_no_statement_but_the_look_for_its_number(engine: Engine, user: User) -> None:
    desk = answers_of(engine)

    def count() -> str:
        with reading(engine) as connection:
            return str(connection.scalar(select(func.count()).select_from(tables.orders)))

    desk.answer(desk.tag(user.id, ("orders",)), count, str)
    with statements(engine) as sent:
        answer = desk.answer(desk.tag(user.id, ("orders",)), count, str)

    assert (answer, sent) == ("0", [])


def _in_background(ask: Callable[[], str]) -> str:
    with in_background():
        return ask()


def _count_up(connection: Connection, user_id: UserId) -> None:
    versions = SqlFiguresVersions(connection)
    versions.changed(user_id)
    versions.count_up()


def _entry(user: User) -> AuditEntry:
    return AuditEntry(uuid4(), user.created_at, user.id, Action.USER_LOGGED_IN, "system", "")
