"""Two stores of buckets: the one that is shared by all, and the one that stands in when it is lost."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest

from adapters.fallback import FallbackBuckets
from adapters.memory.buckets import MemoryBuckets
from domain.errors import Unavailable
from domain.gateway.model import BucketKey, BucketOwner, Level
from domain.gateway.usage_plans import UsagePlan
from tests.fakes.things import NOW

KEY = BucketKey("app", "na", "A1SELLER", "searchOrders")
#: Full after five minutes.
PLAN = UsagePlan(1 / 60, 5)


@dataclass
class LosableBuckets:
    """Buckets in memory that can be lost, and forgotten."""

    kept: MemoryBuckets = field(default_factory=MemoryBuckets)
    lost: bool = False

    def take(self, key: BucketKey, plan: UsagePlan, now: datetime, reserve: float) -> float:
        return self._there().take(key, plan, now, reserve)

    def learn(self, key: BucketKey, rate: float) -> None:
        self._there().learn(key, rate)

    def empty(self, key: BucketKey, plan: UsagePlan, now: datetime, retry_after: float | None) -> float:
        return self._there().empty(key, plan, now, retry_after)

    def levels(self, sellers: Collection[BucketOwner]) -> list[Level]:
        return self._there().levels(sellers)

    def _there(self) -> MemoryBuckets:
        if self.lost:
            raise Unavailable("lost")
        return self.kept


class Bench:
    """Both stores, and how often a token was to be had."""

    def __init__(self) -> None:
        self.first, self.second = LosableBuckets(), LosableBuckets()
        self.buckets = FallbackBuckets(self.first, self.second)

    def take(self, seconds: float, key: BucketKey = KEY) -> float:
        return self.buckets.take(key, PLAN, NOW + timedelta(seconds=seconds), 0.0)

    def granted(self, first: int, last: int, key: BucketKey = KEY) -> int:
        """How many tokens somebody gets who asks every second."""
        return sum(self.take(second, key) == 0 for second in range(first, last))


def test_as_long_as_the_first_store_answers_the_second_only_notes_which_buckets_are_used() -> None:
    bench = Bench()

    granted = bench.granted(0, 10)

    assert granted == PLAN.burst
    assert bench.second.kept.levels([KEY.owner]) == [Level(KEY, None, PLAN.rate)]


@pytest.mark.parametrize("forgetful", [False, True])
def test_losing_the_first_store_and_having_it_back_never_exceeds_the_plan(forgetful: bool) -> None:
    bench = Bench()

    granted = bench.granted(0, 60)
    bench.first.lost = True
    granted += bench.granted(60, 300)
    bench.first.lost = False
    if forgetful:
        bench.first.kept = MemoryBuckets()
    granted += bench.granted(300, 600)

    assert 5 < granted <= PLAN.burst + PLAN.rate * 600


def test_what_could_have_filled_since_the_change_is_not_emptied() -> None:
    bench = Bench()
    bench.take(0)
    bench.first.lost = True
    bench.take(1)
    other = BucketKey("app", "na", "A2SELLER", "searchOrders")

    granted = bench.granted(1 + 300, 1 + 305, other)

    assert granted == PLAN.burst


def test_a_store_that_comes_and_goes_all_the_time_starves_nobody() -> None:
    bench = Bench()
    granted = 0

    for minute in range(60):
        bench.first.lost = minute % 2 == 1
        granted += bench.granted(minute * 60, minute * 60 + 60)

    assert granted >= 25


def test_a_process_that_begins_while_the_first_store_is_lost_empties_the_buckets_of_others() -> None:
    bench = Bench()
    bench.take(0)
    bench.first.lost = True
    begun = FallbackBuckets(bench.first, bench.second)

    waits = [begun.take(KEY, PLAN, NOW + timedelta(seconds=second), 0.0) for second in (0, 60)]

    assert waits == [pytest.approx(60, abs=0.01), 0]


def test_a_bucket_that_nobody_has_used_is_full_whatever_was_lost() -> None:
    bench = Bench()
    bench.take(0)
    bench.first.lost = True
    other = BucketKey("app", "na", "A2SELLER", "searchOrders")

    granted = bench.granted(1, 10, other)

    assert granted == PLAN.burst


def test_a_learned_rate_is_known_to_whoever_stands_in() -> None:
    bench = Bench()
    bench.buckets.learn(KEY, 0.5)
    bench.first.lost = True

    bench.buckets.learn(KEY, 0.25)

    assert bench.take(0) == pytest.approx(4, abs=0.01)


def test_a_store_that_comes_back_without_its_memory_is_told_the_learned_rate() -> None:
    bench = Bench()
    bench.take(0)
    bench.buckets.learn(KEY, 1.0)
    bench.first.lost = True
    bench.take(1)
    bench.first.kept, bench.first.lost = MemoryBuckets(), False

    wait = bench.take(2)

    assert wait == pytest.approx(1.0)


def test_a_process_that_begins_tells_a_store_without_its_memory_the_learned_rate() -> None:
    bench = Bench()
    bench.take(0)
    bench.buckets.learn(KEY, 1.0)
    bench.first.kept = MemoryBuckets()
    begun = FallbackBuckets(bench.first, bench.second)

    waits = [begun.take(KEY, PLAN, NOW, 0.0) for _ in range(PLAN.burst + 1)]

    assert waits[-1] == pytest.approx(1.0)


def test_emptying_and_reading_go_where_the_tokens_are() -> None:
    bench = Bench()
    bench.buckets.empty(KEY, PLAN, NOW, 30)
    first = bench.buckets.levels([KEY.owner])
    bench.first.lost = True
    bench.buckets.empty(KEY, PLAN, NOW, None)

    second = bench.buckets.levels([KEY.owner])

    assert [level.bucket and level.bucket.level for level in (*first, *second)] == [0.5, 0.0]


def test_losing_both_is_said() -> None:
    bench = Bench()
    bench.first.lost = bench.second.lost = True

    with pytest.raises(Unavailable):
        bench.take(0)
