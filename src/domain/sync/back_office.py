"""Everything that is done for a connection besides orders and stock: one chore after the other, under one lease."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.connections.model import Connection
from domain.errors import AccessDenied, UpstreamFailed, UpstreamRefused, UpstreamTimedOut
from domain.sync.chores import Chore
from domain.sync.model import Cursor
from domain.sync.steps import Step, nothing

#: However little there is to do, a look does no harm.
_AT_LEAST_EVERY = timedelta(hours=24)
#: Nothing is asked for again in less than this, whatever a chore believes.
_SHORTEST = timedelta(seconds=0.2)
#: Troubles of one chore; whatever else goes wrong is the connection's, or ours.
_ITS_OWN = (AccessDenied, UpstreamFailed, UpstreamRefused, UpstreamTimedOut)


@dataclass(frozen=True)
class BackOffice:
    """The puller of ``Resource.REPORTS``. What chores know stands in tables of their own: the cursor stays empty."""

    chores: Sequence[Chore]

    def steps(
        self,
        connection: Connection,
        cursor: Cursor,  # noqa: ARG002 - the port's signature
        now: Callable[[], datetime],
    ) -> Iterator[Step]:
        """Rounds over all chores until none has anything to do; then the run waits, or ends.

        What is refused to one chore does not slow the others down: the run only fails of it once they have come to
        rest, since a run that fails waits longer each time.
        """
        chores, trouble = list(self.chores), None
        while True:
            idle = True
            for chore in tuple(chores):
                try:
                    for step in chore.steps(connection, now):
                        idle = False
                        yield step
                except _ITS_OWN as error:
                    trouble = trouble or error
                    chores.remove(chore)
            if idle:
                if trouble is not None and not _busy(chores, connection):
                    raise trouble
                yield _rest(chores, connection, now())
                return

    def after_failure(self, cursor: Cursor, error: Exception) -> Cursor:  # noqa: ARG002 - the port's signature
        """Nothing of it stands in the cursor."""
        return {}


def _rest(chores: Sequence[Chore], connection: Connection, now: datetime) -> Step:
    dues = [due for chore in chores if (due := chore.due_at(connection, now)) is not None]
    due = max(min([*dues, now + _AT_LEAST_EVERY]), now + _SHORTEST)
    if _busy(chores, connection):
        return Step({}, 0, nothing, again_at=due)
    return Step({}, 0, nothing, finished=True, next_at=due)


def _busy(chores: Sequence[Chore], connection: Connection) -> bool:
    return any(chore.is_busy(connection) for chore in chores)
