"""PostgreSQL by the client library that psycopg wraps: what psycopg itself does around a small read takes longer than it."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any

from sqlalchemy import Connection, Dialect

#: So many statements stay prepared on a connection; those that were prepared first go first.
_MOST = 256
_PREPARED = "portside_prepared"
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


def forget(connection: Connection) -> None:
    """Roll back, and forget what was prepared: at a rollback, psycopg has the server forget all that it has prepared.

    Raises:
        psycopg.Error: the connection is broken.
    """
    if connection.info.pop(_PREPARED, None):
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


class Prepared:
    """A statement that the server prepares once on each connection."""

    def __init__(self, text: str) -> None:
        self._text = text.encode()
        self._name = f"portside_{next(_NUMBERS)}"

    def execute(self, connection: Connection, values: Sequence[Any]) -> Found:
        """Its rows, in one trip.

        Raises:
            psycopg.Error: the connection is broken, or the server did not take it.
        """
        known: dict[str, None] = connection.info.setdefault(_PREPARED, {})
        if self._name not in known:
            self._prepare(connection, known)
        driver, adapt = _driver(connection), connection.dialect.loaded_dbapi.adapt
        transformer = adapt.Transformer(driver)
        # Of the types that the server has found in the statement: so every value goes there as a text.
        parameters = transformer.dump_sequence(values, [adapt.PyFormat.TEXT] * len(values))
        result = _good(connection, driver.pgconn.exec_prepared(self._name.encode(), parameters))
        transformer.set_pgresult(result)
        return Found(transformer.load_rows(0, result.ntuples, tuple), result)

    def _prepare(self, connection: Connection, known: dict[str, None]) -> None:
        if len(known) >= _MOST:
            first = next(iter(known))
            execute(connection, f"DEALLOCATE {first}")
            del known[first]
        _good(connection, _driver(connection).pgconn.prepare(self._name.encode(), self._text))
        known[self._name] = None


def _driver(connection: Connection) -> Any:
    return connection.connection.driver_connection


def _good(connection: Connection, result: Any) -> Any:
    driver: Any = connection.dialect.loaded_dbapi
    if result.status in {driver.pq.ExecStatus.TUPLES_OK, driver.pq.ExecStatus.COMMAND_OK}:
        return result
    if _driver(connection).pgconn.status == driver.pq.ConnStatus.BAD:
        raise driver.OperationalError("the connection is lost")  # the server has not said what is wrong
    raise driver.errors.error_from_result(result)
