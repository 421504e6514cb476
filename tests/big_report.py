"""A backfill of one large report into SQLite by a Portside of its own, and how much memory that process came to take."""

from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic

from sqlalchemy import Engine, func, select

from adapters.sql import tables
from adapters.sql.engine import make_engine, reading
from domain.reports.model import Purpose
from entrypoints.simulator.config import SimulatorConfig
from entrypoints.simulator.server import SimulatorServer
from tests import databases
from tests.e2e.people import Person
from tests.e2e.processes import Served, environment, until

_US = "ATVPDKIKX0DER"


@dataclass(frozen=True)
class BigReport:
    """What became of it. Memory is what was resident at most, in MB of a million bytes."""

    lines: int  # of the report
    taken_over: int  # orders, as the report's row counts them
    orders: int
    items: int
    counted: int  # orders in the daily sums
    uncounted: int  # orders that were cancelled
    seconds: float  # from the connection to the last order
    idle_mb: float  # before the seller was connected
    peak_mb: float

    @property
    def rows_a_second(self) -> float:
        """Orders and lines."""
        return (self.orders + self.items) / self.seconds

    def __str__(self) -> str:
        title = f"a report of {self.lines:,} lines: MB at most, MB before"
        words = f"(goal < 200 MB)  {self.rows_a_second:.0f} rows/s in {self.seconds:.0f} s"
        return f"{title:<58} {self.peak_mb:9.0f}    {self.idle_mb:9.0f}     {words}"


def backfilled(home: Path, lines: int, seconds: float) -> BigReport:
    """Connect a seller whose history is one report of so many lines, and see it through."""
    config = SimulatorConfig(
        orders_per_day=1,
        history_days=5,
        rate_factor=1_000,
        seller_count=1,
        report_seconds=0.2,
        data_until=datetime.now(UTC) - timedelta(minutes=6),
    )
    with ExitStack() as stack:
        amazon = stack.enter_context(SimulatorServer(config))
        amazon.simulator.api.reports.lines = lines
        url = databases.sqlite_database(home)
        engine = make_engine(url)
        stack.callback(engine.dispose)
        server = stack.enter_context(Served(environment(amazon, url, home, BACKFILL_DAYS="30"), home))
        person = stack.enter_context(Person(server.url))
        person.register()
        idle_mb, began = server.peak_mb(), monotonic()
        person.connect(_US, config.sellers[0].id)
        until(lambda: _statuses(engine) == ["completed"], seconds, server.tail)
        return _told(engine, monotonic() - began, idle_mb, server.peak_mb())


def _statuses(engine: Engine) -> list[str]:
    report = tables.reports.c
    with reading(engine) as database:
        question = select(report.status).where(report.purpose == Purpose.HISTORY.value)
        return list(database.scalars(question))


def _told(engine: Engine, seconds: float, idle_mb: float, peak_mb: float) -> BigReport:
    report, order = tables.reports.c, tables.orders.c
    history = select(report.lines, report.records).where(report.purpose == Purpose.HISTORY.value)
    with reading(engine) as database:
        lines, taken_over = database.execute(history).one()
        return BigReport(
            lines=lines,
            taken_over=taken_over,
            orders=database.scalar(select(func.count()).select_from(tables.orders)) or 0,
            items=database.scalar(select(func.count()).select_from(tables.order_items)) or 0,
            counted=database.scalar(select(func.sum(tables.daily_sales.c.orders))) or 0,
            uncounted=database.scalar(select(func.count()).where(order.status == "CANCELLED")) or 0,
            seconds=seconds,
            idle_mb=idle_mb,
            peak_mb=peak_mb,
        )
