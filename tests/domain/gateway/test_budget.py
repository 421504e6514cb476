"""Repeats are a budget of each connection."""

from datetime import timedelta
from uuid import uuid4

from domain.gateway.budget import REPEATS, RetryBudgets
from tests.fakes.things import NOW

MINE, OTHER = uuid4(), uuid4()


def spent(budgets: RetryBudgets, most: int = 100) -> int:
    """How many repeats can be taken now."""
    return next((number for number in range(most) if not budgets.spend(MINE, NOW)), most)


def test_ten_repeats_are_there_at_once() -> None:
    assert spent(RetryBudgets()) == REPEATS.burst == 10


def test_connections_have_budgets_of_their_own() -> None:
    budgets = RetryBudgets()
    spent(budgets)

    assert budgets.spend(OTHER, NOW)


def test_five_calls_that_work_earn_one_repeat() -> None:
    budgets = RetryBudgets()
    spent(budgets)

    for _ in range(5):
        budgets.earn(MINE, NOW)

    assert spent(budgets) == 1


def test_time_brings_repeats_back() -> None:
    budgets = RetryBudgets()
    spent(budgets)

    assert not budgets.spend(MINE, NOW + timedelta(seconds=9))
    assert budgets.spend(MINE, NOW + timedelta(seconds=10))


def test_budgets_that_are_full_again_take_no_room() -> None:
    budgets = RetryBudgets()
    for _ in range(10_000):
        budgets.spend(uuid4(), NOW)

    budgets.spend(MINE, NOW + timedelta(seconds=10))

    assert len(budgets) == 1


def test_nobody_earns_more_than_the_budget_holds() -> None:
    budgets = RetryBudgets()
    budgets.spend(MINE, NOW)

    for _ in range(1000):
        budgets.earn(MINE, NOW)

    assert spent(budgets) == 10
