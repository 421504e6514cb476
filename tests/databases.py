"""Databases with Portside's tables in them: migrated once a session, then copied or emptied, which is quick."""

import shutil
import tempfile
from functools import cache
from pathlib import Path

from sqlalchemy import Engine, delete

from adapters.sql import migrate, tables
from adapters.sql.engine import make_engine, writing
from tests import servers

#: What the other tables refer to goes last, and takes along what refers to it.
_ROOTS = (tables.login_attempts, tables.usage_buckets, tables.client_secrets, tables.audit_log, tables.users)


def sqlite_database(folder: Path) -> str:
    """The URL of a new SQLite file with all tables, and nothing in them."""
    path = folder / "portside.db"
    path.write_bytes(_sqlite_template())
    return f"sqlite:///{path}"


def postgres_database() -> str:
    """The URL of a new PostgreSQL database with all tables, and nothing in them."""
    return servers.postgres().fresh_database(_postgres_template())


def empty(engine: Engine) -> None:
    """Delete every row."""
    with writing(engine, owning=True) as connection:
        for table in _ROOTS:
            connection.execute(delete(table))


@cache
def _sqlite_template() -> bytes:
    folder = Path(tempfile.mkdtemp(prefix="portside-template-"))
    path = folder / "template.db"
    _migrate(f"sqlite:///{path}")
    content = path.read_bytes()
    shutil.rmtree(folder)
    return content


@cache
def _postgres_template() -> str:
    url = servers.postgres().fresh_database()
    _migrate(url)
    return url


def _migrate(url: str) -> None:
    engine = make_engine(url)
    migrate.upgrade(engine)
    engine.dispose()  # SQLite writes its log into the file; PostgreSQL copies only what nobody is connected to
