"""The orders' dashboard: against a bare Flask route with the same answer, and with ten times the orders."""

import json
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

from flask import Flask, Response, jsonify
from sqlalchemy import Engine

from adapters.amazon.wire.orders import order_page
from adapters.sql.completeness import SqlCompleteness
from adapters.sql.figures import SqlOverview, SqlSalesFigures, SqlStockFigures
from adapters.sql.work import SqlWork
from benchmarks.data import CIPHER, NOW, US, database, page, seller
from domain.connections.model import Connection
from domain.kpis.dashboards import Dashboards, OrdersQuestion, OrdersScreen
from domain.orders.counting import book
from entrypoints.http.shapes import orders_json

_REPEATS = 200
Pair = tuple[str, Callable[[], object], Callable[[], object], str]


class _HeldClock:
    def now(self) -> datetime:
        return NOW


def pairs(folder: Path) -> Iterator[Pair]:
    """Thirty days of figures."""
    small, large = _filled(folder, "small", 5_000), _filled(folder, "large", 50_000)
    app = Flask("bench")
    body = orders_json(_ask(*small))

    @app.get("/bare")
    def bare() -> Response:
        return jsonify(body)

    @app.get("/orders")
    def orders() -> Response:
        return jsonify(orders_json(_ask(*small)))

    client = app.test_client()
    yield (
        f"{_REPEATS} × orders dashboard : a bare route of the same size",
        _repeated(lambda: client.get("/orders")),
        _repeated(lambda: client.get("/bare")),
        "goal ≤ ×2",
    )
    yield (
        f"{_REPEATS} × figures over 50,000 orders : over 5,000",
        _repeated(lambda: _ask(*large)),
        _repeated(lambda: _ask(*small)),
        "goal ≤ ×1.2",
    )


def _repeated(once: Callable[[], object]) -> Callable[[], None]:
    def many() -> None:
        for _ in range(_REPEATS):
            once()

    return many


def _ask(dashboards: Dashboards, connection: Connection) -> OrdersScreen:
    return dashboards.orders(connection.user_id, OrdersQuestion(last=(NOW - timedelta(days=1)).date()))


def _filled(folder: Path, name: str, orders: int) -> tuple[Dashboards, Connection]:
    engine = database(folder, name)
    connection = seller(engine)
    for first in range(0, orders, 1000):
        parsed = order_page(json.loads(page(first, 1000, per_day=orders / 90), parse_float=Decimal)).orders
        with SqlWork(engine, CIPHER) as work:
            work.orders.save_page(connection.id, [book(order, US) for order in parsed])
            work.commit()
    return _dashboards(engine), connection


def _dashboards(engine: Engine) -> Dashboards:
    def look() -> SqlWork:
        return SqlWork(engine, CIPHER, reading=True)

    return Dashboards(
        look,
        SqlSalesFigures(engine),
        SqlStockFigures(engine),
        SqlOverview(engine),
        SqlCompleteness(engine),
        _HeldClock(),
    )
