"""Every dashboard, whole requests with their log-in: beside a bare Flask route of the same size, and with more orders.

The bare route stands in the same application and has the same log-in. What that costs is told as well.
"""

import logging
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from flask import Flask
from flask.testing import FlaskClient

from benchmarks.busy_seller import EMAIL, PASSWORD, moved_in
from benchmarks.served import Line, Served, keeping_for, served, with_bare
from entrypoints.bootstrap import Portside, build
from entrypoints.http.app import create_app
from entrypoints.instance import open_instance
from entrypoints.settings import load_settings
from tests import databases

_ROUNDS = 40
FEW, MANY = 10_000, 1_000_000
_DASHBOARDS = (
    "setup-status",
    "amazon-inventory",
    "amazon-inventory/items",
    "amazon-orders",
    "amazon-orders/top",
    "channel-performance",
    "executive",
)


@dataclass(frozen=True)
class Cost:
    """One dashboard on one database; all in seconds, the median."""

    database: str
    name: str
    bare: float  # a route that has the same bytes ready as objects
    login: float  # what of that is the log-in
    computed: float  # nothing was kept
    kept: float
    unchanged: float  # 304
    computed_many: float  # with MANY orders
    served_bare: float  # the same through the server
    served_computed: float
    keeping_bare: float  # of the server that keeps answers
    served_kept: float

    def __str__(self) -> str:
        words = (
            f"{self.database:<10} {self.name:<23} {self.served_bare * 1000:6.2f} ms"
            f"  computed ×{self.served_computed / self.served_bare:5.2f}"
            f"  kept ×{self.served_kept / self.keeping_bare:5.2f}   {self.bare * 1000:6.2f} ms"
            f"  computed ×{self.computed / self.bare:5.2f}  kept ×{self.kept / self.bare:5.2f}"
            f"  304 ×{self.unchanged / self.bare:5.2f}"
        )
        return f"{words}   {MANY:,} orders ×{self.computed_many / self.computed:5.2f}"

    def figures(self) -> dict[str, float]:
        """For those who keep them."""
        name = f"{self.name} on {self.database}"
        return {
            f"{name}, served: computed : bare": round(self.served_computed / self.served_bare, 2),
            f"{name}, served: kept : bare": round(self.served_kept / self.keeping_bare, 2),
            f"{name}: computed : bare": round(self.computed / self.bare, 2),
            f"{name}: kept : bare": round(self.kept / self.bare, 2),
            f"{name}: 304 : bare": round(self.unchanged / self.bare, 2),
            f"{name}: {MANY:,} orders : {FEW:,}": round(self.computed_many / self.computed, 2),
        }


@dataclass(frozen=True)
class Costs:
    """All of them."""

    rows: Sequence[Cost]
    filling: float  # seconds that it took to fill in all the orders

    def __str__(self) -> str:
        head = (
            "dashboards, in turns with a bare Flask route that has the same data ready as objects, in the same application and"
            " behind the same log-in; first through the server over one connection, then in the test client alone"
            f" (goals: computed ≤ ×2, kept ≤ ×1.3, {MANY:,} orders beside {FEW:,} ≤ ×1.2)"
        )
        logins = {row.database: row.login for row in self.rows}
        of_that = ", ".join(f"{name} {login * 1000:.2f} ms" for name, login in logins.items())
        notes = f"of which the log-in is: {of_that}; filling in the orders took {self.filling:.0f} s"
        return "\n".join([head, *map(str, self.rows), notes])

    def figures(self) -> dict[str, float]:
        """For those who keep them."""
        return {title: value for row in self.rows for title, value in row.figures().items()}


def costs(folder: Path) -> Costs:
    """On SQLite and on PostgreSQL."""
    logging.disable(logging.INFO)
    rows: list[Cost] = []
    filling = 0.0
    try:
        for kind in ("sqlite", "postgresql"):
            with _house(folder / f"{kind}-few", kind) as few, _house(folder / f"{kind}-many", kind) as many:
                start = time.perf_counter()
                moved_in(few, FEW)
                moved_in(many, MANY)
                filling += time.perf_counter() - start
                with _servers(few, folder / f"{kind}-few" / "instance") as both:
                    rows += _compared(kind, few, many, *both)
    finally:
        logging.disable(logging.NOTSET)
    return Costs(rows, filling)


@contextmanager
def _house(folder: Path, kind: str) -> Iterator[Portside]:
    folder.mkdir(parents=True)
    url = databases.sqlite_database(folder) if kind == "sqlite" else databases.postgres_database()
    variables = {
        "PORTSIDE_ENV": "test",
        "PORTSIDE_INSTANCE": str(folder / "instance"),
        "SCHEDULER": "off",
        "DATABASE_URL": url,
    }
    settings = load_settings(variables, folder)
    portside = build(settings, open_instance(settings))
    yield portside
    portside.engine.dispose()


@contextmanager
def _servers(house: Portside, instance: Path) -> Iterator[tuple[Served, Served]]:
    """Two servers over the same house: one that computes every answer, and one that keeps them."""
    url = house.engine.url.render_as_string(hide_password=False)
    with served(url, instance, keeping=False) as computing, served(url, instance, keeping=True) as keeping:
        yield computing, keeping


def _compared(
    kind: str, few: Portside, many: Portside, computing_server: Served, keeping_server: Served
) -> Iterator[Cost]:
    body: dict[str, object] = {}
    app = _app(few, body)
    computing, keeping = _browser(_app(keeping_for(few, timedelta(0)), body)), _browser(app)
    many_orders, stranger = _browser(_app(keeping_for(many, timedelta(0)), body)), app.test_client()
    for name in _DASHBOARDS:
        path = f"/api/v1/dashboard/{name}"
        first = keeping.get(path)
        body["of"], tag = first.json, {"If-None-Match": first.headers["ETag"]}
        for server in (computing_server, keeping_server):
            server.stand_in_for(path)
        ways = (
            lambda: keeping.get("/bare"),
            lambda: stranger.get("/open"),
            lambda path=path: computing.get(path),
            lambda path=path: keeping.get(path),
            lambda path=path, tag=tag: keeping.get(path, headers=tag),
            lambda path=path: many_orders.get(path),
        )
        through_servers = (
            lambda: computing_server.line.get("/bare"),
            lambda path=path: computing_server.line.get(path),
            lambda: keeping_server.line.get("/bare"),
            lambda path=path: keeping_server.line.get(path),
        )
        bare, unknown, *others = _medians(ways)
        lines = (computing_server.line, keeping_server.line)
        yield Cost(kind, name, bare, bare - unknown, *others, *_medians(through_servers, lines))


def _medians(ways: Sequence[Callable[[], object]], lines: Sequence[Line] = ()) -> list[float]:
    """Of all ways in turns; the first round warms up and does not count. ``lines`` are seen to before each of them."""
    times: list[list[float]] = [[] for _ in ways]
    for _ in range(_ROUNDS + 1):
        for way, kept in zip(ways, times, strict=True):
            for line in lines:
                line.stay()
            start = time.perf_counter()
            way()
            kept.append(time.perf_counter() - start)
    return [statistics.median(each[1:]) for each in times]


def _app(portside: Portside, body: dict[str, object]) -> Flask:
    """Portside's, with a bare route behind its log-in and another one before it."""
    app = with_bare(create_app(portside.services, portside.settings, "a key of no installation"), body)
    app.get("/open", endpoint="open")(app.view_functions["bare.bare"])
    return app


def _browser(app: Flask) -> FlaskClient:
    client = app.test_client()
    answer = client.post("/api/v1/auth/login", json={"email": EMAIL, "password": PASSWORD})
    assert answer.status_code == 200, answer.text
    return client
