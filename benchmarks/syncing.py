"""Orders into the database: ours beside the floor, and beside the plain loop that others write.

The floor parses the same bytes and upserts orders and lines into the same tables, page by page, by SQLAlchemy Core's
``executemany``: no figures, no look at what is there, nothing checked. The plain loop is ``python-amazon-sp-api`` and an ORM, ``merge`` for each order and line; it and
ours fetch their pages from the same loopback server. All take turns, a thousand new orders each time.
"""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, cast

from sp_api.api import OrdersV20260101
from sp_api.auth import AccessTokenClient
from sqlalchemy import Engine
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from adapters.amazon.store import AmazonOrders
from adapters.amazon.wire.orders import order_page
from adapters.crypto.envelope import Envelopes
from adapters.sql import tables
from adapters.sql.buckets import SqlBuckets
from adapters.sql.engine import make_engine, writing
from adapters.sql.upsert import upsert
from adapters.sql.work import SqlWork
from benchmarks.canned import Canned, canned
from benchmarks.data import CIPHER, NOW, US, database, page, seller
from domain.acting import in_background
from domain.connections.model import Connection
from domain.gateway.call import Gateway
from domain.gateway.model import BucketKey
from domain.gateway.usage_plans import UsagePlan
from domain.orders.counting import book
from domain.orders.model import OrderWindow
from domain.tokens.model import AccessToken, RefreshToken
from entrypoints.bootstrap import build
from entrypoints.instance import open_instance
from entrypoints.settings import load_settings
from tests import databases

_PAGES, _ORDERS = 10, 100
_ROUNDS = 7
#: Of orders and lines.
_ROWS = 2 * _PAGES * _ORDERS
Pages = Sequence[bytes]
Way = Callable[[Pages], None]


@dataclass(frozen=True)
class Throughput:
    """Medians, in seconds for a thousand orders with a line each."""

    sqlite: float
    sqlite_floor: float
    postgres: float
    postgres_floor: float
    fetched: float  # into SQLite, with the requests
    plain_loop: float

    def __str__(self) -> str:
        goal = "goal ≥ 0.5 of the floor"
        return "\n".join(
            (
                _line("rows/s into SQLite", self.sqlite, self.sqlite_floor, goal),
                _line("rows/s into PostgreSQL", self.postgres, self.postgres_floor, goal),
                _line("with requests : a plain loop with an ORM", self.fetched, self.plain_loop, "goal ≥ 5"),
            )
        )

    def figures(self) -> dict[str, float]:
        """For those who keep them."""
        return {
            "rows a second into SQLite": round(_ROWS / self.sqlite),
            "rows a second into PostgreSQL": round(_ROWS / self.postgres),
            "share of the floor, SQLite": round(self.sqlite_floor / self.sqlite, 3),
            "share of the floor, PostgreSQL": round(self.postgres_floor / self.postgres, 3),
            "times as quick as the plain loop": round(self.plain_loop / self.fetched, 2),
        }


def _line(title: str, ours: float, floor: float, goal: str) -> str:
    return f"{title:<58} {_ROWS / ours:9.0f} {_ROWS / floor:9.0f}     ×{floor / ours:6.2f}  ({goal})"


def throughput(folder: Path) -> Throughput:
    """All ways in turns, each with orders that were not there before; the first round warms up."""
    with ExitStack() as stack:
        amazon = stack.enter_context(canned())
        postgres = make_engine(databases.postgres_database())
        stack.callback(postgres.dispose)
        floor = make_engine(databases.postgres_database())
        stack.callback(floor.dispose)
        ways: tuple[Way, ...] = (
            _ours(database(folder, "sync")),
            _floor(database(folder, "floor")),
            _ours(postgres),
            _floor(floor),
            _fetched(folder / "fetched", amazon),
            stack.enter_context(_PlainLoop(folder, amazon)),
        )
        times: list[list[float]] = [[] for _ in ways]
        for turn in range(_ROUNDS + 1):
            pages = _round(turn)
            for way, kept in zip(ways, times, strict=True):
                began = time.perf_counter()
                way(pages)
                kept.append(time.perf_counter() - began)
    return Throughput(*(statistics.median(kept[1:]) for kept in times))


def _round(turn: int) -> Pages:
    bodies = [json.loads(page((turn * _PAGES + number) * _ORDERS)) for number in range(_PAGES)]
    for number, body in enumerate(bodies[:-1]):
        body["pagination"] = {"nextToken": str(number + 1)}
    return [json.dumps(body).encode() for body in bodies]


def _ours(engine: Engine) -> Way:
    connection = seller(engine)

    def way(pages: Pages) -> None:
        for answer in pages:
            orders = [book(order, US) for order in order_page(json.loads(answer, parse_float=Decimal)).orders]
            with SqlWork(engine, CIPHER) as work:
                work.orders.save_page(connection.id, orders)
                work.commit()

    return way


def _floor(engine: Engine) -> Way:
    connection = seller(engine)

    def way(pages: Pages) -> None:
        for answer in pages:
            orders = json.loads(answer)["orders"]
            with in_background(), writing(engine) as database:
                database.execute(upsert(database, tables.orders), [_row(connection, each) for each in orders])
                lines = [_line_row(connection, each, item) for each in orders for item in each["orderItems"]]
                database.execute(upsert(database, tables.order_items), lines)

    return way


def _row(connection: Connection, order: dict[str, Any]) -> dict[str, object]:
    created = datetime.fromisoformat(order["createdTime"])
    return {
        "connection_id": connection.id,
        "order_id": order["orderId"],
        "user_id": connection.user_id,
        "marketplace_id": order["salesChannel"]["marketplaceId"],
        "day": created.date(),
        "created_at": created,
        "updated_at": datetime.fromisoformat(order["lastUpdatedTime"]),
        "status": order["fulfillment"]["fulfillmentStatus"],
        "fulfilled_by": order["fulfillment"]["fulfilledBy"],
        "currency": order["proceeds"]["grandTotal"]["currencyCode"],
        "total_minor": _cents(order["proceeds"]["grandTotal"]),
        "units": order["orderItems"][0]["quantityOrdered"],
        "source": "api",
        "goods_minor": None,
        "on_amazon": True,
    }


def _line_row(connection: Connection, order: dict[str, Any], item: dict[str, Any]) -> dict[str, object]:
    return {
        "connection_id": connection.id,
        "order_id": order["orderId"],
        "order_item_id": item["orderItemId"],
        "sku": item["product"]["sellerSku"],
        "asin": item["product"]["asin"],
        "title": item["product"]["title"],
        "quantity": item["quantityOrdered"],
        "total_minor": _cents(item["proceeds"]["proceedsTotal"]),
        "goods_minor": None,
    }


def _cents(money: dict[str, str]) -> int:
    return int(money["amount"].replace(".", ""))


_ORDER_COLUMNS = ("marketplace", "created", "updated", "status", "fulfilled_by", "currency", "total")
_ITEM_COLUMNS = ("order_id", "sku", "asin", "title", "quantity", "total")


def _order(order: dict[str, Any]) -> tuple[object, ...]:
    total, sent = order["proceeds"]["grandTotal"], order["fulfillment"]
    return (
        order["orderId"],
        order["salesChannel"]["marketplaceId"],
        order["createdTime"],
        order["lastUpdatedTime"],
        sent["fulfillmentStatus"],
        sent["fulfilledBy"],
        total["currencyCode"],
        total["amount"],
    )


def _item(order: dict[str, Any], item: dict[str, Any]) -> tuple[object, ...]:
    product = item["product"]
    return (
        item["orderItemId"],
        order["orderId"],
        product["sellerSku"],
        product["asin"],
        product["title"],
        item["quantityOrdered"],
        item["proceeds"]["proceedsTotal"]["amount"],
    )


class _Generous(SqlBuckets):
    """Asked like any other, and never empty."""

    def take(self, key: BucketKey, plan: UsagePlan, now: datetime, reserve: float) -> float:
        super().take(key, plan, now, reserve)
        return 0.0


def _fetched(folder: Path, amazon: Canned) -> Way:
    """Ours as it is wired for serving: tokens, buckets, circuits, counting, reading, keeping."""
    variables = {
        "PORTSIDE_ENV": "test",
        "PORTSIDE_INSTANCE": str(folder),
        "AMAZON_LWA_APP_ID": "amzn1.application-oa2-client.bench",
        "AMAZON_LWA_CLIENT_SECRET": "amzn1.oa2-cs.v1.bench",
        "LWA_TOKEN_URL": f"{amazon.base_url}/auth/o2/token",
        "SP_API_URL": f"{amazon.base_url}/{{region}}",
    }
    settings = load_settings(variables, folder)
    instance = open_instance(settings)
    portside = build(settings, instance)
    portside.migrate()
    connection = seller(portside.engine)
    cipher = Envelopes(instance.key_ring)
    with SqlWork(portside.engine, cipher) as work:
        token = AccessToken("Atza|canned", portside.services.access.clock.now() + timedelta(hours=1))
        work.vault.keep(connection.id, RefreshToken("Atzr|canned"), token)
        work.commit()
    gateway = portside.services.proxy.gateway
    assert isinstance(gateway, Gateway)
    feed = AmazonOrders(replace(gateway, buckets=_Generous(portside.engine)))
    window = OrderWindow(NOW - timedelta(days=90), NOW, (US,))

    def way(pages: Pages) -> None:
        amazon.pages, token = pages, cast("str | None", "")
        while token is not None:
            found = feed.page(connection, window, token or None)
            with SqlWork(portside.engine, cipher) as work:
                work.orders.save_page(connection.id, [book(order, US) for order in found.orders])
                work.commit()
            token = found.next_token

    return way


class _Base(DeclarativeBase):
    pass


class _OrmOrder(_Base):
    __tablename__ = "orders"
    id: Mapped[str] = mapped_column(primary_key=True)
    marketplace: Mapped[str]
    created: Mapped[str]
    updated: Mapped[str]
    status: Mapped[str]
    fulfilled_by: Mapped[str]
    currency: Mapped[str]
    total: Mapped[str]


class _OrmItem(_Base):
    __tablename__ = "items"
    id: Mapped[str] = mapped_column(primary_key=True)
    order_id: Mapped[str] = mapped_column(index=True)
    sku: Mapped[str]
    asin: Mapped[str]
    title: Mapped[str]
    quantity: Mapped[int]
    total: Mapped[str]


@dataclass(frozen=True)
class _Place:
    """A marketplace as the library wants it."""

    endpoint: str
    marketplace_id: str
    region: str


class _PlainLoop:
    """Fetch a page, merge each order and each line, commit."""

    def __init__(self, folder: Path, amazon: Canned) -> None:
        self._amazon = amazon
        self._engine = make_engine(f"sqlite:///{folder / 'plain.db'}")
        _Base.metadata.create_all(self._engine)

        class TokenClient(AccessTokenClient):  # type: ignore[misc]  # the library has no types
            scheme = "http://"
            host = amazon.base_url.removeprefix("http://")

        self._api = OrdersV20260101(
            marketplace=_Place(f"{amazon.base_url}/na", US, "na"),
            credentials={"lwa_app_id": "bench", "lwa_client_secret": "bench"},
            refresh_token="Atzr|canned",  # noqa: S106 - invented
            auth_token_client_class=TokenClient,
        )

    def __enter__(self) -> _PlainLoop:
        return self

    def __exit__(self, *_error: object) -> None:
        self._api.close()
        self._api._auth._transport.close()  # noqa: SLF001 - it has no other way
        self._engine.dispose()

    def __call__(self, pages: Pages) -> None:
        self._amazon.pages, more = pages, cast("dict[str, str] | None", {})
        while more is not None:
            answer = self._api.search_orders(marketplaceIds=US, lastUpdatedAfter=NOW.isoformat(), **more)
            with Session(self._engine) as session:
                for order in answer.payload["orders"]:
                    names = ("id", *_ORDER_COLUMNS)
                    session.merge(_OrmOrder(**dict(zip(names, _order(order), strict=True))))
                    for item in order["orderItems"]:
                        values = zip(("id", *_ITEM_COLUMNS), _item(order, item), strict=True)
                        session.merge(_OrmItem(**dict(values)))
                session.commit()
            more = {"paginationToken": answer.next_token} if answer.next_token else None
