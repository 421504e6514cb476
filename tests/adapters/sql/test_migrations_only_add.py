"""An old and a new release work side by side: a migration takes nothing away that the release before it reads or writes."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, inspect

from adapters.sql import migrate, schema
from adapters.sql.engine import make_engine, reading

#: Servers have been replaced one after the other since then; earlier releases had one process.
SINCE = "0010"
STEPS = [
    (str(each.down_revision), each.revision)
    for each in ScriptDirectory(str(schema.FOLDER)).walk_revisions(SINCE, "heads")
    if each.revision != SINCE
]


@dataclass(frozen=True)
class Shape:
    """A table as those who read and write it see it."""

    columns: dict[str, Any]
    unique: set[frozenset[str]]


@pytest.fixture
def empty(empty_url: str) -> Iterator[Engine]:
    """An engine for a database without a single table."""
    engine = make_engine(empty_url)
    yield engine
    engine.dispose()


def shapes(engine: Engine) -> dict[str, Shape]:
    with reading(engine, owning=True) as connection:
        looked = inspect(connection)
        return {
            table: Shape(
                {column["name"]: column for column in looked.get_columns(table)},
                {frozenset(each["column_names"]) for each in looked.get_unique_constraints(table)}
                | {
                    frozenset(map(str, each["column_names"]))
                    for each in looked.get_indexes(table)
                    if each["unique"]
                },
            )
            for table in looked.get_table_names()
        }


def taken_away(before: dict[str, Shape], after: dict[str, Shape]) -> Iterator[str]:
    """What a release that knows the schema before would miss, or be refused, in the schema after."""
    yield from (f"table {table}" for table in before.keys() - after.keys())
    for table in before.keys() & after.keys():
        old, new = before[table], after[table]
        yield from (f"column {table}.{name}" for name in old.columns.keys() - new.columns.keys())
        for name in old.columns.keys() & new.columns.keys():
            was, is_now = old.columns[name], new.columns[name]
            if str(was["type"]) != str(is_now["type"]):
                yield f"type of {table}.{name}"
            if was["nullable"] and not is_now["nullable"]:
                yield f"NULL in {table}.{name}"
        for name in new.columns.keys() - old.columns.keys():
            if not new.columns[name]["nullable"] and new.columns[name]["default"] is None:
                yield f"rows of {table} without {name}"
        yield from (f"equal {sorted(names)} in {table}" for names in new.unique - old.unique)


@pytest.mark.parametrize(("before", "after"), STEPS)
def test_a_migration_takes_nothing_away_from_the_release_before_it(
    empty: Engine, before: str, after: str
) -> None:
    migrate.upgrade(empty, before)
    old = shapes(empty)

    migrate.upgrade(empty, after)

    assert list(taken_away(old, shapes(empty))) == []


def test_what_a_way_back_takes_away_is_found(empty: Engine) -> None:
    migrate.upgrade(empty, "0011")
    new = shapes(empty)

    migrate.downgrade(empty, "0010")

    assert sorted(taken_away(new, shapes(empty))) == [
        "NULL in users.email",
        "NULL in users.email_key",
        "column users.email_verified",
        "table identities",
    ]
