"""How LWA is left alone: what it asks for, what is fair, and what failures teach."""

from dataclasses import replace
from itertools import pairwise

import pytest

from domain.credentials.pace import CODE_PLAN, FAILURES_IN_A_ROW, LWA_PLAN, Pace
from domain.errors import RateLimited, UpstreamFailed, UpstreamRefused, UpstreamTimedOut
from tests.domain.credentials.bench import NEW, SECOND, Installation
from tests.fakes.chance import EvenChance

CLIENT = "client"


def raising(error: Exception):
    def ask() -> None:
        raise error

    return ask


def tried(pace: Pace, *outcomes: Exception | None) -> list[str]:
    """What comes of requests with these outcomes, one after the other; ``None`` is a good answer."""
    said = []
    for outcome in outcomes:
        ask = raising(outcome) if outcome else lambda: None
        try:
            pace.asked(CLIENT, ask)
            said.append("good")
        except (RateLimited, UpstreamFailed, UpstreamTimedOut, UpstreamRefused) as error:
            said.append("asked" if error is outcome else "left alone")
    return said


@pytest.fixture
def shared():
    return Installation(NEW)


@pytest.fixture
def pace(shared):
    return Pace(shared.buckets, shared.clock, EvenChance())


def test_a_burst_goes_through_and_then_as_many_as_the_plan_allows(shared, pace):
    burst = tried(pace, *[None] * (LWA_PLAN.burst + 1))
    shared.clock.advance(SECOND)
    later = tried(pace, *[None] * 25)

    assert burst.count("good") == LWA_PLAN.burst
    assert later.count("good") == 20


def test_who_comes_too_often_learns_when_to_come_back(pace):
    tried(pace, *[None] * LWA_PLAN.burst)

    with pytest.raises(RateLimited) as caught:
        pace.asked(CLIENT, lambda: None)

    assert 0 < caught.value.retry_after <= 0.05


def test_when_lwa_throttles_nobody_asks_until_it_said_so(shared, pace):
    elsewhere = Pace(shared.buckets, shared.clock, EvenChance())
    with pytest.raises(RateLimited) as caught:
        pace.asked(CLIENT, raising(RateLimited("slow down", 30.0, "amazon")))

    shared.clock.advance(29 * SECOND)
    before = tried(elsewhere, None) + tried(pace, None)
    shared.clock.advance(SECOND)

    assert caught.value.retry_after == pytest.approx(30)
    assert before == ["left alone", "left alone"]
    assert tried(elsewhere, None) == ["good"]


def test_what_a_person_waits_for_goes_on_in_a_pause_within_a_small_plan(pace):
    with pytest.raises(RateLimited):
        pace.asked(CLIENT, raising(RateLimited("slow down", 30.0, "amazon")), at_any_rate=True)
    granted = [pace.asked(CLIENT, lambda: "good", at_any_rate=True) for _ in range(CODE_PLAN.burst - 1)]

    with pytest.raises(RateLimited) as caught:
        pace.asked(CLIENT, lambda: "good", at_any_rate=True)

    assert set(granted) == {"good"}
    assert caught.value.retry_after == pytest.approx(0.5)
    assert tried(pace, None) == ["left alone"]


def test_clients_have_plans_of_their_own(pace):
    tried(pace, *[None] * (LWA_PLAN.burst + 1))

    assert pace.asked("another", lambda: "good") == "good"


def test_a_failure_now_and_then_pauses_nothing(pace):
    some = [UpstreamFailed("503")] * (FAILURES_IN_A_ROW - 1)

    assert "left alone" not in tried(pace, *some, None, *some, None)


def test_who_is_turned_away_hears_what_is_wrong_with_lwa(pace):
    tried(pace, *[UpstreamTimedOut("late")] * FAILURES_IN_A_ROW)

    with pytest.raises(UpstreamTimedOut, match="several times in a row"):
        pace.asked(CLIENT, lambda: None)


def test_failures_in_a_row_pause_for_longer_and_longer_up_to_a_minute(shared, pace):
    late = UpstreamTimedOut("late")
    tried(pace, *[late] * (FAILURES_IN_A_ROW - 1))
    asked = []

    for second in range(600):
        asked += [second] if tried(pace, late) == ["asked"] else []
        shared.clock.advance(SECOND)

    gaps = [later - earlier for earlier, later in pairwise(asked)]
    assert gaps == sorted(gaps)
    assert gaps[0] <= 2
    assert 40 <= gaps[-1] <= 60


def test_after_a_pause_one_asks_and_the_others_wait_for_the_answer(shared, pace):
    tried(pace, *[UpstreamFailed("503")] * FAILURES_IN_A_ROW)
    shared.clock.advance(2 * SECOND)
    seen = []

    pace.asked(CLIENT, lambda: seen.extend(tried(pace, None)))

    assert seen == ["left alone"]
    assert tried(pace, None) == ["good"]


def test_failures_that_were_under_way_together_count_once(shared, pace):
    failed = UpstreamFailed("503")

    def overtaken() -> None:
        shared.clock.advance(SECOND)
        tried(pace, *[failed] * FAILURES_IN_A_ROW)
        raise failed

    with pytest.raises(UpstreamFailed):
        pace.asked(CLIENT, overtaken)
    shared.clock.advance(SECOND)

    assert tried(pace, None) == ["good"]


def test_a_refusal_shows_that_lwa_is_there(pace):
    some = [UpstreamFailed("503")] * (FAILURES_IN_A_ROW - 1)

    assert "left alone" not in tried(pace, *some, UpstreamRefused("no"), *some, None)


def test_who_is_in_no_hurry_leaves_a_reserve_to_those_who_are(shared, pace):
    unhurried = replace(pace, reserve=20.0)

    taken = tried(unhurried, *[None] * LWA_PLAN.burst)
    left = tried(pace, *[None] * 25)

    assert (taken.count("good"), left.count("good")) == (LWA_PLAN.burst - 20, 20)


def test_a_clock_that_is_set_back_prolongs_no_pause(shared, pace):
    late = UpstreamTimedOut("late")
    tried(pace, *[late] * FAILURES_IN_A_ROW)
    shared.clock.advance(-3600 * SECOND)

    asked = tried(pace, late)
    then = tried(pace, None)
    shared.clock.advance(5 * SECOND)

    assert (asked, then) == (["asked"], ["left alone"])
    assert tried(pace, None) == ["good"]
