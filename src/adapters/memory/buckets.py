"""Usage plans' buckets in memory: enough for as long as a single process calls Amazon."""

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import datetime
from threading import Lock

from domain.gateway.model import BucketKey, BucketOwner, Level
from domain.gateway.usage_plans import Bucket, UsagePlan, emptied, take


@dataclass
class MemoryBuckets:
    """Buckets by key, under one lock: a decision takes microseconds. A restart forgets them, as full buckets.

    Rates that the channel named are kept apart from the levels, since one can be learned before the first call.
    """

    _buckets: dict[BucketKey, Bucket] = field(default_factory=dict, init=False, repr=False)
    _rates: dict[BucketKey, float] = field(default_factory=dict, init=False, repr=False)
    _lock: Lock = field(default_factory=Lock, init=False, repr=False)

    def take(self, key: BucketKey, plan: UsagePlan, now: datetime, reserve: float) -> float:
        """Take one token, or learn how many seconds to wait."""
        with self._lock:
            at = now.timestamp()
            current = self._corrected(key, plan)
            decision = take(self._buckets.get(key, Bucket.full(current, at)), current, at, reserve)
            self._buckets[key] = decision.bucket
            return decision.wait

    def learn(self, key: BucketKey, rate: float) -> None:
        """Keep the rate that the channel named."""
        with self._lock:
            self._rates[key] = rate

    def empty(self, key: BucketKey, plan: UsagePlan, now: datetime, retry_after: float | None) -> float:
        """Empty the bucket; the seconds until the next token."""
        with self._lock:
            at = now.timestamp()
            current = self._corrected(key, plan)
            bucket = emptied(current, at, retry_after)
            self._buckets[key] = bucket
            return max(0.0, 1.0 - bucket.level) / current.rate

    def levels(self, sellers: Collection[BucketOwner]) -> list[Level]:
        """The buckets of these sellers, as they were left."""
        wanted = frozenset(sellers)
        with self._lock:
            keys = [key for key in {**self._buckets, **self._rates} if key.owner in wanted]
            return [Level(key, self._buckets.get(key), self._rates.get(key)) for key in keys]

    def _corrected(self, key: BucketKey, plan: UsagePlan) -> UsagePlan:
        return replace(plan, rate=self._rates.get(key, plan.rate))
