"""The ledger of completeness, in SQL."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Row, and_, bindparam, case, delete, func, select, update

from adapters.sql import tables
from adapters.sql.dialect import one_of
from adapters.sql.erasing import visible
from adapters.sql.upsert import upsert
from domain.connections.model import ConnectionId
from domain.errors import NotFound
from domain.ledger.model import PENDING, DayCount, LedgerDay, OrdersKnown, OwnCount, Verdict
from domain.orders.model import CANCELLED
from domain.sync.model import Resource
from domain.users.model import UserId

_KEPT = ("verdict", "repairs", "own_orders", "own_units", "own_goods_minor")
_LINE = tables.ledger_days.c
_SETTLED = (
    update(tables.ledger_days)
    .where(
        _LINE.connection_id == bindparam("of_connection"),
        _LINE.marketplace_id == bindparam("of_marketplace"),
        _LINE.day == bindparam("of_day"),
    )
    .values({name: bindparam(f"new_{name}") for name in (*_KEPT, "settled_at")})
)


class SqlLedgerBook:
    """One row per connection, marketplace and day."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def lines(self, connection_id: ConnectionId) -> list[LedgerDay]:
        """All lines of a connection, by marketplace and day."""
        found = select(tables.ledger_days).where(_LINE.connection_id == connection_id)
        return self._lines(found.order_by(_LINE.marketplace_id, _LINE.day))

    def asked(self, connection_id: ConnectionId, counts: Sequence[DayCount], at: datetime) -> None:
        """Keep what Amazon counted; known days keep the rest.

        Raises:
            NotFound: the connection is gone.
        """
        kept = tables.connections.c
        user_id: UUID | None = self._connection.scalar(select(kept.user_id).where(kept.id == connection_id))
        if user_id is None:
            raise NotFound("There is no such connection.")
        rows = [{**_new(count, at), "connection_id": connection_id, "user_id": user_id} for count in counts]
        if rows:
            self._connection.execute(upsert(self._connection, tables.ledger_days, untouched=_KEPT), rows)

    def pending(self, connection_id: ConnectionId, until: datetime, limit: int) -> list[LedgerDay]:
        """Answers of Amazon's until that moment that were not compared yet."""
        found = select(tables.ledger_days).where(
            _LINE.connection_id == connection_id, _LINE.settled_at.is_(None), _LINE.asked_at <= until
        )
        return self._lines(found.order_by(_LINE.marketplace_id, _LINE.day).limit(limit))

    def own(
        self,
        connection_id: ConnectionId,
        marketplace_id: str,
        first: date,
        last: date,
        currency: str,
        moved_after: datetime,
    ) -> list[OwnCount]:
        """What we count of these days, in one statement over the orders of the days."""
        order = tables.orders.c
        counts = order.status != CANCELLED
        moved = order.updated_at > moved_after
        pending = order.status.in_(sorted(PENDING))
        unknown = and_(counts, order.goods_minor.is_(None))
        goods = case((and_(counts, order.currency == currency), order.goods_minor), else_=None)
        question = (
            select(
                order.day,
                _number(counts).label("orders"),
                func.coalesce(func.sum(case((counts, order.units), else_=0)), 0).label("units"),
                func.coalesce(func.sum(goods), 0).label("goods_minor"),
                _number(and_(counts, moved)).label("moved"),
                _number(and_(~counts, moved)).label("moved_cancelled"),
                _number(and_(unknown, pending)).label("awaited"),
                _number(and_(unknown, ~pending)).label("unpriced"),
            )
            .where(
                order.connection_id == connection_id,
                order.marketplace_id == marketplace_id,
                order.day.between(first, last),
                order.on_amazon,
            )
            .group_by(order.day)
            .order_by(order.day)
        )
        return [
            OwnCount(
                DayCount(
                    marketplace_id, row.day, int(row.orders), int(row.units), int(row.goods_minor), currency
                ),
                moved=int(row.moved),
                moved_cancelled=int(row.moved_cancelled),
                awaited=int(row.awaited),
                unpriced=int(row.unpriced),
            )
            for row in self._connection.execute(question)
        ]

    def settle(self, lines: Sequence[LedgerDay]) -> None:
        """Keep verdicts, our counts, repairs and ``settled_at``."""
        if lines:
            self._connection.execute(_SETTLED, [_settled(line) for line in lines])

    def forget_before(self, connection_id: ConnectionId, marketplace_id: str, day: date) -> int:
        """Drop the lines of a marketplace before that day."""
        old = and_(
            _LINE.connection_id == connection_id, _LINE.marketplace_id == marketplace_id, _LINE.day < day
        )
        return self._connection.execute(delete(tables.ledger_days).where(old)).rowcount

    def orders_known(self, connection_id: ConnectionId) -> OrdersKnown:
        """How far the connection's orders are read, and how far back they are kept."""
        row, owner = tables.sync_resources.c, tables.connections.c
        found = self._connection.execute(
            select(row.complete_until, row.next_run_at, owner.purged_before)
            .join_from(tables.sync_resources, tables.connections, row.connection_id == owner.id)
            .where(row.connection_id == connection_id, row.resource == Resource.ORDERS.value)
        ).one_or_none()
        return OrdersKnown(None, None) if found is None else OrdersKnown(*found)

    def gaps(self, user_id: UserId, limit: int) -> list[LedgerDay]:
        """Days of the user's connections that are known to be incomplete, the newest first."""
        found = select(tables.ledger_days).where(
            _LINE.user_id == user_id, is_incomplete(), visible(_LINE.connection_id, user_id)
        )
        newest = found.order_by(_LINE.day.desc(), _LINE.marketplace_id, _LINE.connection_id)
        return self._lines(newest.limit(limit))

    def newest_gaps(self, user_id: UserId, each: int) -> list[LedgerDay]:
        """The same, but no more than ``each`` of a connection."""
        order = (_LINE.day.desc(), _LINE.marketplace_id)
        place = func.row_number().over(partition_by=_LINE.connection_id, order_by=order).label("place")
        found = select(tables.ledger_days, place).where(
            _LINE.user_id == user_id, is_incomplete(), visible(_LINE.connection_id, user_id)
        )
        placed = found.subquery()
        line = placed.c
        newest = select(placed).where(line.place <= each)
        return self._lines(newest.order_by(line.day.desc(), line.marketplace_id, line.connection_id))

    def verdicts(self, user_id: UserId) -> dict[ConnectionId, dict[Verdict, int]]:
        """How many days of each of the user's connections have which verdict."""
        counted = (
            select(_LINE.connection_id, _LINE.verdict, func.count().label("days"))
            .where(_LINE.user_id == user_id, visible(_LINE.connection_id, user_id))
            .group_by(_LINE.connection_id, _LINE.verdict)
        )
        found: dict[ConnectionId, dict[Verdict, int]] = {}
        for row in self._connection.execute(counted):
            found.setdefault(ConnectionId(row.connection_id), {})[Verdict(row.verdict)] = row.days
        return found

    def _lines(self, question: Any) -> list[LedgerDay]:
        return [ledger_day(row) for row in self._connection.execute(question)]


def is_incomplete() -> ColumnElement[bool]:
    """Whether a line says that something is missing."""
    return one_of(_LINE.verdict, [verdict.value for verdict in Verdict if verdict.is_incomplete])


def ledger_day(row: Row[Any]) -> LedgerDay:
    """A line of the ledger out of its row."""
    place = (row.marketplace_id, row.day)
    ours = (
        None
        if row.own_orders is None
        else DayCount(*place, row.own_orders, row.own_units, row.own_goods_minor, row.currency)
    )
    return LedgerDay(
        connection_id=ConnectionId(row.connection_id),
        amazon=DayCount(*place, row.amazon_orders, row.amazon_units, row.amazon_goods_minor, row.currency),
        asked_at=row.asked_at,
        verdict=Verdict(row.verdict),
        ours=ours,
        repairs=row.repairs,
        settled_at=row.settled_at,
    )


def _number(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)


def _new(count: DayCount, at: datetime) -> dict[str, object]:
    return {
        "marketplace_id": count.marketplace_id,
        "day": count.day,
        "currency": count.currency,
        "asked_at": at,
        "amazon_orders": count.orders,
        "amazon_units": count.units,
        "amazon_goods_minor": count.goods_minor,
        "own_orders": None,
        "own_units": None,
        "own_goods_minor": None,
        "verdict": Verdict.OPEN.value,
        "repairs": 0,
        "settled_at": None,
    }


def _settled(line: LedgerDay) -> dict[str, object]:
    ours = line.ours
    return {
        "of_connection": line.connection_id,
        "of_marketplace": line.amazon.marketplace_id,
        "of_day": line.amazon.day,
        "new_verdict": line.verdict.value,
        "new_repairs": line.repairs,
        "new_own_orders": None if ours is None else ours.orders,
        "new_own_units": None if ours is None else ours.units,
        "new_own_goods_minor": None if ours is None else ours.goods_minor,
        "new_settled_at": line.settled_at,
    }
