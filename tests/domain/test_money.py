"""Money is whole minor units of one currency."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.money import Money, exponent

minors = st.integers(-(10**15), 10**15)
currencies = st.sampled_from(["USD", "EUR", "JPY", "KWD", "GBP"])


@pytest.mark.parametrize(
    ("amount", "currency", "minor"),
    [
        ("12.50", "USD", 1250),
        ("12.5", "EUR", 1250),
        (12, "USD", 1200),
        ("1999", "JPY", 1999),
        ("1.234", "KWD", 1234),
        ("-0.01", "USD", -1),
        ("1E+2", "USD", 10000),
        (Decimal("0.1"), "USD", 10),
    ],
)
def test_an_amount_is_read_into_the_minor_unit_of_its_currency(
    amount: str | int | Decimal, currency: str, minor: int
) -> None:
    assert Money.parse(amount, currency) == Money(minor, currency)


@pytest.mark.parametrize(("amount", "minor"), [("0.125", 12), ("0.135", 14), ("0.1251", 13), ("-0.125", -12)])
def test_half_a_cent_goes_to_the_even_one(amount: str, minor: int) -> None:
    assert Money.parse(amount, "USD").minor == minor


@pytest.mark.parametrize("amount", ["", "twelve", "NaN", "Infinity", "-Infinity", "1e16", "1,50", "12 USD"])
def test_what_is_no_usable_amount_is_refused(amount: str) -> None:
    with pytest.raises(ValueError, match="amount"):
        Money.parse(amount, "USD")


@pytest.mark.parametrize("currency", ["", "usd", "US", "USDX", "ÄÖÜ", "$$$"[:2]])
def test_what_is_no_currency_code_is_refused(currency: str) -> None:
    with pytest.raises(ValueError, match="currency"):
        Money.parse("1", currency)


@given(minors, currencies)
def test_an_amount_written_out_is_read_back_as_the_same_money(minor: int, currency: str) -> None:
    money = Money(minor // 10**3, currency)

    assert Money.parse(str(money.amount), currency) == money


@given(st.from_regex(r"[0-9٠-٩]{0,17}\.?[0-9]{0,4}", fullmatch=True), currencies)
def test_an_amount_is_the_same_however_it_is_written(plain: str, currency: str) -> None:
    assert _read(plain, currency) == _read(f"+{plain}", currency)


def _read(amount: str, currency: str) -> Money | None:
    try:
        return Money.parse(amount, currency)
    except ValueError:
        return None


@given(minors, currencies)
def test_an_amount_shows_all_decimal_places_of_its_currency(minor: int, currency: str) -> None:
    shown = Money(minor, currency).amount

    assert -int(shown.as_tuple().exponent) == exponent(currency)


@given(minors, minors, currencies)
def test_sums_are_exact(left: int, right: int, currency: str) -> None:
    assert Money(left, currency) + Money(right, currency) == Money(left + right, currency)


def test_two_currencies_are_never_added() -> None:
    with pytest.raises(ValueError, match="never added"):
        Money(1, "USD") + Money(1, "EUR")


@given(minors, st.integers(1, 10**6), currencies)
def test_a_mean_is_off_by_half_a_minor_unit_at_most(minor: int, count: int, currency: str) -> None:
    mean = Money(minor, currency).divided_by(count)

    assert abs(mean.minor * count - minor) * 2 <= count


def test_the_mean_of_nothing_is_zero() -> None:
    assert Money(0, "USD").divided_by(0) == Money(0, "USD")
