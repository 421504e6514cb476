"""Prices that somebody names, in a marketplace's currency."""

from decimal import Decimal

from domain.money import Money, exponent

#: Nothing on Amazon costs as much, in any currency.
DEAREST = Decimal(10) ** 9


def in_currency(amount: Decimal, currency: str, *, zero: bool = False) -> Money:
    """The amount, exactly; ``zero``: it may be nothing at all.

    Raises:
        ValueError: it is not above zero, out of all measure, or finer than the currency's minor unit.
    """
    if not amount.is_finite() or amount >= DEAREST:
        raise ValueError(f"is not an amount below {DEAREST:f}")
    if amount < 0 or (amount == 0 and not zero):
        raise ValueError("has to be zero or more" if zero else "has to be more than zero")
    places = exponent(currency)
    if amount != round(amount, places):
        raise ValueError(f"has more than {places} decimal places, which {currency} does not have")
    return Money.parse(amount, currency)
