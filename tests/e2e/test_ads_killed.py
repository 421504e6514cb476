"""A server that is killed while advertising reports are under way, started again, and no report was asked for twice.

All lives are lived at the same time. Where each is hit is drawn by chance; ``SEED`` repeats it, and the name of a test
says it.
"""

import os
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from time import sleep

import pytest
from sqlalchemy import Engine, func, select, update

from adapters.sql import tables
from adapters.sql.engine import make_engine, reading, writing
from entrypoints.simulator.config import SimulatorConfig
from entrypoints.simulator.faults import Fault
from entrypoints.simulator.server import SimulatorServer
from entrypoints.simulator.store import Store
from tests import databases, servers
from tests.e2e.people import Person
from tests.e2e.processes import Served, environment, until
from tests.e2e.test_ads_recount import connect_ads

SEED = int(os.environ.get("PORTSIDE_TEST_SEED", "7"))
CREATE, LOOK, BYTES, IMPORT = "ads.createReport", "ads.getReport", "ads.reportDocument", "import"
#: A seller with three profiles, and so fifteen reports of the newest days.
WHO, REPORTS = "Harbor & Pine", 15
#: How long an answer takes: long enough to be hit.
ANSWER_MS = 150
#: How long Amazon makes a report: longer than it takes to be killed and to rise again.
MAKING_SECONDS = 12.0
FARTHEST = {CREATE: 6, LOOK: 4, BYTES: 4, IMPORT: 4}
DELAYS_MS = {CREATE: 200, LOOK: 200, BYTES: 200, IMPORT: 300}
pytestmark = pytest.mark.timeout(300)

Rows = list[tuple[object, ...]]


@dataclass(frozen=True)
class Moment:
    """When the server is killed: so many calls have come in, or reports were taken over, and then so long."""

    database: str
    operation: str
    count: int
    then_ms: int

    def __str__(self) -> str:
        return f"seed-{SEED}-{self.database}-{self.operation}-{self.count}-{self.then_ms}ms"


def drawn() -> Iterator[Moment]:
    """Six blows, each kind of moment among them."""
    chance = Random(SEED)
    wanted = {"sqlite": (CREATE, LOOK, BYTES, IMPORT), "postgresql": (CREATE, BYTES)}
    for database, operations in wanted.items():
        for operation in operations:
            count = chance.randint(1, FARTHEST[operation])
            yield Moment(database, operation, count, chance.randint(0, DELAYS_MS[operation]))


MOMENTS = tuple(drawn())


@dataclass(frozen=True)
class Life:
    """What a Portside came to, killed once or not at all."""

    was_under_way: bool
    asked_for: Counter[str]
    rows: dict[str, Rows]
    statuses: Counter[str]
    parts_left: int


@pytest.fixture(scope="module")
def lives(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[Moment | None, Future[Life]]]:
    """All lives, under way; ``None`` is the undisturbed one."""
    store = Store(_config())
    places: dict[Moment | None, tuple[Path, str]] = {}
    for moment in (None, *MOMENTS):
        home = tmp_path_factory.mktemp("ads")
        on_sqlite = moment is None or moment.database == "sqlite"
        places[moment] = home, databases.sqlite_database(home) if on_sqlite else databases.postgres_database()
    with ThreadPoolExecutor(len(places)) as pool:
        yield {moment: pool.submit(_lived, moment, store, *place) for moment, place in places.items()}
    for moment, (_home, url) in places.items():
        if moment is not None and moment.database == "postgresql":
            servers.postgres().drop_database(url)


@pytest.fixture(params=MOMENTS, ids=str)
def life(request: pytest.FixtureRequest, lives: dict[Moment | None, Future[Life]]) -> Life:
    """One disturbed life, over."""
    return lives[request.param].result()


@pytest.fixture
def undisturbed(lives: dict[Moment | None, Future[Life]]) -> Life:
    """The life that nobody disturbed, over."""
    return lives[None].result()


def test_the_blow_fell_while_reports_were_under_way(life: Life) -> None:
    assert life.was_under_way


def test_all_figures_are_those_of_an_undisturbed_life(life: Life, undisturbed: Life) -> None:
    assert {name: len(rows) for name, rows in life.rows.items()} == {
        name: len(rows) for name, rows in undisturbed.rows.items()
    }
    assert life.rows == undisturbed.rows


def test_no_report_is_lost(life: Life) -> None:
    assert life.statuses == {"completed": REPORTS}


def test_amazon_has_made_no_report_twice(life: Life) -> None:
    assert set(life.asked_for.values()) == {1}
    assert len(life.asked_for) == REPORTS


def test_nothing_is_left_of_the_documents(life: Life) -> None:
    assert life.parts_left == 0


def test_the_undisturbed_life_has_figures(undisturbed: Life) -> None:
    assert undisturbed.statuses == {"completed": REPORTS}
    assert min(len(rows) for rows in undisturbed.rows.values()) > 50


def _config() -> SimulatorConfig:
    return SimulatorConfig(
        orders_per_day=5,
        history_days=40,
        rate_factor=1_000,
        data_until=datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=6),
        report_seconds=MAKING_SECONDS,
    )


def _lived(moment: Moment | None, store: Store, home: Path, url: str) -> Life:
    ads = store.config.ads
    with ExitStack() as stack:
        amazon = stack.enter_context(SimulatorServer(store.config, store=store))
        for operation in (CREATE, LOOK, BYTES):
            amazon.simulator.reception.faults.order(Fault(operation, "slow", times=None, delay_ms=ANSWER_MS))
        engine = make_engine(url)
        stack.callback(engine.dispose)
        variables = {
            "AMAZON_ADS_CLIENT_ID": ads.client_id,
            "AMAZON_ADS_CLIENT_SECRET": ads.client_secret,
            "ADS_API_URL": f"{amazon.base_url}/ads/{{region}}",
            "ADS_CONSENT_URL": f"{amazon.base_url}/{{region}}/ap/oa",
            "ADS_TOKEN_URL": f"{amazon.base_url}/auth/o2/token",
            # No more than the newest slices.
            "BACKFILL_DAYS": "28",
            "RETENTION_DAYS": "28",
        }
        server = stack.enter_context(Served(environment(amazon, url, home, **variables), home))
        person = stack.enter_context(Person(server.url))
        person.register()
        connect_ads(person, amazon, WHO)
        under_way = True
        if moment is not None:
            _strike(moment, amazon, engine, server)
            under_way = not _is_over(engine)
            _let_leases_lapse(engine)
            server.start()
        until(lambda: _is_over(engine), 150, server.tail, pause=0.5)
        made = amazon.simulator.ads.api.reports.made()
        return Life(
            under_way,
            Counter(report.wish.key for report in made),
            _all_rows(engine),
            _statuses(engine),
            _parts(engine),
        )


def _strike(moment: Moment, amazon: SimulatorServer, engine: Engine, server: Served) -> None:
    def reached() -> int:
        if moment.operation == IMPORT:
            return _statuses(engine)["completed"]
        found: int = amazon.simulator.reception.calls.as_json()["calls"].get(moment.operation, 0)
        return found

    until(lambda: reached() >= moment.count, 90, server.tail, pause=0.004)
    sleep(moment.then_ms / 1000)
    server.kill()


def _let_leases_lapse(engine: Engine) -> None:
    """As if the dead process's leases had run out by themselves, which takes a quarter of a minute."""
    with writing(engine, owning=True) as database:
        database.execute(update(tables.sync_resources).values(lease_until=datetime.now(UTC)))


def _statuses(engine: Engine) -> Counter[str]:
    with reading(engine, owning=True) as database:
        return Counter(database.scalars(select(tables.ads_reports.c.status)))


def _is_over(engine: Engine) -> bool:
    """Whether the figures of all profiles were taken over."""
    found = _statuses(engine)
    return found.total() >= REPORTS and not found["pending"] + found["processing"]


def _all_rows(engine: Engine) -> dict[str, Rows]:
    """Everything but which report told it, and whose it is."""
    ours = ("connection_id", "user_id", "report_id")
    with reading(engine, owning=True) as database:
        return {
            table.name: sorted(
                (tuple(row) for row in database.execute(select(*(c for c in table.c if c.name not in ours)))),
                key=repr,
            )
            for table in (tables.ads_daily, tables.ads_product_daily)
        }


def _parts(engine: Engine) -> int:
    with reading(engine, owning=True) as database:
        return database.scalar(select(func.count()).select_from(tables.ads_report_parts)) or 0
