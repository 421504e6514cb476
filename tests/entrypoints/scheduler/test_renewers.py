"""Threads that renew tokens ahead of time: how many, how much at a tick, and how they end."""

import time
from collections.abc import Callable
from datetime import timedelta
from threading import Event, current_thread

import pytest

from domain.errors import Unavailable
from entrypoints.scheduler.renewers import Renewers
from tests.fakes.world import World

PATIENCE = 5.0


class Quay:
    """Connections whose tokens are due, and an LWA that answers when its gate is open."""

    def __init__(self, connections: int) -> None:
        self.world = World()
        for number in range(connections):
            self.world.connect(self.world.user, seller_id=f"S{number}")
        self.world.clock.advance(timedelta(minutes=56))
        self.gate = Event()
        self.threads: set[str] = set()
        self.world.lwa.during = self._think
        self.stopping = Event()
        self.renewers = Renewers(self.world.services.renewals, self.stopping, threads=2, each=3)

    @property
    def asked(self) -> int:
        return self.world.lwa.refreshes

    def claimed(self) -> int:
        return sum(row.claim_owner is not None for row in self.world.store.tables.tokens.values())

    def renewed(self) -> int:
        rows = self.world.store.tables.tokens.values()
        return sum(row.access_token is not None and row.access_token.text != "Atza|seed" for row in rows)

    def _think(self) -> None:
        self.threads.add(current_thread().name)
        assert self.gate.wait(PATIENCE)


def eventually(is_so: Callable[[], bool]) -> bool:
    """Whether it comes to be so, before patience runs out."""
    deadline = time.monotonic() + PATIENCE
    while not is_so() and time.monotonic() < deadline:
        time.sleep(0.005)
    return is_so()


def test_a_tick_takes_what_its_threads_can_carry_and_no_more() -> None:
    quay = Quay(connections=10)

    quay.renewers.tick()

    assert eventually(lambda: quay.asked == 2)
    assert quay.claimed() == 6
    quay.gate.set()
    assert quay.renewers.wait(PATIENCE)
    assert quay.renewed() == 6


def test_while_all_threads_are_busy_a_tick_takes_nothing() -> None:
    quay = Quay(connections=10)
    quay.renewers.tick()
    assert eventually(lambda: quay.asked == 2)

    quay.renewers.tick()

    assert quay.claimed() == 6
    quay.gate.set()
    assert quay.renewers.wait(PATIENCE)


def test_a_backlog_goes_down_tick_by_tick_and_each_token_is_asked_for_once() -> None:
    quay = Quay(connections=10)
    quay.gate.set()

    for _ in range(3):
        quay.renewers.tick()
        assert quay.renewers.wait(PATIENCE)

    assert (quay.renewed(), quay.asked, quay.claimed()) == (10, 10, 0)


def test_nothing_due_needs_no_thread() -> None:
    quay = Quay(connections=0)

    quay.renewers.tick()

    assert quay.renewers.wait(0)
    assert quay.threads == set()


def test_who_is_asked_to_stop_finishes_what_is_under_way_and_gives_the_rest_back() -> None:
    quay = Quay(connections=6)
    quay.renewers.tick()
    assert eventually(lambda: quay.asked == 2)

    quay.stopping.set()
    quay.gate.set()

    assert quay.renewers.wait(PATIENCE)
    assert (quay.renewed(), quay.asked, quay.claimed()) == (2, 2, 0)


def test_who_is_stopping_takes_nothing_new() -> None:
    quay = Quay(connections=6)
    quay.stopping.set()

    quay.renewers.tick()

    assert quay.claimed() == 0


def test_waiting_ends_in_time_and_says_that_somebody_is_still_at_work() -> None:
    quay = Quay(connections=1)
    quay.renewers.tick()

    assert not quay.renewers.wait(0.05)
    quay.gate.set()
    assert quay.renewers.wait(PATIENCE)


def test_a_thread_that_fails_is_logged_and_leaves_its_place(caplog: pytest.LogCaptureFixture) -> None:
    quay = Quay(connections=1)
    trouble = Unavailable("The database is away.")

    def fall_over() -> None:
        quay.world.lwa.during = lambda: None
        raise trouble

    quay.world.lwa.during = fall_over
    quay.renewers.tick()
    assert quay.renewers.wait(PATIENCE)
    quay.world.clock.advance(timedelta(minutes=11))

    quay.renewers.tick()

    assert quay.renewers.wait(PATIENCE)
    assert quay.renewed() == 1
    assert [record.exc_info[1] for record in caplog.records if record.exc_info] == [trouble]


def test_people_are_served_at_once_while_a_backlog_is_worked_off() -> None:
    quay = Quay(connections=8)
    quay.world.clock.advance(timedelta(minutes=30))
    quay.renewers.tick()
    assert eventually(lambda: quay.asked == 2)
    rows = quay.world.store.tables.tokens
    (waiting, *_others) = [key for key, row in rows.items() if row.claim_owner is None]
    quay.world.lwa.during = lambda: None

    lent = quay.world.services.tokens.for_connection(waiting)

    assert lent.usable_at(quay.world.clock.now())
    assert not quay.gate.is_set()
    quay.gate.set()
    assert quay.renewers.wait(PATIENCE)
