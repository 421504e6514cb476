"""The last month of each SKU, kept as sums of their own: what the stock's demand and the best sellers are read from.

A month is the thirty days up to today. Orders change its sums as they change those of the days. At midnight, where the
user is at home, another day comes in and one goes out: then each connection's month is counted anew from its days. A
figure of other days than those of the kept month is read from the days, and so is that of today until its month was
counted: it takes longer, and says the same.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from domain.clock import Clock
from domain.connections.model import Connection, ConnectionId, Provider
from domain.connections.ports import ConnectionBook
from domain.inventory.cover import demand_from
from domain.kpis.home import home_of
from domain.kpis.periods import Period
from domain.work import Work

#: Connections that are looked for at once.
AT_ONCE = 100
#: A day is over at midnight by the clocks of its place, which may be set back just then.
_AT_LEAST = timedelta(minutes=1)


class MonthBook(Protocol):
    """Which month is kept of each connection."""

    def due(self, now: datetime, limit: int) -> Sequence[Connection]:
        """Seller accounts whose month is over, those first whose has been for longest; then those without one."""

    def count(self, connection_id: ConnectionId, span: Period, ends_at: datetime) -> None:
        """Keep the sums of these days in the place of those that are kept, while nobody else changes the orders.

        From now on orders of these days change them, and no others do.

        Args:
            connection_id: Of which connection; of one that is gone or being erased, nothing is kept.
            span: The days.
            ends_at: When another month is due.
        """


class MonthWork(Work, Protocol):
    """The transaction in which a month is counted."""

    @property
    def months(self) -> MonthBook: ...

    @property
    def connections(self) -> ConnectionBook: ...


@dataclass(frozen=True)
class Months:
    """Keeps the months up to date."""

    work: Callable[[], MonthWork]
    look: Callable[[], MonthWork]  # the same, for reading only
    clock: Clock

    def turn(self, stopping: Callable[[], bool] = lambda: False) -> int:
        """Count the months that are due, a transaction for each connection; returns how many.

        Raises:
            Unavailable: the database is away.
        """
        counted = 0
        while due := self._due():
            for connection in due:
                if stopping():
                    return counted
                self._count(connection)
                counted += 1
        return counted

    def _due(self) -> Sequence[Connection]:
        with self.look() as work:
            return work.months.due(self.clock.now(), AT_ONCE)

    def _count(self, connection: Connection) -> None:
        now = self.clock.now()
        with self.work() as work:
            # Whose first account may be another one by now; it may be none at all, if this one has just gone.
            sellers = work.connections.of_user(connection.user_id, Provider.AMAZON_SP)
            home = home_of(sellers or [connection])
            today = home.day_of(now)
            ends_at = max(home.end_of(today), now + _AT_LEAST)
            work.months.count(connection.id, Period(demand_from(today), today), ends_at)
            work.commit()
