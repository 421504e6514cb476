"""``backend``: each test of a contract is run on memory, on SQLite and on PostgreSQL."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from adapters.sql.engine import make_engine
from domain.acting import in_background
from tests import databases
from tests.contracts.backends import Backend
from tests.contracts.caches import CacheBench, memory_cache, redis_cache
from tests.contracts.stores import BACKENDS, furnished_backend


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


@pytest.fixture(params=BACKENDS)
def backend(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Backend]:
    yield from furnished_backend(request, tmp_path)


@pytest.fixture(params=["memory", "redis"])
def caches(request: pytest.FixtureRequest) -> Iterator[CacheBench]:
    """A response cache; a further implementation adds its name to the parameters."""
    if request.param == "memory":
        yield memory_cache()
    else:
        with redis_cache() as bench:
            yield bench
