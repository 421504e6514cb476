"""Amazon's marketplaces as the simulator plays them: region, currency, zone, relative size.

Source: https://developer-docs.amazon.com/sp-api/docs/marketplace-ids; the time zones, sizes, price rates and
tax rates are the simulator's own choice.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from zoneinfo import ZoneInfo

REGIONS = ("na", "eu", "fe")


@dataclass(frozen=True)
class Marketplace:
    """One store front."""

    id: str
    country_code: str
    region: str
    currency: str
    zone_name: str
    language: str
    domain: str
    #: The first three digits of its order ids; unique here, so that an id leads back to its marketplace.
    order_prefix: str
    #: Its weight among the marketplaces of one seller.
    size: float
    #: Major units of its currency for one US dollar.
    price_rate: float
    #: Tax that is added to the price at checkout; 0 where prices include it.
    added_tax: float = 0.0
    #: How many decimal places its currency has.
    minor_digits: int = 2

    @cached_property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.zone_name)

    @property
    def name(self) -> str:
        """What Amazon calls it in orders and participations, as ``Amazon.de``."""
        return self.domain.removeprefix("www.").capitalize()

    @property
    def minor_units(self) -> int:
        """How many of the currency's smallest units make one of it."""
        return int(10**self.minor_digits)

    @property
    def pool(self) -> str:
        """Marketplaces of one pool sell the same physical stock."""
        return "PAN-EU" if self.country_code in _PAN_EUROPEAN else self.country_code


_PAN_EUROPEAN = frozenset({"DE", "FR", "IT", "ES", "PL", "SE", "NL", "BE", "IE"})

_M = Marketplace
MARKETPLACES: tuple[Marketplace, ...] = (
    _M(
        "ATVPDKIKX0DER",
        "US",
        "na",
        "USD",
        "America/Los_Angeles",
        "en_US",
        "www.amazon.com",
        "112",
        72,
        1,
        0.0825,
    ),
    _M(
        "A2EUQ1WTGCTBG2",
        "CA",
        "na",
        "CAD",
        "America/Los_Angeles",
        "en_CA",
        "www.amazon.ca",
        "701",
        18,
        1.37,
        0.13,
    ),
    _M(
        "A1AM78C64UM0Y8",
        "MX",
        "na",
        "MXN",
        "America/Los_Angeles",
        "es_MX",
        "www.amazon.com.mx",
        "702",
        10,
        18.4,
        0.16,
    ),
    _M("A2Q3Y263D00KWC", "BR", "na", "BRL", "America/Sao_Paulo", "pt_BR", "www.amazon.com.br", "703", 8, 5.4),
    _M("A1PA6795UKMFR9", "DE", "eu", "EUR", "Europe/Berlin", "de_DE", "www.amazon.de", "302", 32, 0.95),
    _M("A13V1IB3VIYZZH", "FR", "eu", "EUR", "Europe/Paris", "fr_FR", "www.amazon.fr", "402", 16, 0.95),
    _M("APJ6JRA9NG5V4", "IT", "eu", "EUR", "Europe/Rome", "it_IT", "www.amazon.it", "403", 12, 0.95),
    _M("A1RKKUPIHCS9HS", "ES", "eu", "EUR", "Europe/Madrid", "es_ES", "www.amazon.es", "404", 11, 0.95),
    _M("A1F83G8C2ARO7P", "GB", "eu", "GBP", "Europe/London", "en_GB", "www.amazon.co.uk", "203", 19, 0.79),
    _M("A2NODRKZP88ZB9", "SE", "eu", "SEK", "Europe/Stockholm", "sv_SE", "www.amazon.se", "171", 5, 10.6),
    _M("A1C3SOZRARQ6R3", "PL", "eu", "PLN", "Europe/Warsaw", "pl_PL", "www.amazon.pl", "172", 5, 4.1),
    _M("A1805IZSGTT6HS", "NL", "eu", "EUR", "Europe/Amsterdam", "nl_NL", "www.amazon.nl", "405", 6, 0.95),
    _M("AMEN7PMS3EDWL", "BE", "eu", "EUR", "Europe/Brussels", "fr_BE", "www.amazon.com.be", "406", 3, 0.95),
    _M("A28R8C7NBKEWEA", "IE", "eu", "EUR", "Europe/Dublin", "en_IE", "www.amazon.ie", "407", 2, 0.95),
    _M("A33AVAJ2PDY3EV", "TR", "eu", "TRY", "Europe/Istanbul", "tr_TR", "www.amazon.com.tr", "173", 4, 34.0),
    _M("A2VIGQ35RCS4UG", "AE", "eu", "AED", "Asia/Dubai", "en_AE", "www.amazon.ae", "174", 4, 3.67),
    _M("A17E79C6D8DWNP", "SA", "eu", "SAR", "Asia/Riyadh", "ar_AE", "www.amazon.sa", "175", 3, 3.75),
    _M("ARBP9OOSHTCHU", "EG", "eu", "EGP", "Africa/Cairo", "ar_EG", "www.amazon.eg", "176", 2, 48.0),
    _M(
        "AE08WJ6YKNBMC", "ZA", "eu", "ZAR", "Africa/Johannesburg", "en_ZA", "www.amazon.co.za", "177", 2, 18.2
    ),
    _M("A21TJRUUN4KGV", "IN", "eu", "INR", "Asia/Kolkata", "en_IN", "www.amazon.in", "408", 12, 84.0),
    _M(
        "A1VC38T7YXB528",
        "JP",
        "fe",
        "JPY",
        "Asia/Tokyo",
        "ja_JP",
        "www.amazon.co.jp",
        "250",
        70,
        150.0,
        minor_digits=0,
    ),
    _M(
        "A39IBJ37TRP1C6", "AU", "fe", "AUD", "Australia/Sydney", "en_AU", "www.amazon.com.au", "503", 30, 1.52
    ),
    _M("A19VAU5U5O7RUS", "SG", "fe", "SGD", "Asia/Singapore", "en_SG", "www.amazon.sg", "504", 8, 1.34),
)

BY_ID = {marketplace.id: marketplace for marketplace in MARKETPLACES}
BY_COUNTRY = {marketplace.country_code: marketplace for marketplace in MARKETPLACES}
BY_ORDER_PREFIX = {marketplace.order_prefix: marketplace for marketplace in MARKETPLACES}
