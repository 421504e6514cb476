"""Taking due work, and holding on to it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from domain.clock import Clock
from domain.sync.model import Lease, Task
from domain.sync.ports import SyncWork


@dataclass(frozen=True)
class Shift:
    """One process at work. Any number of them share the same rows; nothing else coordinates them."""

    work: Callable[[], SyncWork]
    clock: Clock
    owner: str  # names this process: host and process id
    lease_time: timedelta

    def claim(self, limit: int) -> list[Task]:
        """Up to ``limit`` pieces of due work, each under a lease.

        Raises:
            Unavailable: the database is away.
        """
        now = self.clock.now()
        with self.work() as work:
            tasks = work.sync.claim(now, self.owner, now + self.lease_time, limit)
            work.commit()
        return tasks

    def beat(self, leases: Sequence[Lease]) -> None:
        """Prolong the leases of the work under way.

        Raises:
            Unavailable: the database is away.
        """
        with self.work() as work:
            work.sync.beat(leases, self.clock.now() + self.lease_time)
            work.commit()
