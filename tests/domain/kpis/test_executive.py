"""A figure beside the one before."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.kpis.executive import Figure, Value
from domain.money import Money


@pytest.mark.parametrize(
    ("value", "previous", "change"),
    [
        (150, 100, "0.5"),
        (50, 100, "-0.5"),
        (0, 100, "-1"),
        (100, 100, "0"),
        (1, 3, "-0.6667"),
        (Money(2000, "USD"), Money(1000, "USD"), "1"),
        (Money(1500, "JPY"), Money(1000, "JPY"), "0.5"),
        (Decimal("60.0"), Decimal("50.0"), "0.2"),
    ],
)
def test_a_change_is_a_fraction_of_the_value_before(value: Value, previous: Value, change: str) -> None:
    assert Figure(value, previous).change == Decimal(change)


@pytest.mark.parametrize(
    ("value", "previous"),
    [(5, 0), (0, 0), (Money(5, "USD"), Money(0, "USD")), (5, None), (None, None), (None, 5)],
)
def test_where_there_was_nothing_there_is_no_change(value: Value | None, previous: Value | None) -> None:
    assert Figure(value, previous).change is None


@given(st.integers(0, 10**17), st.integers(1, 10**17))
def test_a_change_leads_from_the_one_to_the_other(value: int, previous: int) -> None:
    change = Figure(value, previous).change

    assert change is not None
    assert abs(previous * (1 + change) - value) <= Decimal(previous) / 20_000
