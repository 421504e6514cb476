"""What the background does for a connection besides orders and stock, one kind of work each."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Protocol

from domain.connections.model import Connection
from domain.sync.steps import Step


class Chore(Protocol):
    """One kind of work under the connection's lease on ``Resource.REPORTS``."""

    def steps(self, connection: Connection, now: Callable[[], datetime]) -> Iterator[Step]:
        """All that is due now, step by step; what a step says is committed before the next one is drawn.

        Chores keep what they know in tables of their own: cursors in their steps are empty.

        Raises:
            ChannelError: any of the gateway's; UsagePlanEmpty parks the run.
        """

    def due_at(self, connection: Connection, now: datetime) -> datetime | None:
        """When there is something to do; ``None``: not before something happens."""

    def is_busy(self, connection: Connection) -> bool:
        """Whether something that was begun is not over yet: then the run waits instead of ending."""
