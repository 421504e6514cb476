"""Whether the daily sums are true: they are counted once more from the orders, and compared.

A sample of all connections is counted every night, those first that were counted longest ago. A difference is a defect,
ours or the database's. So it raises an alarm and is left as it is: what would be set right unseen would never be
mended. An operator looks at it, and has it repaired.

Only what the release before has left behind, while this one was put in its place, is set right at once.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

from domain.audit.model import Action, AuditEntry
from domain.clock import Clock
from domain.connections.model import ConnectionId
from domain.kpis.differences import Comparison
from domain.kpis.ports import TruthWork
from domain.users.model import Visitor

log = logging.getLogger(__name__)

#: Differences that are shown of a connection.
SHOWN = 20
#: A night's sample, of all processes together: no further connection is begun once so much was counted.
CONNECTIONS_A_NIGHT = 500
ORDERS_A_NIGHT = 2_000_000
#: Syncs go first: while one has been due for so long and nobody has had time for it, nothing is counted.
_SYNC_PATIENCE = timedelta(seconds=30)


@dataclass(frozen=True)
class Truth:
    """Recounts, and sets right."""

    work: Callable[[], TruthWork]
    look: Callable[[], TruthWork]  # the same, for reading only
    clock: Clock

    def verify(self, connection_id: ConnectionId) -> Comparison | None:
        """Compare, as of one moment, while syncs go on; ``None``: the connection is gone, or about to be.

        Raises:
            Unavailable: the database is away.
        """
        at = self.clock.now()
        with self.look() as work:
            found = work.recounts.compare(connection_id, SHOWN)
        if found is not None:
            with self.work() as work:
                work.recounts.note(connection_id, at, found.total, found.orders)
                work.commit()
        return found

    def repair(self, connection_id: ConnectionId, visitor: Visitor) -> Comparison | None:
        """Compare once more and set right what differs, while nobody else changes orders of this connection.

        Returns what was found. ``None``: the connection is gone, or about to be.

        Raises:
            Unavailable: the database is away, or a sync was busy with the connection for too long.
        """
        found = self.verify(connection_id)
        if found is None or not found.total:
            return found  # nobody had to wait for it
        return self._set_right(connection_id, visitor)

    def _set_right(self, connection_id: ConnectionId, visitor: Visitor | None) -> Comparison | None:
        with self.work() as work:
            found = work.recounts.repair(connection_id, SHOWN)
            if found is None:
                return None
            now = self.clock.now()
            work.recounts.note(connection_id, now, 0, found.orders, repaired=found.total > 0)
            if found.total:
                _write_down(work, now, found, Action.FIGURES_REPAIRED, visitor)
                work.figures.changed(found.user_id)
            work.commit()
        return found

    def sample(self, stopping: Callable[[], bool] = lambda: False) -> int:
        """Go on with tonight's sample, until it is through, a sync waits, or ``stopping``; returns how many were counted.

        Raises:
            Unavailable: the database is away.
        """
        counted = 0
        while not stopping():
            connection_id = self._next()
            if connection_id is None:
                break
            found = self.verify(connection_id)
            counted += 1
            if found is not None and found.left_behind:
                self._set_right(connection_id, None)
                log.warning(
                    "%d daily sums of connection %s, that the release before does not keep, were set right",
                    found.total,
                    connection_id,
                )
            elif found is not None and found.total:
                self._raise_alarm(found)
        return counted

    def _next(self) -> ConnectionId | None:
        now = self.clock.now()
        with self.work() as work:
            if work.recounts.sync_waits(now - _SYNC_PATIENCE, now):
                return None
            chosen = work.recounts.claim(now.date(), CONNECTIONS_A_NIGHT, ORDERS_A_NIGHT)
            work.commit()
        return chosen

    def _raise_alarm(self, found: Comparison) -> None:
        with self.work() as work:
            _write_down(work, self.clock.now(), found, Action.FIGURES_DIFFERED)
            work.commit()
        log.error(
            "%d daily sums of connection %s are other than their orders, the first of them on %s;"
            " portside kpis verify --connection %s shows them",
            found.total,
            found.connection_id,
            found.differences[0].day,
            found.connection_id,
        )


def _write_down(
    work: TruthWork, now: datetime, found: Comparison, action: Action, visitor: Visitor | None = None
) -> None:
    actor, address = ("system", "") if visitor is None else (visitor.address, visitor.address)
    days = sorted({each.day for each in found.differences})
    details = {"sums": str(found.total), "first_day": days[0].isoformat()}
    work.audit.append(
        AuditEntry(uuid4(), now, found.user_id, action, actor, address, found.connection_id, details)
    )
