"""When a resource is due again."""

from collections import Counter
from datetime import datetime, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from domain.connections.model import ConnectionId
from domain.sync.model import Resource
from domain.sync.schedule import next_run, next_try, pace, phase
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
phases = st.floats(0, 1, exclude_max=True)
moments = st.timedeltas(timedelta(0), timedelta(days=7000)).map(lambda later: NOW + later)
paces = st.integers(0, 20).map(lambda quiet: pace(INTERVAL, quiet))


def sellers(number: int) -> list[float]:
    """The places of so many sellers' orders."""
    return [phase(ConnectionId(UUID(int=seed * 7919)), Resource.ORDERS) for seed in range(number)]


@given(moments, paces, phases)
def test_a_success_is_followed_within_the_pace(now: datetime, of: timedelta, place: float) -> None:
    due = next_run(now, of, place)

    assert timedelta(0) < due - now <= of


@given(moments, paces, phases, st.floats(0, 0.99))
def test_a_seller_comes_at_the_same_place_every_time(
    now: datetime, of: timedelta, place: float, late: float
) -> None:
    due = next_run(now, of, place)

    assert next_run(due + of * late, of, place) == due + of


def test_sellers_who_connect_at_once_lie_evenly_over_the_interval() -> None:
    ticks = Counter(
        (next_run(NOW, INTERVAL, place) - NOW) // timedelta(seconds=10) for place in sellers(10_000)
    )

    mean = 10_000 / 90
    assert len(ticks) in (90, 91)
    assert max(ticks.values()) < 1.5 * mean


def test_quiet_sellers_lie_evenly_over_their_longer_pace() -> None:
    longer = pace(INTERVAL, quiet=6)

    ticks = Counter((next_run(NOW, longer, place) - NOW) // timedelta(minutes=1) for place in sellers(10_000))

    assert max(ticks.values()) < 1.5 * 10_000 / 60


def test_the_resources_of_a_seller_have_places_of_their_own() -> None:
    seller = ConnectionId(UUID(int=1))

    assert len({phase(seller, resource) for resource in Resource}) == len(Resource)


def test_who_is_quiet_is_asked_less_often_up_to_four_times_the_interval() -> None:
    times = [pace(INTERVAL, quiet) / INTERVAL for quiet in (0, 1, 2, 3, 4, 5, 6, 7, 1000)]

    assert times == [1, 1, 1, 2, 2, 2, 4, 4, 4]


@given(ends, st.integers(1, 10_000))
def test_a_failure_is_repeated_within_four_intervals_and_a_tenth(end: float, failures: int) -> None:
    due = next_try(NOW, INTERVAL, failures, Extreme(end))

    assert timedelta(minutes=1) <= due - NOW <= timedelta(minutes=66)


@given(st.integers(1, 100))
def test_more_failures_never_come_back_sooner(failures: int) -> None:
    sooner = next_try(NOW, INTERVAL, failures, EvenChance())

    assert next_try(NOW, INTERVAL, failures + 1, EvenChance()) >= sooner
