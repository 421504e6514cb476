"""Reads that are the same again and again, straight from the driver: a dashboard's statements.

To find a statement that it has written before, to fill it in and to wrap its rows takes SQLAlchemy about as long as the
database needs to answer it. So it is written once, by SQLAlchemy, and handed to the driver from then on. Values go there
and come back in the words of the columns' types, as they do otherwise.
"""

from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import CompoundSelect, Connection, Dialect, Select
from sqlalchemy.sql.compiler import SQLCompiler

from adapters.sql import libpq
from adapters.sql.engine import in_our_words

#: So many statements are kept as they are written.
_WRITTEN = 256

_Statement = Select[Any] | CompoundSelect[Any]
_Change = Callable[[Any], Any]


def rows_of(connection: Connection, statement: _Statement, asked: Mapping[str, Any]) -> Sequence[Any]:
    """All rows, as tuples whose fields are also named like the statement's columns.

    Args:
        connection: In a transaction.
        statement: One that is kept by whoever asks: another one, even of the same words, is written anew.
        asked: The values of its parameters; some that it has not are left out.

    Raises:
        Unavailable: the database is away, or a lock was held for too long.
    """
    if connection.dispatch.before_cursor_execute:  # somebody follows what SQLAlchemy says
        return connection.execute(statement, asked).all()
    written = _written(statement, connection.dialect)
    try:
        return written.rows(connection, asked)
    except connection.dialect.loaded_dbapi.Error as error:
        raise in_our_words(connection, error) from error


@lru_cache(maxsize=_WRITTEN)
def _written(statement: _Statement, dialect: Dialect) -> "_Written":
    return (_InPostgres if dialect.name == "postgresql" else _InSqlite)(statement, dialect)


class _Written:
    """A statement in the words of a database."""

    def __init__(self, statement: _Statement, dialect: Dialect, written: SQLCompiler) -> None:
        if written.post_compile_params or written.literal_execute_params:
            raise ValueError("a statement that is written anew for its values can't be kept as it is written")
        self._dialect = dialect
        self._text = str(written)
        self._types = [column.type for column in statement.selected_columns]
        self._row = _row_of([name or "" for name, _ in statement.selected_columns.items()])
        self._changes: list[tuple[int, _Change]] | None = None
        self._order = written.positiontup or ()
        self._constants: dict[str, Any] = {}
        self._open: list[tuple[str, _Change | None]] = []
        for name, bind in written.binds.items():
            change = bind.type.dialect_impl(dialect).bind_processor(dialect)
            if bind.required:
                self._open.append((name, change))
            else:
                self._constants[name] = change(bind.value) if change else bind.value

    def rows(self, connection: Connection, asked: Mapping[str, Any]) -> Sequence[Any]:
        """All rows; errors are the driver's."""
        raise NotImplementedError

    def _values(self, asked: Mapping[str, Any]) -> list[Any]:
        values = self._constants.copy()
        for name, change in self._open:
            value = asked[name]
            values[name] = change(value) if change else value
        return [values[name] for name in self._order]

    def _named(self, found: Sequence[Sequence[Any]], kinds: Callable[[], Sequence[Any]]) -> list[Any]:
        """The rows with what the columns' types make of them.

        Args:
            found: As the driver has brought them.
            kinds: The driver's own types of the columns; always the same.
        """
        if self._changes is None:
            self._changes = self._changes_of(kinds())
        make = self._row._make
        if not self._changes:
            return [make(row) for row in found]
        return [make(_changed(row, self._changes)) for row in found]

    def _changes_of(self, kinds: Sequence[Any]) -> list[tuple[int, _Change]]:
        changes: list[tuple[int, _Change]] = []
        for place, (own, driver) in enumerate(zip(self._types, kinds, strict=True)):
            change = own.dialect_impl(self._dialect).result_processor(self._dialect, driver)
            if change is not None:
                changes.append((place, change))
        return changes


class _InSqlite(_Written):
    def __init__(self, statement: _Statement, dialect: Dialect) -> None:
        super().__init__(statement, dialect, statement.compile(dialect=dialect))

    def rows(self, connection: Connection, asked: Mapping[str, Any]) -> Sequence[Any]:
        driver: Any = connection.connection.driver_connection
        cursor = driver.execute(self._text, self._values(asked))
        return self._named(cursor.fetchall(), lambda: [column[1] for column in cursor.description])


class _InPostgres(_Written):
    def __init__(self, statement: _Statement, dialect: Dialect) -> None:
        super().__init__(statement, dialect, statement.compile(dialect=libpq.numbering(dialect)))
        self._prepared = libpq.Prepared(self._text)

    def rows(self, connection: Connection, asked: Mapping[str, Any]) -> Sequence[Any]:
        result = self._prepared.execute(connection, self._values(asked))
        return self._named(result.rows, result.kinds)


def _changed(row: Sequence[Any], changes: Sequence[tuple[int, _Change]]) -> list[Any]:
    changed = list(row)
    for place, change in changes:
        changed[place] = change(changed[place])
    return changed


def _row_of(names: Sequence[str]) -> Any:
    """Of tuples with these fields; what has no name of its own can be told by its place alone."""
    return namedtuple("Row", names, rename=True)
