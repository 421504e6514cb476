"""Counting calls: in memory as they happen, and every few seconds into the database, all at once."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from threading import Lock
from uuid import UUID

from domain.acting import in_background
from domain.clock import Clock
from domain.connections.model import Connection
from domain.errors import PortsideError
from domain.gateway.usage import Tally, UsageWork

log = logging.getLogger(__name__)

#: A process that is killed loses the counts of so long; one without a scheduler, those since its last call but one.
FLUSH_EVERY = timedelta(seconds=5)
#: While the database is away counts are kept for later; beyond so many, the calls go on uncounted.
_MOST = 100_000

_Key = tuple[UUID, date, str]


@dataclass
class _Counts:
    """What is not in the database yet, and when the last of it got there."""

    tallies: dict[_Key, Tally] = field(default_factory=dict)
    flushed_at: datetime | None = None
    lock: Lock = field(default_factory=Lock)
    turn: Lock = field(default_factory=Lock)  # of the one who writes

    def add(self, tally: Tally) -> None:
        """Add it to what is there."""
        key = (tally.connection_id, tally.day, tally.operation)
        there = self.tallies.get(key)
        if there is None:
            if len(self.tallies) < _MOST:
                self.tallies[key] = tally
            return
        self.tallies[key] = replace(
            there,
            calls=there.calls + tally.calls,
            gets=there.gets + tally.gets,
            throttled=there.throttled + tally.throttled,
        )


@dataclass(frozen=True)
class Metering:
    """Counts for this process. Whoever counts when it is time again writes what has come together."""

    work: Callable[[], UsageWork]
    clock: Clock
    _counts: _Counts = field(default_factory=_Counts, init=False, repr=False)

    def count(self, connection: Connection, operation: str, method: str, status: int | None) -> None:
        """A request was sent; see ``domain.gateway.ports.UsageMeter``."""
        now = self.clock.now()
        tally = Tally(
            connection_id=connection.id,
            user_id=connection.user_id,
            seller_id=connection.seller_id,
            day=now.date(),
            operation=operation,
            calls=1,
            gets=int(method == "GET"),
            throttled=int(status == 429),
        )
        counts = self._counts
        with counts.lock:
            counts.add(tally)
            if counts.flushed_at is None:
                counts.flushed_at = now
            due = not counts.flushed_at <= now < counts.flushed_at + FLUSH_EVERY
        if due:
            self.flush()

    def flush(self) -> None:
        """Write what was counted. What the database does not take is kept for the next time; never raises for that."""
        counts = self._counts
        with counts.turn:
            with counts.lock:
                tallies, counts.tallies = list(counts.tallies.values()), {}
                counts.flushed_at = self.clock.now()
            if not tallies:
                return
            try:
                with in_background(), self.work() as work:
                    work.usage.add(tallies)
                    work.commit()
            except PortsideError as error:
                log.warning("calls could not be counted for now: %s", error)
                with counts.lock:
                    for tally in tallies:
                        counts.add(tally)
