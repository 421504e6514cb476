"""Turns: one after the other for the same connection, side by side for others, and nothing kept afterwards."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from uuid import uuid4

import pytest

from domain.tokens.turns import Turns

THREADS = 8


def test_the_same_connection_is_one_threads_at_a_time() -> None:
    turns, connection_id = Turns(), uuid4()
    start = Barrier(THREADS)
    inside: list[int] = []
    most: list[int] = []

    def enter(number: int) -> None:
        start.wait()
        for _ in range(50):
            with turns.of(connection_id):
                inside.append(number)
                most.append(len(inside))
                inside.remove(number)

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(enter, range(THREADS)))

    assert (len(most), set(most)) == (THREADS * 50, {1})


def test_other_connections_do_not_wait() -> None:
    turns = Turns()

    with turns.of(uuid4()), turns.of(uuid4()):
        assert len(turns) == 2


def test_nothing_is_kept_of_connections_that_nobody_waits_for() -> None:
    turns = Turns()

    for _ in range(100):
        with turns.of(uuid4()):
            assert len(turns) == 1

    assert len(turns) == 0


def test_a_turn_that_ends_in_an_error_is_over_all_the_same() -> None:
    turns, connection_id = Turns(), uuid4()

    with pytest.raises(ZeroDivisionError), turns.of(connection_id):
        _ = 1 / 0

    with turns.of(connection_id):
        assert len(turns) == 1
