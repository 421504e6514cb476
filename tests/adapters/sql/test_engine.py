"""The way to the database: what it promises about transactions, errors and moments."""

import secrets
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Column, Engine, MetaData, Table, create_engine, event, insert, select, text, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import QueuePool

from adapters.sql import tables
from adapters.sql.engine import connected, make_engine, one_moment, reading, writing
from adapters.sql.types import UtcDateTime
from domain.errors import Conflict, NotConfigured, Unavailable
from domain.users.model import Session
from tests.contracts.backends import SqlBackend
from tests.contracts.samples import NOW, a_user, registered, scheduled


@pytest.mark.parametrize(
    "url",
    [
        "",
        "portside.db",
        "mysql://host/name",
        "postgresql+psycopg2://host/name",
        "sqlite://",
        "sqlite:///:memory:",
    ],
)
def test_a_url_that_can_not_be_used_names_the_variable(url: str) -> None:
    with pytest.raises(NotConfigured) as refused:
        make_engine(url)

    assert refused.value.missing == ("DATABASE_URL",)


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_postgresql_is_reached_through_psycopg_3_however_it_is_written(scheme: str) -> None:
    engine = make_engine(f"{scheme}://somebody@localhost/name")

    assert (engine.dialect.name, engine.dialect.driver) == ("postgresql", "psycopg")


def test_a_database_that_is_away_is_unavailable(tmp_path: Path) -> None:
    for url in (f"sqlite:///{tmp_path}/missing/folder.db", f"postgresql:///name?host={tmp_path}"):
        with pytest.raises(Unavailable), reading(make_engine(url)):
            pass


def test_when_every_connection_is_in_use_the_next_one_is_unavailable(tmp_path: Path) -> None:
    narrow = create_engine(f"sqlite:///{tmp_path}/one.db", pool_size=1, max_overflow=0, pool_timeout=0.01)

    with connected(narrow), pytest.raises(Unavailable), connected(narrow):
        pass

    narrow.dispose()


@pytest.mark.parametrize("url", ["postgres"], indirect=True)  # nobody hangs up on the user of a file
def test_a_connection_that_the_server_has_closed_is_replaced(engine: Engine, hasty: Engine) -> None:
    with reading(engine) as connection:
        backend_id = connection.scalar(text("SELECT pg_backend_pid()"))
    with reading(hasty, owning=True) as connection:
        connection.execute(text("SELECT pg_terminate_backend(:id, 5000)"), {"id": backend_id})

    with reading(engine) as connection:
        assert connection.scalar(text("SELECT pg_backend_pid()")) != backend_id


@pytest.mark.parametrize("url", ["postgres"], indirect=True)
def test_a_connection_that_breaks_off_in_the_middle_is_unavailable(engine: Engine, hasty: Engine) -> None:
    with SqlBackend(engine).work() as work:
        user = a_user()
        work.users.add(user, None)
        with reading(hasty, owning=True) as connection:
            everybody_else = (
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            connection.execute(text(everybody_else))

        with pytest.raises(Unavailable):
            work.users.get(user.id)
        with pytest.raises(Unavailable):
            work.commit()


def test_a_file_that_is_no_database_is_not_opened(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("shopping list " * 100)

    with pytest.raises(Exception, match="not a database"), reading(make_engine(f"sqlite:///{path}")):
        pass


def test_what_the_block_did_is_committed_unless_an_error_leaves_it(engine: Engine) -> None:
    def fails_half_way() -> None:
        with writing(engine) as connection:
            connection.execute(update(tables.users).values(first_name="Bob"))
            raise ZeroDivisionError

    user = registered(SqlBackend(engine))
    with pytest.raises(ZeroDivisionError):
        fails_half_way()

    with reading(engine) as connection:
        assert connection.scalars(select(tables.users.c.first_name)).all() == [user.first_name]


def test_a_transaction_for_reading_can_not_write(engine: Engine) -> None:
    def writes() -> None:
        with reading(engine) as connection:
            connection.execute(update(tables.users).values(first_name="Bob"))

    registered(SqlBackend(engine))
    with pytest.raises(Exception, match=r"read-only|can't do this"):
        writes()

    with writing(engine) as connection:
        assert connection.execute(update(tables.users).values(first_name="Bob")).rowcount == 1


@pytest.mark.parametrize("url", ["postgres"], indirect=True)
def test_what_postgresql_has_prepared_for_a_look_is_there_for_the_next_one(engine: Engine) -> None:
    prepared = text("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%FROM users%'")
    for _ in range(5):
        with reading(engine) as connection:
            connection.execute(select(tables.users.c.id)).all()
        with one_moment(engine), reading(engine) as connection:
            connection.execute(select(tables.users.c.id)).all()

    with engine.connect() as same_connection:
        assert same_connection.scalar(prepared) == 1


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
def test_looks_one_after_the_other_do_not_make_sqlite_prepare_everything_anew(engine: Engine) -> None:
    said: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda _, __, statement, *rest: said.append(statement))

    for begin in (reading, reading, one_moment, writing, writing, reading, writing, reading):
        with begin(engine):
            pass

    told = [statement.rpartition(" ")[2] for statement in said if "query_only" in statement]
    assert told == ["ON", "OFF"]


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
def test_where_connections_run_short_one_that_has_read_can_write(engine: Engine) -> None:
    pool = engine.pool
    assert isinstance(pool, QueuePool)
    registered(SqlBackend(engine))
    with ExitStack() as readers:
        for _ in range(pool.size()):
            readers.enter_context(reading(engine))

    with ExitStack() as readers:
        for _ in range(pool.size() - 1):
            readers.enter_context(reading(engine))
        with writing(engine) as connection:
            assert connection.execute(update(tables.users).values(first_name="Bob")).rowcount == 1
            assert pool.checkedout() == pool.size()


def test_a_constraint_that_objects_is_a_conflict(engine: Engine) -> None:
    nobody = a_user()

    with SqlBackend(engine).work() as work, pytest.raises(Conflict):
        work.sessions.open(Session("t1", nobody.id, NOW, NOW))


@pytest.fixture
def hasty(url: str) -> Iterator[Engine]:
    """Another process, which waits for a lock for no more than a moment."""
    engine = make_engine(url)
    moment = "PRAGMA busy_timeout = 50" if engine.dialect.name == "sqlite" else "SET lock_timeout = '50ms'"

    def hurry(connection: Any, _entry: object) -> None:
        connection.execute(moment)
        connection.commit()

    event.listen(engine, "connect", hurry)
    yield engine
    engine.dispose()


def test_a_row_that_is_locked_for_too_long_is_unavailable(engine: Engine, hasty: Engine) -> None:
    user = registered(SqlBackend(engine))

    def waits() -> None:
        with SqlBackend(hasty).work() as work:
            work.users.record_login(user.id, NOW)

    with SqlBackend(engine).work() as work:
        work.users.record_login(user.id, NOW)
        with pytest.raises(Unavailable):
            waits()


@pytest.mark.parametrize("url", ["postgres"], indirect=True)
def test_a_value_that_never_fits_is_no_outage(engine: Engine) -> None:
    many_letters = secrets.token_urlsafe(20_000)  # more than an index holds, and nothing that can be packed

    with writing(engine, owning=True) as database:
        database.execute(text("CREATE TABLE names (name text PRIMARY KEY)"))
        with pytest.raises(OperationalError):
            database.execute(text("INSERT INTO names VALUES (:name)"), {"name": many_letters})
        database.rollback()


def test_an_error_shows_no_values(engine: Engine) -> None:
    def fails() -> None:
        with writing(engine) as connection:
            connection.execute(text("INSERT INTO nowhere VALUES (:secret)"), {"secret": "Atzr|canary"})

    with pytest.raises(Exception, match=r"nowhere|can't do this") as failed:
        fails()

    messages = []
    error: BaseException | None = failed.value
    while error is not None:
        messages.append(str(error))
        error = error.__cause__
    assert "nowhere" in "".join(messages)
    assert "canary" not in "".join(messages)


def test_a_user_who_goes_takes_everything_along(engine: Engine) -> None:
    backend = SqlBackend(engine)
    scheduled(backend, registered(backend))

    with writing(engine) as connection:
        connection.execute(tables.users.delete())

    with reading(engine) as connection:
        assert connection.scalars(select(tables.sync_resources.c.resource)).all() == []


# Moments

moments = Table("moments", MetaData(), Column("at", UtcDateTime))


@pytest.fixture
def with_moments(engine: Engine) -> Engine:
    with writing(engine, owning=True) as connection:
        moments.create(connection)
    return engine


def test_moments_come_back_to_the_microsecond_and_in_utc(with_moments: Engine) -> None:
    tokyo = datetime(2026, 1, 1, 0, 0, 0, 1, tzinfo=timezone(timedelta(hours=9)))

    with writing(with_moments) as connection:
        connection.execute(insert(moments), [{"at": tokyo}, {"at": None}])
    with reading(with_moments) as connection:
        first, second = connection.scalars(select(moments.c.at)).all()

    assert (first, second) == (datetime(2025, 12, 31, 15, 0, 0, 1, tzinfo=UTC), None)
    assert first.tzinfo is UTC


def test_moments_sort_and_compare_by_time(with_moments: Engine) -> None:
    second = timedelta(seconds=1)
    written = [NOW + second, NOW.replace(microsecond=0), NOW, NOW - second, NOW.replace(year=999)]

    with writing(with_moments) as connection:
        connection.execute(insert(moments), [{"at": at} for at in written])
    with reading(with_moments) as connection:
        in_order = connection.scalars(select(moments.c.at).order_by(moments.c.at)).all()
        earlier = connection.scalars(select(moments.c.at).where(moments.c.at < NOW)).all()

    assert in_order == sorted(written)
    assert sorted(earlier) == sorted(at for at in written if at < NOW)


def test_a_moment_without_a_zone_is_refused(with_moments: Engine) -> None:
    with pytest.raises(Exception, match="without a time zone"), writing(with_moments) as connection:
        connection.execute(insert(moments), {"at": NOW.replace(tzinfo=None)})
