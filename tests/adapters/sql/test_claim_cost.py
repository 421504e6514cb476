"""Claiming costs the same few statements, however much is due."""

from sqlalchemy import Engine, event

from domain.sync.model import Resource
from tests.contracts.backends import SqlBackend
from tests.contracts.samples import MINUTE, NOW, a_connection, registered


def due(backend: SqlBackend, connections: int) -> None:
    user = registered(backend)
    with backend.work() as work:
        for number in range(connections):
            connection = a_connection(user, f"A{number}")
            work.connections.add(connection)
            work.sync.ensure(connection.id, user.id, list(Resource), NOW)
        work.commit()


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

    fresh, lost = statements_of_a_claim(backend, 100), statements_of_a_claim(backend, 100, minute=1)

    assert lost == fresh
