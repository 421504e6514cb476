"""The list of the stock from a Portside that serves: addresses as they come over the wire, CSV as it is streamed."""

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, urlencode
from uuid import UUID

import pytest

from adapters.sql.engine import make_engine
from adapters.sql.work import SqlWork
from domain.acting import in_background
from domain.users.model import User, UserId
from entrypoints.simulator.config import SimulatorConfig
from tests import databases, servers
from tests.contracts.samples import NOW, a_connection, a_user
from tests.e2e.people import Person
from tests.e2e.processes import Served, surroundings
from tests.fakes.cipher import LabelCipher
from tests.fakes.things import US, a_level

ITEMS = "/api/v1/dashboard/amazon-inventory/items"
ODD = ["A/B", "/A//B/", "A%2FB", "50% off?", "Ä-🛒", "x/reorder-point"]
#: More than are read at once.
MANY = 5_100


@pytest.fixture(params=["sqlite", "postgresql"])
def person(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Person]:
    """Somebody with a good deal of stock, which was never synced."""
    url = databases.sqlite_database(tmp_path) if request.param == "sqlite" else databases.postgres_database()
    variables = surroundings(SimulatorConfig(), "http://127.0.0.1:9", url, tmp_path, SCHEDULER="off")
    with Served(variables, tmp_path) as server, Person(server.url) as somebody:
        somebody.register()
        give_stock(url, a_user(id=UserId(UUID(somebody.get("/api/v1/auth/me")["id"]))))
        yield somebody
    if request.param == "postgresql":
        servers.postgres().drop_database(url)


def give_stock(url: str, user: User) -> None:
    engine, connection = make_engine(url), a_connection(user)
    skus = [*ODD, *(f"S-{number:05}" for number in range(MANY))]
    with in_background(), SqlWork(engine, LabelCipher()) as work:
        work.connections.add(connection)
        work.stock.save_page(connection.id, US, [a_level(sku, 5) for sku in skus], "pass", NOW)
        work.figures.changed(user.id)
        work.commit()
    engine.dispose()


def test_any_sku_can_be_named_and_all_items_come_as_csv(person: Person) -> None:
    answers = [
        person.ask("PUT", f"{ITEMS}/{quote(sku, safe='')}/reorder-point", json={"reorderPoint": number})
        for number, sku in enumerate(ODD)
    ]
    table = person.ask("GET", ITEMS, headers={"Accept": "text/csv"})
    again = {"Accept": "text/csv", "If-None-Match": table.headers["ETag"]}

    table.encoding = "utf-8"
    rows = {row["sku"]: row for row in csv.DictReader(io.StringIO(table.text, newline=""))}
    assert [answer.status_code for answer in answers] == [200] * len(ODD)
    assert [rows[sku]["reorderPoint"] for sku in ODD] == [str(number) for number in range(len(ODD))]
    assert len(rows) == len(ODD) + MANY
    assert person.ask("GET", ITEMS, headers=again).status_code == 304


def test_the_longest_search_fits_into_the_address_beside_the_longest_cursor(person: Person) -> None:
    asked = {"search": "🛒" * 200, "cursor": "A" * 3_000, "marketplaceId": US, "sort": "-title"}

    answer = person.ask("GET", f"{ITEMS}?{urlencode(asked)}")

    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")
    assert list(answer.json()["details"]["fields"]) == ["cursor"]
