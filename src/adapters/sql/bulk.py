"""Many rows into one table in one go, the quickest way that either database has."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import repeat
from types import MappingProxyType
from typing import Any

from sqlalchemy import Connection, Date, Dialect, Select, Table, Text, bindparam, cast, column, func, select
from sqlalchemy.dialects import postgresql, sqlite

from adapters.sql.dialect import insert_for

Insertion = postgresql.Insert | sqlite.Insert
#: Says what becomes of rows that are there already. A function of its own for each way: statements are kept by it.
Clash = Callable[[Table, Insertion], Insertion]
#: What all rows of a page have alike, such as their owner, by the names of the columns.
Alike = Mapping[str, object]

_NOTHING: Alike = MappingProxyType({})
#: A page is of few days, a process of some hundred.
_DAYS = 1000


def insert_rows(
    database: Connection,
    table: Table,
    rows: Sequence[Mapping[str, object]],
    clash: Clash | None = None,
    alike: Alike = _NOTHING,
) -> None:
    """Insert rows in one statement or one round of ``executemany``. With ``alike``, they have all columns.

    PostgreSQL takes them as one JSON document: row by row, it would spend more time on beginning statements than on
    rows. SQLite is handed what its driver understands, since SQLAlchemy takes longer to prepare a row than SQLite to
    keep it.
    """
    if not rows:
        return
    if database.dialect.name == "postgresql":
        statement = _from_document(table, clash, tuple(alike))
        database.execute(statement, {"document": document_of(rows), **alike})
    else:
        plain = _plain(database.dialect, table, clash)
        database.exec_driver_sql(plain.text, plain.values(rows, alike))


def replaced(table: Table, statement: Insertion) -> Insertion:
    """The clash in which the new row takes the place of the old one."""
    keys = [each.name for each in table.primary_key]
    changed = {each.name: statement.excluded[each.name] for each in table.columns if each.name not in keys}
    return statement.on_conflict_do_update(index_elements=keys, set_=changed)


@cache  # building a statement takes longer than running it
def _from_document(table: Table, clash: Clash | None, alike: Sequence[str]) -> Insertion:
    rows = rows_of_document(table, alike)
    names = [each.name for each in rows.selected_columns]
    statement = insert_for("postgresql", table).from_select(names, rows)
    return clash(table, statement) if clash else statement


def document_of(rows: Sequence[Mapping[str, object]]) -> str:
    """The rows as JSON, for ``rows_of_document``."""
    return json.dumps(rows, default=str)


def rows_of_document(table: Table, alike: Iterable[str] = ()) -> Select[Any]:
    """The rows of a table that a JSON document holds, which is the parameter ``document``: for PostgreSQL alone.

    The columns ``alike`` are parameters of their own, instead of being in each row.
    """
    document = cast(bindparam("document", type_=Text), postgresql.JSON)
    columns = [column(each.name, each.type) for each in table.columns if each.name not in alike]
    given: Any = func.json_to_recordset(document).table_valued(*columns, name="given")
    same = [bindparam(name, type_=table.c[name].type).label(name) for name in alike]
    return select(given.render_derived(with_types=True), *same)


@dataclass(frozen=True)
class _Plain:
    """A statement as its driver knows it, and what makes the driver's values of ours, column by column."""

    text: str
    columns: tuple[tuple[str, Callable[[Any], Any] | None], ...]

    def values(self, rows: Sequence[Mapping[str, object]], alike: Alike) -> list[tuple[Any, ...]]:
        given: list[Iterable[Any]] = []
        for name, process in self.columns:
            if name in alike:
                given.append(repeat(process(alike[name]) if process else alike[name], len(rows)))
            else:
                values = [row[name] for row in rows]
                given.append(map(process, values) if process else values)
        return list(zip(*given, strict=True))


@cache
def _plain(dialect: Dialect, table: Table, clash: Clash | None) -> _Plain:
    statement = insert_for(dialect.name, table)
    compiled = (clash(table, statement) if clash else statement).compile(dialect=dialect)
    processors = ((each.name, _processor(each.type, dialect)) for each in table.columns)
    return _Plain(str(compiled), tuple(processors))


def _processor(kind: Any, dialect: Dialect) -> Callable[[Any], Any] | None:
    process: Callable[[Any], Any] | None = kind.dialect_impl(dialect).bind_processor(dialect)
    # The same few days stand in hundreds of rows, and one is looked up in a tenth of the time that it takes to write.
    return lru_cache(_DAYS)(process) if process and isinstance(kind, Date) else process
