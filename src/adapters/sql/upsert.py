"""Insert or replace, in the words of either database."""

from collections.abc import Collection

from sqlalchemy import Column, Connection, Insert, Table

from adapters.sql.dialect import insert_into


def upsert(
    connection: Connection,
    table: Table,
    *,
    only_newer: Column[object] | None = None,
    untouched: Collection[str] = (),
) -> Insert:
    """A statement for ``executemany``: rows with a known primary key are replaced.

    With ``only_newer``, a kept row that is newer by this column stays. The columns ``untouched`` keep their value in
    a known row.
    """
    statement = insert_into(connection, table)
    keys = [column.name for column in table.primary_key]
    replaced = {
        column.name: statement.excluded[column.name]
        for column in table.columns
        if column.name not in {*keys, *untouched}
    }
    condition = None if only_newer is None else statement.excluded[only_newer.name] >= only_newer
    return statement.on_conflict_do_update(index_elements=keys, set_=replaced, where=condition)
