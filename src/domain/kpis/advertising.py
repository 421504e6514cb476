"""What advertising cost and brought: sums first, ratios last, and never two currencies in one sum."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal

from domain.ads.accounts import Owner
from domain.ads.reports import AdProduct
from domain.kpis.periods import Period
from domain.money import Money

#: Ratios are told to a millionth.
_PLACES = Decimal("0.000001")
#: Of sellers' sponsored products; a sale counts as any other ad's for 14 days after the click.
SELLERS_WINDOW, USUAL_WINDOW = 7, 14


def window(owner: Owner | None, ad_product: AdProduct) -> int:
    """How many days after a click a sale counts as the ad's."""
    sellers = owner is Owner.SELLER and ad_product is AdProduct.SPONSORED_PRODUCTS
    return SELLERS_WINDOW if sellers else USUAL_WINDOW


def ratio(part: int, whole: int) -> Decimal | None:
    """Part ÷ whole, a fraction to six decimals; ``None`` where the whole is zero."""
    if whole == 0:
        return None
    return (Decimal(part) / whole).quantize(_PLACES, rounding=ROUND_HALF_EVEN)


@dataclass(frozen=True)
class AdsSums:
    """Whole numbers, added up; money in minor units of one currency.

    ``sales``, ``purchases`` and ``units`` are those that Amazon ascribes to the ads, within each row's window.
    """

    impressions: int = 0
    clicks: int = 0
    spend_minor: int = 0
    purchases: int = 0
    sales_minor: int = 0
    units: int = 0

    def __add__(self, other: "AdsSums") -> "AdsSums":
        return AdsSums(
            self.impressions + other.impressions,
            self.clicks + other.clicks,
            self.spend_minor + other.spend_minor,
            self.purchases + other.purchases,
            self.sales_minor + other.sales_minor,
            self.units + other.units,
        )

    @property
    def acos(self) -> Decimal | None:
        """Spend ÷ attributed sales; ``None`` where nothing was sold."""
        return ratio(self.spend_minor, self.sales_minor)

    @property
    def roas(self) -> Decimal | None:
        """Attributed sales ÷ spend; ``None`` where nothing was spent."""
        return ratio(self.sales_minor, self.spend_minor)

    @property
    def ctr(self) -> Decimal | None:
        """Clicks ÷ impressions; ``None`` where nobody saw an ad."""
        return ratio(self.clicks, self.impressions)

    @property
    def cvr(self) -> Decimal | None:
        """Purchases ÷ clicks; ``None`` where nobody clicked."""
        return ratio(self.purchases, self.clicks)

    def cpc(self, currency: str) -> Money | None:
        """Spend ÷ clicks, at the currency's minor unit; ``None`` where nobody clicked."""
        return Money(self.spend_minor, currency).divided_by(self.clicks) if self.clicks else None


def added(several: Iterable[AdsSums]) -> AdsSums:
    """All of them in one."""
    return sum(several, AdsSums())


@dataclass(frozen=True)
class ProfileAds:
    """One profile's (or advertiser's) ads of one product in a period, in one currency."""

    span: Period
    profile_id: str
    ad_product: AdProduct
    currency: str
    sums: AdsSums


@dataclass(frozen=True)
class DayAds:
    """All ads of a day."""

    day: date
    sums: AdsSums


@dataclass(frozen=True)
class CampaignAds:
    """One campaign in a period. Name and status are those of its latest day in it."""

    profile_id: str
    ad_product: AdProduct
    campaign_id: str
    name: str | None
    status: str | None
    sums: AdsSums

    @property
    def mark(self) -> "AdsMark":
        """Where it stands in the list."""
        return AdsMark(self.sums.spend_minor, (self.profile_id, self.ad_product.value, self.campaign_id))


@dataclass(frozen=True)
class ProductAds:
    """The ads for one product in a period. Without a SKU: Amazon tells vendors none."""

    asin: str
    sku: str
    sums: AdsSums

    @property
    def mark(self) -> "AdsMark":
        """Where it stands in the list."""
        return AdsMark(self.sums.spend_minor, (self.asin, self.sku))


@dataclass(frozen=True)
class AdsMark:
    """A place in a list: the most expensive comes first, equals by their names, as ``sorted`` has it."""

    spend_minor: int
    names: tuple[str, ...]

    @property
    def rank(self) -> tuple[int, tuple[str, ...]]:
        """By this the list is sorted."""
        return -self.spend_minor, self.names


@dataclass(frozen=True)
class AdsScope:
    """Which ads are meant: of a period, in one currency; of one profile, or of all (``None``)."""

    span: Period
    currency: str
    profile_id: str | None = None


@dataclass(frozen=True)
class SellerSales:
    """What a seller sold in a marketplace in a period, advertised or not."""

    span: Period
    seller_id: str
    marketplace_id: str
    currency: str
    revenue_minor: int


@dataclass(frozen=True)
class Tacos:
    """Spend beside all sales of the same sellers, marketplaces, days and currency."""

    spend_minor: int
    sales_minor: int
    marketplace_ids: tuple[str, ...]

    @property
    def value(self) -> Decimal | None:
        """Spend ÷ all sales; ``None`` where nothing was sold."""
        return ratio(self.spend_minor, self.sales_minor)
