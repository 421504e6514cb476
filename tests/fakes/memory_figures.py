"""Figures counted from scratch with the domain's own functions: what the sums in SQL have to agree with."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date

from domain.channels.table import SALES_CHANNELS
from domain.connections.model import ConnectionId
from domain.kpis.model import (
    BestSellers,
    ChannelSales,
    DailySales,
    DaysSold,
    Freshness,
    ProductSales,
    StatusOrders,
    Volume,
)
from domain.kpis.periods import Period
from domain.kpis.products import ProductKey, ProductQuestion, Ranking
from domain.kpis.standing import Standing
from domain.orders.model import CANCELLED, UNSHIPPED, BookedOrder, OrderItem
from domain.users.model import UserId
from tests.fakes.later import later
from tests.fakes.memory_connections import MemoryConnections
from tests.fakes.memory_store import MemoryStore


class MemorySalesFigures:
    """Daily sales, recounted at each question."""

    def __init__(self, store: MemoryStore) -> None:
        self._store = store

    @later
    def daily(
        self,
        user_id: UserId,
        channel: str,
        first: date,
        last: date,
        marketplace_id: str | None,
        statuses_from: date | None = None,
    ) -> DaysSold:
        days: defaultdict[tuple[date, str], list[BookedOrder]] = defaultdict(list)
        statuses: Counter[tuple[str, str]] = Counter()
        for connection_id, booked in orders_of(self._store, user_id):
            if _channel(self._store, connection_id) != channel or not first <= booked.day <= last:
                continue
            if marketplace_id not in (None, booked.marketplace_id):
                continue
            if booked.order.status != CANCELLED:
                days[booked.day, booked.currency].append(booked)
            if booked.day >= (statuses_from or first):
                statuses[booked.order.status, booked.currency] += 1
        return DaysSold(
            [DailySales(day, currency, **_sums(days[day, currency])) for day, currency in sorted(days)],
            [StatusOrders(*place, orders) for place, orders in statuses.items()],
        )

    @later
    def by_channel(self, user_id: UserId, spans: Sequence[Period]) -> list[ChannelSales]:
        sold: defaultdict[tuple[int, str, str], list[BookedOrder]] = defaultdict(list)
        for connection_id, booked in counting(self._store, user_id):
            for number, span in enumerate(spans):
                if span.holds(booked.day):
                    sold[number, _channel(self._store, connection_id), booked.currency].append(booked)
        return [
            ChannelSales(channel, currency, spans[number], **_sums(sold[number, channel, currency]))
            for number, channel, currency in sorted(sold)
        ]

    @later
    def best_sellers(
        self, user_id: UserId, channel: str, span: Period, question: ProductQuestion
    ) -> BestSellers:
        lines: defaultdict[str | None, list[tuple[str, OrderItem]]] = defaultdict(list)
        asins: dict[tuple[ConnectionId, str, date, str], str] = {}
        orders = [
            (connection_id, booked)
            for connection_id, booked in counting(self._store, user_id)
            if _channel(self._store, connection_id) == channel and span.holds(booked.day)
            if booked.currency == question.currency
            if question.marketplace_id in (None, booked.marketplace_id)
        ]
        # A day's sum of a SKU has one ASIN, whichever of its lines named it.
        for of, booked in orders:
            for item in booked.order.items:
                if item.sku is not None and item.asin is not None:
                    asins[of, booked.marketplace_id, booked.day, item.sku] = item.asin
        for of, booked in orders:
            for item in booked.order.items:
                if item.sku is not None:
                    asin = asins.get((of, booked.marketplace_id, booked.day, item.sku))
                    key = item.sku if question.by is ProductKey.SKU else asin
                    lines[key].append((f"{of} {booked.order.order_id} {item.sku}", replace(item, asin=asin)))
        found = [_product(key, question.by, lines[key]) for key in lines]
        found.sort(key=lambda one: _rank(one, question))
        return BestSellers(
            tuple(found[: question.limit]), len(found), sum(one.revenue_minor for one in found)
        )


class MemoryOverview:
    """What is there, and how fresh."""

    def __init__(self, store: MemoryStore) -> None:
        self._store = store

    @later
    def volumes(self, user_id: UserId) -> Mapping[str, Volume]:
        mine = connections_of(self._store, user_id)
        positions = {
            (connection_id, row.stock_pool, sku)
            for (connection_id, _marketplace_id, sku), row in self._store.tables.stock.items()
            if connection_id in mine and row.listed
        }
        skus = Counter(_channel(self._store, name) for name, _, _ in positions)
        orders = Counter(_channel(self._store, name) for name, _ in counting(self._store, user_id))
        return {each.channel: Volume(skus[each.channel], orders[each.channel]) for each in SALES_CHANNELS}

    def standing(self, user_id: UserId) -> list[Standing]:
        tables = self._store.tables
        come = {
            key: Freshness(row.synced_at, row.complete_until, row.complete_from)
            for key, row in tables.resources.items()
        }
        return [
            Standing(one, {resource: come[of, resource] for of, resource in come if of == one.id})
            for one in MemoryConnections(tables).of_user(user_id)
        ]


def connections_of(store: MemoryStore, user_id: UserId) -> set[ConnectionId]:
    kept = store.tables.connections.values()
    return {one.id for one in kept if one.user_id == user_id and one.erasing_at is None}


def _channel(store: MemoryStore, connection_id: ConnectionId) -> str:
    return store.tables.connections[connection_id].provider.channel


def counting(store: MemoryStore, user_id: UserId) -> Iterable[tuple[ConnectionId, BookedOrder]]:
    """The user's orders that are not cancelled."""
    return ((name, booked) for name, booked in orders_of(store, user_id) if booked.order.status != CANCELLED)


def orders_of(store: MemoryStore, user_id: UserId) -> Iterable[tuple[ConnectionId, BookedOrder]]:
    """All orders of the user."""
    mine = connections_of(store, user_id)
    for (connection_id, _order_id), booked in store.tables.orders.items():
        if connection_id in mine:
            yield connection_id, booked


def _sums(orders: list[BookedOrder]) -> dict[str, int]:
    totals = [booked.order.total for booked in orders if booked.order.total is not None]
    return {
        "orders": len(orders),
        "priced_orders": len(totals),
        "revenue_minor": sum(total.minor for total in totals),
        "units": sum(item.quantity for booked in orders for item in booked.order.items),
        "unshipped": sum(booked.order.status in UNSHIPPED for booked in orders),
    }


def _product(key: str | None, by: ProductKey, lines: list[tuple[str, OrderItem]]) -> ProductSales:
    """``lines`` come with what tells one SKU of one order from others."""
    items = [item for _, item in lines]
    asins = [item.asin for item in items if item.asin is not None]
    return ProductSales(
        sku=key if by is ProductKey.SKU else None,
        asin=max(asins, default=None),
        orders=len({name for name, _ in lines}),
        units=sum(item.quantity for item in items),
        revenue_minor=sum(item.total.minor for item in items if item.total is not None),
    )


def _rank(one: ProductSales, question: ProductQuestion) -> tuple[int, bool, str]:
    key = one.sku if question.by is ProductKey.SKU else one.asin
    best = one.units if question.ranking is Ranking.UNITS else one.revenue_minor
    return -best, key is None, key or ""
