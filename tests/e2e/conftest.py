"""Databases of both kinds; and a stage on which many tests play."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from domain.acting import in_background
from entrypoints.simulator.config import SimulatorConfig
from entrypoints.simulator.sellers import Seller
from entrypoints.simulator.server import SimulatorServer
from tests import databases, servers
from tests.e2e.people import Person
from tests.e2e.processes import Served, environment
from tests.e2e.stage import Stage


@pytest.fixture(autouse=True)
def _background() -> Iterator[None]:
    """What a test looks up in the database behind the server's back may be anybody's."""
    with in_background():
        yield


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database with all tables and nothing in them."""
    if request.param == "sqlite":
        yield databases.sqlite_database(tmp_path)
        return
    url = databases.postgres_database()
    yield url
    servers.postgres().drop_database(url)


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """A Portside on SQLite and an Amazon, for a whole module: every test brings users and sellers of its own."""
    home = tmp_path_factory.mktemp("stage")
    url = databases.sqlite_database(home)
    still = datetime.now(UTC) - timedelta(minutes=6)
    config = SimulatorConfig(
        orders_per_day=3,
        history_days=12,
        rate_factor=50,
        seller_count=120,
        data_until=still,
        sku_count=30,
        report_seconds=0.3,
    )
    with SimulatorServer(config) as amazon:
        variables = environment(amazon, url, home, HTTP_TIMEOUT_SECONDS="3")
        with Served(variables, home) as server:
            yield Stage(amazon, server, url)


@pytest.fixture
def amazon(stage: Stage) -> Iterator[SimulatorServer]:
    """The stage's Amazon; what goes wrong with it goes wrong for one test only."""
    yield stage.amazon
    stage.amazon.simulator.reception.faults.clear()


@pytest.fixture
def person(stage: Stage) -> Iterator[Person]:
    """A registered user, logged in."""
    with stage.newcomer() as newcomer:
        yield newcomer


@pytest.fixture
def stranger(stage: Stage) -> Iterator[Person]:
    """Another one."""
    with stage.newcomer() as newcomer:
        yield newcomer


@pytest.fixture
def seller(stage: Stage) -> Seller:
    """A seller in America whom nobody has connected yet."""
    return next(stage.sellers)
