"""``column IN (…)`` for lists of any length, as one bound value instead of thousands.

Databases limit the number of parameters (SQLite 32,766, PostgreSQL 65,535), and each new number of them would be
another statement to prepare. An array, or a JSON list where there are no arrays, is a single parameter.
"""

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    Dialect,
    Text,
    TypeDecorator,
    any_,
    bindparam,
    func,
    literal,
    select,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import TypeEngine


class _Texts(TypeDecorator[Sequence[str]]):
    """Texts as a single parameter."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(ARRAY(Text) if dialect.name == "postgresql" else Text())

    def process_bind_param(self, value: Sequence[str] | None, dialect: Dialect) -> Any:
        listed = list(value or ())
        return listed if dialect.name == "postgresql" else json.dumps(listed)


def among(connection: Connection, column: ColumnElement[str], values: Sequence[str]) -> ColumnElement[bool]:
    """Whether a text column is one of these values."""
    return _among(connection.dialect.name, column, literal(values, _Texts()))


def among_those(dialect: str, column: ColumnElement[str]) -> ColumnElement[bool]:
    """The same for statements that are made once: the values are their parameter ``those``."""
    return _among(dialect, column, bindparam("those", type_=_Texts()))


def _among(dialect: str, column: ColumnElement[str], values: BindParameter[Any]) -> ColumnElement[bool]:
    if dialect == "postgresql":
        return column == any_(values)
    listed = func.json_each(values).table_valued("value")
    return column.in_(select(listed.c.value))
