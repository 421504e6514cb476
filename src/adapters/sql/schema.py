"""Which schema a database has, and which one this version of Portside works with; ``migrate`` brings it there.

Both are told without Alembic, which takes a tenth of the time that a process needs to start.
"""

from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, text

from adapters.sql.engine import reading

#: The revisions, at the root of the project: each a file whose name begins with its number.
FOLDER = Path(__file__).parents[3] / "migrations"


def current(engine: Engine) -> str | None:
    """The revision that the database has; ``None`` for an empty one.

    Raises:
        Unavailable: the database is away.
    """
    with reading(engine, owning=True) as connection:
        return revision_of(connection)


def revision_of(connection: Connection) -> str | None:
    """The same, as a transaction sees it that is under way."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return None if found is None else str(found)


def head() -> str:
    """The revision that this version of Portside needs: the last one."""
    numbers = [file.name.partition("_")[0] for file in (FOLDER / "versions").glob("[0-9]*.py")]
    if not numbers:
        raise RuntimeError(f"there are no migrations in {FOLDER}")
    return max(numbers)


def is_newer(revision: str) -> bool:
    """Whether a database at this revision was migrated by a release after this one: revisions are numbers."""
    return revision.isdecimal() and int(revision) > int(head())
