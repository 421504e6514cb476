"""Portside with a Redis beside it, and without it from one moment to the next."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import redis
import requests

from entrypoints.simulator.config import SimulatorConfig
from entrypoints.simulator.server import SimulatorServer
from tests import servers
from tests.e2e.people import Person
from tests.e2e.processes import Served, environment
from tests.e2e.stage import US

ORDERS = "/api/amazon/test/orders"


@pytest.fixture
def amazon() -> Iterator[SimulatorServer]:
    still = datetime.now(UTC) - timedelta(minutes=6)
    config = SimulatorConfig(
        orders_per_day=8, history_days=10, rate_factor=1000, data_until=still, report_seconds=0.3
    )
    with SimulatorServer(config) as server:
        yield server


def readiness(server: Served) -> tuple[int, dict[str, Any]]:
    answer = requests.get(f"{server.url}/readyz", timeout=20)
    return answer.status_code, answer.json()["checks"]["redis"]


def test_usage_plans_are_kept_in_redis_and_work_goes_on_when_it_is_lost(
    amazon: SimulatorServer, tmp_path: Path
) -> None:
    valkey = servers.own_valkey()
    database_url = f"sqlite:///{tmp_path / 'portside.db'}"
    variables = environment(amazon, database_url, tmp_path, SCHEDULER="off", REDIS_URL=valkey.url)
    seller = amazon.simulator.config.sellers[0]
    with Served(variables, tmp_path) as server, Person(server.url) as somebody:
        somebody.register()
        somebody.connect(US, seller.id)
        before = somebody.get(ORDERS)["data"]
        well = readiness(server)

        with redis.Redis.from_url(valkey.url, decode_responses=True) as client:
            buckets = {name for key in client.keys("portside:buckets:*") for name in client.hkeys(key)}
            client.shutdown(nosave=True)

        after = somebody.get(ORDERS)["data"]
        lost = readiness(server)

    assert {"searchOrders", "getMarketplaceParticipations"} <= buckets
    assert before["count"] == after["count"] > 0
    assert well == (200, {"ok": True})
    assert lost[0] == 200
    assert lost[1]["ok"]
    assert "Redis does not answer" in lost[1]["cause"]
    assert "REDIS_URL" in lost[1]["mend"]
