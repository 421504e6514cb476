"""For whom work is done, as long as a block lasts."""

from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest

from domain.acting import Acting, acting_for, in_background, nobody, present
from domain.users.model import UserId

ANN = UserId(uuid4())


def test_where_nothing_is_said_nobody_is_worked_for() -> None:
    assert present() == Acting(user_id=None, background=False)


def test_inside_a_block_it_is_as_the_innermost_says() -> None:
    said = []

    with in_background():
        with acting_for(ANN):
            said.append(present())
            with nobody():
                said.append(present())
        said.append(present())

    assert said == [Acting(user_id=ANN), Acting(), Acting(background=True)]
    assert present() == Acting()


def test_a_block_that_fails_is_over_as_well() -> None:
    def fails() -> None:
        with in_background():
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fails()

    assert present() == Acting()


def test_a_new_thread_works_for_nobody_whoever_began_it() -> None:
    with in_background(), ThreadPoolExecutor(1) as pool:
        there = pool.submit(present).result()

    assert there == Acting()
