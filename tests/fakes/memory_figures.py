"""Figures counted from scratch with the domain's own functions: what the sums in SQL have to agree with."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date

from domain.connections.model import ConnectionId, ConnectionStatus
from domain.inventory.cover import is_low, is_out, reorder_point
from domain.kpis.model import DailySales, Freshness, StockTotals, Volume
from domain.marketplaces import find
from domain.orders.model import CANCELLED, UNSHIPPED, BookedOrder
from domain.sync.model import Resource
from domain.users.model import UserId
from tests.fakes.memory_store import MemoryStore, StockRow

#: One physical stock of one SKU.
Position = tuple[ConnectionId, str, str]


class MemorySalesFigures:
    """Daily sales, recounted at each question."""

    def __init__(self, store: MemoryStore) -> None:
        self._store = store

    def daily(
        self, user_id: UserId, channel: str, first: date, last: date, marketplace_id: str | None
    ) -> list[DailySales]:
        days: defaultdict[tuple[date, str], list[BookedOrder]] = defaultdict(list)
        for connection_id, booked in _counting(self._store, user_id):
            if _channel(self._store, connection_id) != channel:
                continue
            if first <= booked.day <= last and marketplace_id in (None, booked.marketplace_id):
                days[booked.day, booked.currency].append(booked)
        return [_day(day, currency, days[day, currency]) for day, currency in sorted(days)]


class MemoryStockFigures:
    """Stock totals, recounted at each question."""

    def __init__(self, store: MemoryStore) -> None:
        self._store = store

    def totals(
        self, user_id: UserId, marketplace_id: str | None, demand_from: date, demand_to: date
    ) -> StockTotals:
        sold = self._units_sold(user_id, demand_from, demand_to)
        totals = StockTotals(0, 0, 0, 0)
        for position, rows in self._positions(user_id).items():
            shown = [row for market, row in rows if row.listed and marketplace_id in (None, market)]
            if not shown:
                continue
            own = max((row.reorder_point for _, row in rows if row.reorder_point is not None), default=None)
            fulfillable = max(row.level.fulfillable for row in shown)
            point = reorder_point(own, sold.get(position, 0))
            totals = StockTotals(
                totals.skus + 1,
                totals.quantity + max(row.level.total for row in shown),
                totals.low + is_low(fulfillable, point),
                totals.out + is_out(fulfillable),
            )
        return totals

    def _positions(self, user_id: UserId) -> dict[Position, list[tuple[str, StockRow]]]:
        mine = _connections(self._store, user_id)
        positions: defaultdict[Position, list[tuple[str, StockRow]]] = defaultdict(list)
        for (connection_id, marketplace_id, sku), row in self._store.tables.stock.items():
            if connection_id in mine:
                positions[connection_id, row.stock_pool, sku].append((marketplace_id, row))
        return positions

    def _units_sold(self, user_id: UserId, first: date, last: date) -> dict[Position, int]:
        sold: defaultdict[Position, int] = defaultdict(int)
        for connection_id, booked in _counting(self._store, user_id):
            marketplace = find(booked.marketplace_id)
            pool = marketplace.stock_pool if marketplace else booked.marketplace_id
            for item in booked.order.items:
                if item.sku is not None and first <= booked.day <= last:
                    sold[connection_id, pool, item.sku] += item.quantity
        return sold


class MemoryOverview:
    """What is there, and how fresh."""

    def __init__(self, store: MemoryStore) -> None:
        self._store = store

    def volume(self, user_id: UserId, channel: str) -> Volume:
        mine = _connections(self._store, user_id)
        positions = {
            (connection_id, row.stock_pool, sku)
            for (connection_id, _marketplace_id, sku), row in self._store.tables.stock.items()
            if connection_id in mine and row.listed
        }
        counting = (name for name, _ in _counting(self._store, user_id))
        return Volume(len(positions), sum(_channel(self._store, name) == channel for name in counting))

    def freshness(self, user_id: UserId, resource: Resource) -> Freshness:
        tables = self._store.tables
        mine = [tables.connections[name] for name in _connections(self._store, user_id)]
        mine = [one for one in mine if one.provider is resource.provider]
        alive = [one for one in mine if one.status is not ConnectionStatus.DISCONNECTED]
        rows = [tables.resources.get((one.id, resource)) for one in alive or mine]
        synced = [row.synced_at for row in rows if row and row.synced_at]
        complete = [row.complete_until for row in rows if row and row.complete_until]
        return Freshness(
            min(synced, default=None),
            min(complete) if complete and len(complete) == len(rows) else None,
        )


def _connections(store: MemoryStore, user_id: UserId) -> set[ConnectionId]:
    kept = store.tables.connections.values()
    return {one.id for one in kept if one.user_id == user_id and one.erasing_at is None}


def _channel(store: MemoryStore, connection_id: ConnectionId) -> str:
    return store.tables.connections[connection_id].provider.channel


def _counting(store: MemoryStore, user_id: UserId) -> Iterable[tuple[ConnectionId, BookedOrder]]:
    """The user's orders that are not cancelled."""
    mine = _connections(store, user_id)
    for (connection_id, _order_id), booked in store.tables.orders.items():
        if connection_id in mine and booked.order.status != CANCELLED:
            yield connection_id, booked


def _day(day: date, currency: str, orders: list[BookedOrder]) -> DailySales:
    totals = [booked.order.total for booked in orders if booked.order.total is not None]
    return DailySales(
        day=day,
        currency=currency,
        orders=len(orders),
        priced_orders=len(totals),
        revenue_minor=sum(total.minor for total in totals),
        units=sum(item.quantity for booked in orders for item in booked.order.items),
        unshipped=sum(booked.order.status in UNSHIPPED for booked in orders),
    )
