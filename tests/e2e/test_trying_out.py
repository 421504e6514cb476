"""A connection is tried out through the API, all the way to Amazon, on both kinds of database."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from entrypoints.simulator.config import SimulatorConfig
from entrypoints.simulator.faults import Fault
from entrypoints.simulator.server import SimulatorServer
from tests.e2e.people import Person
from tests.e2e.processes import Served, environment
from tests.e2e.stage import US

STATUS, ORDERS = "/api/amazon/test/status", "/api/amazon/test/orders"


@pytest.fixture(scope="module")
def amazon() -> Iterator[SimulatorServer]:
    still = datetime.now(UTC) - timedelta(minutes=6)
    config = SimulatorConfig(
        orders_per_day=8, history_days=10, rate_factor=1000, data_until=still, report_seconds=0.3
    )
    with SimulatorServer(config) as server:
        yield server


@pytest.fixture
def person(amazon: SimulatorServer, database_url: str, tmp_path: Path) -> Iterator[Person]:
    """Somebody who has connected the first seller; nothing is synced."""
    variables = environment(amazon, database_url, tmp_path, SCHEDULER="off", HTTP_TIMEOUT_SECONDS="5")
    with Served(variables, tmp_path) as server, Person(server.url) as somebody:
        somebody.register()
        somebody.connect(US, amazon.simulator.config.sellers[0].id)
        yield somebody
    amazon.simulator.reception.faults.clear()


def test_every_link_holds_until_one_breaks_and_orders_come_without_buyers(
    person: Person, amazon: SimulatorServer
) -> None:
    sound = person.get(STATUS)["data"]
    shown = person.get(ORDERS)["data"]
    amazon.simulator.reception.faults.order(
        Fault("lwa.refresh_token", "lwa_error", status=401, error="invalid_client")
    )
    broken = person.get(STATUS)["data"]

    assert sound["ok"], sound
    assert {check["name"]: check["status"] for check in sound["checks"]} == {
        "stored_credentials": "ok",
        "key": "ok",
        "token_exchange": "ok",
        "role": "skipped",
        "call": "ok",
        "roles": "ok",
        "authorization_age": "ok",
    }
    assert shown["count"] == len(shown["orders"]) > 0
    assert set(shown["orders"][0]) == {
        "orderId",
        "purchaseDate",
        "lastUpdated",
        "status",
        "fulfilledBy",
        "total",
        "currency",
        "items",
    }
    assert [check["name"] for check in broken["checks"] if check["status"] == "failed"] == ["token_exchange"]
    assert (broken["ok"], broken["status"]) == (False, "connected")
