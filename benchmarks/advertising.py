"""What advertising cost and brought, whole requests on a year and more: beside one plain sum over the same rows."""

import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from uuid import uuid4

from flask.testing import FlaskClient
from sqlalchemy import text

from adapters.sql import tables
from adapters.sql.bulk import insert_rows
from adapters.sql.engine import writing
from benchmarks.busy_seller import EMAIL, PASSWORD, moved_in
from domain.acting import in_background
from domain.connections.model import Connection
from domain.sync.model import Resource
from entrypoints.bootstrap import Portside, build
from entrypoints.http.app import create_app
from entrypoints.instance import open_instance
from entrypoints.settings import load_settings
from tests import databases
from tests.fakes.ads_things import a_profile, an_ads_connection
from tests.fakes.things import a_user

CAMPAIGNS, DAYS = 200, 400
_ROUNDS, _PIECE = 9, 5_000
_PRODUCTS = ("SPONSORED_PRODUCTS", "SPONSORED_BRANDS", "SPONSORED_DISPLAY")
_PATH = "/api/v1/ads/performance"


@dataclass(frozen=True)
class Cost:
    """One database; all in seconds, the median."""

    database: str
    floor: float  # a plain sum over all rows
    whole: float  # everything of all days
    lately: float  # everything of the last 30 days
    kept: float  # as kept from the one who asked before

    def __str__(self) -> str:
        return (
            f"{f'performance, {CAMPAIGNS} campaigns × {DAYS} days, {self.database}':<58}"
            f" {self.whole * 1000:9.1f} ms  ×{self.whole / self.floor:.1f} of a plain sum;"
            f" 30 days {self.lately * 1000:.1f} ms; kept {self.kept * 1000:.1f} ms"
        )

    def figures(self) -> dict[str, float]:
        """For those who keep them."""
        name = f"performance on {self.database}"
        return {
            f"{name}: {DAYS} days : plain sum": round(self.whole / self.floor, 2),
            f"{name}: 30 days : plain sum": round(self.lately / self.floor, 2),
        }


def costs(folder: Path) -> list[Cost]:
    """On SQLite and on PostgreSQL."""
    found = []
    for kind in ("sqlite", "postgresql"):
        with _house(folder / f"ads-{kind}", kind) as portside:
            found.append(_cost(kind, portside))
    return found


@contextmanager
def _house(folder: Path, kind: str) -> Iterator[Portside]:
    folder.mkdir(parents=True)
    url = databases.sqlite_database(folder) if kind == "sqlite" else databases.postgres_database()
    variables = {
        "PORTSIDE_ENV": "test",
        "PORTSIDE_INSTANCE": str(folder / "instance"),
        "SCHEDULER": "off",
        "LOG_LEVEL": "WARNING",
        "DATABASE_URL": url,
    }
    settings = load_settings(variables, folder)
    portside = build(settings, open_instance(settings))
    yield portside
    portside.engine.dispose()


def _cost(kind: str, portside: Portside) -> Cost:
    today = portside.services.performance.clock.now().date()
    with in_background():
        _advertised(portside, moved_in(portside, 1_000), today)
    forgetful = replace(portside.services.answers, ttl=timedelta(0))
    computing = _browser(replace(portside, services=replace(portside.services, answers=forgetful)))
    keeping = _browser(portside)
    whole = f"{_PATH}?from={today - timedelta(days=DAYS - 1)}&to={today}"

    def floor() -> None:
        with portside.engine.connect() as database:
            database.execute(text("SELECT count(*), sum(spend_minor), sum(sales_minor) FROM ads_daily")).all()

    with in_background():
        (alone,) = _medians([floor])
    ways = [lambda: computing.get(whole), lambda: computing.get(_PATH), lambda: keeping.get(whole)]
    return Cost(kind, alone, *_medians(ways))


def _medians(ways: Sequence[Callable[[], object]]) -> list[float]:
    """Of all ways in turns; the first round warms up and does not count."""
    times: list[list[float]] = [[] for _ in ways]
    for _ in range(_ROUNDS + 1):
        for way, kept in zip(ways, times, strict=True):
            start = time.perf_counter()
            way()
            kept.append(time.perf_counter() - start)
    return [statistics.median(each[1:]) for each in times]


def _advertised(portside: Portside, seller: Connection, today: date) -> None:
    """One profile with all campaigns on all days."""
    grant = replace(an_ads_connection(a_user()), user_id=seller.user_id)
    now = portside.services.performance.clock.now()
    with portside.services.runner.work() as work:
        work.connections.add(grant)
        work.sync.ensure(grant.id, grant.user_id, (Resource.ADS,), now + timedelta(days=1))
        work.ads_accounts.merge(grant, [replace(a_profile("1"), account_info_id=seller.seller_id)], now)
        work.commit()
    report = uuid4()
    rows = [
        _row(grant, number, today - timedelta(days=age)) | {"report_id": report}
        for number in range(CAMPAIGNS)
        for age in range(DAYS)
    ]
    with writing(portside.engine, owning=True) as database:
        for start in range(0, len(rows), _PIECE):
            insert_rows(database, tables.ads_daily, rows[start : start + _PIECE])
        if database.dialect.name == "postgresql":
            database.execute(text("ANALYZE"))  # as PostgreSQL does by itself within minutes


def _row(grant: Connection, number: int, day: date) -> dict[str, object]:
    sold = {"purchases": 2, "sales_minor": 1000 + number, "units": 2}
    return {
        "connection_id": grant.id,
        "user_id": grant.user_id,
        "profile_id": "1",
        "ad_product": _PRODUCTS[number % len(_PRODUCTS)],
        "day": day,
        "campaign_id": str(10**14 + number),
        "campaign_name": f"Campaign {number}",
        "campaign_status": "ENABLED",
        "currency": "USD",
        "impressions": 1000,
        "clicks": 10,
        "spend_minor": 100 + number,
        **sold,
        "purchases_7d": 1,
        "sales_7d_minor": 900,
        "units_7d": 1,
    }


def _browser(portside: Portside) -> FlaskClient:
    client = create_app(portside.services, portside.settings, "a key of no installation").test_client()
    answer = client.post("/api/v1/auth/login", json={"email": EMAIL, "password": PASSWORD})
    assert answer.status_code == 200, answer.text
    return client
