"""Channels side by side: shares that add up, and no two currencies in one sum."""

from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.kpis.channels import preferred, shares, side_by_side
from domain.kpis.model import ChannelSales, Freshness
from domain.kpis.periods import Period
from domain.money import Money

SPAN = Period(date(2026, 3, 1), date(2026, 3, 31))
SYNCED = Freshness(datetime(2026, 4, 1, tzinfo=UTC), None)
BOTH = {"amazon": SYNCED, "shopify": SYNCED}

amounts = st.lists(st.integers(0, 10**15), min_size=1, max_size=6)


def sold(
    channel: str = "amazon", minor: int = 1000, currency: str = "USD", span: Period = SPAN, orders: int = 1
) -> ChannelSales:
    """A channel's sales of a period."""
    return ChannelSales(channel, currency, span, orders, orders, minor, units=2 * orders, unshipped=0)


rows = st.lists(
    st.builds(
        sold,
        st.sampled_from(["amazon", "shopify"]),
        st.integers(0, 10**9),
        st.sampled_from(["USD", "EUR", "JPY"]),
        st.sampled_from([SPAN, SPAN.before()]),
        st.integers(1, 50),
    ),
    max_size=12,
    unique_by=lambda row: (row.channel, row.currency, row.span),
)


@pytest.mark.parametrize(
    ("given_amounts", "expected"),
    [
        ([3, 1], ["75.0", "25.0"]),
        ([1, 1, 1], ["33.4", "33.3", "33.3"]),
        ([2, 1], ["66.7", "33.3"]),
        ([1, 999_999], ["0.0", "100.0"]),
        ([5, 0], ["100.0", "0.0"]),
        ([0, 0], ["0.0", "0.0"]),
        ([0], ["0.0"]),
    ],
)
def test_shares_are_per_cent_to_one_decimal(given_amounts: list[int], expected: list[str]) -> None:
    assert shares(given_amounts) == [Decimal(each) for each in expected]


@given(amounts)
def test_shares_add_to_a_hundred_or_there_is_nothing_to_share(found: list[int]) -> None:
    assert sum(shares(found)) == (100 if sum(found) else 0)


@given(amounts)
def test_no_share_is_a_tenth_away_from_the_exact_one(found: list[int]) -> None:
    whole = sum(found) or 1

    for amount, share in zip(found, shares(found), strict=True):
        assert abs(Fraction(share) - Fraction(100 * amount, whole)) < Fraction(1, 10)


@given(amounts)
def test_who_sells_more_has_no_smaller_share(found: list[int]) -> None:
    in_order = [share for _, share in sorted(zip(found, shares(found), strict=True))]

    assert in_order == sorted(in_order)


def test_two_shares_add_to_a_hundred_as_json_numbers_too() -> None:
    both = [shares([tenths, 1000 - tenths]) for tenths in range(1001)]

    assert {float(one) + float(other) for one, other in both} == {100.0}


@pytest.mark.parametrize(
    ("amazon", "shopify", "expected"),
    [(2, 1, "amazon"), (1, 2, "shopify"), (10**12 + 1, 10**12, "amazon"), (1, 1, None), (0, 0, None)],
)
def test_the_larger_channel_is_preferred_and_none_on_a_tie_or_at_nothing(
    amazon: int, shopify: int, expected: str | None
) -> None:
    assert preferred({"amazon": amazon, "shopify": shopify}) == expected


def test_each_channel_stands_beside_what_it_was_in_the_period_before() -> None:
    before = SPAN.before()
    found = [sold("amazon", 3000), sold("shopify", 1000), sold("shopify", 500, span=before)]

    screen = side_by_side(found, SPAN, "USD", BOTH, SYNCED, BOTH)

    amazon, shopify = screen.channels
    assert (amazon.current.revenue.minor, amazon.previous.revenue.minor) == (3000, 0)
    assert (shopify.current.revenue.minor, shopify.previous.revenue.minor) == (1000, 500)
    assert (shopify.share, shopify.previous_share) == (Decimal("25.0"), Decimal("100.0"))
    assert (screen.current.revenue, screen.previous.revenue) == (Money(4000, "USD"), Money(500, "USD"))
    assert screen.preferred == "amazon"


def test_other_currencies_are_only_told_of() -> None:
    found = [sold("amazon", 3000), sold("shopify", 9000, "EUR"), sold("amazon", 1000, "EUR")]

    screen = side_by_side(found, SPAN, "USD", BOTH, SYNCED, BOTH)

    assert [each.share for each in screen.channels] == [Decimal("100.0"), Decimal("0.0")]
    assert [each.revenue for each in screen.by_currency] == [Money(10_000, "EUR"), Money(3000, "USD")]


def test_a_channel_that_nobody_asked_about_is_in_no_sum() -> None:
    found = [sold("amazon", 3000), sold("ebay", 9000), sold("ebay", 1, "EUR")]

    screen = side_by_side(found, SPAN, "USD", BOTH, SYNCED, BOTH)

    assert (screen.current.revenue.minor, len(screen.by_currency)) == (3000, 1)


def test_a_third_channel_is_one_more_name() -> None:
    found = [sold(name, 1000) for name in ("amazon", "shopify", "ebay")]

    screen = side_by_side(found, SPAN, "USD", {**BOTH, "ebay": None}, SYNCED, BOTH)

    assert [(each.channel, str(each.share)) for each in screen.channels] == [
        ("amazon", "33.4"),
        ("shopify", "33.3"),
        ("ebay", "33.3"),
    ]


@given(rows, st.sampled_from(["USD", "EUR", "JPY"]))
def test_no_figure_mixes_currencies(found: list[ChannelSales], currency: str) -> None:
    screen = side_by_side(found, SPAN, currency, BOTH, SYNCED, BOTH)

    alone = side_by_side(
        [row for row in found if row.currency == currency], SPAN, currency, BOTH, SYNCED, BOTH
    )
    assert (screen.channels, screen.current, screen.previous, screen.preferred) == (
        alone.channels,
        alone.current,
        alone.previous,
        alone.preferred,
    )
    assert sum(each.current.revenue.minor for each in screen.channels) == screen.current.revenue.minor
    assert {each.revenue.currency for each in screen.by_currency} == {
        row.currency for row in found if row.span == SPAN
    }
