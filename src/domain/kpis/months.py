"""The last month of each SKU, kept as sums of their own: what the stock's demand and the best sellers are read from.

A month is the thirty days up to today. Orders change its sums as they change those of the days. At midnight, where the
user is at home, another day comes in and one goes out: then each connection's month is counted anew from its days. A
figure of other days than those of the kept month is read from the days, and so is that of today until its month was
counted: it takes longer, and says the same.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from domain.clock import Clock
from domain.connections.model import Connection, ConnectionId, Provider
from domain.connections.ports import ConnectionBook
from domain.errors import PortsideError, Unavailable
from domain.inventory.cover import demand_from
from domain.kpis.home import home_of
from domain.kpis.periods import Period
from domain.work import Work

log = logging.getLogger(__name__)

#: Connections that are looked for at once.
AT_ONCE = 100
#: A day is over at midnight by the clocks of its place, which may be set back just then.
_AT_LEAST = timedelta(minutes=1)
#: After what has failed; it doubles.
_FIRST_RETRY, _LONGEST_RETRY = timedelta(minutes=1), timedelta(hours=6)


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
class _Failed:
    """A month that could not be counted: how often in a row, and when last."""

    times: int
    at: datetime

    def rests(self, now: datetime) -> bool:
        """Whether it is left alone; not where the clock was set back to before it failed."""
        pause = min(_FIRST_RETRY * (1 << min(self.times - 1, 10)), _LONGEST_RETRY)
        return self.at <= now < self.at + pause


@dataclass(frozen=True)
class Months:
    """Keeps the months up to date.

    What fails is told, and left alone for a growing while: nobody behind it waits for it. Each process remembers its own
    failures and no others, since no figure is wrong without a month.
    """

    work: Callable[[], MonthWork]
    look: Callable[[], MonthWork]  # the same, for reading only
    clock: Clock
    _failed: dict[ConnectionId, _Failed] = field(default_factory=dict, init=False, repr=False)

    def turn(self, stopping: Callable[[], bool] = lambda: False) -> int:
        """Count the months that are due, a transaction for each connection; returns how many were counted.

        Raises:
            Unavailable: the database is away.
        """
        counted = 0
        while due := self._due():
            for connection in due:
                if stopping():
                    return counted
                trouble = self._attempted(connection)
                counted += trouble is None
                if isinstance(trouble, Unavailable):
                    break  # looking anew tells whether all of the database is away
        return counted

    def _due(self) -> Sequence[Connection]:
        """Those that have not just failed. As many more are looked for as have, so that they leave room for others."""
        now = self.clock.now()
        limit = AT_ONCE + len(self._failed)
        with self.look() as work:
            due = work.months.due(now, limit)
        if len(due) < limit:  # those are all: others have been counted meanwhile, or are gone
            for gone in self._failed.keys() - {one.id for one in due}:
                del self._failed[gone]
        return [one for one in due if one.id not in self._failed or not self._failed[one.id].rests(now)]

    def _attempted(self, connection: Connection) -> Exception | None:
        """Why it could not be counted, which is told in the log; ``None``: it was."""
        try:
            self._count(connection)
        except Exception as error:  # one connection's trouble is its own, and others go on
            before = self._failed.get(connection.id)
            self._failed[connection.id] = _Failed(before.times + 1 if before else 1, self.clock.now())
            log.warning(
                "a month could not be counted; others go on, and it is tried again later: %s",
                error,
                exc_info=None if isinstance(error, PortsideError) else error,
                extra={"connection_id": str(connection.id), "cause": type(error).__name__},
            )
            return error
        self._failed.pop(connection.id, None)
        return None

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
