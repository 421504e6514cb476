"""When to buy again."""

from fractions import Fraction
from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.inventory.cover import is_low, is_out, reorder_point


@pytest.mark.parametrize(
    ("own", "sold", "point"),
    [
        (None, 0, 10),  # nothing sold: ten
        (None, 1, 1),
        (None, 10, 7),
        (None, 11, 8),  # 7.7, rounded up
        (None, 30, 21),
        (None, -3, 10),  # more came back than went out
        (25, 300, 25),  # the seller's own wins
        (0, 300, 0),  # also when it is zero
    ],
)
def test_the_reorder_point_is_the_sellers_own_or_the_demand_of_the_lead_time(
    own: int | None, sold: int, point: int
) -> None:
    assert reorder_point(own, sold) == point


@given(st.integers(1, 10**9))
def test_the_computed_point_is_rounded_up(sold: int) -> None:
    assert reorder_point(None, sold) == ceil(Fraction(sold * 21, 30))


@pytest.mark.parametrize(
    ("fulfillable", "low", "out"),
    [(-1, False, True), (0, False, True), (1, True, False), (9, True, False), (10, False, False)],
)
def test_below_the_point_is_low_and_nothing_left_is_out(fulfillable: int, low: bool, out: bool) -> None:
    assert (is_low(fulfillable, 10), is_out(fulfillable)) == (low, out)
