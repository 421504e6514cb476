"""What answers of dashboards cost the database, and that two processes never tell an old one."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine

from domain.acting import in_background
from domain.connections.model import Connection
from domain.orders.counting import book
from domain.sync.model import Resource
from domain.users.access import Registration
from domain.users.model import Visitor
from entrypoints.bootstrap import Portside, build
from entrypoints.http.app import create_app
from entrypoints.instance import open_instance
from entrypoints.settings import load_settings
from tests import servers
from tests.adapters.sql.test_statement_counts import statements
from tests.fakes.things import NOW, a_connection, a_level, an_order

PASSWORD = "correct horse battery"
PATHS = (
    "setup-status",
    "amazon-inventory",
    "amazon-inventory/items",
    "amazon-orders",
    "amazon-orders/top",
    "channel-performance",
    "executive",
)


@dataclass
class Process:
    """One of several on the same database."""

    portside: Portside
    browser: FlaskClient

    @property
    def engine(self) -> Engine:
        return self.portside.engine

    def orders(self) -> int:
        query = {"from": f"{NOW:%Y-%m-%d}", "to": f"{NOW:%Y-%m-%d}"}
        answer = self.browser.get("/api/v1/dashboard/amazon-orders", query_string=query)
        assert answer.status_code == 200
        return int(answer.json["data"]["totalOrders"])


def process(database_url: str, folder: Path, **variables: str) -> Process:
    settings = load_settings(
        {
            "PORTSIDE_ENV": "test",
            "SCHEDULER": "off",
            "DATABASE_URL": database_url,
            "PORTSIDE_INSTANCE": str(folder / "instance"),
            **variables,
        },
        folder,
    )
    portside = build(settings, open_instance(settings))
    return Process(
        portside, create_app(portside.services, settings, "a key of no installation").test_client()
    )


def move_in(one: Process) -> Connection:
    user = one.portside.services.access.register(
        Registration("ann@example.com", PASSWORD), Visitor("192.0.2.1")
    )
    connection = a_connection(user, is_default=True)
    with in_background(), one.portside.services.runner.work() as work:
        work.connections.add(connection)
        work.sync.ensure(connection.id, user.id, (Resource.ORDERS, Resource.INVENTORY), NOW)
        work.stock.save_page(connection.id, connection.marketplace_id, [a_level()], "pass", NOW)
        work.commit()
    return connection


def log_in(one: Process) -> None:
    answer = one.browser.post("/api/v1/auth/login", json={"email": "ann@example.com", "password": PASSWORD})
    assert answer.status_code == 200


def sell(one: Process, connection: Connection, order_id: str) -> None:
    """As a step of a run does."""
    with in_background(), one.portside.services.runner.work() as work:
        order = an_order(order_id, created_at=NOW)
        work.orders.save_page(connection.id, [book(order, connection.marketplace_id)])
        work.figures.changed(connection.user_id)
        work.commit()


@pytest.fixture
def here(tmp_path: Path, database_url: str) -> Iterator[Process]:
    one = process(database_url, tmp_path)
    move_in(one)
    log_in(one)
    yield one
    one.engine.dispose()


@pytest.mark.parametrize("path", PATHS)
def test_who_has_the_answer_costs_the_log_in_alone(here: Process, path: str) -> None:
    tag = here.browser.get(f"/api/v1/dashboard/{path}").headers["ETag"]

    with statements(here.engine) as sent:
        answer = here.browser.get(f"/api/v1/dashboard/{path}", headers={"If-None-Match": tag})

    assert answer.status_code == 304
    _is_the_log_in(here, sent)


def test_a_kept_answer_costs_no_more(here: Process) -> None:
    here.browser.get("/api/v1/dashboard/executive")

    with statements(here.engine) as sent:
        here.browser.get("/api/v1/dashboard/executive")

    _is_the_log_in(here, sent)


def _is_the_log_in(one: Process, sent: list[str]) -> None:
    """Told the figures' number as well. On PostgreSQL it goes past what is listened to here."""
    assert len(sent) == (1 if one.engine.dialect.name == "sqlite" else 0)
    assert all("sessions" in statement and "figures_versions" in statement for statement in sent)


@pytest.mark.parametrize(("path", "most"), list(zip(PATHS, (5, 5, 5, 8, 8, 9, 12), strict=True)))
def test_a_computed_answer_costs_a_few_statements_in_one_transaction(
    here: Process, path: str, most: int
) -> None:
    with statements(here.engine) as sent:
        here.browser.get(f"/api/v1/dashboard/{path}")

    assert 1 < len(sent) <= most


@pytest.mark.parametrize("shared", [False, True], ids=["caches of their own", "Redis"])
def test_what_one_process_changes_the_other_one_tells_at_once(
    tmp_path: Path, database_url: str, shared: bool
) -> None:
    variables = {"REDIS_URL": servers.valkey().fresh_database()} if shared else {}
    worker, web = (process(database_url, tmp_path, **variables) for _ in range(2))
    connection = move_in(worker)
    log_in(web)

    told = [web.orders()]
    for number in range(5):
        sell(worker, connection, f"O-{number}")
        told += [web.orders(), web.orders()]

    assert told == [0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5]
    for each in (worker, web):
        each.engine.dispose()
