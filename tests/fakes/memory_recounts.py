"""The daily sums counted once more, in memory: where no sum is kept, only what a test has misled can differ."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime

from domain.connections.model import Connection, ConnectionId
from domain.kpis.differences import Comparison, Difference, Sums, by_day, first_whole_day
from domain.marketplaces import find
from domain.orders.model import CANCELLED, UNSHIPPED, BookedOrder
from tests.fakes.memory_store import Place, RecountRow, Tables


class MemoryRecountBook:
    """Counts in Python."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def compare(self, connection_id: ConnectionId, limit: int) -> Comparison | None:
        connection = self._here(connection_id)
        if connection is None:
            return None
        purged = self._tables.purged.get(connection_id)
        since = first_whole_day(purged.before if purged else None)
        counted = {
            place: sums for place, sums in self._counted(connection) if since is None or place[1] >= since
        }
        misled = {
            place: sums
            for (owner, place), sums in self._tables.misled.items()
            if owner == connection_id and (since is None or place[1] >= since)
        }
        found = [
            Difference(*place, kept=kept, counted=self._beside(connection, place, kept, counted.get(place)))
            for place, kept in misled.items()
            if kept != counted.get(place)
        ]
        orders = sum(
            int(sums["orders"])
            for place, sums in (counted | misled).items()
            if sums and place[3:] == (None, None)
        )
        first = tuple(sorted(found, key=by_day)[:limit])
        left_behind = bool(found) and all(each.status is not None for each in found)
        return Comparison(connection_id, connection.user_id, orders, since, len(found), first, left_behind)

    def repair(self, connection_id: ConnectionId, limit: int) -> Comparison | None:
        found = self.compare(connection_id, limit)
        if found is not None:
            for owner, place in list(self._tables.misled):
                if owner == connection_id and (found.since is None or place[1] >= found.since):
                    del self._tables.misled[owner, place]
        return found

    def note(
        self, connection_id: ConnectionId, at: datetime, differing: int, orders: int, repaired: bool = False
    ) -> None:
        row = self._tables.recounts.get(connection_id, RecountRow())
        if self._here(connection_id) is None or (row.counted_at is not None and row.counted_at > at):
            return
        row = replace(row, counted_at=at, differing=differing, orders=orders)
        self._tables.recounts[connection_id] = replace(row, repaired_at=at) if repaired else row

    def claim(self, today: date, most_connections: int, most_orders: int) -> ConnectionId | None:
        rows = self._tables.recounts
        spent = [row.orders for row in rows.values() if row.sampled_on == today]
        if len(spent) >= most_connections or sum(spent) >= most_orders:
            return None
        waiting = [
            (row.counted_at is not None, row.counted_at, str(name))
            for name in self._tables.connections
            if self._here(name) is not None
            for row in (rows.get(name, RecountRow()),)
            if row.sampled_on is None or row.sampled_on < today
        ]
        if not waiting:
            return None
        oldest = min(waiting, key=lambda each: (each[0], str(each[1]), each[2]))[2]
        chosen = next(name for name in self._tables.connections if str(name) == oldest)
        rows[chosen] = replace(rows.get(chosen, RecountRow()), sampled_on=today)
        return chosen

    def sync_waits(self, since: datetime, now: datetime) -> bool:
        return any(
            row.next_run_at is not None
            and row.next_run_at <= since
            and (row.lease_until is None or row.lease_until <= now)
            and (one := self._here(row.connection_id)) is not None
            and one.status.usable
            for row in self._tables.resources.values()
        )

    def _here(self, connection_id: ConnectionId) -> Connection | None:
        one = self._tables.connections.get(connection_id)
        return one if one is not None and one.erasing_at is None else None

    def _beside(
        self, connection: Connection, place: Place, kept: Sums | None, counted: Sums | None
    ) -> Sums | None:
        """What was counted; with the ASIN, where a test has misled that."""
        if kept is None or counted is None or "asin" not in kept:
            return counted
        orders = [booked for (owner, _), booked in self._tables.orders.items() if owner == connection.id]
        told = [
            line.asin
            for booked in orders
            for line in booked.order.items
            if line.sku == place[3] and line.asin
        ]
        return {**counted, "asin": max(told)}

    def _counted(self, connection: Connection) -> Iterable[tuple[Place, Sums]]:
        found: defaultdict[Place, list[BookedOrder]] = defaultdict(list)
        for (owner, _order_id), booked in self._tables.orders.items():
            if owner != connection.id:
                continue
            here = (booked.marketplace_id, booked.day, booked.currency)
            found[*here, None, booked.order.status].append(booked)
            if booked.order.status != CANCELLED:
                for sku in {None, *(line.sku for line in booked.order.items)}:
                    found[*here, sku, None].append(booked)
        for place, orders in found.items():
            yield place, _sums(orders, place, connection)


def _sums(orders: list[BookedOrder], place: Place, connection: Connection) -> Sums:
    if place[4] is not None:
        return {"orders": len(orders)}
    return _day(orders, connection) if place[3] is None else _product(orders, place)


def _day(orders: list[BookedOrder], connection: Connection) -> Sums:
    totals = [booked.order.total.minor for booked in orders if booked.order.total is not None]
    return {
        "orders": len(orders),
        "priced_orders": len(totals),
        "revenue_minor": sum(totals),
        "units": sum(line.quantity for booked in orders for line in booked.order.items),
        "unshipped": sum(booked.order.status in UNSHIPPED for booked in orders),
        "channel": connection.provider.channel,
    }


def _product(orders: list[BookedOrder], place: Place) -> Sums:
    lines = [line for booked in orders for line in booked.order.items if line.sku == place[3]]
    marketplace = find(place[0])
    return {
        "orders": len(orders),
        "revenue_minor": sum(line.total.minor for line in lines if line.total is not None),
        "units": sum(line.quantity for line in lines),
        "stock_pool": marketplace.stock_pool if marketplace else place[0],
    }
