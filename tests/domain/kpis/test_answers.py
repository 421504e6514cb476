"""Answers are computed once for as long as they are true, and never kept longer."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from threading import Barrier, Event, Thread
from uuid import uuid4

import pytest

from adapters.memory.cache import MemoryCache
from domain.errors import NotConnected
from domain.kpis.answers import Answers
from domain.users.model import UserId
from tests.fakes.clock import HeldClock
from tests.fakes.memory_store import MemoryStore
from tests.fakes.memory_versions import MemoryPresentVersions
from tests.fakes.memory_work import MemoryWork
from tests.fakes.moments import a_moment
from tests.fakes.things import NOW

ADA, EVE = UserId(uuid4()), UserId(uuid4())
ORDERS = ("amazon-orders", "application/json", None)


class Desk:
    """Answers, with a count of how often they were computed."""

    def __init__(self, ttl: timedelta = timedelta(minutes=5), store: MemoryStore | None = None) -> None:
        self.clock, self.store = HeldClock(NOW), store or MemoryStore()
        self.computed = 0
        self.cache = MemoryCache(self.clock)
        self.answers = Answers(
            MemoryPresentVersions(self.store), a_moment, self.cache, ttl, self.clock, release="1"
        )

    def ask(self, user_id: UserId = ADA, question: tuple[object, ...] = ORDERS) -> str:
        return self.answers.answer(self.answers.tag(user_id, question), self._look, "answer {}".format)

    def change(self, user_id: UserId = ADA) -> None:
        with MemoryWork(self.store) as work:
            work.figures.changed(user_id)
            work.commit()

    def _look(self) -> int:
        self.computed += 1
        return self.computed


def test_the_same_question_is_computed_once():
    desk = Desk()

    assert [desk.ask(), desk.ask()] == ["answer 1", "answer 1"]


def test_what_has_changed_is_computed_anew():
    desk = Desk()
    desk.ask()

    desk.change()

    assert desk.ask() == "answer 2"


def test_what_has_changed_for_somebody_else_is_not():
    desk = Desk()
    desk.ask()

    desk.change(EVE)

    assert desk.ask() == "answer 1"


def test_a_number_that_is_known_already_is_not_looked_up_and_gives_the_same_tag():
    desk = Desk()
    desk.change()
    looked_up = desk.answers.tag(ADA, ORDERS)

    known = replace(desk.answers, versions=MemoryPresentVersions(MemoryStore())).tag(ADA, ORDERS, 1)

    assert known == looked_up


def test_nobody_gets_somebody_elses_answer_even_at_the_same_number():
    desk = Desk()

    assert desk.ask(ADA) != desk.ask(EVE)
    assert desk.answers.tag(ADA, ORDERS) != desk.answers.tag(EVE, ORDERS)


@pytest.mark.parametrize(
    "other",
    [
        ("amazon-orders", "text/csv", None),
        ("amazon-orders", "application/json", "USD"),
        ("amazon-inventory", "application/json", None),
        ("amazon-orders", "application/json", None, None),
    ],
)
def test_another_question_has_another_answer(other):
    desk = Desk()

    assert desk.ask() != desk.ask(question=other)


def test_another_release_computes_for_itself_from_a_cache_that_both_share():
    desk = Desk()
    desk.ask()
    newer = Answers(
        desk.answers.versions, a_moment, desk.cache, timedelta(minutes=5), desk.clock, release="2"
    )

    assert newer.answer(newer.tag(ADA, ORDERS), lambda: "new shape", str) == "new shape"


def test_another_process_that_shares_the_cache_finds_the_answer():
    desk = Desk()
    desk.ask()
    other = Answers(
        desk.answers.versions, a_moment, desk.cache, timedelta(minutes=5), desk.clock, release="1"
    )

    assert other.answer(other.tag(ADA, ORDERS), lambda: "computed twice", str) == "answer 1"


def test_a_day_that_begins_somewhere_is_another_question():
    desk = Desk()
    desk.clock.set(NOW.replace(hour=18, minute=29, second=59))  # a second before midnight in India
    desk.ask()

    desk.clock.advance(timedelta(seconds=1))

    assert desk.ask() == "answer 2"


def test_an_answer_is_kept_for_so_long_at_most():
    desk = Desk(ttl=timedelta(seconds=60))
    desk.ask()

    desk.clock.advance(timedelta(seconds=61))

    assert desk.ask() == "answer 2"


def test_without_a_time_to_keep_them_answers_are_computed_each_time():
    desk = Desk(ttl=timedelta(0))

    assert [desk.ask(), desk.ask()] == ["answer 1", "answer 2"]


def test_a_change_while_an_answer_is_computed_makes_the_next_one_compute_again():
    desk = Desk()
    tag = desk.answers.tag(ADA, ORDERS)

    def slowly() -> str:
        desk.change()
        return "from before the change"

    desk.answers.answer(tag, slowly, str)

    assert desk.ask() == "answer 1"


def test_a_failure_is_not_kept():
    desk = Desk()

    def fails() -> str:
        raise NotConnected("No seller account is connected.")

    with pytest.raises(NotConnected):
        desk.answers.answer(desk.answers.tag(ADA, ORDERS), fails, str)

    assert desk.ask() == "answer 1"


def test_many_who_ask_at_once_have_it_computed_once():
    desk = Desk()
    tag, begun, go_on = desk.answers.tag(ADA, ORDERS), Event(), Event()
    waiting = Barrier(8)
    computed: list[int] = []
    answers: list[str] = []

    def compute() -> str:
        computed.append(1)
        begun.set()
        go_on.wait(5)
        return "one for all"

    def ask_too() -> None:
        waiting.wait(5)
        answers.append(desk.answers.answer(tag, compute, str))

    first = Thread(target=lambda: answers.append(desk.answers.answer(tag, compute, str)))
    first.start()
    begun.wait(5)
    others = [Thread(target=ask_too) for _ in range(7)]
    for thread in others:
        thread.start()
    waiting.wait(5)
    for thread in others:
        thread.join(0.02)  # time to ask: whoever asks now finds somebody at it
    go_on.set()
    for thread in (first, *others):
        thread.join(5)

    assert (answers, len(computed)) == (["one for all"] * 8, 1)


def test_who_waits_for_a_failing_computation_hears_of_it_and_the_next_one_tries_again():
    desk = Desk()
    tag, begun, go_on = desk.answers.tag(ADA, ORDERS), Event(), Event()
    heard: list[str] = []

    def fails() -> str:
        begun.set()
        go_on.wait(5)
        raise NotConnected("nothing here")

    def ask() -> None:
        try:
            desk.answers.answer(tag, fails, str)
        except NotConnected as error:
            heard.append(str(error))

    first = Thread(target=ask)
    first.start()
    begun.wait(5)
    second = Thread(target=ask)
    second.start()
    go_on.set()
    first.join(5)
    second.join(5)

    assert heard == ["nothing here"] * 2
    assert desk.ask() == "answer 1"


def test_who_waits_for_somebody_who_is_interrupted_computes_it_instead():
    desk = Desk()
    tag, begun, go_on = desk.answers.tag(ADA, ORDERS), Event(), Event()
    found: list[str] = []

    def interrupted() -> str:
        begun.set()
        go_on.wait(5)
        raise SystemExit

    def ask_in_vain() -> None:
        with pytest.raises(SystemExit):
            desk.answers.answer(tag, interrupted, str)

    first = Thread(target=ask_in_vain)
    first.start()
    begun.wait(5)
    second = Thread(target=lambda: found.append(desk.ask()))
    second.start()
    go_on.set()
    first.join(5)
    second.join(5)

    assert found == ["answer 1"]


def test_it_is_put_into_words_when_the_moment_is_over():
    said: list[str] = []

    @contextmanager
    def moment() -> Iterator[Callable[[], None]]:
        yield lambda: said.append("over")
        said.append("ended")

    def told(what: str) -> str:
        said.append(what)
        return what

    desk = Desk()
    answers = replace(desk.answers, one_moment=moment)

    assert answers.answer("tag", lambda: told("found"), lambda _: told("written")) == "written"
    assert said == ["found", "over", "written", "ended"]
