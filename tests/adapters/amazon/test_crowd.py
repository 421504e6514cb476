"""A crowd that asks for more than the usage plans allow, through the whole way to a simulated Amazon that refuses."""

from collections.abc import Callable
from datetime import datetime

import pytest

from adapters.memory.buckets import MemoryBuckets
from adapters.redis.buckets import RedisBuckets
from adapters.redis.server import RedisServer
from adapters.system import SystemStopwatch
from domain.gateway.model import BucketKey
from domain.gateway.ports import Buckets
from domain.gateway.usage_plans import UsagePlan
from tests import servers
from tests.crowd import MIX, asked_at_once


def redis_buckets() -> Buckets:
    return RedisBuckets(RedisServer.at(servers.valkey().fresh_database(), SystemStopwatch()))


class NoBuckets(MemoryBuckets):
    """Lets everybody through who has not just been refused."""

    def take(self, key: BucketKey, plan: UsagePlan, now: datetime, reserve: float) -> float:
        return 0.0


@pytest.mark.parametrize("buckets", [MemoryBuckets, redis_buckets])
def test_a_crowd_meets_no_429_and_leaves_nothing_of_the_plans_unused(buckets: Callable[[], Buckets]) -> None:
    outcome = asked_at_once(threads=60, sellers=5, buckets=buckets)

    assert outcome.calls == 5 * sum(MIX.values())
    assert outcome.throttled == 0
    assert 0.98 <= outcome.share <= 1.001


def test_the_simulated_amazon_refuses_a_crowd_that_keeps_no_plans() -> None:
    outcome = asked_at_once(threads=20, sellers=1, buckets=NoBuckets)

    assert outcome.throttled > 0
