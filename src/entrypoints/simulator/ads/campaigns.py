"""The campaigns of an advertiser, and what each of them advertises."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from entrypoints.simulator.ads.people import Advertiser, Profile
from entrypoints.simulator.catalogue import Catalogue, Product
from entrypoints.simulator.dice import number
from entrypoints.simulator.marketplaces import Marketplace
from entrypoints.simulator.store import Store

SP, SB, SD = "SPONSORED_PRODUCTS", "SPONSORED_BRANDS", "SPONSORED_DISPLAY"
ST, DSP = "SPONSORED_TELEVISION", "DEMAND_SIDE_PLATFORM"
#: What a profile advertises with; DSP is an advertiser's.
AD_PRODUCTS = (SP, SB, SD, ST)
#: The share of a marketplace's order lines that each kind brings about, in thousandths.
SHARES = {SP: 190, SB: 60, SD: 35, ST: 15}
_ADVERTISED = 24
_SP_GROUPS = 3


@dataclass(frozen=True, eq=False)
class Ad:
    """One ad of a campaign: for a product, or for the brand. Compared by identity, which is quick."""

    id: int
    product: Product | None
    #: Which part of the campaign's traffic it has.
    weight: float


@dataclass(frozen=True, eq=False)
class Campaign:
    """One campaign. ``paused_in_odd_months``: it ran in even months only."""

    id: int
    name: str
    ad_product: str
    status: str
    cost_type: str
    budget_minor: int
    ads: tuple[Ad, ...]
    paused_in_odd_months: bool = False
    #: Of DSP: whose it is.
    advertiser: Advertiser | None = None

    @property
    def ad_group_id(self) -> int:
        return self.id + 7

    def ran_on(self, day: date) -> bool:
        return not (self.paused_in_odd_months and day.month % 2)


def advertised_products(store: Store, profile: Profile) -> tuple[Product, ...]:
    """What a profile advertises: what sells best there. A vendor sells what the region's first seller sells."""
    catalogue = catalogue_of(store, profile)
    sold = [each for each in catalogue.products if each.weight > 0]
    if profile.seller is not None:
        offered = catalogue.offered_in(profile.marketplace)
        sold = [each for each in offered if each.weight > 0]
    return tuple(sold[:_ADVERTISED])


def catalogue_of(store: Store, profile: Profile) -> Catalogue:
    seller = profile.seller
    if seller is None:
        seller = next((each for each in store.sellers if each.region == profile.region), store.sellers[0])
    return store.catalogue(seller.id)


def campaigns_of(store: Store, profile: Profile) -> tuple[Campaign, ...]:
    """All campaigns of a profile; none for one that is not active."""
    if not profile.active:
        return ()
    maker = _Maker(store, profile)
    products = advertised_products(store, profile)
    groups = [products[index::_SP_GROUPS] for index in range(_SP_GROUPS)]
    made = [
        maker.make(SP, "SP | Auto | alle", "ENABLED", groups[0]),
        maker.make(SP, "SP | Exact | Küche & Wohnen", "ENABLED", groups[1]),
        maker.make(SP, "SP | Brand defence", "PAUSED", groups[2]),
        maker.make(SP, "SP | Launch", "ARCHIVED", products[:2], even_months=True),
        maker.make(SB, "SB | Video", "ENABLED", ()),
        maker.make(SB, "SB | Store spotlight", "ENABLED", ()),
        maker.make(SD, "SD | Retargeting", "ENABLED", products[:6]),
        maker.make(SD, "SD | Reach", "ENABLED", products[6:12], cost_type="VCPM"),
    ]
    if has_television(profile):
        made.append(maker.make(ST, "ST | Living room", "ENABLED", (), cost_type="VCPM"))
    return tuple(made)


def has_television(profile: Profile) -> bool:
    """Sponsored Television is for the United States here."""
    return profile.marketplace.country_code == "US"


def orders_of(store: Store, advertiser: Advertiser) -> tuple[Campaign, ...]:
    """The campaigns of a DSP advertiser, which DSP calls orders."""
    if not advertiser.active:
        return ()
    seed = store.config.seed
    return tuple(
        Campaign(
            id=_number(seed, "order", advertiser.id, index),
            name=f"{name} | {advertiser.name}",
            ad_product=DSP,
            status="ENABLED",
            cost_type="VCPM",
            budget_minor=_budget(advertiser.marketplace, 500_000),
            ads=(Ad(_number(seed, "line item", advertiser.id, index), None, 1.0),),
            advertiser=advertiser,
        )
        for index, name in enumerate(("Awareness", "Loyalty"))
    )


@dataclass(frozen=True)
class _Maker:
    store: Store
    profile: Profile

    def make(
        self,
        ad_product: str,
        name: str,
        status: str,
        products: tuple[Product, ...],
        *,
        cost_type: str = "CPC",
        even_months: bool = False,
    ) -> Campaign:
        seed = self.store.config.seed
        campaign_id = _number(seed, "campaign", self.profile.id, name)
        total = sum(each.weight for each in products)
        ads = tuple(
            Ad(_number(seed, "ad", campaign_id, each.index), each, each.weight / total) for each in products
        )
        return Campaign(
            id=campaign_id,
            name=f"{name} {self.profile.country_code}",
            ad_product=ad_product,
            status=status,
            cost_type=cost_type,
            budget_minor=_budget(self.profile.marketplace, 5_000),
            ads=ads or (Ad(campaign_id + 1, None, 1.0),),
            paused_in_odd_months=even_months,
        )


def _budget(marketplace: Marketplace, cents: int) -> int:
    return round(cents / 100 * marketplace.price_rate * marketplace.minor_units)


def _number(seed: int, *words: object) -> int:
    """Amazon's ids have fifteen to eighteen digits."""
    value = number(seed, "ads", *words)
    return int(10 ** (14 + value % 4) + value % (9 * 10 ** (14 + value % 4)))
