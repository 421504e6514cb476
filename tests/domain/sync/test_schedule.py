"""When a resource is due again."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from domain.sync.schedule import next_run, next_try
from tests.fakes.chance import EvenChance
from tests.fakes.things import NOW

INTERVAL = timedelta(minutes=15)


class Extreme:
    """Chance that always takes the same end: 0.0 the low one, 1.0 the high one."""

    def __init__(self, end: float) -> None:
        self._end = end

    def between(self, low: float, high: float) -> float:
        return low + (high - low) * self._end


ends = st.floats(0, 1)


@given(ends)
def test_a_success_is_followed_an_interval_later_give_or_take_a_tenth(end: float) -> None:
    due = next_run(NOW, INTERVAL, Extreme(end))

    assert timedelta(minutes=13.4) < due - NOW < timedelta(minutes=16.6)


def test_sellers_spread_over_the_interval() -> None:
    assert next_run(NOW, INTERVAL, Extreme(0)) < next_run(NOW, INTERVAL, Extreme(1))
    assert next_run(NOW, INTERVAL, EvenChance()) == NOW + INTERVAL


@given(ends, st.integers(1, 10_000))
def test_a_failure_is_repeated_within_four_intervals_and_a_tenth(end: float, failures: int) -> None:
    due = next_try(NOW, INTERVAL, failures, Extreme(end))

    assert timedelta(minutes=1) <= due - NOW <= timedelta(minutes=66)


@given(st.integers(1, 100))
def test_more_failures_never_come_back_sooner(failures: int) -> None:
    sooner = next_try(NOW, INTERVAL, failures, EvenChance())

    assert next_try(NOW, INTERVAL, failures + 1, EvenChance()) >= sooner
