"""What the daily sums should be, added up from the orders by the database, and beside it what they are."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Delete,
    Label,
    Row,
    Select,
    Table,
    Text,
    and_,
    case,
    cast,
    delete,
    func,
    literal,
    null,
    or_,
    select,
    tuple_,
    union_all,
)

from adapters.sql import stretches, tables
from adapters.sql.month_sums import months_of
from adapters.sql.stretches import UNITS, first_of_stretch, place_in_stretch
from domain.inventory.cover import DEMAND_DAYS
from domain.kpis.differences import Difference, Sums
from domain.marketplaces import MARKETPLACES
from domain.orders.model import CANCELLED, UNSHIPPED

_ASIN = "asin"
#: Says of a difference whether the ASIN is one.
_OTHER_ASIN = "other_asin"


@dataclass(frozen=True)
class Scope:
    """What is counted: of whom, and from which day on."""

    connection_id: UUID
    user_id: UUID
    channel: str
    since: date | None

    def of(self, table: Table) -> list[ColumnElement[bool]]:
        """Which rows of a table with a day are in it."""
        rows = [table.c.connection_id == self.connection_id]
        return rows if self.since is None else [*rows, table.c.day >= self.since]


@dataclass(frozen=True)
class SumTable:
    """One of the tables of sums. ``label`` is a word that follows from the place, where there is one.

    The rows of SKUs also name an ASIN, the one that was told last. Orders don't say which that was where a SKU has had
    several, so it is wrong only where there is none, or one that no order has for this SKU, though an order of these days
    has another.
    """

    table: Table
    key: tuple[str, ...]
    sums: tuple[str, ...]
    label: str | None
    counted: Callable[[Scope], Select[Any]]  # all columns of the table, as the orders have it
    days: int = 1  # that a row is the sum of

    def differing(self, scope: Scope, limit: int) -> Select[Any]:
        """The first rows that differ, each with the number of them all."""
        found = self._both(scope).subquery()
        order = [found.c[name] for name in self.key]
        return select(found, func.count().over().label("total")).order_by(*order).limit(limit)

    def wrong(self, scope: Scope) -> Delete:
        """Takes away the kept rows that differ."""
        found = self._both(scope).subquery()
        places = select(*(found.c[name] for name in self.key)).where(found.c.kept_rows > 0)
        here = tuple_(*(self.table.c[name] for name in self.key))
        return delete(self.table).where(self.table.c.connection_id == scope.connection_id, here.in_(places))

    def difference(self, row: Row[Any]) -> Difference:
        """In our own words."""
        found = row._asdict()
        return Difference(
            row.marketplace_id,
            row.day,
            row.currency,
            found.get("sku"),
            found.get("status"),
            self._side(found, "kept"),
            self._side(found, "counted"),
            self.days,
        )

    def _side(self, found: Mapping[Any, Any], side: str) -> Sums | None:
        if not found[f"{side}_rows"]:
            return None
        told = (_ASIN,) if found.get(_OTHER_ASIN) and found["kept_rows"] and found["counted_rows"] else ()
        return {name: found[f"{side}_{name}"] for name in (*self.sums, *self._labels, *told)}

    @property
    def _labels(self) -> tuple[str, ...]:
        return () if self.label is None else (self.label,)

    @property
    def _names(self) -> tuple[str, ...]:
        """What a row has besides its place and its sums."""
        return (*self._labels, _ASIN) if _ASIN in self.table.columns else self._labels

    def _both(self, scope: Scope) -> Select[Any]:
        """The places at which the kept row and the counted one are not alike: both side by side.

        Rows of both are put together and added up by their places, which is as quick as each of them alone.
        """
        counted = self.counted(scope).subquery()
        rows = union_all(
            self._one(self.table.c, "kept").where(*scope.of(self.table)), self._one(counted.c, "counted")
        ).subquery()
        place = [rows.c[name] for name in self.key]
        pairs = [
            tuple(
                cast(func.sum(rows.c[f"{side}_{name}"]), BigInteger).label(f"{side}_{name}")
                for side in ("kept", "counted")
            )
            for name in ("rows", *self.sums)
        ]
        names = {name: _words(rows.c, name) for name in self._names}
        exact: list[tuple[Label[Any], ...]] = [*pairs, *(names[name] for name in self._labels)]
        unlike: list[ColumnElement[bool]] = [left.element != right.element for left, right in exact]
        found = select(*place, *(column for pair in (*pairs, *names.values()) for column in pair))
        if _ASIN in names:
            other = _is_other(rows.c.sku, *names[_ASIN], scope)
            unlike.append(other)
            found = found.add_columns(other.label(_OTHER_ASIN))
        return found.group_by(*place).having(or_(*unlike))

    def _one(self, columns: Any, side: str) -> Select[Any]:
        """A side's rows, with nothing on the other one."""
        numbers = [
            (
                columns[name]
                if name in self.sums and side == each
                else literal(int(name == "rows" and side == each), BigInteger)
            ).label(f"{each}_{name}")
            for name in ("rows", *self.sums)
            for each in ("kept", "counted")
        ]
        labels = [
            (columns[name] if side == each else cast(null(), Text)).label(f"{each}_{name}")
            for name in self._names
            for each in ("kept", "counted")
        ]
        return select(*(columns[name] for name in self.key), *numbers, *labels)


def _words(rows: Any, name: str) -> tuple[Label[str], Label[str]]:
    """What both sides say; ``None`` for one that is not there, or says nothing."""
    kept, counted = (func.max(rows[f"{side}_{name}"]).label(f"{side}_{name}") for side in ("kept", "counted"))
    return kept, counted


def _is_other(
    sku: ColumnElement[str], kept: Label[str], counted: Label[str], scope: Scope
) -> ColumnElement[bool]:
    """Whether an ASIN can't be the one that was told last. Where both are alike, as nearly always, no order is looked at."""
    line = tables.order_items.c
    told = select(line.sku, line.asin).where(
        line.connection_id == scope.connection_id, line.sku.is_not(None), line.asin.is_not(None)
    )
    no_orders_has_it = and_(
        kept.element != counted.element, tuple_(sku, kept.element).not_in(told.distinct())
    )
    return and_(counted.element.is_not(None), or_(kept.element.is_(None), no_orders_has_it))


def _whole(sum_of: Any) -> ColumnElement[int]:
    """PostgreSQL adds bigints up to something else; nothing adds up to 0."""
    return cast(func.coalesce(func.sum(sum_of), 0), BigInteger)


def _owned(scope: Scope, table: Table) -> list[ColumnElement[Any]]:
    return [
        literal(scope.connection_id, table.c.connection_id.type).label("connection_id"),
        literal(scope.user_id, table.c.user_id.type).label("user_id"),
    ]


def _counted_days(scope: Scope) -> Select[Any]:
    order = tables.orders.c
    place = (order.marketplace_id, order.day, order.currency)
    return (
        select(
            *_owned(scope, tables.daily_sales),
            *place,
            literal(scope.channel, Text).label("channel"),
            func.count().label("orders"),
            func.count(order.total_minor).label("priced_orders"),
            _whole(order.total_minor).label("revenue_minor"),
            _whole(order.units).label("units"),
            _whole(case((order.status.in_(sorted(UNSHIPPED)), 1), else_=0)).label("unshipped"),
        )
        .where(*scope.of(tables.orders), order.status != CANCELLED)
        .group_by(*place)
    )


def _counted_statuses(scope: Scope) -> Select[Any]:
    order = tables.orders.c
    place = (order.marketplace_id, order.day, order.currency, order.status)
    return (
        select(*_owned(scope, tables.daily_statuses), *place, func.count().label("orders"))
        .where(*scope.of(tables.orders))
        .group_by(*place)
    )


def _counted_skus(scope: Scope) -> Select[Any]:
    order, line = tables.orders.c, tables.order_items.c
    place = (order.marketplace_id, order.day, line.sku, order.currency)
    pools = {each.id: each.stock_pool for each in MARKETPLACES.values()}
    lines = tables.orders.join(
        tables.order_items,
        and_(line.connection_id == order.connection_id, line.order_id == order.order_id),
    )
    return (
        select(
            *_owned(scope, tables.daily_sku_sales),
            *place,
            case(pools, value=order.marketplace_id, else_=order.marketplace_id).label("stock_pool"),
            func.max(line.asin).label("asin"),
            _whole(line.quantity).label("units"),
            _whole(line.total_minor).label("revenue_minor"),
            func.count(order.order_id.distinct()).label("orders"),
        )
        .select_from(lines)
        .where(*scope.of(tables.orders), order.status != CANCELLED, line.sku.is_not(None))
        .group_by(*place)
    )


def _counted_stretches(scope: Scope) -> Select[Any]:
    """From the days' sums as the orders have them. Of a stretch that began before the scope, not all can be counted."""
    day = _counted_skus(scope).subquery().c
    first, place = first_of_stretch(day.day), place_in_stretch(day.day)
    key = (day.connection_id, day.user_id, day.marketplace_id, day.sku, day.currency, day.stock_pool)
    units = [
        _whole(case((place == number, day.units), else_=0)).label(name) for number, name in enumerate(UNITS)
    ]
    sums = [_whole(day[name]).label(name) for name in ("units", "revenue_minor", "orders")]
    found = select(*key, first.label("day"), func.max(day.asin).label("asin"), *sums, *units)
    found = found.group_by(*key, first)
    return found if scope.since is None else found.where(first >= scope.since)


def _counted_months(scope: Scope) -> Select[Any]:
    """Of the days that are kept as a month. Of a month that began before the scope, not all can be counted."""
    day, span = _counted_skus(scope).subquery().c, tables.sku_month_spans.c
    owner = (day.connection_id, day.user_id, span.day)
    found = (
        months_of(day, *owner)
        .join(tables.sku_month_spans, span.connection_id == day.connection_id)
        .where(day.day.between(span.day, span.last_day))
        .group_by(*owner)
    )
    return found if scope.since is None else found.where(span.day >= scope.since)


DAYS = SumTable(
    tables.daily_sales,
    ("day", "marketplace_id", "currency"),
    ("orders", "priced_orders", "revenue_minor", "units", "unshipped"),
    "channel",
    _counted_days,
)
STATUSES = SumTable(
    tables.daily_statuses,
    ("day", "marketplace_id", "currency", "status"),
    ("orders",),
    None,
    _counted_statuses,
)
SKUS = SumTable(
    tables.daily_sku_sales,
    ("day", "marketplace_id", "sku", "currency"),
    ("orders", "revenue_minor", "units"),
    "stock_pool",
    _counted_skus,
)
STRETCHES = SumTable(
    tables.sku_stretches,
    ("day", "marketplace_id", "sku", "currency"),
    ("orders", "revenue_minor", "units", *UNITS),
    "stock_pool",
    _counted_stretches,
    stretches.DAYS,
)
MONTHS = SumTable(
    tables.sku_months,
    ("day", "marketplace_id", "sku", "currency"),
    ("orders", "revenue_minor", "units"),
    "stock_pool",
    _counted_months,
    DEMAND_DAYS,
)
#: All of them, in the order in which they are compared.
ALL = (DAYS, STATUSES, SKUS, STRETCHES, MONTHS)
#: Those that came with this release. Processes of the one before don't keep them while they are being replaced.
NEW = frozenset({STATUSES, STRETCHES, MONTHS})
