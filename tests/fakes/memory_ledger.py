"""The ledger of completeness, in memory."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime

from domain.connections.model import ConnectionId
from domain.errors import NotFound
from domain.ledger.model import PENDING, DayCount, LedgerDay, OrdersKnown, OwnCount, Verdict
from domain.orders.model import CANCELLED, BookedOrder
from domain.orders.versions import goods_of, units_of
from domain.sync.model import Resource
from domain.users.model import UserId
from tests.fakes.memory_store import Tables


class MemoryLedgerBook:
    """One line per connection, marketplace and day; our counts are recounted at each question."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def lines(self, connection_id: ConnectionId) -> list[LedgerDay]:
        return [line for key, line in sorted(self._tables.ledger.items()) if key[0] == connection_id]

    def asked(self, connection_id: ConnectionId, counts: Sequence[DayCount], at: datetime) -> None:
        if connection_id not in self._tables.connections:
            raise NotFound("There is no such connection.")
        for count in counts:
            key = (connection_id, count.marketplace_id, count.day)
            kept = self._tables.ledger.get(key)
            new = LedgerDay(connection_id, count, at)
            self._tables.ledger[key] = (
                new if kept is None else replace(kept, amazon=count, asked_at=at, settled_at=None)
            )

    def pending(self, connection_id: ConnectionId, until: datetime, limit: int) -> list[LedgerDay]:
        lines = self.lines(connection_id)
        return [line for line in lines if line.settled_at is None and line.asked_at <= until][:limit]

    def own(
        self,
        connection_id: ConnectionId,
        marketplace_id: str,
        first: date,
        last: date,
        currency: str,
        moved_after: datetime,
    ) -> list[OwnCount]:
        days: defaultdict[date, list[BookedOrder]] = defaultdict(list)
        for (owner, _order_id), booked in self._tables.orders.items():
            of_day = booked.marketplace_id == marketplace_id and first <= booked.day <= last
            if owner == connection_id and of_day and booked.order.marketplace_id is not None:
                days[booked.day].append(booked)
        return [_own(marketplace_id, day, days[day], currency, moved_after) for day in sorted(days)]

    def settle(self, lines: Sequence[LedgerDay]) -> None:
        for line in lines:
            key = (line.connection_id, line.amazon.marketplace_id, line.amazon.day)
            if key in self._tables.ledger:
                self._tables.ledger[key] = replace(
                    self._tables.ledger[key],
                    verdict=line.verdict,
                    ours=line.ours,
                    repairs=line.repairs,
                    settled_at=line.settled_at,
                )

    def forget_before(self, connection_id: ConnectionId, marketplace_id: str, day: date) -> int:
        old = [
            key for key in self._tables.ledger if key[:2] == (connection_id, marketplace_id) and key[2] < day
        ]
        for key in old:
            del self._tables.ledger[key]
        return len(old)

    def orders_known(self, connection_id: ConnectionId) -> OrdersKnown:
        row = self._tables.resources.get((connection_id, Resource.ORDERS))
        if row is None:
            return OrdersKnown(None, None)
        purged = self._tables.purged.get(connection_id)
        return OrdersKnown(row.complete_until, row.next_run_at, purged.before if purged else None)

    def gaps(self, user_id: UserId, limit: int) -> list[LedgerDay]:
        found = incomplete(self._tables, user_id)
        return sorted(found, key=lambda line: (-line.amazon.day.toordinal(), line.amazon.marketplace_id))[
            :limit
        ]

    def newest_gaps(self, user_id: UserId, each: int) -> list[LedgerDay]:
        taken: Counter[ConnectionId] = Counter()
        newest = []
        for line in self.gaps(user_id, len(self._tables.ledger)):
            taken[line.connection_id] += 1
            if taken[line.connection_id] <= each:
                newest.append(line)
        return newest

    def verdicts(self, user_id: UserId) -> dict[ConnectionId, Counter[Verdict]]:
        found: defaultdict[ConnectionId, Counter[Verdict]] = defaultdict(Counter)
        for (connection_id, *_), line in self._tables.ledger.items():
            connection = self._tables.connections[connection_id]
            if connection.user_id == user_id and connection.erasing_at is None:
                found[connection_id][line.verdict] += 1
        return dict(found)


def incomplete(tables: Tables, user_id: UserId) -> list[LedgerDay]:
    """The user's days that are known to be incomplete, by connection, marketplace and day."""
    mine = {
        one.id for one in tables.connections.values() if one.user_id == user_id and one.erasing_at is None
    }
    return [
        line for key, line in sorted(tables.ledger.items()) if key[0] in mine and line.verdict.is_incomplete
    ]


def _own(
    marketplace_id: str, day: date, orders: Sequence[BookedOrder], currency: str, moved_after: datetime
) -> OwnCount:
    counting = [booked for booked in orders if booked.order.status != CANCELLED]
    unknown = [booked for booked in counting if goods_of(booked) is None]
    moved = [booked for booked in orders if booked.order.updated_at > moved_after]
    return OwnCount(
        DayCount(
            marketplace_id,
            day,
            len(counting),
            sum(units_of(booked) for booked in counting),
            sum(goods_of(booked) or 0 for booked in counting if booked.currency == currency),
            currency,
        ),
        moved=sum(booked.order.status != CANCELLED for booked in moved),
        moved_cancelled=sum(booked.order.status == CANCELLED for booked in moved),
        awaited=sum(booked.order.status in PENDING for booked in unknown),
        unpriced=sum(booked.order.status not in PENDING for booked in unknown),
    )
