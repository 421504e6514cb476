"""``column IN (…)`` for lists of any length, as one bound value instead of thousands."""

import json
from collections.abc import Sequence

from sqlalchemy import ColumnElement, Connection, Text, any_, func, literal, select
from sqlalchemy.dialects.postgresql import ARRAY


def among(connection: Connection, column: ColumnElement[str], values: Sequence[str]) -> ColumnElement[bool]:
    """Whether a text column is one of these values.

    Databases limit the number of parameters (SQLite 32,766, PostgreSQL 65,535), and each new number of them would be
    another statement to prepare. An array, or a JSON list where there are no arrays, is a single parameter.
    """
    if connection.dialect.name == "postgresql":
        return column == any_(literal(list(values), ARRAY(Text)))
    listed = func.json_each(literal(json.dumps(list(values)))).table_valued("value")
    return column.in_(select(listed.c.value))
