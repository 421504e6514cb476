"""What both databases can do, and SQLAlchemy lets one say in the words of each only."""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Connection, Table, cast, func, or_
from sqlalchemy.dialects import postgresql, sqlite


def insert_into(connection: Connection, table: Table) -> "postgresql.Insert | sqlite.Insert":
    """An INSERT that knows ``on_conflict_…``."""
    return insert_for(connection.dialect.name, table)


def insert_for(dialect: str, table: Table) -> "postgresql.Insert | sqlite.Insert":
    """The same for whoever knows the database by name only."""
    return postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)


def one_of(column: ColumnElement[Any], values: Iterable[object]) -> ColumnElement[bool]:
    """``IN`` for a few words that are always the same: ``in_`` would have its statement written anew for each execution."""
    return or_(*(column == value for value in values))


def added_up(column: ColumnElement[Any]) -> ColumnElement[int]:
    """The sum of whole numbers as one: PostgreSQL adds bigints up to a numeric, which would arrive as Decimal."""
    return cast(func.sum(column), BigInteger)


def larger(one: Any, other: Any, dialect: str) -> ColumnElement[Any]:
    """The larger one of two values."""
    return func.max(one, other) if dialect == "sqlite" else func.greatest(one, other)


def insert_unless_there(connection: Connection, table: Table, values: Mapping[str, object]) -> bool:
    """Insert one row; ``False`` when a unique constraint objects, with the transaction as good as before."""
    statement = insert_into(connection, table).values(values).on_conflict_do_nothing()
    # SQLAlchemy counts the rows of an INSERT only when asked to.
    return connection.execute(statement.execution_options(preserve_rowcount=True)).rowcount == 1
