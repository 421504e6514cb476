"""Stock figures counted from scratch with the domain's own functions: what the database has to agree with."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date

from domain.connections.model import ConnectionId
from domain.inventory.cover import StockStatus
from domain.inventory.words import folded, words
from domain.kpis.model import StockComparison, StockTotals, together
from domain.kpis.stock_items import StockItem, StockMark, StockQuestion, mark
from domain.marketplaces import find
from domain.users.model import UserId
from tests.fakes.later import later
from tests.fakes.memory_figures import connections_of, counting
from tests.fakes.memory_store import MemoryStore, StockDay, StockRow

#: One physical stock of one SKU.
Position = tuple[ConnectionId, str, str]
#: One marketplace in which it is known, and what is known there.
Place = tuple[str, StockRow]


class MemoryStockFigures:
    """Items and totals, recounted at each question."""

    def __init__(self, store: MemoryStore) -> None:
        self._store = store

    def totals(
        self, user_id: UserId, marketplace_id: str | None, demand_from: date, demand_to: date
    ) -> StockTotals:
        return totals_of(self.all(user_id, StockQuestion(marketplace_id), demand_from, demand_to))

    @later
    def compared(self, user_id: UserId, demand_from: date, demand_to: date, then: date) -> StockComparison:
        items = self.all(user_id, StockQuestion(), demand_from, demand_to)
        counted = {owner: self._counted_by(owner, then) for owner in connections_of(self._store, user_id)}
        known = {owner: found for owner, found in counted.items() if found is not None}
        if not known or {item.connection_id for item in items} - known.keys():
            return StockComparison(totals_of(items))
        return StockComparison(
            totals_of(items),
            together(each.totals for each in known.values()),
            min(each.counted_at for each in known.values()),
        )

    def _counted_by(self, owner: ConnectionId, then: date) -> StockDay | None:
        days = {
            day: row
            for (of, day), row in self._store.tables.stock_days.items()
            if of == owner and day <= then
        }
        return days[max(days)] if days else None

    def items(
        self,
        user_id: UserId,
        question: StockQuestion,
        demand_from: date,
        demand_to: date,
        after: StockMark | None,
        limit: int,
    ) -> list[StockItem]:
        found = [
            item for item in self.all(user_id, question, demand_from, demand_to) if _is_wanted(item, question)
        ]
        by_mark = {mark(item, question.order): item for item in found}
        marks = in_order([*by_mark, *({after} - by_mark.keys() if after else ())], question)
        later = marks[marks.index(after) + 1 :] if after else marks
        return [by_mark[each] for each in later[:limit]]

    def all(self, user_id: UserId, question: StockQuestion, first: date, last: date) -> list[StockItem]:
        """Every position, whatever is wanted of it but for the marketplace."""
        sold = self._units_sold(user_id, first, last)
        items = []
        for position, places in self._positions(user_id).items():
            shown = [
                (market, row)
                for market, row in places
                if row.listed and question.marketplace_id in (None, market)
            ]
            if shown:
                home = self._store.tables.connections[position[0]].marketplace_id
                items.append(_item(position, home, places, shown, sold.get(position, 0)))
        return items

    def _positions(self, user_id: UserId) -> dict[Position, list[Place]]:
        mine = connections_of(self._store, user_id)
        positions: defaultdict[Position, list[Place]] = defaultdict(list)
        for (connection_id, marketplace_id, sku), row in self._store.tables.stock.items():
            if connection_id in mine:
                positions[connection_id, row.stock_pool, sku].append((marketplace_id, row))
        return positions

    def _units_sold(self, user_id: UserId, first: date, last: date) -> dict[Position, int]:
        sold: defaultdict[Position, int] = defaultdict(int)
        for connection_id, booked in counting(self._store, user_id):
            marketplace = find(booked.marketplace_id)
            pool = marketplace.stock_pool if marketplace else booked.marketplace_id
            for item in booked.order.items:
                if item.sku is not None and first <= booked.day <= last:
                    sold[connection_id, pool, item.sku] += item.quantity
        return sold


def totals_of(items: Iterable[StockItem]) -> StockTotals:
    """Added up one by one."""
    found = list(items)
    return StockTotals(
        len(found),
        sum(item.total for item in found),
        sum(item.status is StockStatus.LOW for item in found),
        sum(item.status is StockStatus.OUT for item in found),
    )


def in_order(marks: Sequence[StockMark], question: StockQuestion) -> list[StockMark]:
    """By what is asked for, what lacks it last; those that agree by SKU, pool and connection."""
    named = sorted(marks, key=lambda each: (each.sku, each.stock_pool, each.connection_id))
    texts = [each for each in named if isinstance(each.value, str)]
    numbers = [each for each in named if isinstance(each.value, int)]
    texts.sort(key=lambda each: str(each.value), reverse=question.descending)
    numbers.sort(key=lambda each: int(each.value or 0), reverse=question.descending)
    return [*texts, *numbers, *(each for each in named if each.value is None)]


def _item(
    position: Position, home: str, places: Sequence[Place], shown: Sequence[Place], sold: int
) -> StockItem:
    connection_id, pool, sku = position
    by_market = dict(shown)
    market = home if home in by_market else min(by_market)
    level = by_market[market].level
    levels = [row.level for row in by_market.values()]
    return StockItem(
        connection_id=connection_id,
        stock_pool=pool,
        marketplace_id=market,
        sku=sku,
        asin=level.asin,
        fnsku=level.fnsku,
        title=level.title,
        total=max(each.total for each in levels),
        fulfillable=max(each.fulfillable for each in levels),
        inbound=max(each.inbound for each in levels),
        reserved=max(each.reserved for each in levels),
        unfulfillable=max(each.unfulfillable for each in levels),
        sold=sold,
        own=max((row.reorder_point for _, row in places if row.reorder_point is not None), default=None),
    )


def _is_wanted(item: StockItem, question: StockQuestion) -> bool:
    return (
        question.connection_id in (None, item.connection_id)
        and question.sku in (None, item.sku)
        and question.status in (None, item.status)
        and folded(question.search or "") in words(item.title, item.sku, item.asin)
    )
