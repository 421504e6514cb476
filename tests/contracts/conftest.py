"""``backend``: each test of a contract is run on memory, on SQLite and on PostgreSQL."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from adapters.sql.engine import make_engine
from domain.acting import in_background
from tests import databases
from tests.contracts.backends import Backend, MemoryBackend, SqlBackend


@pytest.fixture(autouse=True)
def _background() -> Iterator[None]:
    """The contracts say what happens to everybody's rows; who may see which is told elsewhere."""
    with in_background():
        yield


@pytest.fixture(scope="session")
def postgres_engine() -> Iterator[Engine]:
    engine = make_engine(databases.postgres_database())
    yield engine
    engine.dispose()


@pytest.fixture(params=["memory", "sqlite", "postgres"])
def backend(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Backend]:
    if request.param == "memory":
        yield MemoryBackend()
    elif request.param == "sqlite":
        engine = make_engine(databases.sqlite_database(tmp_path))
        yield SqlBackend(engine)
        engine.dispose()
    else:
        engine = request.getfixturevalue("postgres_engine")
        yield SqlBackend(engine)
        databases.empty(engine)
