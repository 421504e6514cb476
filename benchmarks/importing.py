"""Orders out of a report: ours beside the floor, which reads the same bytes and writes the same rows, and that is all.

Ours is the whole way as the background goes it: the packed document is unpacked, what names buyers is dropped, the parts
are stored, and the orders are taken over with their figures and the place behind them, a thousand a transaction. The
floor unpacks, splits, makes rows and upserts a thousand at a time by SQLAlchemy Core's ``executemany``.
"""

from __future__ import annotations

import gzip
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any
from uuid import uuid4

from sqlalchemy import Engine, func, select

from adapters.amazon.wire.order_report import FlatFileOrders
from adapters.amazon.wire.reports_table import TABLE, text_parts
from adapters.amazon.wire.reports_text import characters
from adapters.packing import unpacked
from adapters.sql import tables
from adapters.sql.engine import make_engine, reading, writing
from adapters.sql.upsert import upsert
from adapters.sql.work import SqlWork
from benchmarks.data import CIPHER, NOW, US, database, seller
from domain.acting import in_background
from domain.connections.health import Health
from domain.connections.model import Connection
from domain.connections.participations import Memberships
from domain.reports.following import Following
from domain.reports.model import (
    ORDERS_BY_DATE,
    Look,
    Purpose,
    Report,
    ReportId,
    ReportRequest,
    ReportStatus,
    Stage,
)
from domain.reports.ports import Document
from domain.sync.back_office import BackOffice
from domain.sync.model import Resource
from domain.sync.run import Runner
from domain.sync.shift import Shift
from entrypoints.simulator.report_columns import ORDERS_COLUMNS
from tests import databases
from tests.fakes.amazon import ScriptedAmazon
from tests.fakes.chance import EvenChance
from tests.fakes.clock import HeldClock

_ORDERS = 10_000
_AT_ONCE = 1_000
_ROUNDS = 5
_PIECE = 64 * 2**10
_SPAN = timedelta(days=30)
#: Of orders and lines.
_ROWS = 2 * _ORDERS
#: Takes over a document, packed.
Way = Callable[[bytes], None]


@dataclass(frozen=True)
class Imported:
    """Medians, in seconds for ten thousand orders with a line each."""

    sqlite: float
    sqlite_floor: float
    postgres: float
    postgres_floor: float

    @property
    def rows_a_second(self) -> float:
        """Into SQLite."""
        return _ROWS / self.sqlite

    def __str__(self) -> str:
        pairs = (
            ("rows/s out of a report into SQLite", self.sqlite, self.sqlite_floor),
            ("rows/s out of a report into PostgreSQL", self.postgres, self.postgres_floor),
        )
        return "\n".join(
            f"{title:<58} {_ROWS / ours:9.0f} {_ROWS / floor:9.0f}     ×{floor / ours:6.2f}  "
            "(goal ≥ 0.5 of the floor)"
            for title, ours, floor in pairs
        )

    def figures(self) -> dict[str, float]:
        """For those who keep them."""
        return {
            "rows a second out of a report into SQLite": round(_ROWS / self.sqlite),
            "rows a second out of a report into PostgreSQL": round(_ROWS / self.postgres),
            "share of the floor, report into SQLite": round(self.sqlite_floor / self.sqlite, 3),
            "share of the floor, report into PostgreSQL": round(self.postgres_floor / self.postgres, 3),
        }


def imported(folder: Path) -> Imported:
    """All ways in turns, each with orders that were not there before; the first round warms up."""
    with ExitStack() as stack:
        engines = [
            database(folder, "report"),
            database(folder, "report-floor"),
            make_engine(databases.postgres_database()),
            make_engine(databases.postgres_database()),
        ]
        for engine in engines:
            stack.callback(engine.dispose)
        ways: tuple[Way, ...] = tuple(
            _floor(engine) if number % 2 else _ours(engine) for number, engine in enumerate(engines)
        )
        times: list[list[float]] = [[] for _ in ways]
        for turn in range(_ROUNDS + 1):
            packed = document(turn * _ORDERS, _ORDERS)
            for way, kept in zip(ways, times, strict=True):
                began = time.perf_counter()
                way(packed)
                kept.append(time.perf_counter() - began)
        for engine in engines:
            _all_there(engine)
    return Imported(*(statistics.median(kept[1:]) for kept in times))


def _all_there(engine: Engine) -> None:
    with reading(engine) as connection:
        for table in (tables.orders, tables.order_items):
            count = connection.scalar(select(func.count()).select_from(table))
            assert count == (_ROUNDS + 1) * _ORDERS, (table.name, count)


def document(first: int, count: int) -> bytes:
    """A report of so many orders, in the order in which they were placed, packed as Amazon packs it."""
    lines = ("\t".join(_cells(first + number, number / count)) for number in range(count))
    return gzip.compress("\r\n".join(["\t".join(ORDERS_COLUMNS), *lines, ""]).encode(), 6)


def _cells(number: int, share: float) -> Iterator[str]:
    created = NOW - _SPAN + share * _SPAN
    # Amazon's numbers come in no order, and an index has to take them so.
    order_id = f"112-{number * 7_919_193 % 10**7:07}-{number * 3_141_593 % 10**7:07}"
    known = {
        "amazon-order-id": order_id,
        "merchant-order-id": order_id,
        "purchase-date": created.isoformat(timespec="seconds"),
        "last-updated-date": (created + timedelta(hours=5)).isoformat(timespec="seconds"),
        "order-status": "Shipped",
        "fulfillment-channel": "Amazon",
        "sales-channel": "Amazon.com",
        "product-name": f"A thing of steel and cork, 3 x 500 ml, number {number % 120}",
        "sku": f"SKU-{number % 120}",
        "asin": f"B{number % 120:09}",
        "item-status": "Shipped",
        "quantity": str(1 + number % 3),
        "currency": "USD",
        "item-price": f"{10 + number % 90}.{number % 100:02}",
        "item-tax": f"{number % 7}.{number % 100:02}",
        "ship-city": "Springfield",
        "ship-country": "US",
    }
    return (known.get(column, "") for column in ORDERS_COLUMNS)


class Shelf:
    """An Amazon that has made every report already; its documents are ``packed``, and cost no time on the way."""

    def __init__(self) -> None:
        self.packed = b""
        self._made: list[ReportRequest] = []

    def create(self, connection: Connection, request: ReportRequest) -> str:
        self._made.append(request)
        return str(len(self._made))

    def recent(self, connection: Connection, report_type: str, since: datetime) -> list[Look]:
        return []

    def look(self, connection: Connection, amazon_id: str) -> Look:
        return Look(amazon_id, Stage.DONE, f"D{amazon_id}", self._made[int(amazon_id) - 1], NOW)

    @contextmanager
    def document(
        self, connection: Connection, document_id: str, request: ReportRequest
    ) -> Iterator[Document]:
        pieces = (self.packed[at : at + _PIECE] for at in range(0, len(self.packed), _PIECE))
        yield Document(TABLE, text_parts(TABLE, characters(unpacked(pieces), "text/plain;charset=UTF-8")))

    def explanation(self, connection: Connection, document_id: str) -> str:
        return ""


def _ours(engine: Engine) -> Way:
    connection, clock, shelf = seller(engine), HeldClock(NOW), Shelf()

    def work() -> SqlWork:
        return SqlWork(engine, CIPHER)

    def look() -> SqlWork:
        return SqlWork(engine, CIPHER, reading=True)

    hour = timedelta(hours=1)
    runner = Runner(
        work=work,
        look=look,
        pullers={Resource.REPORTS: BackOffice((Following(shelf, FlatFileOrders(), look, hour),))},
        memberships=Memberships(work, ScriptedAmazon().accounts, clock),
        health=Health(work, clock),
        clock=clock,
        chance=EvenChance(),
        interval=hour,
        lease_time=hour,
    )
    shift = Shift(work, clock, "bench", hour)

    def way(packed: bytes) -> None:
        shelf.packed = packed
        report = _slice(connection, clock.now())
        with work() as begun:
            begun.reports.add([report])
            begun.sync.ensure(connection.id, connection.user_id, (Resource.REPORTS,), clock.now())
            begun.sync.due_now(connection.id, Resource.REPORTS, clock.now())
            begun.commit()
        with in_background():
            for _visit in range(2):  # to ask for it, and an hour later to fetch it
                for task in shift.claim(1):
                    runner.run(task, lambda: False)
                clock.advance(hour)
        with look() as over:
            assert over.reports.get(connection.user_id, report.id).status is ReportStatus.COMPLETED

    return way


def _slice(connection: Connection, now: datetime) -> Report:
    return Report(
        id=ReportId(uuid4()),
        connection_id=connection.id,
        user_id=connection.user_id,
        purpose=Purpose.HISTORY,
        request=ReportRequest(ORDERS_BY_DATE, (US,), NOW - _SPAN, NOW),
        status=ReportStatus.PENDING,
        created_at=now,
        next_look_at=now,
    )


def _floor(engine: Engine) -> Way:
    connection = seller(engine)

    def way(packed: bytes) -> None:
        lines = iter(gzip.decompress(packed).decode().split("\r\n"))
        names = next(lines).split("\t")
        while batch := [
            dict(zip(names, line.split("\t"), strict=True)) for line in islice(lines, _AT_ONCE) if line
        ]:
            with in_background(), writing(engine) as opened:
                opened.execute(upsert(opened, tables.orders), [_row(connection, cells) for cells in batch])
                opened.execute(
                    upsert(opened, tables.order_items), [_line_row(connection, cells) for cells in batch]
                )

    return way


def _row(connection: Connection, cells: dict[str, str]) -> dict[str, Any]:
    created = datetime.fromisoformat(cells["purchase-date"])
    return {
        "connection_id": connection.id,
        "order_id": cells["amazon-order-id"],
        "user_id": connection.user_id,
        "marketplace_id": US,
        "day": created.date(),
        "created_at": created,
        "updated_at": datetime.fromisoformat(cells["last-updated-date"]),
        "status": cells["order-status"].upper(),
        "fulfilled_by": cells["fulfillment-channel"].upper(),
        "currency": cells["currency"],
        "total_minor": _cents(cells["item-price"]) + _cents(cells["item-tax"]),
        "units": int(cells["quantity"]),
        "source": "report",
        "goods_minor": _cents(cells["item-price"]),
        "on_amazon": True,
    }


def _line_row(connection: Connection, cells: dict[str, str]) -> dict[str, Any]:
    return {
        "connection_id": connection.id,
        "order_id": cells["amazon-order-id"],
        "order_item_id": f"{cells['sku']}#1",
        "sku": cells["sku"],
        "asin": cells["asin"],
        "title": cells["product-name"],
        "quantity": int(cells["quantity"]),
        "total_minor": _cents(cells["item-price"]) + _cents(cells["item-tax"]),
        "goods_minor": _cents(cells["item-price"]),
    }


def _cents(amount: str) -> int:
    return int(amount.replace(".", ""))
