"""Brings a database to the schema that this version of Portside works with, and back."""

import logging
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, text

from adapters.sql.engine import LOCK_SECONDS, connected
from adapters.sql.locks import lock_until_commit
from adapters.sql.schema import FOLDER, revision_of
from domain.errors import Conflict

log = logging.getLogger(__name__)

_WAIT_SECONDS = 600
#: What a connection is told before its schema is changed, and after.
_PATIENCE = {
    "postgresql": ((f"SET lock_timeout = '{_WAIT_SECONDS}s'",), (f"SET lock_timeout = '{LOCK_SECONDS}s'",)),
    "sqlite": (
        (f"PRAGMA busy_timeout = {_WAIT_SECONDS * 1000}", "PRAGMA foreign_keys = OFF"),
        (f"PRAGMA busy_timeout = {LOCK_SECONDS * 1000}", "PRAGMA foreign_keys = ON"),
    ),
}


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Bring the database up to a revision. Whoever comes at the same time waits, and finds it done.

    All steps happen in one transaction: after a failure the schema is what it was.

    Raises:
        Unavailable: the database is away, or somebody else has held it for too long.
        NotConfigured: PostgreSQL's login lacks a right; says what an administrator has to run.
    """
    _change(engine, lambda config: command.upgrade(config, revision))


def downgrade(engine: Engine, revision: str) -> None:
    """Take the database back to a revision, with the loss of what only later ones can hold; ``base``: to nothing.

    Raises:
        Unavailable: as upgrade.
    """
    _change(engine, lambda config: command.downgrade(config, revision))


def _change(engine: Engine, change: Callable[[Config], None]) -> None:
    with connected(engine, owning=True) as connection, _patient(connection), connection.begin():
        lock_until_commit(connection, "migrations")
        config = _config()
        config.attributes["connection"] = connection
        before = revision_of(connection)
        change(config)
        after = revision_of(connection)
        _check_references(connection)
    if after != before:
        log.info("the database's schema was changed", extra={"before": before, "after": after})


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    return config


@contextmanager
def _patient(connection: Connection) -> Iterator[None]:
    """Wait longer than usual for locks, and on SQLite leave references unchecked for the time being.

    SQLite changes a table by copying and dropping it, which would take along every row that refers to it.
    """
    # References can't be left unchecked once a transaction has begun, and SQLAlchemy would begin one: so past it,
    # to the driver.
    driver = connection.connection.driver_connection
    assert driver is not None
    before, after = _PATIENCE[connection.dialect.name]
    _tell(driver, before)
    try:
        yield
    finally:
        _tell(driver, after)


def _tell(driver: Any, statements: Iterable[str]) -> None:
    for statement in statements:
        driver.execute(statement)
    driver.commit()


def _check_references(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        broken = connection.execute(text("PRAGMA foreign_key_check")).first()
        if broken is not None:
            raise Conflict(f"A migration would leave rows of {broken[0]} that refer to nothing.")
