"""Amazon's marketplaces: where each one lives, what it is paid in, and when its day begins.

Source: SP-API documentation, "Marketplace IDs", "SP-API Endpoints" and "Seller Central URLs". The time zones are a
convention: Amazon does not publish them as a table.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from enum import StrEnum
from zoneinfo import ZoneInfo


class Region(StrEnum):
    """Amazon's three selling regions: one host, and one authorization of a seller, each."""

    NA = "na"
    EU = "eu"
    FE = "fe"
    WORLD = "world"  # of channels that know no regions


#: Those in which Amazon's sellers sell.
SELLING_REGIONS = (Region.NA, Region.EU, Region.FE)


@dataclass(frozen=True)
class Marketplace:
    """One store front. ``stock_pool`` is equal where the same physical stock serves several marketplaces.

    ``name`` is what Amazon calls it where no ids are told: ``Amazon.co.uk``.
    """

    id: str
    name: str
    country_code: str
    currency: str
    region: Region
    seller_central: str
    time_zone: str
    stock_pool: str

    def day_of(self, moment: datetime) -> date:
        """The marketplace's own calendar day at an aware moment."""
        return moment.astimezone(ZoneInfo(self.time_zone)).date()

    def begin_of(self, day: date) -> datetime:
        """When the marketplace's day begins, in UTC. Where clocks go forward at midnight, the day begins at one."""
        return datetime.combine(day, time(), ZoneInfo(self.time_zone)).astimezone(UTC)


#: Amazon's European Fulfilment Network ships from one stock to all of these; Britain left it with the customs union.
_EUROPEAN_POOL = frozenset({"IE", "ES", "FR", "BE", "NL", "DE", "IT", "SE", "PL"})

_ROWS = (
    ("US", "ATVPDKIKX0DER", "USD", Region.NA, "https://sellercentral.amazon.com", "America/Los_Angeles"),
    ("CA", "A2EUQ1WTGCTBG2", "CAD", Region.NA, "https://sellercentral.amazon.ca", "America/Los_Angeles"),
    ("MX", "A1AM78C64UM0Y8", "MXN", Region.NA, "https://sellercentral.amazon.com.mx", "America/Los_Angeles"),
    ("BR", "A2Q3Y263D00KWC", "BRL", Region.NA, "https://sellercentral.amazon.com.br", "America/Sao_Paulo"),
    ("IE", "A28R8C7NBKEWEA", "EUR", Region.EU, "https://sellercentral.amazon.ie", "Europe/Dublin"),
    ("ES", "A1RKKUPIHCS9HS", "EUR", Region.EU, "https://sellercentral-europe.amazon.com", "Europe/Madrid"),
    ("GB", "A1F83G8C2ARO7P", "GBP", Region.EU, "https://sellercentral-europe.amazon.com", "Europe/London"),
    ("FR", "A13V1IB3VIYZZH", "EUR", Region.EU, "https://sellercentral-europe.amazon.com", "Europe/Paris"),
    ("BE", "AMEN7PMS3EDWL", "EUR", Region.EU, "https://sellercentral.amazon.com.be", "Europe/Brussels"),
    ("NL", "A1805IZSGTT6HS", "EUR", Region.EU, "https://sellercentral.amazon.nl", "Europe/Amsterdam"),
    ("DE", "A1PA6795UKMFR9", "EUR", Region.EU, "https://sellercentral-europe.amazon.com", "Europe/Berlin"),
    ("IT", "APJ6JRA9NG5V4", "EUR", Region.EU, "https://sellercentral-europe.amazon.com", "Europe/Rome"),
    ("SE", "A2NODRKZP88ZB9", "SEK", Region.EU, "https://sellercentral.amazon.se", "Europe/Stockholm"),
    ("ZA", "AE08WJ6YKNBMC", "ZAR", Region.EU, "https://sellercentral.amazon.co.za", "Africa/Johannesburg"),
    ("PL", "A1C3SOZRARQ6R3", "PLN", Region.EU, "https://sellercentral.amazon.pl", "Europe/Warsaw"),
    ("EG", "ARBP9OOSHTCHU", "EGP", Region.EU, "https://sellercentral.amazon.eg", "Africa/Cairo"),
    ("TR", "A33AVAJ2PDY3EV", "TRY", Region.EU, "https://sellercentral.amazon.com.tr", "Europe/Istanbul"),
    ("SA", "A17E79C6D8DWNP", "SAR", Region.EU, "https://sellercentral.amazon.sa", "Asia/Riyadh"),
    ("AE", "A2VIGQ35RCS4UG", "AED", Region.EU, "https://sellercentral.amazon.ae", "Asia/Dubai"),
    ("IN", "A21TJRUUN4KGV", "INR", Region.EU, "https://sellercentral.amazon.in", "Asia/Kolkata"),
    ("SG", "A19VAU5U5O7RUS", "SGD", Region.FE, "https://sellercentral.amazon.sg", "Asia/Singapore"),
    ("AU", "A39IBJ37TRP1C6", "AUD", Region.FE, "https://sellercentral.amazon.com.au", "Australia/Sydney"),
    ("JP", "A1VC38T7YXB528", "JPY", Region.FE, "https://sellercentral.amazon.co.jp", "Asia/Tokyo"),
)

#: Where the name does not end as ``Amazon.de`` does, with the country.
_ENDINGS = {
    "US": "com",
    "MX": "com.mx",
    "BR": "com.br",
    "GB": "co.uk",
    "BE": "com.be",
    "ZA": "co.za",
    "TR": "com.tr",
    "AU": "com.au",
    "JP": "co.jp",
}

MARKETPLACES: dict[str, Marketplace] = {
    identity: Marketplace(
        identity,
        f"Amazon.{_ENDINGS.get(country, country.lower())}",
        country,
        currency,
        region,
        host,
        zone,
        "europe" if country in _EUROPEAN_POOL else identity,
    )
    for country, identity, currency, region, host, zone in _ROWS
}
#: ``Amazon.com.sg`` is what the store front of Singapore is called elsewhere.
_NAMED = {each.name.lower(): each for each in MARKETPLACES.values()} | {
    "amazon.com.sg": MARKETPLACES["A19VAU5U5O7RUS"]
}

#: Where a seller is sent who did not say which marketplace is theirs.
DEFAULT_MARKETPLACE_ID = "ATVPDKIKX0DER"


def find(marketplace_id: str) -> Marketplace | None:
    """The marketplace with this id; ``None`` for one we don't know (Amazon has some that are no store fronts)."""
    return MARKETPLACES.get(marketplace_id)


def named(sales_channel: str) -> Marketplace | None:
    """The marketplace that reports call so, in whatever letters; ``None`` for what was sold elsewhere (``Non-Amazon``)."""
    return _NAMED.get(sales_channel.strip().lower())
