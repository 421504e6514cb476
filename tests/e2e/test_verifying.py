"""``portside kpis verify``, run as an operator runs it: what differs is shown, repaired when asked for, and stays right."""

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import Engine, update

from adapters.sql import tables
from adapters.sql.engine import make_engine, reading, writing
from domain.acting import in_background
from domain.connections.model import Connection
from domain.money import Money
from domain.orders.counting import book
from entrypoints.simulator.config import SimulatorConfig
from tests import databases
from tests.contracts.backends import SqlBackend
from tests.contracts.samples import connected, registered
from tests.e2e import processes
from tests.fakes.things import US, an_item, an_order

NOON = datetime(2026, 3, 4, 20, tzinfo=UTC)


@dataclass(frozen=True)
class Installation:
    """Two users with a seller each, thirty days of orders, and nobody serving."""

    engine: Engine
    variables: dict[str, str]
    home: Path
    ann: Connection
    bob: Connection

    def verify(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return processes.run(["kpis", "verify", *arguments], self.variables, self.home)

    def spoil(self, connection: Connection, **wrong: object) -> None:
        sale = tables.daily_sales
        with in_background(), writing(self.engine) as database:
            database.execute(update(sale).where(sale.c.connection_id == connection.id).values(**wrong))


@pytest.fixture
def installation(tmp_path: Path) -> Iterator[Installation]:
    url = databases.sqlite_database(tmp_path)
    engine = make_engine(url)
    backend = SqlBackend(engine)
    variables = processes.surroundings(SimulatorConfig(), "http://127.0.0.1:9", url, tmp_path)
    sellers = [
        connected(backend, registered(backend, f"{name}@example.com"), name.upper())
        for name in ("ann", "bob")
    ]
    one = an_order("O", an_item(total=Money(500, "USD")))
    with backend.work() as work:
        for seller in sellers:
            page = [
                replace(one, order_id=str(uuid4()), created_at=NOON.replace(day=day)) for day in range(1, 31)
            ]
            work.orders.save_page(seller.id, [book(order, US) for order in page])
        work.commit()
    yield Installation(engine, variables, tmp_path, *sellers)
    engine.dispose()


def test_what_differs_is_shown_until_it_is_repaired(installation: Installation) -> None:
    installation.spoil(installation.bob, revenue_minor=2501)

    found = installation.verify()
    repaired = installation.verify("--repair")
    again = installation.verify()

    first = f"  2026-03-01  {US}  USD  all  revenue_minor kept 2501, counted 2500"
    assert (found.returncode, repaired.returncode, again.returncode) == (1, 0, 0)
    assert f"{installation.ann.id}  ANN  30 orders  equal" in found.stdout
    assert f"{installation.bob.id}  BOB  30 orders  30 sums differ\n{first}\n" in found.stdout
    assert "  and 10 more\n" in found.stdout
    assert found.stderr == (
        "Error: 30 daily sums of 1 connection differ from the orders; --repair sets them right\n"
    )
    assert repaired.stdout.endswith("30 daily sums of 1 connection set right\n")
    assert again.stdout.endswith("all daily sums are what their orders say\n")
    with in_background(), reading(installation.engine) as database:
        deeds = database.execute(tables.audit_log.select()).all()
    assert [(deed.action, deed.actor, deed.details["sums"]) for deed in deeds] == [
        ("figures.repaired", "console", "30")
    ]


def test_orders_by_status_are_shown_and_repaired_too(installation: Installation) -> None:
    row = tables.daily_statuses
    with in_background(), writing(installation.engine) as database:
        database.execute(
            update(row)
            .where(row.c.connection_id == installation.bob.id, row.c.day == NOON.date())
            .values(status="PENDING")
        )

    repaired = installation.verify("--repair")
    again = installation.verify()

    place = f"  2026-03-04  {US}  USD"
    assert (repaired.returncode, again.returncode) == (0, 0)
    assert f"{place}  status 'PENDING'  kept: orders 1; there are no such orders\n" in repaired.stdout
    assert f"{place}  status 'SHIPPED'  not kept; counted: orders 1\n" in repaired.stdout
    assert repaired.stdout.endswith("2 daily sums of 1 connection set right\n")


def test_one_connection_or_one_users_can_be_asked_for(installation: Installation) -> None:
    installation.spoil(installation.bob, units=7)

    hers = installation.verify("--user", "ann@example.com")
    his = installation.verify("--connection", str(installation.bob.id))
    neither = installation.verify(
        "--connection", str(installation.bob.id), "--user", "ann@example.com", "--repair"
    )

    assert (hers.returncode, his.returncode, neither.returncode) == (0, 1, 1)
    assert str(installation.bob.id) not in hers.stdout
    assert str(installation.ann.id) not in his.stdout
    assert "There is no connection" in neither.stderr
