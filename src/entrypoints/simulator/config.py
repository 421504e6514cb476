"""What a simulator is told when it starts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from entrypoints.simulator.ads.config import AdsConfig
from entrypoints.simulator.marketplaces import BY_ID
from entrypoints.simulator.roles import ROLES
from entrypoints.simulator.sellers import Seller, default_sellers
from entrypoints.simulator.shopify.stores import DEFAULT_STORES, ShopifyStore


def system_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class SimulatorConfig:
    """A simulated Amazon, described completely: equal configurations give equal data.

    Attributes:
        seed: everything in the store derives from it, and the key that signs tokens.
        extra_clients: further pairs of LWA client id and secret; a second secret of the same id is a rotation
            under way, both are valid.
        app_is_draft: the consent page then demands ``version=beta``.
        login_uri: the application's OAuth login URI, where sellers are sent who begin at Amazon; without one they can't.
        redirect_uris: registered redirect URIs; loopback addresses are registered always.
        orders_per_day: on average over the year, all marketplaces of one seller together.
        sku_count: products of a seller's main marketplace.
        data_until: nothing happens in the store after this moment; tokens, page tokens and usage plans go on
            by the real clock. For tests that recount.
        rate_factor: multiplies the rate of every usage plan, not its burst.
        withheld_roles: roles that the application was not granted; an operation that needs them is denied.
        report_seconds: how long a report takes to make, a third of it in the queue.
        latency_ms: how long every answer lets one wait, LWA's too; Amazon's take some tenths of a second.
        seller_count: how many sellers to invent when ``sellers`` is empty, the regions taking turns.
        stores: the Shopify stores; ``rate_factor`` is for their points, too.
        bulk_seconds: how long a store's bulk operation takes, a third of it until it begins.
        shopify_redirect_uris: as ``redirect_uris``, of the application at Shopify.
        ads: the Ads API; ``report_seconds`` and ``rate_factor`` are for its reports and calls, too.
        now: the clock of everything.
    """

    seed: int = 7
    client_id: str = "amzn1.application-oa2-client.portside-simulator"
    client_secret: str = field(default="amzn1.oa2-cs.v1.portside-simulator", repr=False)
    application_id: str = "amzn1.sp.solution.portside-simulator"
    application_name: str = "Portside"
    app_is_draft: bool = False
    extra_clients: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    redirect_uris: tuple[str, ...] = ()
    login_uri: str | None = None
    orders_per_day: float = 15
    history_days: int = 365
    sku_count: int = 120
    data_until: datetime | None = None
    rate_factor: float = 1.0
    latency_ms: int = 0
    withheld_roles: tuple[str, ...] = ()
    report_seconds: float = 15
    seller_count: int = 3
    ads: AdsConfig = field(default_factory=AdsConfig)
    sellers: tuple[Seller, ...] = ()
    shopify_client_id: str = "portside-simulator-shopify"
    shopify_client_secret: str = field(default="shpss_portside_simulator", repr=False)
    shopify_redirect_uris: tuple[str, ...] = ()
    stores: tuple[ShopifyStore, ...] = DEFAULT_STORES
    bulk_seconds: float = 3
    now: Callable[[], datetime] = field(default=system_now, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Raises:
        ValueError: a figure is out of range; the message names it.
        """
        if self.data_until is not None and self.data_until.tzinfo is None:
            raise ValueError("data_until needs a time zone")
        for name in ("orders_per_day", "rate_factor"):
            if not getattr(self, name) > 0:
                raise ValueError(f"{name} must be above 0")
        for name in ("latency_ms", "report_seconds", "bulk_seconds"):
            if getattr(self, name) < 0:
                raise ValueError(f"{name} must not be below 0")
        for name in ("history_days", "sku_count", "seller_count"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1")
        unknown = sorted(set(self.withheld_roles) - set(ROLES))
        if unknown:
            raise ValueError(f"withheld_roles: {', '.join(unknown)} is none of {', '.join(ROLES)}")
        for seller in self.sellers:
            if not {BY_ID[each].region for each in seller.marketplace_ids if each in BY_ID} == {
                seller.region
            }:
                raise ValueError(
                    f"sellers: {seller.id} needs marketplaces of its region {seller.region}, and only those"
                )
        if not self.sellers:
            object.__setattr__(self, "sellers", default_sellers(self.seed, self.seller_count))

    def is_client(self, client_id: str, client_secret: str) -> bool:
        return (client_id, client_secret) in {(self.client_id, self.client_secret), *self.extra_clients}

    def visible_until(self) -> datetime:
        """Up to when the store shows what happened: now, or ``data_until`` when that is earlier."""
        now = self.now()
        return now if self.data_until is None else min(now, self.data_until)
