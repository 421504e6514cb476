"""Asking once: what is kept, who waits for whom, and how long a request goes on."""

import json
from collections.abc import Callable, Sequence
from datetime import timedelta
from threading import Barrier, Event, Thread
from uuid import UUID

import pytest

from adapters.memory.cache import MemoryCache
from domain.acting import acting_for, present
from domain.errors import (
    AccessDenied,
    NotFound,
    PortsideError,
    RateLimited,
)
from domain.products.asking import Codec, Questions, Turns
from domain.users.model import UserId
from tests.fakes.clock import HeldClock
from tests.fakes.stopwatch import HeldStopwatch
from tests.fakes.things import NOW, a_connection, a_user

NUMBERS: Codec[int] = Codec("numbers/1", lambda number: number, lambda kept: int(str(kept)))


class Asking:
    """Questions about texts, answered by their length; ``asked`` remembers each call."""

    def __init__(self) -> None:
        self.clock = HeldClock(NOW)
        self.cache = MemoryCache(self.clock)
        self.questions = Questions(self.cache, timedelta(minutes=5), NUMBERS)
        self.asked: list[list[str]] = []

    def __call__(self, keys: Sequence[str]) -> dict[str, int | PortsideError]:
        self.asked.append(list(keys))
        return {key: len(key) for key in keys}


def test_what_is_kept_is_not_asked_again() -> None:
    ask = Asking()
    ask.questions.answers(["a", "bb"], ask)

    found = ask.questions.answers(["bb", "ccc", "a"], ask)

    assert found == {"a": 1, "bb": 2, "ccc": 3}
    assert ask.asked == [["a", "bb"], ["ccc"]]


def test_what_was_kept_is_asked_again_when_its_time_is_over() -> None:
    ask = Asking()
    ask.questions.answers(["a"], ask)

    ask.clock.advance(timedelta(minutes=5))
    ask.questions.answers(["a"], ask)

    assert ask.asked == [["a"], ["a"]]


def test_an_error_is_not_kept() -> None:
    ask = Asking()
    missing = NotFound("none")

    found = ask.questions.answers(["a"], lambda _keys: {"a": missing})
    again = ask.questions.answers(["a"], ask)

    assert (found, again) == ({"a": missing}, {"a": 1})


def test_an_error_of_the_whole_call_is_raised_and_the_next_one_asks_anew() -> None:
    ask = Asking()

    def denied() -> int:
        raise AccessDenied("denied")

    with pytest.raises(AccessDenied):
        ask.questions.answer("a", denied)

    assert ask.questions.answers(["a"], ask) == {"a": 1}


def _together(*works: Callable[[], object]) -> None:
    threads = [Thread(target=work) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(5)
    assert not any(thread.is_alive() for thread in threads)


def test_who_asks_at_the_same_time_waits_for_the_same_answer() -> None:
    ask, started, go_on = Asking(), Event(), Event()
    found: list[dict[str, int | PortsideError]] = []

    def slow(keys: Sequence[str]) -> dict[str, int | PortsideError]:
        started.set()
        assert go_on.wait(5)
        return ask(keys)

    def second() -> None:
        assert started.wait(5)
        Thread(target=go_on.set).start()
        found.append(ask.questions.answers(["a", "bb"], ask))

    _together(lambda: found.append(ask.questions.answers(["a"], slow)), second)

    assert sorted(ask.asked) == [["a"], ["bb"]]
    assert {"a": 1, "bb": 2} in found


def test_two_who_wait_for_each_other_both_get_their_answers() -> None:
    ask, both = Asking(), Barrier(2)
    found: list[dict[str, int | PortsideError]] = []

    def slow(keys: Sequence[str]) -> dict[str, int | PortsideError]:
        both.wait(5)
        return ask(keys)

    def first() -> None:
        found.append(ask.questions.answers(["a"], slow) | ask.questions.answers(["a", "bb"], ask))

    def second() -> None:
        found.append(ask.questions.answers(["bb"], slow) | ask.questions.answers(["bb", "a"], ask))

    _together(first, second)

    assert found == [{"a": 1, "bb": 2}] * 2
    assert sorted(ask.asked) == [["a"], ["bb"]]


def test_a_failure_is_told_to_those_who_waited_for_it() -> None:
    ask, started, go_on = Asking(), Event(), Event()
    heard: list[str] = []

    def denied() -> int:
        started.set()
        assert go_on.wait(5)
        raise AccessDenied("denied")

    def asking(ask_now: Callable[[], int]) -> None:
        try:
            ask.questions.answer("a", ask_now)
        except AccessDenied as error:
            heard.append(str(error))

    def second() -> None:
        assert started.wait(5)
        Thread(target=go_on.set).start()
        asking(denied)

    _together(lambda: asking(denied), second)

    assert heard == ["denied", "denied"]


def test_a_batch_that_waits_for_a_single_question_has_its_error_in_the_row() -> None:
    ask, started, go_on = Asking(), Event(), Event()
    missing = NotFound("none")
    found: list[dict[str, int | PortsideError]] = []

    def unknown() -> int:
        started.set()
        assert go_on.wait(5)
        raise missing

    def single() -> None:
        with pytest.raises(NotFound):
            ask.questions.answer("a", unknown)

    def meanwhile(keys: Sequence[str]) -> dict[str, int | PortsideError]:
        go_on.set()
        return ask(keys)

    def batch() -> None:
        assert started.wait(5)
        found.append(ask.questions.answers(["a", "bb"], meanwhile))

    _together(single, batch)

    assert found == [{"a": missing, "bb": 2}]


def test_keys_of_different_connections_and_clients_are_different() -> None:
    one, other = a_connection(a_user()), a_connection(a_user())

    keys = {NUMBERS.key(one, "a", "b"), NUMBERS.key(other, "a", "b"), NUMBERS.key(one, "ab")}

    assert len(keys) == 3
    assert json.loads(NUMBERS.key(one, "a")) == ["numbers/1", str(one.id), None, "a"]


class Taking:
    """Answers with ``outcomes``, one after the other, and takes ``seconds`` for each."""

    def __init__(self, *outcomes: int | Exception, seconds: float = 0.0) -> None:
        self.clock = HeldClock(NOW)
        self.turns = Turns(HeldStopwatch(self.clock))
        self.outcomes = list(outcomes)
        self.seconds = seconds
        self.asked: list[str] = []

    def __call__(self, item: str) -> int:
        self.asked.append(item)
        self.clock.advance(timedelta(seconds=self.seconds))
        outcome = self.outcomes.pop(0)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome


def test_each_item_has_its_answer_or_its_error_in_order() -> None:
    missing = NotFound("none")
    ask = Taking(1, missing, 3)

    assert ask.turns.each(["a", "b", "c"], ask, at_once=1) == [1, missing, 3]


def test_several_at_once_keep_the_order() -> None:
    turns = Turns(HeldStopwatch(HeldClock(NOW)))

    assert turns.each(list(range(50)), lambda number: number * 2) == [number * 2 for number in range(50)]


def test_what_others_overtook_goes_on_waiting() -> None:
    ask = Taking(RateLimited("later", 0.4), RateLimited("later", 0.2), 7)

    assert ask.turns.each(["a"], ask) == [7]


def test_what_has_to_wait_for_long_is_not_asked_again() -> None:
    late = RateLimited("later", 30.0)
    ask = Taking(late, 2)

    assert ask.turns.each(["a", "b"], ask, at_once=1) == [late, 2]


def test_an_item_that_is_overtaken_for_ever_is_given_up() -> None:
    ask = Taking(*[RateLimited("later", 0.1)] * 100)

    (found,) = ask.turns.each(["a"], ask)

    assert isinstance(found, RateLimited)
    assert len(ask.asked) == 10


def test_what_does_not_come_to_its_turn_in_time_is_rate_limited() -> None:
    ask = Taking(1, 2, 3, 4, seconds=7)

    found = ask.turns.each(["a", "b", "c", "d"], ask, at_once=1)

    assert found[:3] == [1, 2, 3]
    assert isinstance(found[3], RateLimited)
    assert ask.asked == ["a", "b", "c"]


def test_an_error_of_the_connection_ends_the_whole() -> None:
    ask = Taking(1, AccessDenied("denied"), 3)

    with pytest.raises(AccessDenied):
        ask.turns.each(["a", "b", "c"], ask, at_once=1)

    assert ask.asked == ["a", "b"]


def test_an_error_of_the_connection_ends_what_is_asked_at_once_too() -> None:
    turns = Turns(HeldStopwatch(HeldClock(NOW)))

    def denied(_item: int) -> int:
        raise AccessDenied("denied")

    with pytest.raises(AccessDenied):
        turns.each(list(range(30)), denied)


def test_other_threads_work_for_the_same_user() -> None:
    turns, user_id = Turns(HeldStopwatch(HeldClock(NOW))), UserId(UUID(int=7))

    with acting_for(user_id):
        found = turns.each(list(range(8)), lambda _number: present().user_id)

    assert set(found) == {user_id}
