"""The lists of advertising's figures: what each row says, as JSON and as a line of CSV."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from domain.ads.accounts import AccountType
from domain.ads.reports import AdProduct
from domain.kpis.ads_whole import ProfileSum
from domain.kpis.advertising import AdsSums, CampaignAds, DayAds, ProductAds
from domain.kpis.performance import AdsGroup, PerformanceScreen
from domain.money import Money
from entrypoints.http.answer_types import Amount, Answer, Day, Fraction
from entrypoints.http.shapes import number

SUMS = ("spend", "sales", "clicks", "impressions", "purchases", "units")
RATIOS = ("acos", "roas", "ctr", "cpc", "cvr")


class AdsSumsAnswer(Answer):
    """Sums and ratios. Sales, purchases and units are those that Amazon ascribes to the ads."""

    spend: Amount
    sales: Amount
    clicks: int
    impressions: int
    purchases: int
    units: int
    acos: Fraction | None
    """Spend ÷ sales; null where nothing was sold."""
    roas: float | None
    """Sales ÷ spend; null where nothing was spent."""
    ctr: Fraction | None
    """Clicks ÷ impressions; null where nobody saw an ad."""
    cpc: Amount | None
    """Spend ÷ clicks, an amount; null where nobody clicked."""
    cvr: Fraction | None
    """Purchases ÷ clicks; null where nobody clicked."""


class DayAdsAnswer(AdsSumsAnswer):
    """All ads of a day."""

    date: Day


class CampaignAdsAnswer(AdsSumsAnswer):
    """One campaign; of DSP, an order."""

    campaign_id: str
    name: str | None
    """As of its latest day in the period; so is its status."""
    status: str | None
    profile_id: str
    ad_product: AdProduct


class ProductAdsAnswer(AdsSumsAnswer):
    """The ads for one product."""

    asin: str | None
    sku: str | None
    """Null for vendors, to whom Amazon tells none."""


class ProfileAdsAnswer(AdsSumsAnswer):
    """The ads of one profile, or of one advertiser of DSP."""

    profile_id: str
    account_name: str
    type: AccountType
    country_code: str | None
    marketplace_id: str | None
    attribution_window_days: int
    """So many days after a click a sale counts as the ad's."""
    tacos: Fraction | None
    """Spend ÷ all sales of the seller there; null where they are not known or 0."""


class AdProductAnswer(AdsSumsAnswer):
    """All ads of one kind."""

    ad_product: AdProduct


@dataclass(frozen=True)
class AdsList:
    """A list of the answer: what it is called, what names its rows, and those in their order for a CSV."""

    name: str
    columns: Sequence[str]
    rows: Callable[[PerformanceScreen], Sequence[Mapping[str, object]]]


def sums_json(sums: AdsSums, currency: str) -> AdsSumsAnswer:
    """Sums and ratios; a ratio is ``null`` where its divisor is 0."""
    cost = sums.cpc(currency)
    return {
        "spend": number(Money(sums.spend_minor, currency)),
        "sales": number(Money(sums.sales_minor, currency)),
        "clicks": sums.clicks,
        "impressions": sums.impressions,
        "purchases": sums.purchases,
        "units": sums.units,
        "acos": fraction(sums.acos),
        "roas": fraction(sums.roas),
        "ctr": fraction(sums.ctr),
        "cpc": None if cost is None else number(cost),
        "cvr": fraction(sums.cvr),
    }


def fraction(value: Decimal | None) -> float | None:
    """A ratio as a JSON number."""
    return None if value is None else float(value)


def listed(screen: PerformanceScreen, group: AdsGroup) -> Sequence[Mapping[str, object]]:
    """The rows of one list."""
    return LISTS[group].rows(screen)


def days_json(screen: PerformanceScreen) -> list[DayAdsAnswer]:
    """Every day of the period."""
    return [_day(row, screen.scope.currency) for row in screen.series]


def campaigns_json(screen: PerformanceScreen) -> list[CampaignAdsAnswer]:
    """The campaigns, the most expensive one first."""
    return [_campaign(row, screen.scope.currency) for row in screen.campaigns]


def products_json(screen: PerformanceScreen) -> list[ProductAdsAnswer]:
    """The products, likewise."""
    return [_product(row, screen.scope.currency) for row in screen.products]


def profiles_json(screen: PerformanceScreen) -> list[ProfileAdsAnswer]:
    """The profiles and advertisers, likewise."""
    return [_profile(row, screen.scope.currency) for row in screen.profiles]


def ad_products_json(screen: PerformanceScreen) -> list[AdProductAnswer]:
    """The kinds of ads that there are."""
    currency = screen.scope.currency
    return [{"ad_product": each, **sums_json(sums, currency)} for each, sums in screen.ad_products.items()]


def _day(row: DayAds, currency: str) -> DayAdsAnswer:
    return {"date": row.day.isoformat(), **sums_json(row.sums, currency)}


def _campaign(row: CampaignAds, currency: str) -> CampaignAdsAnswer:
    return {
        "campaign_id": row.campaign_id,
        "name": row.name,
        "status": row.status,
        "profile_id": row.profile_id,
        "ad_product": row.ad_product,
        **sums_json(row.sums, currency),
    }


def _product(row: ProductAds, currency: str) -> ProductAdsAnswer:
    return {"asin": row.asin or None, "sku": row.sku or None, **sums_json(row.sums, currency)}


def _profile(row: ProfileSum, currency: str) -> ProfileAdsAnswer:
    account = row.account
    found = account.found
    return {
        "profile_id": found.amazon_id,
        "account_name": account.name,
        "type": found.type,
        "country_code": found.country_code,
        "marketplace_id": found.marketplace_id,
        "attribution_window_days": account.attribution_days,
        "tacos": fraction(row.tacos.value),
        **sums_json(row.sums, currency),
    }


LISTS: Mapping[AdsGroup, AdsList] = {
    AdsGroup.DAY: AdsList("series", ("date",), days_json),
    AdsGroup.CAMPAIGN: AdsList(
        "campaigns", ("campaign_id", "name", "status", "profile_id", "ad_product"), campaigns_json
    ),
    AdsGroup.PRODUCT: AdsList("products", ("asin", "sku"), products_json),
    AdsGroup.PROFILE: AdsList(
        "profiles",
        (
            *("profile_id", "account_name", "type", "country_code", "marketplace_id"),
            *("attribution_window_days", "tacos"),
        ),
        profiles_json,
    ),
    AdsGroup.AD_PRODUCT: AdsList("ad_products", ("ad_product",), ad_products_json),
}
