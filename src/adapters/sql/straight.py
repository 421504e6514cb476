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
from sqlalchemy.types import TypeEngine

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
    return _written(statement, connection.dialect).rows(connection, asked)


@lru_cache(maxsize=_WRITTEN)
def _written(statement: _Statement, dialect: Dialect) -> "_Written":
    return _Written(statement, dialect)


class _Written:
    """A statement in the words of a database."""

    def __init__(self, statement: _Statement, dialect: Dialect) -> None:
        written = statement.compile(dialect=dialect)
        if written.post_compile_params or written.literal_execute_params:
            raise ValueError("a statement that is written anew for its values can't be kept as it is written")
        self._text = str(written)
        self._dialect = dialect
        names = [name or "" for name, _ in statement.selected_columns.items()]
        self._row = _row_of(names)
        self._types: list[TypeEngine[Any]] = [column.type for column in statement.selected_columns]
        self._changes: list[tuple[int, _Change]] | None = None
        self._constants: dict[str, Any] = {}
        self._open: list[tuple[str, _Change | None]] = []
        for name, bind in written.binds.items():
            change = bind.type.dialect_impl(dialect).bind_processor(dialect)
            if bind.required:
                self._open.append((name, change))
            else:
                self._constants[name] = change(bind.value) if change else bind.value
        self._order: Sequence[str] | None = written.positiontup

    def rows(self, connection: Connection, asked: Mapping[str, Any]) -> list[Any]:
        driver: Any = connection.connection.driver_connection
        values = self._values(asked)
        try:
            cursor = driver.execute(self._text, values)
            found = cursor.fetchall()
        except self._dialect.loaded_dbapi.Error as error:
            raise in_our_words(connection, error) from error
        if self._changes is None:
            self._changes = self._changes_of(cursor.description)
        make = self._row._make
        if not self._changes:
            return [make(row) for row in found]
        return [make(self._changed(row, self._changes)) for row in found]

    def _values(self, asked: Mapping[str, Any]) -> Mapping[str, Any] | Sequence[Any]:
        values = self._constants.copy()
        for name, change in self._open:
            value = asked[name]
            values[name] = change(value) if change else value
        return values if self._order is None else [values[name] for name in self._order]

    def _changes_of(self, description: Sequence[Any]) -> list[tuple[int, _Change]]:
        """What the columns' types make of what the driver brings, by the columns' places."""
        changes: list[tuple[int, _Change]] = []
        for place, (kind, column) in enumerate(zip(self._types, description, strict=True)):
            change = kind.dialect_impl(self._dialect).result_processor(self._dialect, column[1])
            if change is not None:
                changes.append((place, change))
        return changes

    @staticmethod
    def _changed(row: Sequence[Any], changes: Sequence[tuple[int, _Change]]) -> list[Any]:
        changed = list(row)
        for place, change in changes:
            changed[place] = change(changed[place])
        return changed


def _row_of(names: Sequence[str]) -> Any:
    """Of tuples with these fields; what has no name of its own can be told by its place alone."""
    return namedtuple("Row", names, rename=True)
