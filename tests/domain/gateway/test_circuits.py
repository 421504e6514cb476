"""Circuits: when an operation is left alone, and for how long."""

from datetime import datetime, timedelta

import pytest

from domain.errors import UpstreamFailed, UpstreamTimedOut
from domain.gateway.circuits import FAILURES_IN_A_ROW, LONGEST_PAUSE, SELLERS_IN_A_ROW, Circuits, Line
from tests.fakes.things import NOW

LINE = Line("na", "getThings", "SELLER1")


def after(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def broken(failures: int = FAILURES_IN_A_ROW, line: Line = LINE) -> Circuits:
    """After so many failures in a row, one a moment."""
    circuits = Circuits()
    for _ in range(failures):
        circuits.failed(line, UpstreamFailed, NOW, NOW)
    return circuits


def test_a_few_failures_change_nothing() -> None:
    broken(FAILURES_IN_A_ROW - 1).admit(LINE, NOW)


def test_failures_in_a_row_open_the_circuit_and_say_for_how_long() -> None:
    with pytest.raises(
        UpstreamFailed, match=r"failed at getThings again and again; it is asked again in 1 s"
    ):
        broken().admit(LINE, NOW)


def test_an_answer_in_between_begins_the_count_anew() -> None:
    circuits = broken(FAILURES_IN_A_ROW - 1)

    circuits.answered(LINE)
    circuits.failed(LINE, UpstreamFailed, NOW, NOW)

    circuits.admit(LINE, NOW)


def failed_for(circuits: Circuits, sellers: int, now: datetime = NOW) -> None:
    """One failure for each of so many sellers."""
    for number in range(sellers):
        circuits.failed(Line("na", "getThings", f"S{number}"), UpstreamFailed, now, now)


@pytest.mark.parametrize(
    "other",
    [
        Line("eu", "getThings", "SELLER1"),
        Line("na", "getOthers", "SELLER1"),
        Line("na", "getThings", "SELLER2"),
    ],
)
def test_other_regions_operations_and_sellers_go_on(other: Line) -> None:
    broken().admit(other, NOW)


def test_after_the_pause_one_call_goes_through_and_the_others_wait_for_it() -> None:
    circuits = broken()

    circuits.admit(LINE, after(1))

    with pytest.raises(UpstreamFailed):
        circuits.admit(LINE, after(1.1))


def test_a_trial_that_works_closes_the_circuit() -> None:
    circuits = broken()
    circuits.admit(LINE, after(1))

    circuits.answered(LINE)

    circuits.admit(LINE, after(1.1))


def test_a_trial_that_nobody_hears_of_is_followed_by_another() -> None:
    circuits = broken()
    circuits.admit(LINE, after(1))

    circuits.admit(LINE, after(6.1))


def test_each_failed_trial_doubles_the_pause_up_to_a_minute() -> None:
    circuits, now, pauses = broken(), NOW, []
    for _ in range(9):
        with pytest.raises(UpstreamFailed) as refused:
            circuits.admit(LINE, now)
        pause = float(str(refused.value).split()[-2])
        pauses.append(pause)
        now += timedelta(seconds=pause)
        circuits.admit(LINE, now)
        circuits.failed(LINE, UpstreamFailed, now, now)

    assert pauses == [1, 2, 4, 8, 16, 32, 60, 60, 60]


def test_what_was_under_way_when_the_circuit_opened_does_not_lengthen_the_pause() -> None:
    circuits = broken()

    for _ in range(200):
        circuits.failed(LINE, UpstreamFailed, after(-1), after(0.5))

    circuits.admit(LINE, after(1))


def test_the_refusal_is_of_the_kind_of_the_last_failure() -> None:
    circuits = broken(FAILURES_IN_A_ROW - 1)
    circuits.failed(LINE, UpstreamTimedOut, NOW, NOW)

    with pytest.raises(UpstreamTimedOut):
        circuits.admit(LINE, NOW)


def test_a_clock_that_was_set_back_locks_nobody_out() -> None:
    circuits = Circuits()
    for _ in range(FAILURES_IN_A_ROW):
        circuits.failed(LINE, UpstreamFailed, after(86_400), after(86_400))

    circuits.admit(LINE, NOW)


def test_the_longest_pause_is_a_minute() -> None:
    assert LONGEST_PAUSE == 60


def test_what_fails_for_several_sellers_is_left_alone_for_all() -> None:
    circuits = Circuits()
    failed_for(circuits, SELLERS_IN_A_ROW - 1)
    circuits.admit(LINE, NOW)

    failed_for(circuits, SELLERS_IN_A_ROW)

    with pytest.raises(UpstreamFailed):
        circuits.admit(LINE, NOW)


def test_an_answer_to_anybody_shows_that_amazon_works() -> None:
    circuits = Circuits()
    failed_for(circuits, SELLERS_IN_A_ROW)

    circuits.answered(LINE)

    circuits.admit(Line("na", "getThings", "S0"), NOW)


def test_one_seller_for_whom_amazon_always_fails_keeps_nobody_out() -> None:
    circuits, now = Circuits(), NOW
    failed_for(circuits, SELLERS_IN_A_ROW)
    for _ in range(20):  # trials that the same seller spoils, who is always the first to ask
        now += timedelta(seconds=LONGEST_PAUSE)
        circuits.admit(Line("na", "getThings", "S0"), now)
        circuits.failed(Line("na", "getThings", "S0"), UpstreamFailed, now, now)

    circuits.admit(LINE, now + timedelta(seconds=6))


def test_trials_of_different_sellers_double_everybodys_pause() -> None:
    circuits = Circuits()
    failed_for(circuits, SELLERS_IN_A_ROW)

    for number, began in ((0, 1.0), (1, 3.0)):
        circuits.admit(Line("na", "getThings", f"S{number}"), after(began))
        circuits.failed(Line("na", "getThings", f"S{number}"), UpstreamFailed, after(began), after(began))

    with pytest.raises(UpstreamFailed, match="again in 4 s"):
        circuits.admit(LINE, after(3.0))


def test_a_trial_that_everybodys_circuit_refuses_is_not_used_up() -> None:
    circuits = broken()
    failed_for(circuits, SELLERS_IN_A_ROW - 1, after(0.5))

    with pytest.raises(UpstreamFailed):
        circuits.admit(LINE, after(1.2))

    circuits.admit(LINE, after(1.6))
