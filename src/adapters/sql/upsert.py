"""Insert or replace, in the words of either database."""

from collections.abc import Collection

from sqlalchemy import Connection, Insert, Table

from adapters.sql.dialect import insert_into


def upsert(
    connection: Connection,
    table: Table,
    *,
    untouched: Collection[str] = (),
) -> Insert:
    """A statement for ``executemany``: rows with a known primary key are replaced.

    The columns ``untouched`` keep their value in a known row.
    """
    statement = insert_into(connection, table)
    keys = [column.name for column in table.primary_key]
    replaced = {
        column.name: statement.excluded[column.name]
        for column in table.columns
        if column.name not in {*keys, *untouched}
    }
    return statement.on_conflict_do_update(index_elements=keys, set_=replaced)
