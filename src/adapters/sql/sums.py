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

from adapters.sql import tables
from domain.kpis.differences import Difference, Sums
from domain.marketplaces import MARKETPLACES
from domain.orders.model import CANCELLED, UNSHIPPED


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
    """One of the two tables of sums. ``label`` is a word that follows from the place."""

    table: Table
    key: tuple[str, ...]
    sums: tuple[str, ...]
    label: str
    counted: Callable[[Scope], Select[Any]]  # all columns of the table, as the orders have it

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
            self._side(found, "kept"),
            self._side(found, "counted"),
        )

    def _side(self, found: Mapping[Any, Any], side: str) -> Sums | None:
        if not found[f"{side}_rows"]:
            return None
        return {name: found[f"{side}_{name}"] for name in (*self.sums, self.label)}

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
        labels = tuple(
            func.max(rows.c[f"{side}_{self.label}"]).label(f"{side}_{self.label}")
            for side in ("kept", "counted")
        )
        unlike = [left.element != right.element for left, right in (*pairs, labels)]
        return (
            select(*place, *(column for pair in pairs for column in pair), *labels)
            .group_by(*place)
            .having(or_(*unlike))
        )

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
            (columns[self.label] if side == each else cast(null(), Text)).label(f"{each}_{self.label}")
            for each in ("kept", "counted")
        ]
        return select(*(columns[name] for name in self.key), *numbers, *labels)


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


DAYS = SumTable(
    tables.daily_sales,
    ("day", "marketplace_id", "currency"),
    ("orders", "priced_orders", "revenue_minor", "units", "unshipped"),
    "channel",
    _counted_days,
)
SKUS = SumTable(
    tables.daily_sku_sales,
    ("day", "marketplace_id", "sku", "currency"),
    ("orders", "revenue_minor", "units"),
    "stock_pool",
    _counted_skus,
)
