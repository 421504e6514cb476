"""What is asked straight of the driver is what SQLAlchemy would have brought."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Date,
    Engine,
    MetaData,
    Select,
    Table,
    Text,
    Uuid,
    bindparam,
    cast,
    event,
    func,
    literal,
    null,
    select,
    text,
    type_coerce,
    union_all,
)

from adapters.sql import libpq, straight, tables
from adapters.sql.engine import make_engine, one_moment, reading
from adapters.sql.straight import asked
from adapters.sql.types import Json, UtcDateTime
from domain.acting import acting_for, in_background
from domain.errors import Unavailable
from domain.kpis.ports import Later
from domain.users.model import UserId
from tests import databases
from tests.contracts.backends import SqlBackend
from tests.contracts.samples import connected, registered

MOMENT = datetime(2026, 3, 29, 1, 30, 0, 123456, UTC)
#: One of each kind of value that a statement of ours takes or brings.
VALUES: dict[str, tuple[Any, Any]] = {
    "an_id": (Uuid, uuid4()),
    "a_day": (Date, date(2026, 3, 29)),
    "a_moment": (UtcDateTime, MOMENT),
    "a_text": (Text, "50 % Wolle, O'Neill – ü 日本 \\ :x $1 ?"),
    "a_number": (BigInteger, -(2**53)),
    "a_truth": (Boolean, True),
    "a_lack": (Text, None),
}
#: Nothing tells PostgreSQL what a truth is that stands by itself.
EVERYTHING = select(
    *(
        (cast if kind is Boolean else type_coerce)(bindparam(name, type_=kind), kind).label(name)
        for name, (kind, _) in VALUES.items()
    )
)
ASKED = {name: value for name, (_, value) in VALUES.items()}


@pytest.fixture(params=["sqlite", "postgres"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    url = databases.sqlite_database(tmp_path) if request.param == "sqlite" else databases.postgres_database()
    engine = make_engine(url)
    with in_background():
        yield engine
    engine.dispose()


@pytest.fixture
def postgres() -> Iterator[Engine]:
    engine = make_engine(databases.postgres_database())
    with in_background():
        yield engine
    engine.dispose()


def rows_of(engine: Engine, statement: Any, values: dict[str, Any]) -> list[Any]:
    return asked(engine, statement, values, list)()


def plainly(engine: Engine, statement: Select[Any], asked: dict[str, Any]) -> list[tuple[Any, ...]]:
    with reading(engine) as connection:
        return [tuple(row) for row in connection.execute(statement, asked)]


def prepared(engine: Engine) -> int:
    """How many statements of ours the server knows on a connection."""
    with reading(engine) as connection:
        return len(
            connection.exec_driver_sql(
                "SELECT name FROM pg_prepared_statements WHERE name LIKE 'portside%%'"
            ).all()
        )


def cut(engine: Engine, connection: Connection) -> None:
    """End a connection from the server's side."""
    its = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
    with reading(engine, owning=True) as other:
        other.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": its})


def test_values_come_back_as_they_went(engine: Engine) -> None:
    (row,) = rows_of(engine, EVERYTHING, ASKED)

    assert row._asdict() == ASKED
    assert [type(each) for each in row] == [type(each) for each in ASKED.values()]


def test_rows_of_a_table_are_those_that_sqlalchemy_brings(engine: Engine) -> None:
    backend = SqlBackend(engine)
    connection = connected(backend, registered(backend))
    whole = select(tables.connections).where(tables.connections.c.id == bindparam("id", type_=Uuid))

    found = [tuple(row) for row in rows_of(engine, whole, {"id": connection.id})]

    assert found == plainly(engine, whole, {"id": connection.id})
    assert len(found) == 1


def test_json_and_sums_have_their_types(engine: Engine) -> None:
    numbers = union_all(select(literal(2).label("n")), select(literal(3))).subquery()
    statement: Any = select(
        literal(["DE", "FR"], Json).label("places"),
        func.sum(numbers.c.n).label("whole"),
        null().label("none"),
    )

    (row,) = rows_of(engine, statement, {})

    assert (row.places, row.whole, row.none) == (["DE", "FR"], 5, None)


def test_what_a_statement_has_no_parameter_for_is_left_out(engine: Engine) -> None:
    (row,) = rows_of(engine, EVERYTHING, {**ASKED, "something_else": object()})

    assert row.a_number == ASKED["a_number"]


def test_a_value_that_is_missing_is_a_defect(engine: Engine) -> None:
    with pytest.raises(KeyError):
        rows_of(engine, EVERYTHING, {})


def test_a_statement_that_is_written_anew_for_its_values_is_refused(engine: Engine) -> None:
    expanding = select(literal(1)).where(literal(1).in_([1, 2]))

    with pytest.raises(ValueError, match="written anew"):
        rows_of(engine, expanding, {})


def test_whoever_follows_statements_sees_these_too(engine: Engine) -> None:
    seen: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda *told: seen.append(told[2]))

    (row,) = rows_of(engine, EVERYTHING, ASKED)

    assert row._asdict() == ASKED
    assert any("a_number" in statement for statement in seen)


def test_a_database_that_fails_is_away(tmp_path: Path) -> None:
    engine = make_engine(databases.sqlite_database(tmp_path))
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE soon_gone (n INTEGER)")
    gone = select(Table("soon_gone", MetaData(), Column("n", BigInteger)))
    assert rows_of(engine, gone, {}) == []
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE soon_gone")

    with pytest.raises(Unavailable):
        rows_of(engine, gone, {})
    engine.dispose()


def test_a_defect_stays_the_drivers_own_error(postgres: Engine) -> None:
    wrong = select(literal(1) / bindparam("by", type_=BigInteger))

    with pytest.raises(postgres.dialect.loaded_dbapi.DataError):
        rows_of(postgres, wrong, {"by": 0})

    assert rows_of(postgres, wrong, {"by": 1})[0][0] == 1


def test_a_connection_that_breaks_is_an_outage_and_not_used_again(postgres: Engine) -> None:
    def look() -> None:
        with one_moment(postgres), reading(postgres) as connection:
            rows_of(postgres, EVERYTHING, ASKED)
            cut(postgres, connection)
            rows_of(postgres, EVERYTHING, ASKED)

    with pytest.raises(Unavailable):
        look()

    assert rows_of(postgres, EVERYTHING, ASKED)[0]._asdict() == ASKED


def test_a_connection_that_breaks_before_the_end_of_a_look_is_an_outage(postgres: Engine) -> None:
    def look() -> None:
        with one_moment(postgres), reading(postgres) as connection:
            cut(postgres, connection)

    with pytest.raises(Unavailable):
        look()

    assert rows_of(postgres, EVERYTHING, ASKED)


def test_a_rollback_takes_prepared_statements_with_it(postgres: Engine) -> None:
    rows_of(postgres, EVERYTHING, ASKED)
    assert prepared(postgres) == 1

    with postgres.connect() as connection:
        transaction = connection.begin()
        for _ in range(10):  # until psycopg has statements prepared, too
            connection.execute(EVERYTHING, ASKED)
        transaction.rollback()
    assert prepared(postgres) == 0

    assert rows_of(postgres, EVERYTHING, ASKED)[0]._asdict() == ASKED


def test_no_more_than_so_many_stay_prepared(postgres: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(libpq, "_MOST", 3)
    several = [
        select((bindparam("n", type_=BigInteger) + number).label(f"n_{number}")) for number in range(5)
    ]

    found = [rows_of(postgres, each, {"n": 1})[0][0] for each in several]
    again = rows_of(postgres, several[0], {"n": 1})[0][0]

    assert (found, again) == ([1, 2, 3, 4, 5], 1)
    assert prepared(postgres) == 3


def test_a_statement_is_written_once(engine: Engine) -> None:
    statement = select((bindparam("n", type_=BigInteger) + 1).label("n"))
    writing = straight._for_postgres if engine.dialect.name == "postgresql" else straight._for_sqlite
    written = writing.cache_info().misses

    for number in range(3):
        assert rows_of(engine, statement, {"n": number})[0].n == number + 1

    assert writing.cache_info().misses == written + 1


def test_moments_of_any_zone_are_the_same_moment(engine: Engine) -> None:
    statement = select(bindparam("at", type_=UtcDateTime).label("at"))
    for hours in (-8, 0, 13):
        local = MOMENT.astimezone(timezone(timedelta(hours=hours)))
        (row,) = rows_of(engine, statement, {"at": local})
        assert (row.at, row.at.utcoffset()) == (MOMENT, timedelta(0))


PLUS_ONE = select((bindparam("n", type_=BigInteger) + 1).label("n"))
DIVIDED = select((bindparam("n", type_=BigInteger) / 0).label("n"))


def number_of(rows: Sequence[Any]) -> int:
    (row,) = rows
    return int(row.n)


def plus_one(engine: Engine, number: int) -> Later[int]:
    return asked(engine, PLUS_ONE, {"n": number}, number_of)


@pytest.fixture
def trips(postgres: Engine, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many statements each trip to PostgreSQL had."""
    found: list[int] = []
    executed = libpq.execute_all

    def noted(connection: Connection, statements: Sequence[str], values: Any) -> Any:
        found.append(len(statements))
        return executed(connection, statements, values)

    monkeypatch.setattr(libpq, "execute_all", noted)
    return found


def test_what_is_asked_for_is_told_when_it_is_wanted(engine: Engine) -> None:
    alone = plus_one(engine, 1)
    with one_moment(engine):
        first, second = plus_one(engine, 2), plus_one(engine, 3)
        assert (second(), first(), second()) == (4, 3, 4)
        third = plus_one(engine, 4)
        assert third() == 5

    assert alone() == 2


def test_several_are_told_in_one_trip(postgres: Engine, trips: list[int]) -> None:
    with one_moment(postgres):
        several = [plus_one(postgres, number) for number in range(3)]
        last = asked(postgres, EVERYTHING, ASKED, lambda rows: rows[0]._asdict())

        assert [each() for each in several] == [1, 2, 3]
        assert last() == ASKED
        assert plus_one(postgres, 7)() == 8

    assert trips == [4, 1]


def test_outside_of_a_moment_each_is_told_by_itself(postgres: Engine, trips: list[int]) -> None:
    several = [plus_one(postgres, number) for number in range(3)]

    assert [each() for each in several] == [1, 2, 3]
    assert trips == [1, 1, 1]


def test_what_was_asked_for_in_a_moment_that_is_over_is_told_by_itself(engine: Engine) -> None:
    with one_moment(engine):
        first, second = plus_one(engine, 1), plus_one(engine, 2)

    with one_moment(engine):
        third = plus_one(engine, 3)
        assert (first(), third(), second()) == (2, 4, 3)


def test_what_nobody_wants_to_know_is_not_looked_up(postgres: Engine, trips: list[int]) -> None:
    with one_moment(postgres):
        plus_one(postgres, 1)

    assert trips == []


def test_nobody_is_told_what_was_asked_for_somebody_else(postgres: Engine) -> None:
    """Who is told has to be who has asked: the wall stands between them."""
    user = registered(SqlBackend(postgres))
    mine = select(tables.users.c.id).where(tables.users.c.id == bindparam("id", type_=Uuid))

    with acting_for(user.id), one_moment(postgres):
        told = asked(postgres, mine, {"id": user.id}, len)
        with acting_for(UserId(uuid4())):
            assert told() == 0


def test_one_that_fails_takes_the_others_of_its_trip_with_it(postgres: Engine) -> None:
    def together() -> None:
        with one_moment(postgres):
            before = plus_one(postgres, 1)
            asked(postgres, DIVIDED, {"n": 1}, number_of)
            plus_one(postgres, 2)
            before()

    with pytest.raises(postgres.dialect.loaded_dbapi.DataError):
        together()

    with one_moment(postgres):  # on the same connection
        assert [each() for each in (plus_one(postgres, 1), plus_one(postgres, 2))] == [2, 3]


def test_a_connection_that_breaks_during_several_is_an_outage(postgres: Engine) -> None:
    def together() -> None:
        with one_moment(postgres), reading(postgres) as connection:
            plus_one(postgres, 1)
            second = plus_one(postgres, 2)
            cut(postgres, connection)
            second()

    with one_moment(postgres):
        plus_one(postgres, 1)()  # it is prepared
    with pytest.raises(Unavailable):
        together()

    assert plus_one(postgres, 1)() == 2


def test_a_moment_begins_with_what_is_asked_first(
    postgres: Engine, trips: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    execute = libpq.execute

    def noted(connection: Connection, statements: str) -> None:
        said.append(statements)
        execute(connection, statements)

    monkeypatch.setattr(libpq, "execute", noted)
    with one_moment(postgres):
        assert plus_one(postgres, 1)() == 2
        assert plus_one(postgres, 2)() == 3

    assert (trips, said) == ([1, 1], ["COMMIT"])


def test_a_moment_in_which_nothing_is_asked_never_begins(
    postgres: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    with one_moment(postgres):
        """Somebody has connected before."""
    monkeypatch.setattr(libpq, "execute", None)

    with one_moment(postgres):
        plus_one(postgres, 1)

    with pytest.raises(ZeroDivisionError), one_moment(postgres):
        1 / 0  # noqa: B018 - the error is what counts


def test_whoever_asks_through_sqlalchemy_first_is_in_the_moment_as_well(engine: Engine) -> None:
    count = select(func.count().label("n")).select_from(tables.users)
    with one_moment(engine):
        with reading(engine) as connection:
            before = connection.execute(count).scalar_one()
        registered(SqlBackend(engine))
        assert asked(engine, count, {}, number_of)() == before

    assert asked(engine, count, {}, number_of)() == before + 1


def test_a_moment_sees_the_database_as_of_its_first_question(engine: Engine) -> None:
    count = select(func.count().label("n")).select_from(tables.users)
    with one_moment(engine):
        before = asked(engine, count, {}, number_of)()
        registered(SqlBackend(engine))
        assert asked(engine, count, {}, number_of)() == before


def test_a_moment_can_only_look(postgres: Engine) -> None:
    with one_moment(postgres), reading(postgres) as connection:
        plus_one(postgres, 1)()
        assert connection.exec_driver_sql("SHOW transaction_read_only").scalar_one() == "on"
        assert connection.exec_driver_sql("SHOW transaction_isolation").scalar_one() == "repeatable read"


def test_a_moment_that_is_over_ends_while_its_thread_goes_on(
    postgres: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    with one_moment(postgres) as over:
        assert plus_one(postgres, 1)() == 2
        monkeypatch.setattr(libpq, "execute", None)  # nothing more is said by it
        over()

    monkeypatch.undo()
    assert plus_one(postgres, 2)() == 3


def test_what_is_asked_after_all_has_a_transaction_of_its_own(engine: Engine) -> None:
    count = select(func.count().label("n")).select_from(tables.users)
    with one_moment(engine) as over:
        before = asked(engine, count, {}, number_of)()
        over()
        registered(SqlBackend(engine))
        assert asked(engine, count, {}, number_of)() == before + 1


def test_an_error_after_a_moment_was_over_leaves_the_connection_as_good_as_before(postgres: Engine) -> None:
    def look() -> None:
        with one_moment(postgres) as over:
            plus_one(postgres, 1)()
            over()
            raise LookupError

    with pytest.raises(LookupError):
        look()

    with one_moment(postgres) as over:
        assert plus_one(postgres, 2)() == 3
        over()
    assert prepared(postgres) == 1


def test_a_moment_that_was_over_before_anything_was_asked_never_began(
    postgres: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    with one_moment(postgres):
        """Somebody has connected before."""
    monkeypatch.setattr(libpq, "execute", None)

    with one_moment(postgres) as over:
        over()


def test_a_connection_that_breaks_while_a_moment_ends_is_an_outage(postgres: Engine) -> None:
    def look() -> None:
        with one_moment(postgres) as over:
            with reading(postgres) as connection:
                cut(postgres, connection)
            over()

    with pytest.raises(Unavailable):
        look()

    assert plus_one(postgres, 1)() == 2
