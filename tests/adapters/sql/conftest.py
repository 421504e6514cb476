"""Databases with all tables, for tests of what only a database can do."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from adapters.sql.engine import make_engine
from domain.acting import in_background
from tests import databases, servers


@pytest.fixture(autouse=True)
def _background() -> Iterator[None]:
    """A test looks at everybody's rows, unless it says for whom it works."""
    with in_background():
        yield


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database of the test's own."""
    if request.param == "sqlite":
        yield databases.sqlite_database(tmp_path)
    else:
        fresh = databases.postgres_database()
        yield fresh
        servers.postgres().drop_database(fresh)


@pytest.fixture(params=["sqlite", "postgres"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database of the test's own without a single table."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.db'}"
    else:
        fresh = servers.postgres().fresh_database()
        yield fresh
        servers.postgres().drop_database(fresh)


@pytest.fixture
def engine(url: str) -> Iterator[Engine]:
    made = make_engine(url)
    yield made
    made.dispose()
