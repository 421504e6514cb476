"""The daily sums of orders: what a page takes out of them and what it brings is added to what they were.

Nothing is counted anew, so that a page costs the same on a day of ten orders and on a day of a million. The sums stay
exact because the versions that go are read in the transaction that writes those that come, one page after the other.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from uuid import UUID

from sqlalchemy import Connection, Delete, Table, bindparam, delete, func

from adapters.sql import tables
from adapters.sql.bulk import Insertion, insert_rows
from domain.marketplaces import find
from domain.orders.model import CANCELLED, UNSHIPPED, BookedOrder
from domain.orders.versions import units_of

_DAY_KEY = ("connection_id", "marketplace_id", "day", "currency")
_SKU_KEY = ("connection_id", "marketplace_id", "day", "sku", "currency")
_DAY_SUMS = ("orders", "priced_orders", "revenue_minor", "units", "unshipped")
_SKU_SUMS = ("orders", "revenue_minor", "units")


def _sums(count: int) -> "defaultdict[tuple[object, ...], list[int]]":
    return defaultdict(lambda: [0] * count)


@dataclass(frozen=True)
class Differences:
    """By how much the sums of one connection change."""

    days: dict[tuple[object, ...], list[int]] = field(default_factory=lambda: _sums(len(_DAY_SUMS)))
    skus: dict[tuple[object, ...], list[int]] = field(default_factory=lambda: _sums(len(_SKU_SUMS)))
    asins: dict[tuple[object, ...], str] = field(default_factory=dict)

    def add(self, orders: Iterable[BookedOrder], sign: int) -> None:
        """These orders come (``1``) or go (``-1``). Those that are cancelled count in nothing."""
        for booked in orders:
            order, place = booked.order, (booked.marketplace_id, booked.day)
            if order.status == CANCELLED:
                continue
            day = self.days[*place, booked.currency]
            day[0] += sign
            day[3] += sign * units_of(booked)
            if order.total is not None:
                day[1] += sign
                day[2] += sign * order.total.minor
            if order.status in UNSHIPPED:
                day[4] += sign
            self._add_lines(booked, sign)

    def _add_lines(self, booked: BookedOrder, sign: int) -> None:
        seen = set()
        for line in booked.order.items:
            if line.sku is None:
                continue
            key = (booked.marketplace_id, booked.day, line.sku, booked.currency)
            sku = self.skus[key]
            if line.sku not in seen:
                seen.add(line.sku)
                sku[0] += sign
            if line.total is not None:
                sku[1] += sign * line.total.minor
            sku[2] += sign * line.quantity
            if sign > 0 and line.asin is not None:
                self.asins[key] = line.asin


def apply(database: Connection, connection_id: UUID, user_id: UUID, channel: str, found: Differences) -> None:
    """Add the differences; a sum over no order at all is taken away. At most four statements."""
    owner = {"connection_id": connection_id, "user_id": user_id}
    days = [
        {
            **owner,
            "channel": channel,
            **dict(zip(_DAY_KEY[1:], key, strict=True)),
            **dict(zip(_DAY_SUMS, sums, strict=True)),
        }
        for key, sums in found.days.items()
        if any(sums)
    ]
    skus = [
        {
            **owner,
            **dict(zip(_SKU_KEY[1:], key, strict=True)),
            **dict(zip(_SKU_SUMS, sums, strict=True)),
            "stock_pool": _stock_pool(str(key[0])),
            "asin": found.asins.get(key),
        }
        for key, sums in found.skus.items()
        if any(sums) or key in found.asins
    ]
    for table, names, rows in (
        (tables.daily_sales, _DAY_KEY, days),
        (tables.daily_sku_sales, _SKU_KEY, skus),
    ):
        insert_rows(database, table, rows, _added)
        shrunk = [{f"of_{name}": row[name] for name in names} for row in rows if _count(row) < 0]
        if shrunk:
            database.execute(_emptied(table, names), shrunk)


def _count(row: dict[str, object]) -> int:
    orders = row["orders"]
    assert isinstance(orders, int)
    return orders


def _added(table: Table, statement: Insertion) -> Insertion:
    """The clash in which the sums of the new row are added to those of the old one."""
    changed = {
        name: table.c[name] + statement.excluded[name]
        for name in (*_DAY_SUMS, *_SKU_SUMS)
        if name in table.columns
    }
    if "asin" in table.columns:
        changed["asin"] = func.coalesce(statement.excluded.asin, table.c.asin)
    return statement.on_conflict_do_update(
        index_elements=[each.name for each in table.primary_key], set_=changed
    )


@cache
def _emptied(table: Table, key: tuple[str, ...]) -> Delete:
    of_row = [table.c[name] == bindparam(f"of_{name}") for name in key]
    return delete(table).where(*of_row, table.c.orders == 0)


def _stock_pool(marketplace_id: str) -> str:
    marketplace = find(marketplace_id)
    return marketplace.stock_pool if marketplace else marketplace_id
