"""PostgreSQL by the client library that psycopg wraps: what psycopg itself does around a small read takes longer than it."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any

from sqlalchemy import Connection, Dialect

from adapters.sql.wall import no_way_behind

#: So many statements stay prepared on a connection; those that were prepared first go first.
_MOST = 256
_PREPARED = "portside_prepared"
_TO_BEGIN = "portside_to_begin"
_ENDING = "portside_ending"
_NUMBERS = count(1)


def numbering(dialect: Dialect) -> Dialect:
    """A dialect that writes parameters as the server wants them: ``$1``, ``$2``."""
    kind: Any = type(dialect)
    plain: Dialect = kind(paramstyle="numeric_dollar")
    plain.server_version_info = dialect.server_version_info
    return plain


def execute(connection: Connection, statements: str) -> None:
    """Statements without parameters, in one trip.

    Raises:
        psycopg.Error: the connection is broken, or the server did not take one of them.
    """
    _good(connection, _driver(connection).pgconn.exec_(statements.encode()))


def begin_later(connection: Connection, statements: Sequence[str]) -> None:
    """Have a transaction begin together with the first that is asked in it (``execute_all``), or by ``begin``."""
    connection.info[_TO_BEGIN] = statements


def begin(connection: Connection) -> None:
    """Begin what was to begin later, if it has not begun.

    Raises:
        psycopg.Error: as of ``execute``.
    """
    statements = connection.info.pop(_TO_BEGIN, ())
    if statements:
        execute(connection, "; ".join(statements))


def commit_soon(connection: Connection) -> None:
    """Have the transaction end, if it has begun: ``commit`` waits for it. Nothing can be asked in between.

    Raises:
        psycopg.Error: the connection is broken.
    """
    if not connection.info.get(_TO_BEGIN):
        pgconn = _driver(connection).pgconn
        pgconn.send_query(b"COMMIT")
        pgconn.flush()
        connection.info[_ENDING] = True


def commit(connection: Connection) -> None:
    """End the transaction, if it has begun.

    Raises:
        psycopg.Error: the connection is broken.
    """
    if connection.info.pop(_TO_BEGIN, ()):
        return
    if connection.info.pop(_ENDING, False):
        _wait(connection)
    else:
        execute(connection, "COMMIT")


def _wait(connection: Connection) -> None:
    while (result := _driver(connection).pgconn.get_result()) is not None:
        _good(connection, result)


def forget(connection: Connection) -> None:
    """Roll back, and forget what was prepared: at a rollback, psycopg has the server forget all that it has prepared.

    Raises:
        psycopg.Error: the connection is broken.
    """
    connection.info.pop(_TO_BEGIN, None)
    if connection.info.pop(_ENDING, False):
        _wait(connection)
    elif connection.info.pop(_PREPARED, None):
        _driver(connection).rollback()
        execute(connection, "DEALLOCATE ALL")


@dataclass(frozen=True)
class Found:
    """The rows of an answer, with psycopg's values."""

    rows: Sequence[tuple[Any, ...]]
    result: Any

    def kinds(self) -> list[int]:
        """Which type each column has there."""
        return [self.result.ftype(place) for place in range(self.result.nfields)]


def execute_all(
    connection: Connection, statements: Sequence[str], values: Sequence[Sequence[Any]]
) -> list[Found]:
    """What each statement finds, all of them in one trip; the server prepares each once on the connection.

    Raises:
        NotConfigured: the transaction was to begin with it, and the roles of the second wall are missing.
        psycopg.Error: the connection is broken, or the server did not take one of them.
    """
    begins: Sequence[str] = connection.info.pop(_TO_BEGIN, ())
    names = [_prepared(connection, each).encode() for each in statements]
    driver, adapt = _driver(connection), connection.dialect.loaded_dbapi.adapt
    transformer = adapt.Transformer(driver)
    # Of the types that the server has found in the statement: so every value goes there as a text.
    texts = [transformer.dump_sequence(each, [adapt.PyFormat.TEXT] * len(each)) for each in values]
    if len(names) == 1 and not begins:  # which is done with less ado
        results = [driver.pgconn.exec_prepared(names[0], texts[0])]
    else:
        results = _in_one_trip(connection, begins, list(zip(names, texts, strict=True)))
    found = []
    for result in results:
        transformer.set_pgresult(_good(connection, result))
        found.append(Found(transformer.load_rows(0, result.ntuples, tuple), result))
    return found


def _in_one_trip(
    connection: Connection, begins: Sequence[str], queries: Sequence[tuple[bytes, Any]]
) -> list[Any]:
    pgconn = _driver(connection).pgconn
    pgconn.enter_pipeline_mode()
    for statement in begins:
        pgconn.send_query_params(statement.encode(), None)
    for name, parameters in queries:
        pgconn.send_query_prepared(name, parameters)
    pgconn.pipeline_sync()
    results = _until_synced(connection)
    pgconn.exit_pipeline_mode()
    driver: Any = connection.dialect.loaded_dbapi
    try:
        for result in results[: len(begins)]:
            _good(connection, result)
    except (driver.DataError, driver.ProgrammingError) as error:
        raise no_way_behind() from error
    return results[len(begins) :]


def _until_synced(connection: Connection) -> list[Any]:
    pq, pgconn = connection.dialect.loaded_dbapi.pq, _driver(connection).pgconn
    results: list[Any] = []
    while True:
        result = pgconn.get_result()
        if result is None:  # between two of them, and for ever once nothing more can come
            _insist_on_connection(connection)
        elif result.status == pq.ExecStatus.PIPELINE_SYNC:
            return results
        else:
            results.append(result)


def _prepared(connection: Connection, text: str) -> str:
    """The name that the server knows the statement by."""
    known: dict[str, str] = connection.info.setdefault(_PREPARED, {})
    name = known.get(text)
    if name is None:
        if len(known) >= _MOST:
            first = next(iter(known))
            execute(connection, f"DEALLOCATE {known.pop(first)}")
        name = f"portside_{next(_NUMBERS)}"
        _good(connection, _driver(connection).pgconn.prepare(name.encode(), text.encode()))
        known[text] = name
    return name


def _driver(connection: Connection) -> Any:
    return connection.connection.driver_connection


def _good(connection: Connection, result: Any) -> Any:
    driver: Any = connection.dialect.loaded_dbapi
    if result.status in {driver.pq.ExecStatus.TUPLES_OK, driver.pq.ExecStatus.COMMAND_OK}:
        return result
    _insist_on_connection(connection)
    raise driver.errors.error_from_result(result)


def _insist_on_connection(connection: Connection) -> None:
    """The server says nothing of what is wrong when it goes."""
    driver: Any = connection.dialect.loaded_dbapi
    if _driver(connection).pgconn.status == driver.pq.ConnStatus.BAD:
        raise driver.OperationalError("the connection is lost")
