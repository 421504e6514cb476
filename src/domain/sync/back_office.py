"""Everything that is done for a connection besides orders and stock: one chore after the other, under one lease."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.connections.model import Connection
from domain.sync.chores import Chore
from domain.sync.model import Cursor
from domain.sync.steps import Step, nothing

#: However little there is to do, a look does no harm.
_AT_LEAST_EVERY = timedelta(hours=24)
#: Nothing is asked for again in less than this, whatever a chore believes.
_SHORTEST = timedelta(seconds=0.2)


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
        """Rounds over all chores until none has anything to do; then the run waits, or ends."""
        while True:
            idle = True
            for chore in self.chores:
                for step in chore.steps(connection, now):
                    idle = False
                    yield step
            if idle:
                yield self._rest(connection, now())
                return

    def after_failure(self, cursor: Cursor, error: Exception) -> Cursor:  # noqa: ARG002 - the port's signature
        """Nothing of it stands in the cursor."""
        return {}

    def _rest(self, connection: Connection, now: datetime) -> Step:
        dues = [due for chore in self.chores if (due := chore.due_at(connection, now)) is not None]
        due = max(min([*dues, now + _AT_LEAST_EVERY]), now + _SHORTEST)
        if any(chore.is_busy(connection) for chore in self.chores):
            return Step({}, 0, nothing, again_at=due)
        return Step({}, 0, nothing, finished=True, next_at=due)
