"""The stores that the simulated Shopify hosts."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property
from zoneinfo import ZoneInfo

#: What an application can be granted on a store, as far as the simulator knows it.
SCOPES = ("read_orders", "read_all_orders", "read_products", "read_inventory", "read_locations")
SHOP_PATTERN = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9\-]*\.myshopify\.com")
_WITHOUT_DECIMALS = frozenset({"JPY", "KRW"})
#: Major units for about one US dollar.
_PRICE_RATES = {"JPY": 150.0, "KRW": 1350.0, "SEK": 10.5, "PLN": 4.0, "MXN": 18.0}


def minor_digits(currency: str) -> int:
    """How many decimal places a currency has."""
    return 0 if currency in _WITHOUT_DECIMALS else 2


def price_rate(currency: str) -> float:
    """Major units of the currency for about one US dollar."""
    return _PRICE_RATES.get(currency, 1.0)


@dataclass(frozen=True)
class ShopifyStore:
    """One store.

    Attributes:
        shop: its host, as ``acme.myshopify.com``.
        scopes: what its owner lets an application have at most.
        other_currency: the store's currency on some days of its history; orders placed then keep it.
        same_organization: whether client credentials may be used, as the application belongs to the store's owner.
        access_token: the token of an application made in the store's admin; it does not end.
    """

    shop: str
    name: str
    currency: str
    time_zone: str
    scopes: tuple[str, ...] = SCOPES
    orders_per_day: float = 6.0
    other_currency: str | None = None
    same_organization: bool = True
    access_token: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        """Raises:
        ValueError: the host, a scope, the time zone or the volume is none.
        """
        if not SHOP_PATTERN.fullmatch(self.shop):
            raise ValueError(f"stores: {self.shop!r} is no name such as acme.myshopify.com")
        unknown = sorted(set(self.scopes) - set(SCOPES))
        if unknown:
            raise ValueError(f"stores: {', '.join(unknown)} is none of {', '.join(SCOPES)}")
        if not self.orders_per_day > 0:
            raise ValueError("stores: orders_per_day must be above 0")
        try:
            ZoneInfo(self.time_zone)
        except (KeyError, OSError, ValueError) as error:
            raise ValueError(f"stores: {self.time_zone!r} is no time zone") from error
        if not self.access_token:
            object.__setattr__(self, "access_token", f"shpat_simulator_{self.handle}")

    @property
    def handle(self) -> str:
        return self.shop.removesuffix(".myshopify.com")

    @cached_property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)


DEFAULT_STORES = (
    ShopifyStore(
        "harbor-and-pine.myshopify.com",
        "Harbor & Pine",
        "USD",
        "America/Chicago",
        other_currency="CAD",
    ),
    ShopifyStore(
        "nordlicht-haushalt.myshopify.com",
        "Nordlicht Haushalt",
        "EUR",
        "Europe/Berlin",
        scopes=("read_orders", "read_products"),
        other_currency="CHF",
        same_organization=False,
    ),
    ShopifyStore("kumo-living.myshopify.com", "Kumo Living", "JPY", "Asia/Tokyo", orders_per_day=4.0),
)
