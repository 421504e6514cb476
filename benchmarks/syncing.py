"""A thousand orders into the database: ours against the floor, which is parsing and bulk-writing the same bytes."""

import json
import sqlite3
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path

from adapters.amazon.wire.orders import order_page
from adapters.sql.work import SqlWork
from benchmarks.data import CIPHER, US, database, page, seller
from domain.orders.counting import book

_PAGES = 10
#: More than are ever taken: every turn brings orders that were not there before.
_TURNS = 12
Pair = tuple[str, Callable[[], object], Callable[[], object], str]


def pairs(folder: Path) -> Iterator[Pair]:
    """Pages of new orders: with lines, rollups and all, against two plain tables."""
    engine = database(folder, "sync")
    connection = seller(engine)
    rounds = [[page((turn * _PAGES + number) * 100) for number in range(_PAGES)] for turn in range(_TURNS)]
    batches = iter(rounds)

    def ours() -> None:
        for answer in next(batches):
            body = json.loads(answer, parse_float=Decimal)
            orders = [book(order, US) for order in order_page(body).orders]
            with SqlWork(engine, CIPHER) as work:
                work.orders.save_page(connection.id, orders)
                work.commit()

    floor_db = sqlite3.connect(folder / "floor.db")
    floor_db.execute("pragma journal_mode=wal")
    floor_db.execute("pragma synchronous=normal")
    floor_db.execute(
        "create table orders (id text primary key, created text, updated text, status text, total text)"
    )
    floor_db.execute(
        "create table items (id text primary key, order_id text, sku text, quantity int, total text)"
    )
    floor_batches = iter(rounds)

    def floor() -> None:
        for answer in next(floor_batches):
            orders = json.loads(answer)["orders"]
            floor_db.executemany("insert or replace into orders values (?,?,?,?,?)", map(_row, orders))
            floor_db.executemany("insert or replace into items values (?,?,?,?,?)", map(_item, orders))
            floor_db.commit()

    yield (
        "1,000 new orders with lines and figures : the bare floor",
        ours,
        floor,
        "goal ≤ ×2 of the floor's time",
    )


def _row(order: dict[str, object]) -> tuple[object, ...]:
    return (
        order["orderId"],
        order["createdTime"],
        order["lastUpdatedTime"],
        order["fulfillment"]["fulfillmentStatus"],  # type: ignore[index]
        order["proceeds"]["grandTotal"]["amount"],  # type: ignore[index]
    )


def _item(order: dict[str, object]) -> tuple[object, ...]:
    item = order["orderItems"][0]  # type: ignore[index]
    return (
        item["orderItemId"],
        order["orderId"],
        item["product"]["sellerSku"],
        item["quantityOrdered"],
        item["proceeds"]["proceedsTotal"]["amount"],
    )
