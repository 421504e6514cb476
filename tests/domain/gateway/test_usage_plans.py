"""Token buckets: never too many calls, never starved."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.gateway.usage_plans import Bucket, UsagePlan, background_reserve, emptied, refill, take

ORDERS = UsagePlan(0.0056, 20)
START = 1_772_625_600.0  # a moment in 2026: floats are coarser there than near zero

plans = st.builds(UsagePlan, st.sampled_from([0.0005, 0.0056, 0.016, 0.5, 1.0, 2.0]), st.integers(1, 30))
gaps = st.lists(st.floats(0, 600, allow_nan=False), min_size=1, max_size=60)
reserves = st.floats(0, 40, allow_nan=False)


def granted_at(plan: UsagePlan, gaps: list[float], reserve: float = 0.0) -> list[float]:
    """The moments at which somebody who asks after each gap gets a token."""
    bucket, now, granted = Bucket.full(plan, START), START, []
    for gap in gaps:
        now += gap
        decision = take(bucket, plan, now, reserve)
        bucket = decision.bucket
        if decision.wait == 0:
            granted.append(now)
    return granted


@given(plans, gaps)
def test_no_window_ever_sees_more_than_burst_and_refill(plan: UsagePlan, gaps: list[float]) -> None:
    granted = granted_at(plan, gaps)

    for number, first in enumerate(granted):
        for later in range(number, len(granted)):
            most = plan.burst + plan.rate * (granted[later] - first)
            assert later - number + 1 <= most + 1e-4


@given(plans, gaps, reserves)
def test_waiting_as_long_as_told_is_enough(plan: UsagePlan, gaps: list[float], reserve: float) -> None:
    bucket, now = Bucket.full(plan, START), START
    for gap in gaps:
        now += gap
        decision = take(bucket, plan, now, reserve)
        if decision.wait > 0:
            now += decision.wait
            decision = take(decision.bucket, plan, now, reserve)
        bucket = decision.bucket

        assert decision.wait == 0


@given(plans, st.floats(0, 30), st.floats(0, 10_000), st.floats(0, 10_000))
def test_the_later_one_asks_the_shorter_the_wait(
    plan: UsagePlan, level: float, early: float, later: float
) -> None:
    bucket = Bucket(min(level, plan.burst), START)
    first, second = sorted([early, later])

    assert take(bucket, plan, START + second).wait <= take(bucket, plan, START + first).wait


@given(plans, st.floats(0, 30), st.floats(-10_000, 10_000))
def test_a_bucket_never_holds_more_than_its_burst(plan: UsagePlan, level: float, later: float) -> None:
    bucket = refill(Bucket(min(level, plan.burst), START), plan, START + later)

    assert bucket.level <= plan.burst


def test_twenty_orders_calls_go_at_once_and_the_next_one_in_three_minutes() -> None:
    bucket = Bucket.full(ORDERS, START)
    for _ in range(20):
        bucket = take(bucket, ORDERS, START).bucket

    refused = take(bucket, ORDERS, START)

    assert refused.wait == pytest.approx(1 / 0.0056, abs=0.001)
    assert take(refused.bucket, ORDERS, START + 178.5).wait > 0
    assert take(refused.bucket, ORDERS, START + refused.wait).wait == 0


def test_asking_in_vain_costs_nothing() -> None:
    bucket = Bucket(0.0, START)
    for second in range(178):
        bucket = take(bucket, ORDERS, START + second).bucket

    assert take(bucket, ORDERS, START + 179).wait == 0


def test_a_slow_bucket_fills_exactly_over_a_year() -> None:
    plan = UsagePlan(0.0056, 200_000)
    bucket = Bucket(0.0, START)
    for hour in range(24 * 365):
        bucket = refill(bucket, plan, START + hour * 3600)

    assert bucket.level == pytest.approx((24 * 365 - 1) * 3600 * 0.0056)


def test_a_clock_that_runs_backwards_neither_gives_nor_takes() -> None:
    bucket = Bucket(0.5, START)

    decision = take(bucket, UsagePlan(1.0, 5), START - 100)

    assert decision.bucket == bucket
    assert decision.wait == pytest.approx(100.5)


def test_a_bucket_from_far_ahead_was_left_by_a_clock_that_was_set_back() -> None:
    decision = take(Bucket(0.5, START), UsagePlan(1.0, 5), START - 3600)

    assert decision.bucket == Bucket(0.5, START - 3600)
    assert decision.wait == pytest.approx(0.5)


def test_background_work_leaves_its_reserve_to_people() -> None:
    bucket = Bucket(2.9, START)
    reserve = background_reserve(ORDERS)

    assert reserve == 2
    assert take(bucket, ORDERS, START, reserve).wait > 0
    assert take(bucket, ORDERS, START).wait == 0


def test_a_reserve_as_large_as_the_burst_starves_nobody() -> None:
    plan = UsagePlan(2.0, 2)

    assert take(Bucket.full(plan, START), plan, START, reserve=5).wait == 0


def test_small_plans_have_no_reserve() -> None:
    assert background_reserve(UsagePlan(2.0, 2)) == 0


def test_too_many_empties_the_bucket() -> None:
    bucket = emptied(ORDERS, START)

    assert take(bucket, ORDERS, START).wait == pytest.approx(1 / 0.0056, abs=0.001)


@given(plans, st.floats(1, 3600))
def test_after_too_many_the_next_token_is_there_when_the_channel_said(
    plan: UsagePlan, seconds: float
) -> None:
    bucket = emptied(plan, START, retry_after=seconds)

    assert take(bucket, plan, START).wait == pytest.approx(seconds, abs=0.0015)


def test_a_channel_that_says_come_back_at_once_is_given_a_second() -> None:
    bucket = emptied(ORDERS, START, retry_after=0.0)

    assert take(bucket, ORDERS, START).wait == pytest.approx(1.0, abs=0.0015)


@given(plans, gaps)
def test_waits_are_whole_milliseconds(plan: UsagePlan, gaps: list[float]) -> None:
    bucket, now = Bucket.full(plan, START), START
    for gap in gaps:
        now += gap
        decision = take(bucket, plan, now)
        bucket = decision.bucket

        assert math.isclose(decision.wait * 1000, round(decision.wait * 1000))
