"""A key that is lost is the operator's trouble: it is named wherever one looks, and no seller has to connect again."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from adapters.sql import tables
from adapters.sql.engine import make_engine, writing
from entrypoints.instance import new_token_key
from entrypoints.simulator.config import SimulatorConfig
from entrypoints.simulator.server import SimulatorServer
from tests import databases
from tests.e2e import processes
from tests.e2e.key_rings import put, ring_file, ring_of
from tests.e2e.people import Person
from tests.e2e.processes import Served, environment
from tests.e2e.stage import US


@dataclass
class Installation:
    """A Portside that runs without the key that its tokens are under."""

    server: Served
    person: Person
    home: Path
    lost: str
    ring: str
    database_url: str

    def restore(self) -> None:
        """Put the ring back that was there."""
        put(self.home, self.ring)

    def connection(self) -> dict[str, object]:
        (found,) = self.person.get("/api/v1/amazon/connections")["items"]
        return dict(found)


@pytest.fixture
def portside(tmp_path: Path) -> Iterator[Installation]:
    url = databases.sqlite_database(tmp_path)
    still = datetime.now(UTC) - timedelta(minutes=6)
    config = SimulatorConfig(
        orders_per_day=2, history_days=5, rate_factor=50, data_until=still, sku_count=5, report_seconds=0.3
    )
    with ExitStack() as stack:
        amazon = stack.enter_context(SimulatorServer(config))
        server = stack.enter_context(Served(environment(amazon, url, tmp_path), tmp_path))
        person = stack.enter_context(Person(server.url))
        person.register()
        person.connect(US, amazon.simulator.config.sellers[0].id)
        person.wait_for_first_sync()
        ring, lost = ring_file(tmp_path).read_text().strip(), ring_of(tmp_path).primary.id
        put(tmp_path, new_token_key())
        yield Installation(server, person, tmp_path, lost, ring, url)


def test_a_lost_key_is_named_everywhere_and_disconnects_nobody(portside: Installation) -> None:
    person = portside.person

    runs = [person.wait_for(run) for run in person.sync()]
    orders = person.ask("GET", "/api/amazon/test/orders")
    chain = person.get("/api/amazon/test/status")["data"]
    ready = person.ask("GET", "/readyz")
    doctor = processes.run(["doctor"], portside.server.variables, portside.home)
    status = processes.run(["keys", "status"], portside.server.variables, portside.home)

    assert {run["status"] for run in runs} == {"failed"}
    assert {run["error"]["code"] for run in runs} == {"configuration_error"}
    assert all(portside.lost in run["error"]["message"] for run in runs)
    assert (orders.status_code, orders.json()["error"]) == (503, "configuration_error")
    assert portside.lost in orders.json()["message"]
    (key,) = (link for link in chain["checks"] if link["name"] == "key")
    assert key["status"] == "failed"
    assert portside.lost in key["cause"]
    assert ready.status_code == 503
    assert ready.json()["checks"]["key_ring"]["cause"].endswith(f": {portside.lost}")
    assert doctor.returncode == status.returncode == 1
    assert f"do not open them: {portside.lost}" in doctor.stdout
    assert f"need keys that the ring lacks: {portside.lost}" in status.stderr
    assert portside.connection()["status"] == "degraded"
    assert "Traceback" not in portside.server.log.read_text()


def test_everything_goes_on_when_the_key_is_back(portside: Installation) -> None:
    person = portside.person
    for run in person.sync():
        person.wait_for(run)

    portside.restore()

    assert {person.wait_for(run)["status"] for run in person.sync()} == {"succeeded"}
    assert portside.connection()["status"] == "connected"
    assert person.ask("GET", "/readyz").status_code == 200


def test_tokens_that_fall_due_meanwhile_are_left_alone(portside: Installation) -> None:
    person = portside.person
    _an_hour_goes_by(portside.database_url)

    chain = person.get("/api/amazon/test/status")["data"]
    portside.restore()

    assert not chain["ok"]
    # A sync that fell due meanwhile has failed for want of the key; the grant itself is not doubted.
    assert portside.connection()["status"] in ("connected", "degraded")
    assert person.get("/api/amazon/test/status")["data"]["ok"]


def test_without_its_key_a_connection_can_still_be_left(portside: Installation) -> None:
    left = portside.person.ask("DELETE", "/api/v1/amazon/disconnect")

    assert left.status_code == 200, left.text
    assert portside.connection()["status"] == "disconnected"
    assert portside.person.ask("GET", "/readyz").status_code == 200


def test_without_its_key_a_connection_can_still_be_renewed(portside: Installation) -> None:
    before = portside.connection()

    portside.person.connect(US, str(before["seller_id"]))

    after = portside.connection()
    assert (after["id"], after["status"]) == (before["id"], "connected")
    assert {portside.person.wait_for(run)["status"] for run in portside.person.sync()} == {"succeeded"}


def _an_hour_goes_by(url: str) -> None:
    past = datetime.now(UTC) - timedelta(seconds=1)
    engine = make_engine(url)
    with writing(engine) as connection:
        connection.execute(update(tables.tokens).values(access_expires_at=past, renew_at=past))
    engine.dispose()
