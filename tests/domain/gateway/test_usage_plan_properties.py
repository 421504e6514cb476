"""Usage plans over long times, with people and runs asking by turns, and with Amazon changing its mind in between."""

from dataclasses import dataclass
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.memory.buckets import MemoryBuckets
from domain.gateway.model import BucketKey
from domain.gateway.operations import OPERATIONS
from domain.gateway.usage_plans import Bucket, UsagePlan, background_reserve, credible_rate, refill
from tests.fakes.things import NOW

KEY = BucketKey("app", "na", "A1SELLER", "getThings")
#: Every plan that Amazon publishes, and no other.
plans = st.sampled_from(sorted({each.plan for each in OPERATIONS}, key=lambda plan: (plan.rate, plan.burst)))


@dataclass(frozen=True)
class Step:
    """Somebody asks after a while; before that, the channel may have named a rate, or have said "too many"."""

    gap: float
    background: bool
    factor: float | None  # of the published rate
    refused: float | None  # with this Retry-After


steps = st.lists(
    st.builds(
        Step,
        gap=st.one_of(st.just(0.0), st.floats(0, 5), st.floats(0, 5000)),
        background=st.booleans(),
        factor=st.one_of(st.none(), st.sampled_from([0.001, 0.5, 1.0, 3.0, 1e6])),
        refused=st.one_of(st.none(), st.none(), st.none(), st.floats(0, 900)),
    ),
    min_size=1,
    max_size=60,
)


@dataclass(frozen=True)
class Grant:
    """A call that may go, the rate that held then, and how often the channel itself had named a moment before."""

    at: float
    rate: float
    named: int


def played(plan: UsagePlan, script: list[Step], patient: bool) -> tuple[list[Grant], int]:
    """The grants of a script, and how often somebody who waited as told was refused again."""
    buckets, now, rate, named = MemoryBuckets(), 0.0, plan.rate, 0
    grants, disappointed = [], 0
    reserve = background_reserve(plan)
    for step in script:
        now += step.gap
        if step.factor is not None:
            rate = credible_rate(plan.rate * step.factor, plan)
            buckets.learn(KEY, rate)
        if step.refused is not None:
            named += 1
            buckets.empty(KEY, plan, NOW + timedelta(seconds=now), step.refused)
        kept = reserve if step.background else 0.0
        wait = buckets.take(KEY, plan, NOW + timedelta(seconds=now), kept)
        if wait > 0 and patient:
            now += wait
            wait = buckets.take(KEY, plan, NOW + timedelta(seconds=now), kept)
            disappointed += int(wait > 0)
        if wait <= 0:
            grants.append(Grant(now, rate, named))
    return grants, disappointed


@given(plans, steps, st.booleans())
def test_no_window_ever_sees_more_than_the_plan_allows(
    plan: UsagePlan, script: list[Step], patient: bool
) -> None:
    grants, _ = played(plan, script, patient)

    for first in range(len(grants)):
        for last in range(first, len(grants)):
            length = grants[last].at - grants[first].at
            rate = max(grant.rate for grant in grants[first : last + 1])
            # After "too many" the channel says when the next one may come: that one is beside the plan.
            named = grants[last].named - grants[first].named
            # Moments are whole microseconds.
            assert last - first + 1 <= plan.burst + named + rate * (length + 4e-6) + 1e-5


@given(plans, steps)
def test_whoever_waits_as_told_is_never_sent_away_again(plan: UsagePlan, script: list[Step]) -> None:
    grants, disappointed = played(plan, script, patient=True)

    assert disappointed == 0
    assert len(grants) == len(script)


@given(plans, st.floats(0, 30), st.lists(st.floats(0, 3600), max_size=20))
def test_looking_often_or_once_comes_to_the_same(plan: UsagePlan, level: float, gaps: list[float]) -> None:
    start = Bucket(min(level, plan.burst), NOW.timestamp())
    looked, now = start, start.at
    for gap in gaps:
        now += gap
        looked = refill(looked, plan, now)

    assert looked.level == pytest.approx(refill(start, plan, now).level, abs=1e-5)


@given(plans, st.floats(0, 30), st.lists(st.floats(-600, 3600), max_size=20))
def test_a_level_never_falls_by_itself(plan: UsagePlan, level: float, gaps: list[float]) -> None:
    bucket, now = Bucket(min(level, plan.burst), NOW.timestamp()), NOW.timestamp()
    for gap in gaps:
        now += gap
        before, bucket = bucket, refill(bucket, plan, now)

        assert bucket.level >= before.level


@pytest.mark.parametrize("rate", [0.0056, 0.0083, 0.016, 0.0167, 0.0222, 0.033, 0.5, 2.0])
def test_who_always_asks_gets_all_of_the_plan_and_no_more_over_days(rate: float) -> None:
    plan, buckets, granted = UsagePlan(rate, 20), MemoryBuckets(), 0
    long = min(10 * 86_400.0, 20_000 / rate)
    now = 0.0
    while now <= long:
        wait = buckets.take(KEY, plan, NOW + timedelta(seconds=now), 0.0)
        granted += int(wait <= 0)
        now += wait

    allowed = plan.burst + rate * long
    assert allowed * 0.998 - 1 <= granted <= allowed + 1e-3


@given(plans)
def test_a_run_leaves_people_their_tenth(plan: UsagePlan) -> None:
    buckets, reserve = MemoryBuckets(), background_reserve(plan)
    while buckets.take(KEY, plan, NOW, reserve) <= 0:
        pass

    people = 0
    while buckets.take(KEY, plan, NOW, 0.0) <= 0:
        people += 1

    assert people == plan.burst // 10
