"""Ratios of advertising: sums first, ratios last."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.ads.accounts import Owner
from domain.ads.reports import AdProduct
from domain.kpis.advertising import AdsSums, added, ratio, window
from domain.money import Money

NUMBERS = st.integers(0, 10**15)
SUMS = st.builds(AdsSums, NUMBERS, NUMBERS, NUMBERS, NUMBERS, NUMBERS, NUMBERS)


def test_ratios_are_fractions() -> None:
    sums = AdsSums(impressions=1000, clicks=10, spend_minor=250, purchases=2, sales_minor=1000, units=3)

    assert (sums.acos, sums.roas, sums.ctr, sums.cvr) == (
        Decimal("0.25"),
        Decimal(4),
        Decimal("0.01"),
        Decimal("0.2"),
    )
    assert sums.cpc("USD") == Money(25, "USD")


def test_where_the_divisor_is_zero_there_is_no_ratio() -> None:
    nothing = AdsSums()

    assert [nothing.acos, nothing.roas, nothing.ctr, nothing.cvr, nothing.cpc("USD")] == [None] * 5
    assert AdsSums(spend_minor=5).acos is None
    assert AdsSums(spend_minor=5).roas == 0
    assert AdsSums(sales_minor=5).acos == 0
    assert AdsSums(sales_minor=5).roas is None


def test_ratios_of_a_sum_are_not_the_mean_of_ratios() -> None:
    cheap, dear = AdsSums(spend_minor=1, sales_minor=100), AdsSums(spend_minor=100, sales_minor=100)

    assert (cheap + dear).acos == Decimal("0.505")
    assert (cheap + dear + AdsSums(spend_minor=99)).acos == 1


@given(st.lists(SUMS, max_size=8))
def test_a_sums_ratios_are_exact_to_a_millionth(parts: list[AdsSums]) -> None:
    whole = added(parts)

    spend, sales = sum(each.spend_minor for each in parts), sum(each.sales_minor for each in parts)
    for found, part, of in ((whole.acos, spend, sales), (whole.roas, sales, spend)):
        if of == 0:
            assert found is None
        else:
            assert found is not None
            assert abs(Fraction(found) - Fraction(part, of)) <= Fraction(1, 2_000_000)


@given(st.lists(SUMS, min_size=1, max_size=6), st.randoms())
def test_parts_add_up_in_any_order(parts: list[AdsSums], random) -> None:  # type: ignore[no-untyped-def]
    mixed = parts[:]
    random.shuffle(mixed)

    assert added(mixed) == added(parts)


@given(NUMBERS, st.integers(1, 10**15))
def test_a_ratio_is_rounded_half_to_even(part: int, whole: int) -> None:
    found = ratio(part, whole)

    assert found is not None
    assert Fraction(found) == Fraction(round(Fraction(part * 10**6, whole)), 10**6)


@pytest.mark.parametrize(
    ("owner", "ad_product", "days"),
    [
        (Owner.SELLER, AdProduct.SPONSORED_PRODUCTS, 7),
        (Owner.VENDOR, AdProduct.SPONSORED_PRODUCTS, 14),
        (Owner.SELLER, AdProduct.SPONSORED_BRANDS, 14),
        (Owner.SELLER, AdProduct.SPONSORED_DISPLAY, 14),
        (None, AdProduct.DSP, 14),
    ],
)
def test_a_sale_counts_a_week_for_sellers_sponsored_products_and_else_two(
    owner: Owner | None, ad_product: AdProduct, days: int
) -> None:
    assert window(owner, ad_product) == days
