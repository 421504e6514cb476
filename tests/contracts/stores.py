"""How the implementations that every port's suite is run on come to be."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters.sql.engine import make_engine
from tests import databases
from tests.contracts.backends import Backend, MemoryBackend, SqlBackend

BACKENDS = ["memory", "sqlite", "postgres"]


def furnished_backend(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Backend]:
    """The one that the fixture's parameter names, empty."""
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
