"""Usage plans' buckets whose answers are counted."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from adapters.metrics import PrometheusMeter
from domain.gateway.model import BucketKey, BucketOwner, Level
from domain.gateway.ports import Buckets
from domain.gateway.usage_plans import UsagePlan


@dataclass(frozen=True)
class MeteredBuckets:
    """Passes everything on; see ``domain.gateway.ports.Buckets``."""

    buckets: Buckets
    meter: PrometheusMeter

    def take(self, key: BucketKey, plan: UsagePlan, now: datetime, reserve: float) -> float:
        """Take one token, or learn how many seconds to wait."""
        wait = self.buckets.take(key, plan, now, reserve)
        self.meter.plan_asked(_plan(key), "granted" if wait <= 0 else "empty")
        return wait

    def learn(self, key: BucketKey, rate: float) -> None:
        """Keep the rate that the channel named."""
        self.buckets.learn(key, rate)

    def empty(self, key: BucketKey, plan: UsagePlan, now: datetime, retry_after: float | None) -> float:
        """Empty the bucket: the channel has refused what the plan had granted."""
        self.meter.plan_asked(_plan(key), "refused")
        return self.buckets.empty(key, plan, now, retry_after)

    def levels(self, sellers: Collection[BucketOwner]) -> list[Level]:
        """The buckets of these sellers, as they were left."""
        return self.buckets.levels(sellers)


def _plan(key: BucketKey) -> str:
    """The operation; Login with Amazon's buckets have a mark of the client's secret in the third place of theirs."""
    return ".".join(key.operation.split(".")[:2])
