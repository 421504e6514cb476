"""Reads that are the same again and again, straight from the driver: a dashboard's statements.

To find a statement that it has written before, to fill it in and to wrap its rows takes SQLAlchemy about as long as the
database needs to answer it. So it is written once, by SQLAlchemy, and handed to the driver from then on. Values go there
and come back in the words of the columns' types, as they do otherwise.
"""

from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any, TypeVar

from sqlalchemy import CompoundSelect, Connection, Dialect, Engine, Select, Uuid

from adapters.sql import libpq
from adapters.sql.engine import begun, in_our_words, present_moment, reading
from domain.kpis.ports import Later

#: So many statements are kept as they are written.
_WRITTEN = 256
_IDS = 1000

_Statement = Select[Any] | CompoundSelect[Any]
_Change = Callable[[Any], Any]
Told = TypeVar("Told")


def asked(
    engine: Engine, statement: _Statement, values: Mapping[str, Any], told: Callable[[Sequence[Any]], Told]
) -> Later[Told]:
    """What ``told`` makes of the rows, once it is wanted: the statement waits until then.

    With it, in one trip to the database, goes whatever else was asked for in the same moment and has not been told.

    Args:
        engine: Of which database.
        statement: One that is kept by whoever asks: another one, even of the same words, is written anew.
        values: Of its parameters; some that it has not are left out.
        told: Is given the rows, as tuples whose fields are also named like the statement's columns.

    Raises: when it is told,
        Unavailable: the database is away, or a lock was held for too long.
    """
    question, moment = _Question(statement, values), present_moment(engine)
    if moment is not None:
        moment.pending.append(question)

    def later() -> Told:
        if question.rows is None:
            present = present_moment(engine)
            if present is None:
                with reading(engine) as connection:
                    _answer(connection, [question])
            else:
                _answer(present.connection, present.pending if question in present.pending else [question])
        assert question.rows is not None
        return told(question.rows)

    return later


@dataclass(eq=False)
class _Question:
    """A statement with its values, and the rows once they are there."""

    statement: _Statement
    values: Mapping[str, Any]
    rows: Sequence[Any] | None = None


def _answer(connection: Connection, questions: list[_Question]) -> None:
    """Ask them all, and take them off the list."""
    asking = list(questions)
    questions.clear()
    if connection.dispatch.before_cursor_execute:  # somebody follows what SQLAlchemy says
        begun(connection)
        for each in asking:
            each.rows = connection.execute(each.statement, each.values).all()
        return
    found = _in_postgres if connection.dialect.name == "postgresql" else _in_sqlite
    try:
        for each, rows in zip(asking, found(connection, asking), strict=True):
            each.rows = rows
    except connection.dialect.loaded_dbapi.Error as error:
        raise in_our_words(connection, error) from error


def _in_sqlite(connection: Connection, questions: Sequence[_Question]) -> list[Sequence[Any]]:
    driver: Any = connection.connection.driver_connection
    answers: list[Sequence[Any]] = []
    for each in questions:
        written = _for_sqlite(each.statement, connection.dialect)
        cursor = driver.execute(written.text, written.values(each.values))
        answers.append(written.named(cursor.fetchall(), partial(_kinds, cursor)))
    return answers


def _kinds(cursor: Any) -> list[Any]:
    return [column[1] for column in cursor.description]


def _in_postgres(connection: Connection, questions: Sequence[_Question]) -> list[Sequence[Any]]:
    writtens = [_for_postgres(each.statement, connection.dialect) for each in questions]
    values = [written.values(each.values) for written, each in zip(writtens, questions, strict=True)]
    found = libpq.execute_all(connection, [written.text for written in writtens], values)
    return [written.named(each.rows, each.kinds) for written, each in zip(writtens, found, strict=True)]


@lru_cache(maxsize=_WRITTEN)
def _for_sqlite(statement: _Statement, dialect: Dialect) -> "_Written":
    return _Written(statement, dialect, dialect)


@lru_cache(maxsize=_WRITTEN)
def _for_postgres(statement: _Statement, dialect: Dialect) -> "_Written":
    return _Written(statement, dialect, libpq.numbering(dialect))


class _Written:
    """A statement in the words of a database."""

    def __init__(self, statement: _Statement, dialect: Dialect, writing: Dialect) -> None:
        """``writing``: the same dialect, as it writes parameters."""
        written: Any = statement.compile(dialect=writing)
        if written.post_compile_params or written.literal_execute_params:
            raise ValueError("a statement that is written anew for its values can't be kept as it is written")
        self.text = str(written)
        self._dialect = dialect
        self._types = [column.type for column in statement.selected_columns]
        self._row = _row_of([name or "" for name, _ in statement.selected_columns.items()])
        self._changes: list[tuple[int, _Change]] | None = None
        self._order: Sequence[str] = written.positiontup or ()
        self._constants: dict[str, Any] = {}
        self._open: list[tuple[str, _Change | None]] = []
        for name, bind in written.binds.items():
            change = bind.type.dialect_impl(dialect).bind_processor(dialect)
            if bind.required:
                self._open.append((name, change))
            else:
                self._constants[name] = change(bind.value) if change else bind.value

    def values(self, asked: Mapping[str, Any]) -> list[Any]:
        """The values of all its parameters, in their order, as the driver takes them."""
        values = self._constants.copy()
        for name, change in self._open:
            value = asked[name]
            values[name] = change(value) if change else value
        return [values[name] for name in self._order]

    def named(self, found: Sequence[Sequence[Any]], kinds: Callable[[], Sequence[Any]]) -> list[Any]:
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
                # An id comes again and again, and to make one takes longer than to look it up.
                changes.append((place, lru_cache(_IDS)(change) if isinstance(own, Uuid) else change))
        return changes


def _changed(row: Sequence[Any], changes: Sequence[tuple[int, _Change]]) -> list[Any]:
    changed = list(row)
    for place, change in changes:
        changed[place] = change(changed[place])
    return changed


def _row_of(names: Sequence[str]) -> Any:
    """Of tuples with these fields; what has no name of its own can be told by its place alone."""
    return namedtuple("Row", names, rename=True)
