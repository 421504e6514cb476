"""Claiming costs the same few statements, however much is due."""

from time import perf_counter
from uuid import uuid4

from sqlalchemy import Engine, delete, event, insert, select

from adapters.sql import tables
from adapters.sql.engine import writing
from domain.sync.model import Resource
from tests.contracts.backends import SqlBackend
from tests.contracts.samples import MINUTE, NOW, a_connection, registered, scheduled


def due(backend: SqlBackend, connections: int) -> None:
    user = registered(backend)
    with backend.work() as work:
        for number in range(connections):
            connection = a_connection(user, f"A{number}")
            work.connections.add(connection)
            work.sync.ensure(connection.id, user.id, list(Resource), NOW)
        work.commit()


def crowd(backend: SqlBackend, users: int, connections: int) -> None:
    """So many users with so many connections, each with one due resource: copies of one of each, written in bulk."""
    first = scheduled(backend, registered(backend))
    with writing(backend.engine, owning=True) as database:
        user, connection, resource = (
            dict(database.execute(select(table)).mappings().one())
            for table in (tables.users, tables.connections, tables.sync_resources)
        )
        database.execute(delete(tables.users).where(tables.users.c.id == first.user_id))
        people = [{**user, "id": uuid4(), "email_key": f"u{number}"} for number in range(users)]
        granted = [
            {
                **connection,
                "id": uuid4(),
                "user_id": person["id"],
                "seller_id": f"S{number}",
                "is_default": False,
            }
            for person in people
            for number in range(connections)
        ]
        due = [{**resource, "connection_id": each["id"], "user_id": each["user_id"]} for each in granted]
        database.execute(insert(tables.users), people)
        database.execute(insert(tables.connections), granted)
        database.execute(insert(tables.sync_resources), due)


def statements_of_a_claim(backend: SqlBackend, limit: int, minute: int = 0) -> int:
    """How many statements a claim of exactly this many rows sends."""
    sent: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        sent.append(statement)

    with backend.work() as work:
        event.listen(backend.engine, "before_cursor_execute", note)
        now = NOW + minute * MINUTE
        tasks = work.sync.claim(now, "w1", now + MINUTE, limit)
        event.remove(backend.engine, "before_cursor_execute", note)
        work.commit()
    assert len(tasks) == limit
    return len(sent)


def test_claiming_two_hundred_rows_costs_as_many_statements_as_claiming_two(engine: Engine) -> None:
    backend = SqlBackend(engine)
    due(backend, connections=101)

    few, many = statements_of_a_claim(backend, 2), statements_of_a_claim(backend, 200)

    assert few == many <= 4


def test_going_on_with_open_runs_costs_no_more(engine: Engine) -> None:
    backend = SqlBackend(engine)
    due(backend, connections=50)

    few = statements_of_a_claim(backend, 2), statements_of_a_claim(backend, 2, minute=1)
    many = statements_of_a_claim(backend, 100, minute=2), statements_of_a_claim(backend, 100, minute=3)

    assert max(few + many) <= 5


def test_a_claim_among_ten_thousand_due_rows_takes_tens_of_milliseconds(engine: Engine) -> None:
    backend = SqlBackend(engine)
    crowd(backend, users=2000, connections=5)

    times = []
    for number in range(5):
        with backend.work() as work:
            began = perf_counter()
            tasks = work.sync.claim(NOW, f"w{number}", NOW + MINUTE, 8)
            times.append(perf_counter() - began)
            work.commit()
        assert len({task.user_id for task in tasks}) == 8

    assert min(times) < 0.25  # tens of milliseconds on a machine that does nothing else
