"""How many repeats a connection has left: when much fails, repeats must not multiply what Amazon has to bear."""

from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock
from uuid import UUID

from domain.gateway.usage_plans import Bucket, UsagePlan, refill, take

#: Ten repeats at once, and one more in ten seconds: an outage that is over leaves nobody without for long.
REPEATS = UsagePlan(rate=0.1, burst=10)
#: What a call that works adds: a fifth of the calls may be repeats for as long as they help.
EARNED = 0.2
#: Connections of which is known that they have spent something; beyond, those that are full again are forgotten.
_MOST = 10_000


@dataclass
class RetryBudgets:
    """One bucket of repeats for each connection, in this process; a full one is not kept."""

    _left: dict[UUID, Bucket] = field(default_factory=dict, init=False, repr=False)
    _lock: Lock = field(default_factory=Lock, init=False, repr=False)

    def __len__(self) -> int:
        """Of how many connections something is known."""
        return len(self._left)

    def spend(self, connection_id: UUID, now: datetime) -> bool:
        """Take one repeat; ``False``: none is left."""
        at = now.timestamp()
        with self._lock:
            if len(self._left) >= _MOST:
                self._forget_full(at)
            decision = take(self._left.get(connection_id) or Bucket.full(REPEATS, at), REPEATS, at)
            self._left[connection_id] = decision.bucket
            return decision.wait == 0

    def _forget_full(self, at: float) -> None:
        self._left = {
            connection_id: bucket
            for connection_id, bucket in self._left.items()
            if refill(bucket, REPEATS, at).level < REPEATS.burst
        }

    def earn(self, connection_id: UUID, now: datetime) -> None:
        """A call has worked."""
        if connection_id not in self._left:
            return
        with self._lock:
            present = refill(self._left.pop(connection_id, Bucket.full(REPEATS, 0)), REPEATS, now.timestamp())
            if present.level + EARNED < REPEATS.burst:
                self._left[connection_id] = Bucket(present.level + EARNED, present.at)
