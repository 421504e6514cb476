"""A large connection is erased while people work, the server is killed in the middle, and the seller comes back."""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import Select, Table, func, insert, literal, select

from adapters.sql import tables
from adapters.sql.engine import make_engine, reading, writing
from adapters.sql.erasing import BELONGINGS
from entrypoints.simulator.config import SimulatorConfig
from entrypoints.simulator.server import SimulatorServer
from tests import databases, servers
from tests.e2e.people import Person
from tests.e2e.processes import Served, environment, until
from tests.e2e.stage import US

#: So many orders, each of one line, come on top of what was synced.
MORE_ORDERS = 60_000
#: What the request itself may remove.
AT_ONCE = 10_000
_ALL = ("GET", "DELETE")


@dataclass
class Story:
    """What was seen on the way. ``old`` is erased, ``other`` is another seller's, ``fresh`` is the old seller's again."""

    old: dict[str, int]  # rows before it was erased, by table
    other_before: dict[str, int]
    left_when_asked: int  # rows that were there still when the request was answered
    seen_after_asking: dict[str, int]  # what each method answered on its address
    left_when_killed: int
    left_at_answers: list[int]  # rows that were there still when each look at the dashboards had its answers
    old_after: dict[str, int]
    other_after: dict[str, int]
    fresh_after: dict[str, int]
    fresh_is_new: bool
    deeds: list[str]
    events: list[str]


@pytest.fixture(scope="module")
def stories(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Future[Story]]]:
    """The same on each database, at the same time: much of it is waiting for a dead process's leases."""
    homes = {name: tmp_path_factory.mktemp("erasing") for name in ("sqlite", "postgresql")}
    urls = {
        "sqlite": databases.sqlite_database(homes["sqlite"]),
        "postgresql": databases.postgres_database(),
    }
    with ThreadPoolExecutor(len(urls)) as pool:
        yield {name: pool.submit(_told, url, homes[name]) for name, url in urls.items()}
    servers.postgres().drop_database(urls["postgresql"])


@pytest.fixture(params=["sqlite", "postgresql"])
def story(request: pytest.FixtureRequest, stories: dict[str, Future[Story]]) -> Story:
    """One of them, at its end."""
    return stories[request.param].result()


def test_the_request_is_answered_before_all_is_gone(story: Story) -> None:
    assert story.old["orders"] > MORE_ORDERS
    assert story.left_when_asked > 0


def test_nobody_sees_it_from_then_on(story: Story) -> None:
    assert set(story.seen_after_asking.values()) == {404}


def test_the_server_goes_on_answering(story: Story) -> None:
    under_way = {left for left in story.left_at_answers if 0 < left < story.left_when_killed}
    assert len(under_way) > 1


def test_it_was_killed_in_the_middle_and_came_to_its_end(story: Story) -> None:
    assert 0 < story.left_when_killed < sum(story.old.values()) - AT_ONCE
    assert sum(story.old_after.values()) == 0


def test_other_connections_are_untouched(story: Story) -> None:
    assert story.other_before["orders"] > 0
    calls = {"api_usage": 0}  # which are written down a little later than they are made
    assert {**story.other_after, **calls} == {**story.other_before, **calls}


def test_the_same_seller_came_back_meanwhile_and_has_all_its_data(story: Story) -> None:
    assert story.fresh_is_new
    assert story.fresh_after["orders"] == story.old["orders"] - MORE_ORDERS
    assert story.fresh_after["tokens"] == 1


def test_the_log_and_the_listeners_hear_that_it_is_done(story: Story) -> None:
    assert story.deeds == ["connection.erased", "connection.erasure_requested", "connection.connected"]
    assert story.events == ["erasing", "erased"]


def _told(url: str, home: Path) -> Story:
    still = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=6)
    config = SimulatorConfig(
        orders_per_day=3,
        history_days=20,
        rate_factor=50,
        data_until=still,
        seller_count=6,
        sku_count=20,
        report_seconds=0.3,
    )
    sellers = [seller for seller in config.sellers if seller.region == "na"][:2]
    with ExitStack() as stack:
        amazon = stack.enter_context(SimulatorServer(config))
        server = stack.enter_context(Served(environment(amazon, url, home), home))
        person = stack.enter_context(Person(server.url))
        person.register()
        for seller in sellers:
            person.connect(US, seller.id)
        ids = {one["seller_id"]: one["id"] for one in person.get("/api/v1/amazon/connections")["items"]}
        old, other = ids[sellers[0].id], ids[sellers[1].id]
        until(lambda: _synced(person) == {old, other}, 60, server.tail)
        _multiply_orders(url, old)
        return _erased(person, server, url, sellers[0].id, old, other)


def _erased(person: Person, server: Served, url: str, seller_id: str, old: str, other: str) -> Story:
    before, other_before = _rows(url, old), _rows(url, other)
    answer = person.ask("DELETE", f"/api/v1/amazon/connections/{old}?permanent=true")
    assert answer.status_code == 204, answer.text
    left_when_asked = _left(url, old)
    seen = {method: person.ask(method, f"/api/v1/amazon/connections/{old}").status_code for method in _ALL}
    person.connect(US, seller_id)
    fresh = next(
        one["id"]
        for one in person.get("/api/v1/amazon/connections")["items"]
        if one["seller_id"] == seller_id
    )
    enough = sum(before.values()) - AT_ONCE
    until(lambda: _left(url, old) < enough, 30, server.tail, pause=0.01)
    server.kill()
    left = _left(url, old)
    server.start()
    left_at_answers = _watched(person, url, old, server)
    until(lambda: fresh in _synced(person), 60, server.tail)
    deeds = person.get("/api/v1/audit", connection_id=old)["items"]
    return Story(
        old=before,
        other_before=other_before,
        left_when_asked=left_when_asked,
        seen_after_asking=seen,
        left_when_killed=left,
        left_at_answers=left_at_answers,
        old_after=_rows(url, old),
        other_after=_rows(url, other),
        fresh_after=_rows(url, fresh),
        fresh_is_new=fresh != old,
        deeds=[deed["action"] for deed in deeds],
        events=_statuses(url, old),
    )


def _watched(person: Person, url: str, old: str, server: Served) -> list[int]:
    """Look at dashboards until nothing is left; returns how many rows there were still after each look."""
    left: list[int] = []

    def gone() -> bool:
        person.dashboard("amazon-orders", {})
        person.dashboard("amazon-inventory", {})
        left.append(_left(url, old))
        return not left[-1]

    until(gone, 60, server.tail, pause=0.02)
    return left


def _synced(person: Person) -> set[str]:
    """The connections whose first sync is over."""
    connections = person.get("/api/v1/integrations/amazon/sync")["data"]["connections"]
    return {
        each["connectionId"]
        for each in connections
        if [resource["status"] for resource in each["resources"]] == ["succeeded"] * 3
    }


def _multiply_orders(url: str, connection_id: str) -> None:
    """Copies of one order, and of a line, under other names: more than a request may remove."""
    numbers = select(literal(1).label("number")).cte("numbers", recursive=True)
    numbers = numbers.union_all(select(numbers.c.number + 1).where(numbers.c.number < MORE_ORDERS))
    engine = make_engine(url)
    with writing(engine, owning=True) as database:
        chosen = next(
            row
            for row in database.execute(select(tables.order_items)).mappings()
            if str(row["connection_id"]) == connection_id
        )
        for table in (tables.orders, tables.order_items):
            key = [table.c.connection_id == chosen["connection_id"], table.c.order_id == chosen["order_id"]]
            if table is tables.order_items:
                key.append(table.c.order_item_id == chosen["order_item_id"])
            columns = [
                literal("copy-").concat(numbers.c.number) if column.name == "order_id" else column
                for column in table.c
            ]
            copies = select(*columns).select_from(table.join(numbers, literal(True))).where(*key)
            database.execute(insert(table).from_select([column.name for column in table.c], copies))
    engine.dispose()


def _left(url: str, connection_id: str) -> int:
    return sum(_rows(url, connection_id).values())


def _rows(url: str, connection_id: str) -> dict[str, int]:
    """How many rows a connection has, by table; syncs may add runs meanwhile, which are not counted."""
    engine = make_engine(url)
    with reading(engine, owning=True) as database:
        found = {
            table.name: database.scalar(_count(table, connection_id))
            for table in BELONGINGS
            if table is not tables.sync_runs
        }
    engine.dispose()
    return {name: number or 0 for name, number in found.items()}


def _count(table: Table, connection_id: str) -> Select[int]:
    return select(func.count()).select_from(table).where(table.c.connection_id == UUID(connection_id))


def _statuses(url: str, connection_id: str) -> list[str]:
    """What listeners were told of the connection while it left, in order."""
    engine = make_engine(url)
    with reading(engine, owning=True) as database:
        told = list(database.scalars(select(tables.events.c.data).order_by(tables.events.c.id)))
    engine.dispose()
    mine = [data for data in told if data.get("connection_id") == connection_id and "status" in data]
    return [data["status"] for data in mine if data["status"] not in ("connected", "degraded")]
