"""Usage plans that really refuse: one token bucket per client, seller and operation.

Source: https://developer-docs.amazon.com/sp-api/docs/usage-plans-and-rate-limits-in-the-sp-api
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock


@dataclass(frozen=True)
class UsagePlan:
    """How often an operation may be called: ``rate`` a second on average, ``burst`` at once."""

    rate: float
    burst: int

    def times(self, factor: float) -> UsagePlan:
        return UsagePlan(self.rate * factor, self.burst)


@dataclass
class _Bucket:
    tokens: float
    filled_at: datetime


@dataclass
class Buckets:
    """All buckets. A new one is full; it refills by the rate and never beyond the burst."""

    _buckets: dict[Hashable, _Bucket] = field(default_factory=dict, init=False)
    _lock: Lock = field(default_factory=Lock, init=False, repr=False)

    def take(self, key: Hashable, plan: UsagePlan, now: datetime) -> bool:
        """Take one token from the bucket; False if there is none, and then nothing changes."""
        with self._lock:
            bucket = self._buckets.setdefault(key, _Bucket(plan.burst, now))
            elapsed = max(0.0, (now - bucket.filled_at).total_seconds())
            bucket.tokens = min(plan.burst, bucket.tokens + elapsed * plan.rate)
            bucket.filled_at = max(now, bucket.filled_at)
            # A client that waits exactly 1/rate must find its token in spite of rounding.
            if bucket.tokens < 1 - 1e-9:
                return False
            bucket.tokens = max(0.0, bucket.tokens - 1)
            return True

    def refill(self) -> None:
        """Fill every bucket again."""
        with self._lock:
            self._buckets.clear()
