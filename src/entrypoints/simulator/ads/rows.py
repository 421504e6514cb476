"""The rows of a report: figures, grouped and put under the names of columns."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from entrypoints.simulator.ads.campaigns import Ad, Campaign
from entrypoints.simulator.ads.figures import Cell, Place
from entrypoints.simulator.ads.people import Profile
from entrypoints.simulator.ads.sales import Counted
from entrypoints.simulator.dice import number
from entrypoints.simulator.marketplaces import Marketplace

_PLACEMENTS = ("Top of Search on-Amazon", "Detail Page on-Amazon", "Other on-Amazon")
#: Groups in which each ad has a row of its own.
_OF_ADS = frozenset({"advertiser", "ad", "creative", "matchedTarget"})


@dataclass(frozen=True)
class Row:
    """What one row of a report stands for."""

    profile: Profile
    campaign: Campaign
    ad: Ad
    first: date
    last: date
    cell: Cell
    placement: str | None

    @property
    def marketplace(self) -> Marketplace:
        advertiser = self.campaign.advertiser
        return self.profile.marketplace if advertiser is None else advertiser.marketplace

    def money(self, minor: float) -> float:
        """Amounts are numbers in units of the currency."""
        digits = self.marketplace.minor_digits
        return round(minor / self.marketplace.minor_units, digits)


def rows(
    profile: Profile,
    cells: Mapping[Place, Cell],
    group_by: tuple[str, ...],
    columns: tuple[str, ...],
    span: tuple[date, date] | None,
) -> Iterator[dict[str, Any]]:
    """The rows by day (or all days in one with a span), in order of day and campaign."""
    by_ad, by_placement = bool(_OF_ADS & set(group_by)), "campaignPlacement" in group_by
    groups: dict[tuple[date, int, int], tuple[Campaign, Ad, Cell]] = {}
    for (day, campaign, ad), cell in cells.items():
        key = (span[0] if span else day, campaign.id, ad.id if by_ad else 0)
        groups.setdefault(key, (campaign, ad, Cell()))[2].add(cell)
    for (day, _, _), (campaign, ad, cell) in sorted(groups.items(), key=lambda each: each[0]):
        for placement, part in _placed(cell, campaign, day) if by_placement else [(None, cell)]:
            row = Row(profile, campaign, ad, day, span[1] if span else day, part, placement)
            yield {name: _value(name, row) for name in columns}


def _placed(cell: Cell, campaign: Campaign, day: date) -> Iterable[tuple[str, Cell]]:
    """All of it at one placement, which depends on the day."""
    return [(_PLACEMENTS[number(campaign.id, day, "placement") % len(_PLACEMENTS)], cell)]


def _value(name: str, row: Row) -> Any:
    make = _VALUES.get(name)
    return 0 if make is None else make(row)


def _ratio(part: float, whole: float) -> float | None:
    return round(part / whole, 4) if whole else None


def _counted(prefix: str, days: int, of: Callable[[Counted], int], same_sku: bool) -> Mapping[str, Any]:
    is_money = "ales" in prefix

    def make(row: Row) -> Any:
        value = of((row.cell.same_sku if same_sku else row.cell.within)[days])
        return row.money(value) if is_money else value

    return {f"{prefix}{days}d": make}


def _windows() -> dict[str, Callable[[Row], Any]]:
    found: dict[str, Callable[[Row], Any]] = {}
    for days in (1, 7, 14, 30):
        found |= _counted("purchases", days, lambda each: each.purchases, same_sku=False)
        found |= _counted("unitsSoldClicks", days, lambda each: each.units, same_sku=False)
        found |= _counted("sales", days, lambda each: each.sales, same_sku=False)
        found |= _counted("purchasesSameSku", days, lambda each: each.purchases, same_sku=True)
        found |= _counted("unitsSoldSameSku", days, lambda each: each.units, same_sku=True)
        found |= _counted("attributedSalesSameSku", days, lambda each: each.sales, same_sku=True)
    return found


def _all(row: Row) -> Counted:
    return row.cell.within[14]


def _same(row: Row) -> Counted:
    return row.cell.same_sku[14]


def _cost(row: Row) -> float:
    return row.money(row.cell.cost)


def _asin(row: Row) -> str | None:
    return None if row.ad.product is None else row.ad.product.asin


def _sku(row: Row) -> str | None:
    """Vendors have no SKUs."""
    return None if row.ad.product is None or row.profile.type == "vendor" else row.ad.product.sku


_VALUES: dict[str, Callable[[Row], Any]] = {
    "date": lambda row: row.first.isoformat(),
    "startDate": lambda row: row.first.isoformat(),
    "endDate": lambda row: row.last.isoformat(),
    "campaignId": lambda row: row.campaign.id,
    "campaignName": lambda row: row.campaign.name,
    "campaignStatus": lambda row: row.campaign.status,
    "campaignBudgetAmount": lambda row: row.money(row.campaign.budget_minor),
    "campaignBudgetType": lambda _: "DAILY_BUDGET",
    "campaignBudgetCurrencyCode": lambda row: row.marketplace.currency,
    "campaignBiddingStrategy": lambda _: "LEGACY",
    "costType": lambda row: row.campaign.cost_type,
    "portfolioId": lambda _: None,
    "adGroupId": lambda row: row.campaign.ad_group_id,
    "adGroupName": lambda row: f"{row.campaign.name} | 1",
    "adStatus": lambda row: row.campaign.status,
    "adId": lambda row: row.ad.id,
    "advertisedAsin": _asin,
    "advertisedSku": _sku,
    "promotedAsin": _asin,
    "promotedSku": _sku,
    "matchedTargetAsin": _asin,
    "placementClassification": lambda row: row.placement,
    "topOfSearchImpressionShare": lambda row: number(row.campaign.id, row.first) % 10_000 / 100,
    "impressions": lambda row: row.cell.impressions,
    "viewableImpressions": lambda row: row.cell.impressions * 6 // 10,
    "impressionsViews": lambda row: row.cell.impressions * 6 // 10,
    "clicks": lambda row: row.cell.clicks,
    "cost": _cost,
    "spend": _cost,
    "totalCost": _cost,
    "supplyCost": lambda row: row.money(row.cell.cost * 0.9),
    "costPerClick": lambda row: _ratio(_cost(row), row.cell.clicks),
    "eCPC": lambda row: _ratio(_cost(row), row.cell.clicks),
    "clickThroughRate": lambda row: _ratio(row.cell.clicks, row.cell.impressions),
    "viewClickThroughRate": lambda row: _ratio(row.cell.clicks, row.cell.impressions * 6 // 10),
    "costPerThousandImpressions": lambda row: _ratio(_cost(row) * 1000, row.cell.impressions),
    "eCPM": lambda row: _ratio(_cost(row) * 1000, row.cell.impressions),
    "acosClicks7d": lambda row: _ratio(row.cell.cost * 100, row.cell.within[7].sales),
    "acosClicks14d": lambda row: _ratio(row.cell.cost * 100, row.cell.within[14].sales),
    "roasClicks7d": lambda row: _ratio(row.cell.within[7].sales, row.cell.cost),
    "roasClicks14d": lambda row: _ratio(row.cell.within[14].sales, row.cell.cost),
    "roas": lambda row: _ratio(_all(row).sales, row.cell.cost),
    "ROAS": lambda row: _ratio(_all(row).sales, row.cell.cost),
    "salesOtherSku7d": lambda row: row.money(row.cell.within[7].sales - row.cell.same_sku[7].sales),
    "unitsSoldOtherSku7d": lambda row: row.cell.within[7].units - row.cell.same_sku[7].units,
    "purchases": lambda row: _all(row).purchases,
    "totalPurchases": lambda row: _all(row).purchases,
    "purchasesClicks": lambda row: row.cell.after_clicks.purchases,
    "totalPurchasesClicks": lambda row: row.cell.after_clicks.purchases,
    "purchasesViews": lambda row: _all(row).purchases - row.cell.after_clicks.purchases,
    "purchasesPromoted": lambda row: _same(row).purchases,
    "purchasesPromotedClicks": lambda row: min(_same(row).purchases, row.cell.after_clicks.purchases),
    "unitsSold": lambda row: _all(row).units,
    "totalUnitsSold": lambda row: _all(row).units,
    "unitsSoldClicks": lambda row: row.cell.after_clicks.units,
    "unitsSoldViews": lambda row: _all(row).units - row.cell.after_clicks.units,
    "sales": lambda row: row.money(_all(row).sales),
    "totalSales": lambda row: row.money(_all(row).sales),
    "salesClicks": lambda row: row.money(row.cell.after_clicks.sales),
    "salesViews": lambda row: row.money(_all(row).sales - row.cell.after_clicks.sales),
    "salesPromoted": lambda row: row.money(_same(row).sales),
    "salesPromotedClicks": lambda row: row.money(min(_same(row).sales, row.cell.after_clicks.sales)),
    "newToBrandPurchases": lambda row: row.cell.new_to_brand.purchases,
    "newToBrandSales": lambda row: row.money(row.cell.new_to_brand.sales),
    "newToBrandProductSales": lambda row: row.money(row.cell.new_to_brand.sales),
    "newToBrandUnitsSold": lambda row: row.cell.new_to_brand.units,
    "orderId": lambda row: str(row.campaign.id),
    "orderName": lambda row: row.campaign.name,
    "orderCurrency": lambda row: row.marketplace.currency,
    "orderBudget": lambda row: row.money(row.campaign.budget_minor),
    "orderExternalId": lambda _: None,
    "lineItemId": lambda row: str(row.ad.id),
    "lineItemName": lambda row: f"{row.campaign.name} | line 1",
    "lineItemStatus": lambda row: row.campaign.status,
    "creativeId": lambda row: str(row.ad.id + 1),
    "creativeName": lambda row: f"{row.campaign.name} | creative 1",
    "advertiserId": lambda row: row.campaign.advertiser and row.campaign.advertiser.id,
    "advertiserName": lambda row: row.campaign.advertiser and row.campaign.advertiser.name,
    "advertiserCountry": lambda row: row.marketplace.country_code,
    "advertiserTimezone": lambda row: row.marketplace.zone_name,
    "entityId": lambda row: row.profile.account_id,
    "marketplace": lambda row: row.marketplace.domain,
    **_windows(),
}
