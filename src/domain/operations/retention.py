"""What has been kept for long enough goes: orders, reports, the ledger's days, old runs. Daily sums and the audit log stay.

First it is decided, in one transaction for each connection, up to when its orders go; that is written down for good,
with what will have gone. From then on no older order is taken in any more: it is in the daily sums already, and would
be counted twice. Then the rows go, piece by piece. Whoever is killed meanwhile, another goes on.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import date, datetime, time, timedelta
from typing import Protocol
from uuid import uuid4

from domain.ads.report_ports import AdsReportBook
from domain.audit.model import Action, AuditEntry
from domain.audit.ports import AuditLog
from domain.clock import Clock, in_words
from domain.connections.model import ConnectionId
from domain.connections.ports import ConnectionBook
from domain.errors import NotFound
from domain.kpis.versions import FiguresVersions
from domain.reports.ports import ReportBook
from domain.users.model import UserId
from domain.work import Work

#: Long enough to see what became of a seller's syncs in a quarter of a year.
RUN_LIFE = timedelta(days=30)
#: The ledger is about days whose orders are still there; it may outlive them for so long.
_LEDGER_MARGIN = timedelta(days=30)
#: Rows that one transaction removes: nobody who wants to write meanwhile waits for long.
STEP_ROWS = 2_000
#: Reports hold documents, so fewer of them make a transaction.
_STEP_REPORTS = 100


@dataclass(frozen=True)
class Cutoffs:
    """What is older goes. Whole days, so that all processes decide the same on the same day."""

    orders: datetime  # placed before; reports: finished before
    ledger: date
    runs: datetime  # begun before

    @classmethod
    def at(cls, now: datetime, keep: timedelta) -> "Cutoffs":
        """As of now, where synced data is kept for so long."""
        today = datetime.combine(now.date(), time(), now.tzinfo)
        return cls(today - keep, (today - keep - _LEDGER_MARGIN).date(), today - RUN_LIFE)


@dataclass(frozen=True)
class Leaving:
    """How many rows of a connection go."""

    user_id: UserId
    orders: int
    reports: int
    ledger_days: int
    runs: int


class RetentionBook(Protocol):
    """What is kept of each connection, by its age."""

    def due(self, cutoffs: Cutoffs) -> Sequence[ConnectionId]:
        """The connections of which something is to go."""

    def decide(self, connection_id: ConnectionId, cutoffs: Cutoffs, now: datetime) -> Leaving | None:
        """Keep for good that orders placed before the cutoff go, and count what does.

        ``None`` where that was decided today already, or the connection is gone. A cutoff never moves back.
        """

    def remove_some(self, connection_id: ConnectionId, cutoffs: Cutoffs, limit: int) -> int:
        """Remove orders as decided, days of the ledger, and runs (never the latest of a resource, or one under way).

        Up to ``limit`` of each; returns how many. The daily sums are left alone.
        """


class RetentionWork(Work, Protocol):
    """The transaction in which old data is purged."""

    @property
    def retention(self) -> RetentionBook: ...

    @property
    def reports(self) -> ReportBook: ...

    @property
    def ads_reports(self) -> AdsReportBook: ...

    @property
    def connections(self) -> ConnectionBook: ...

    @property
    def figures(self) -> FiguresVersions: ...

    @property
    def audit(self) -> AuditLog: ...


@dataclass(frozen=True)
class Retention:
    """Keeps synced data for ``keep``, and no longer."""

    work: Callable[[], RetentionWork]
    look: Callable[[], RetentionWork]  # the same, for reading only
    clock: Clock
    keep: timedelta

    def purge(self, stopping: Callable[[], bool] = lambda: False) -> int:
        """Let go what is due, in short transactions, until ``stopping``; returns how many rows went.

        Raises:
            Unavailable: the database is away.
        """
        cutoffs = Cutoffs.at(self.clock.now(), self.keep)
        with self.look() as work:
            due = work.retention.due(cutoffs)
        for connection_id in due:
            if not stopping():
                self._decide(connection_id, cutoffs)
        removed = 0
        for connection_id in due:
            while not stopping() and (gone := self._remove(connection_id, cutoffs)):
                removed += gone
        while due and not stopping() and (gone := self._forget_reports(cutoffs)):
            removed += gone
        return removed

    def _decide(self, connection_id: ConnectionId, cutoffs: Cutoffs) -> None:
        now = self.clock.now()
        with self.work() as work:
            leaving = work.retention.decide(connection_id, cutoffs, now)
            if leaving is None:
                return
            counts = {
                name: str(count) for name, count in asdict(leaving).items() if name != "user_id" and count
            }
            details = {**counts, "older_than": in_words(cutoffs.orders)}
            action = Action.DATA_PURGED
            work.audit.append(
                AuditEntry(uuid4(), now, leaving.user_id, action, "system", "", connection_id, details)
            )
            work.commit()

    def _remove(self, connection_id: ConnectionId, cutoffs: Cutoffs) -> int:
        with self.work() as work:
            gone = work.retention.remove_some(connection_id, cutoffs, STEP_ROWS)
            if gone:
                _count_up(work, connection_id)
            work.commit()
        return gone

    def _forget_reports(self, cutoffs: Cutoffs) -> int:
        with self.work() as work:
            gone = work.reports.forget_before(cutoffs.orders, _STEP_REPORTS)
            gone += work.ads_reports.forget_before(cutoffs.orders, cutoffs.runs, _STEP_REPORTS)
            work.commit()
        return gone


def _count_up(work: RetentionWork, connection_id: ConnectionId) -> None:
    """Days of the ledger may be gone that dashboards have named as incomplete."""
    with suppress(NotFound):  # it is being erased: whoever asked for that has counted up
        work.figures.changed(work.connections.by_id(connection_id).user_id)
