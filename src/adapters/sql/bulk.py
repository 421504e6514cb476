"""Many rows into one table in one go, the quickest way that either database has."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import Connection, Dialect, Select, Table, Text, bindparam, cast, column, func, select
from sqlalchemy.dialects import postgresql, sqlite

from adapters.sql.dialect import insert_for

Insertion = postgresql.Insert | sqlite.Insert
#: Says what becomes of rows that are there already. A function of its own for each way: statements are kept by it.
Clash = Callable[[Table, Insertion], Insertion]


def insert_rows(
    database: Connection, table: Table, rows: Sequence[Mapping[str, object]], clash: Clash | None = None
) -> None:
    """Insert rows that have all of the table's columns, in one statement or one round of ``executemany``.

    PostgreSQL takes them as one JSON document: row by row, it would spend more time on beginning statements than on
    rows. SQLite is handed what its driver understands, since SQLAlchemy takes longer to prepare a row than SQLite to
    keep it.
    """
    if not rows:
        return
    if database.dialect.name == "postgresql":
        document = json.dumps(rows, default=str)
        database.execute(_from_document(table, clash), {"document": document})
    else:
        plain = _plain(database.dialect, table, clash)
        database.exec_driver_sql(plain.text, plain.values(rows))


def replaced(table: Table, statement: Insertion) -> Insertion:
    """The clash in which the new row takes the place of the old one."""
    keys = [each.name for each in table.primary_key]
    changed = {each.name: statement.excluded[each.name] for each in table.columns if each.name not in keys}
    return statement.on_conflict_do_update(index_elements=keys, set_=changed)


@cache  # building a statement takes longer than running it
def _from_document(table: Table, clash: Clash | None) -> Insertion:
    names = [each.name for each in table.columns]
    statement = insert_for("postgresql", table).from_select(names, rows_of_document(table))
    return clash(table, statement) if clash else statement


def rows_of_document(table: Table) -> Select[Any]:
    """The rows of a table that a JSON document holds, which is the parameter ``document``: for PostgreSQL alone."""
    document = cast(bindparam("document", type_=Text), postgresql.JSON)
    columns = [column(each.name, each.type) for each in table.columns]
    given: Any = func.json_to_recordset(document).table_valued(*columns, name="given")
    return select(given.render_derived(with_types=True))


@dataclass(frozen=True)
class _Plain:
    """A statement as its driver knows it, and what makes the driver's values of ours, column by column."""

    text: str
    columns: tuple[tuple[str, Callable[[Any], Any] | None], ...]

    def values(self, rows: Sequence[Mapping[str, object]]) -> list[tuple[Any, ...]]:
        given = []
        for name, process in self.columns:
            values = [row[name] for row in rows]
            given.append(list(map(process, values)) if process else values)
        return list(zip(*given, strict=True))


@cache
def _plain(dialect: Dialect, table: Table, clash: Clash | None) -> _Plain:
    statement = insert_for(dialect.name, table)
    compiled = (clash(table, statement) if clash else statement).compile(dialect=dialect)
    processors = (
        (each.name, each.type.dialect_impl(dialect).bind_processor(dialect)) for each in table.columns
    )
    return _Plain(str(compiled), tuple(processors))
