"""When to buy again."""

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.inventory.cover import (
    PointSource,
    StockStatus,
    days_of_cover,
    is_low,
    is_out,
    point_source,
    reorder_point,
    status,
)


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


@pytest.mark.parametrize(
    ("fulfillable", "sold", "days"),
    [
        (30, 30, "30.0"),
        (12, 7, "51.4"),
        (5, 40, "3.8"),  # 3.75, rounded up
        (1, 600, "0.1"),  # 0.05, rounded up
        (1, 601, "0.0"),
        (0, 30, "0.0"),
        (-4, 30, "0.0"),  # nothing can be sold
        (30, 0, None),  # nothing was
        (30, -2, None),
    ],
)
def test_stock_lasts_for_as_many_days_as_it_would_sell_in(
    fulfillable: int, sold: int, days: str | None
) -> None:
    assert days_of_cover(fulfillable, sold) == (None if days is None else Decimal(days))


@given(st.integers(0, 10**9), st.integers(1, 10**9))
def test_cover_is_rounded_to_a_tenth_of_a_day(fulfillable: int, sold: int) -> None:
    exact = Decimal(fulfillable * 30) / Decimal(sold)

    found = days_of_cover(fulfillable, sold)

    assert found is not None
    assert abs(found - exact) <= Decimal("0.05")
    assert found == exact.quantize(Decimal("0.1"), ROUND_HALF_UP)


@pytest.mark.parametrize(
    ("own", "sold", "source"),
    [
        (5, 30, PointSource.OWN),
        (0, 0, PointSource.OWN),
        (None, 1, PointSource.COMPUTED),
        (None, 0, PointSource.DEFAULT),
        (None, -1, PointSource.DEFAULT),
    ],
)
def test_a_reorder_point_says_where_it_comes_from(own: int | None, sold: int, source: PointSource) -> None:
    assert point_source(own, sold) is source


@given(st.integers(-5, 50), st.integers(0, 50))
def test_stock_is_in_exactly_one_state(fulfillable: int, point: int) -> None:
    found = status(fulfillable, point)

    assert (found is StockStatus.OUT, found is StockStatus.LOW) == (
        is_out(fulfillable),
        is_low(fulfillable, point),
    )
