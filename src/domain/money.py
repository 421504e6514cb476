"""Money: whole minor units of one currency, never a float and never two currencies in one sum."""

from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation

#: ISO 4217 currencies whose minor unit is not a hundredth.
_EXPONENTS = {
    **dict.fromkeys(
        [
            "BIF",
            "CLP",
            "DJF",
            "GNF",
            "ISK",
            "JPY",
            "KMF",
            "KRW",
            "PYG",
            "RWF",
            "UGX",
            "VND",
            "VUV",
            "XAF",
            "XOF",
            "XPF",
        ],
        0,
    ),
    **dict.fromkeys(["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"], 3),
}
#: The currencies of ISO 4217 that people pay with, and those that they paid with in the last ten years.
CURRENCIES = frozenset(
    [
        "AED",
        "AFN",
        "ALL",
        "AMD",
        "ANG",
        "AOA",
        "ARS",
        "AUD",
        "AWG",
        "AZN",
        "BAM",
        "BBD",
        "BDT",
        "BGN",
        "BHD",
        "BIF",
        "BMD",
        "BND",
        "BOB",
        "BRL",
        "BSD",
        "BTN",
        "BWP",
        "BYN",
        "BZD",
        "CAD",
        "CDF",
        "CHF",
        "CLP",
        "CNY",
        "COP",
        "CRC",
        "CUC",
        "CUP",
        "CVE",
        "CZK",
        "DJF",
        "DKK",
        "DOP",
        "DZD",
        "EGP",
        "ERN",
        "ETB",
        "EUR",
        "FJD",
        "FKP",
        "GBP",
        "GEL",
        "GHS",
        "GIP",
        "GMD",
        "GNF",
        "GTQ",
        "GYD",
        "HKD",
        "HNL",
        "HRK",
        "HTG",
        "HUF",
        "IDR",
        "ILS",
        "INR",
        "IQD",
        "IRR",
        "ISK",
        "JMD",
        "JOD",
        "JPY",
        "KES",
        "KGS",
        "KHR",
        "KMF",
        "KPW",
        "KRW",
        "KWD",
        "KYD",
        "KZT",
        "LAK",
        "LBP",
        "LKR",
        "LRD",
        "LSL",
        "LYD",
        "MAD",
        "MDL",
        "MGA",
        "MKD",
        "MMK",
        "MNT",
        "MOP",
        "MRU",
        "MUR",
        "MVR",
        "MWK",
        "MXN",
        "MYR",
        "MZN",
        "NAD",
        "NGN",
        "NIO",
        "NOK",
        "NPR",
        "NZD",
        "OMR",
        "PAB",
        "PEN",
        "PGK",
        "PHP",
        "PKR",
        "PLN",
        "PYG",
        "QAR",
        "RON",
        "RSD",
        "RUB",
        "RWF",
        "SAR",
        "SBD",
        "SCR",
        "SDG",
        "SEK",
        "SGD",
        "SHP",
        "SLE",
        "SLL",
        "SOS",
        "SRD",
        "SSP",
        "STN",
        "SVC",
        "SYP",
        "SZL",
        "THB",
        "TJS",
        "TMT",
        "TND",
        "TOP",
        "TRY",
        "TTD",
        "TWD",
        "TZS",
        "UAH",
        "UGX",
        "USD",
        "UYU",
        "UZS",
        "VED",
        "VES",
        "VND",
        "VUV",
        "WST",
        "XAF",
        "XCD",
        "XCG",
        "XOF",
        "XPF",
        "YER",
        "ZAR",
        "ZMW",
        "ZWG",
        "ZWL",
    ]
)
#: Far above any order, far below what a 64-bit column can hold.
_LARGEST_MINOR = 10**15
#: With so many digits before the point, an amount is smaller in any case.
_PLAIN_DIGITS = 15


def exponent(currency: str) -> int:
    """How many decimal places the currency's minor unit has: 2 for USD, 0 for JPY."""
    return _EXPONENTS.get(currency, 2)


def half_even(part: int, whole: int) -> int:
    """``part ÷ whole`` as a whole number, exact halves to the even one; ``whole`` is not 0."""
    if whole < 0:
        part, whole = -part, -whole
    quotient, rest = divmod(part, whole)
    rounds_up = rest * 2 > whole or (rest * 2 == whole and quotient % 2 == 1)
    return quotient + 1 if rounds_up else quotient


@dataclass(frozen=True, order=False)
class Money:
    """An amount of one currency, in its minor unit (cents, pence, yen)."""

    minor: int
    currency: str

    @classmethod
    def parse(cls, amount: str | int | Decimal, currency: str) -> "Money":
        """Read a decimal amount, rounded half to even at the currency's minor unit.

        Raises:
            ValueError: not a finite decimal number, absurdly large, or not a currency code.
        """
        if len(currency) != 3 or not currency.isascii() or not currency.isupper():
            raise ValueError(f"not a currency code: {currency!r}")
        minor = _minor_of_plain(amount, currency)
        if minor is not None:
            return cls(minor, currency)
        try:
            value = Decimal(amount)
        except (InvalidOperation, TypeError, ValueError) as error:
            raise ValueError(f"not an amount: {amount!r}") from error
        if not value.is_finite() or abs(value) > _LARGEST_MINOR:
            raise ValueError(f"not a usable amount: {amount!r}")
        scaled = value.scaleb(exponent(currency)).quantize(Decimal(1), rounding=ROUND_HALF_EVEN)
        return cls(int(scaled), currency)

    @property
    def amount(self) -> Decimal:
        """The amount in the currency's major unit, with all its decimal places: ``12.50``."""
        return Decimal(self.minor).scaleb(-exponent(self.currency))

    def __add__(self, other: "Money") -> "Money":
        if other.currency != self.currency:
            raise ValueError(f"{self.currency} and {other.currency} are never added")
        return Money(self.minor + other.minor, self.currency)

    def divided_by(self, count: int) -> "Money":
        """The mean of ``count`` parts, rounded half to even; zero when there are none."""
        return Money(half_even(self.minor, count) if count else 0, self.currency)


def _minor_of_plain(amount: str | int | Decimal, currency: str) -> int | None:
    """The amount in minor units where it is written as nearly all are: digits, a point, and all decimal places.

    A page of orders has hundreds of them, and as ``Decimal`` each takes several times as long.
    """
    if not isinstance(amount, str):
        return None
    whole, _, part = amount.partition(".")
    digits = whole + part
    if len(part) != exponent(currency) or len(whole) > _PLAIN_DIGITS or not digits.isdecimal():
        return None
    return int(digits)
