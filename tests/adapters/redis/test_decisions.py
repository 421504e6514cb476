"""The script in Redis and the domain's arithmetic are one and the same, to the last bit."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.memory.buckets import MemoryBuckets
from adapters.redis.buckets import RedisBuckets
from adapters.redis.server import RedisServer
from domain.gateway.model import BucketKey
from domain.gateway.usage_plans import UsagePlan

BEGIN = datetime(2026, 3, 4, 12, 0, 0, 123456, tzinfo=UTC)
PLANS = [
    UsagePlan(0.0056, 20),
    UsagePlan(0.5, 1),
    UsagePlan(5.0, 10),
    UsagePlan(1 / 60, 3),
    UsagePlan(100.0, 100),
]
TAKE = st.tuples(st.just("take"), st.sampled_from([0.0, 0.0, 1.0, 2.0, 500.0]))
LEARN = st.tuples(st.just("learn"), st.floats(0.0003, 2000.0))
EMPTY = st.tuples(st.just("empty"), st.none() | st.floats(0.0, 900.0))
#: Clocks run on, jump back a little (another machine's) or a lot (set anew).
STEP = st.floats(0.0, 5.0) | st.floats(-400.0, 4000.0) | st.sampled_from([0.0, 0.001, 1 / 3])


@settings(max_examples=150, deadline=None)
@given(plan=st.sampled_from(PLANS), deeds=st.lists(st.tuples(STEP, TAKE | TAKE | LEARN | EMPTY), max_size=25))
def test_redis_decides_as_the_domain_does_whatever_happens(
    server: RedisServer, plan: UsagePlan, deeds: list[tuple[float, tuple[str, float | None]]]
) -> None:
    key = replace(BucketKey("app", "na", "SELLER", "getOrders"), seller_id=uuid4().hex)
    redis, memory = RedisBuckets(server), MemoryBuckets()
    now, answers = BEGIN, []

    for step, (deed, value) in deeds:
        now += timedelta(seconds=step)
        answers.append(tuple(_do(each, deed, value, key, plan, now) for each in (redis, memory)))

    assert [ours for ours, _ in answers] == [theirs for _, theirs in answers]
    assert redis.levels([key.owner]) == memory.levels([key.owner])


def _do(
    buckets: RedisBuckets | MemoryBuckets,
    deed: str,
    value: float | None,
    key: BucketKey,
    plan: UsagePlan,
    now: datetime,
) -> float | None:
    match deed:
        case "take":
            return buckets.take(key, plan, now, value or 0.0)
        case "empty":
            return buckets.empty(key, plan, now, value)
        case _:
            buckets.learn(key, value or 1.0)
            return None
