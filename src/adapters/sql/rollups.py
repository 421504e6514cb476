"""The daily sums of orders: what a page takes out of them and what it brings is added to what they were.

Nothing is counted anew, so that a page costs the same on a day of ten orders and on a day of a million. The sums stay
exact because the versions that go are read in the transaction that writes those that come, one page after the other.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import CTE, Connection, Delete, Table, bindparam, case, delete, func, select

from adapters.sql import tables
from adapters.sql.bulk import Insertion, document_of, insert_rows, rows_of_document
from adapters.sql.dialect import insert_for
from adapters.sql.month_sums import MONTH_KEY, months_of
from adapters.sql.stretches import UNITS, first_of, first_of_stretch, place_in_stretch, place_of
from domain.marketplaces import find
from domain.orders.model import CANCELLED, UNSHIPPED, BookedOrder
from domain.orders.versions import units_of

# What names a row of a connection.
_DAY_KEY = ("marketplace_id", "day", "currency")
_STATUS_KEY = (*_DAY_KEY, "status")
_SKU_KEY = ("marketplace_id", "day", "sku", "currency")
_DAY_SUMS = ("orders", "priced_orders", "revenue_minor", "units", "unshipped")
_SKU_SUMS = ("orders", "revenue_minor", "units")
_SKU_COLUMNS = (*_SKU_KEY, *_SKU_SUMS, "stock_pool", "asin")

#: Which days the connection's month is of. Made once: that takes longer than to execute it.
_MONTH = select(tables.sku_month_spans.c.day, tables.sku_month_spans.c.last_day).where(
    tables.sku_month_spans.c.connection_id == bindparam("of_connection")
)


def _sums(count: int) -> "defaultdict[tuple[object, ...], list[int]]":
    return defaultdict(lambda: [0] * count)


@dataclass(frozen=True)
class Differences:
    """By how much the sums of one connection change."""

    days: dict[tuple[object, ...], list[int]] = field(default_factory=lambda: _sums(len(_DAY_SUMS)))
    statuses: dict[tuple[object, ...], list[int]] = field(default_factory=lambda: _sums(1))
    skus: dict[tuple[object, ...], list[int]] = field(default_factory=lambda: _sums(len(_SKU_SUMS)))
    asins: dict[tuple[object, ...], str] = field(default_factory=dict)

    def add(self, orders: Iterable[BookedOrder], sign: int) -> None:
        """These orders come (``1``) or go (``-1``). Those that are cancelled count in nothing but their status."""
        for booked in orders:
            order, place = booked.order, (booked.marketplace_id, booked.day)
            self.statuses[*place, booked.currency, order.status][0] += sign
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


@dataclass(frozen=True)
class Owner:
    """Whose sums they are."""

    connection_id: UUID
    user_id: UUID
    channel: str

    def columns(self, *names: str) -> dict[str, object]:
        """What each row of a table has of it, beside the connection."""
        return {"connection_id": self.connection_id, **{name: getattr(self, name) for name in names}}


def apply(database: Connection, owner: Owner, found: Differences) -> None:
    """Add the differences; a sum over no order at all is taken away. At most eleven statements."""
    days = [
        dict(zip((*_DAY_KEY, *_DAY_SUMS), (*key, *sums), strict=True))
        for key, sums in found.days.items()
        if any(sums)
    ]
    statuses = [
        dict(zip((*_STATUS_KEY, "orders"), (*key, *sums), strict=True))
        for key, sums in found.statuses.items()
        if any(sums)
    ]
    skus: list[dict[str, Any]] = [
        dict(zip(_SKU_COLUMNS, (*key, *sums, _stock_pool(str(key[0])), found.asins.get(key)), strict=True))
        for key, sums in found.skus.items()
        if any(sums) or key in found.asins
    ]
    insert_rows(database, tables.daily_sales, days, _added, owner.columns("user_id", "channel"))
    insert_rows(database, tables.daily_statuses, statuses, _added, owner.columns("user_id"))
    _add_skus(database, owner, skus)
    fewer = [row for row in skus if _count(row) < 0]
    for table, names, rows in (
        (tables.daily_sales, _DAY_KEY, days),
        (tables.daily_statuses, _STATUS_KEY, statuses),
        (tables.daily_sku_sales, _SKU_KEY, fewer),
        (tables.sku_stretches, _SKU_KEY, [{**row, "day": first_of(row["day"])} for row in fewer]),
        (tables.sku_months, MONTH_KEY, fewer),
    ):
        shrunk = [{f"of_{name}": row[name] for name in names} for row in rows if _count(row) < 0]
        if shrunk:
            of_owner = {"of_connection": owner.connection_id}
            database.execute(_emptied(table, names), [{**row, **of_owner} for row in shrunk])


def _add_skus(database: Connection, owner: Owner, days: list[dict[str, Any]]) -> None:
    """To the days of SKUs, to their stretches and their month. PostgreSQL reads them all out of one document."""
    if not days:
        return
    whose = owner.columns("user_id")
    if database.dialect.name == "postgresql":
        database.execute(_days_stretches_and_month(), {"document": document_of(days), **whose})
        return
    insert_rows(database, tables.daily_sku_sales, days, _added, whose)
    insert_rows(database, tables.sku_stretches, _stretches(days), _added, whose)
    month = database.execute(_MONTH, {"of_connection": owner.connection_id}).one_or_none()
    if month is not None:
        insert_rows(database, tables.sku_months, _month(days, *month), _added, whose)


@cache
def _days_stretches_and_month() -> Insertion:
    day = tables.daily_sku_sales
    given = rows_of_document(day, ("connection_id", "user_id")).cte("of_page")
    added = insert_for("postgresql", day).from_select([each.name for each in given.columns], select(given))
    statement = _stretches_of(given)
    statement = statement.add_cte(_added(day, added).cte("of_days"))
    return statement.add_cte(_month_of(given).cte("of_month"))


def _stretches_of(given: CTE) -> Insertion:
    stretch, sold, place = tables.sku_stretches, given.c, place_in_stretch(given.c.day)
    key = {
        name: first_of_stretch(sold.day) if name == "day" else sold[name]
        for name in ("connection_id", *_SKU_KEY, "user_id", "stock_pool")
    }
    sums: dict[str, Any] = {name: func.sum(sold[name]) for name in _SKU_SUMS}
    units = {
        name: func.sum(case((place == number, sold.units), else_=0)) for number, name in enumerate(UNITS)
    }
    found = {**key, "asin": func.max(sold.asin), **sums, **units}
    put_together = select(*found.values()).group_by(*key.values())
    return _added(stretch, insert_for("postgresql", stretch).from_select(list(found), put_together))


def _month_of(given: CTE) -> Insertion:
    month, span, sold = tables.sku_months, tables.sku_month_spans.c, given.c
    owner = (sold.connection_id, sold.user_id, span.day)
    rows = (
        months_of(sold, *owner)
        .join(tables.sku_month_spans, span.connection_id == sold.connection_id)
        .where(sold.day.between(span.day, span.last_day))
        .group_by(*owner)
    )
    names = [each.name for each in rows.selected_columns]
    return _added(month, insert_for("postgresql", month).from_select(names, rows))


def _stretches(days: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """What the rows of single days add to those of their stretches."""
    found: dict[tuple[object, ...], dict[str, Any]] = {}
    for row in days:
        day: date = row["day"]
        first = first_of(day)
        key = (row["marketplace_id"], first, row["sku"], row["currency"])
        stretch = found.get(key)
        if stretch is None:
            stretch = found[key] = {**row, "day": first, **dict.fromkeys(UNITS, 0)}
        else:
            _put_together(stretch, row)
        stretch[UNITS[place_of(day)]] += row["units"]
    return list(found.values())


def _month(days: Iterable[dict[str, Any]], first: date, last: date) -> list[dict[str, Any]]:
    """What the rows of single days add to those of a month."""
    found: dict[tuple[object, ...], dict[str, Any]] = {}
    for row in days:
        if not first <= row["day"] <= last:
            continue
        key = (row["marketplace_id"], row["sku"], row["currency"])
        month = found.get(key)
        if month is None:
            found[key] = {**row, "day": first}
        else:
            _put_together(month, row)
    return list(found.values())


def _put_together(several: dict[str, Any], row: dict[str, Any]) -> None:
    for name in _SKU_SUMS:
        several[name] += row[name]
    several["asin"] = max(row["asin"] or "", several["asin"] or "") or None


def _count(row: dict[str, Any]) -> int:
    orders = row["orders"]
    assert isinstance(orders, int)
    return orders


def _added(table: Table, statement: Insertion) -> Insertion:
    """The clash in which the sums of the new row are added to those of the old one."""
    changed = {
        name: table.c[name] + statement.excluded[name]
        for name in (*_DAY_SUMS, *_SKU_SUMS, *UNITS)
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
    mine = table.c.connection_id == bindparam("of_connection")
    return delete(table).where(mine, *of_row, table.c.orders == 0)


def _stock_pool(marketplace_id: str) -> str:
    marketplace = find(marketplace_id)
    return marketplace.stock_pool if marketplace else marketplace_id
