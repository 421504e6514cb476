"""A worker that is asked to end finishes its page, and the next one goes on at once: nobody waits for a lease."""

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select

from adapters.sql import tables
from adapters.sql.engine import make_engine, reading
from entrypoints.simulator.config import SimulatorConfig
from entrypoints.simulator.faults import Fault
from entrypoints.simulator.server import SimulatorServer
from tests import databases
from tests.e2e.people import Person
from tests.e2e.processes import Served, environment, until

US = "ATVPDKIKX0DER"
STOCK = "getInventorySummaries"
#: Longer than the page that is under way may take, shorter than a lease lives.
AT_ONCE = 10.0


def rows(url: str) -> list[tuple[object, ...]]:
    """The resources with their leases, and how their runs stand."""
    row, run = tables.sync_resources.c, tables.sync_runs.c
    found = select(row.resource, row.lease_owner, row.attempts, run.status, run.pages).join(
        tables.sync_runs, run.id == row.run_id
    )
    engine = make_engine(url)
    try:
        with reading(engine, owning=True) as connection:
            return [tuple(each) for each in connection.execute(found)]
    finally:
        engine.dispose()


def stock_of(person: Person) -> dict[str, Any]:
    """How the stock of the only connection is doing."""
    (connection,) = person.get("/api/v1/integrations/amazon/sync")["data"]["connections"]
    (stock,) = (each for each in connection["resources"] if each["resource"] == "inventory")
    found: dict[str, Any] = stock
    return found


def test_a_process_that_is_asked_to_end_hands_its_work_over(tmp_path: Path) -> None:
    url = databases.sqlite_database(tmp_path)
    still = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=6)
    config = SimulatorConfig(
        orders_per_day=1, history_days=2, rate_factor=20, data_until=still, seller_count=1
    )
    with SimulatorServer(config) as amazon:
        calls = amazon.simulator.reception.calls.as_json
        amazon.simulator.reception.faults.order(Fault(STOCK, "slow", times=None, delay_ms=800))
        with Served(environment(amazon, url, tmp_path), tmp_path) as server, Person(server.url) as person:
            person.register()
            person.connect(US, config.sellers[0].id)
            until(lambda: calls()["calls"].get(STOCK, 0) >= 1, 30, server.tail, pause=0.01)

            server.stop()
            left = rows(url)
            amazon.simulator.reception.faults.clear()
            server.start()
            began = time.monotonic()
            until(lambda: stock_of(person)["status"] == "succeeded", 30, server.tail, pause=0.05)
            seconds = time.monotonic() - began

    assert {owner for _resource, owner, *_rest in left} == {None}
    assert "running" not in {status for *_rest, status, _pages in left}
    assert seconds < AT_ONCE
