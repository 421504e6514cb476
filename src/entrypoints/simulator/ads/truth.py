"""What ads truly did, for tests in another process that compare exactly: lines of JSON.

First a ``profile`` (or ``advertiser``) line, then a ``day`` for each day and campaign, and with products a
``product`` for each day, campaign and product. Amounts are in minor units.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from entrypoints.simulator.ads.campaigns import AD_PRODUCTS, Campaign, campaigns_of, orders_of
from entrypoints.simulator.ads.figures import AdFigures, Cell
from entrypoints.simulator.ads.people import Advertiser, Profile


@dataclass(frozen=True)
class AdsTruth:
    """Tells figures as they stand at a moment."""

    figures: AdFigures

    def of_profile(
        self, profile: Profile, days: tuple[date, date], at_ms: int, with_products: bool
    ) -> Iterator[str]:
        """Everything of one profile, kind by kind."""
        yield _line(
            {
                "kind": "profile",
                "profile_id": str(profile.id),
                "region": profile.region,
                "type": profile.type,
                "marketplace_id": profile.marketplace.id,
                "currency": profile.marketplace.currency,
                "time_zone": profile.zone_name,
            }
        )
        campaigns = campaigns_of(self.figures.store, profile)
        for ad_product in AD_PRODUCTS:
            some = tuple(each for each in campaigns if each.ad_product == ad_product)
            yield from self._days(str(profile.id), profile, some, days, at_ms, with_products)

    def of_advertiser(
        self, advertiser: Advertiser, agency: Profile, days: tuple[date, date], at_ms: int
    ) -> Iterator[str]:
        """Everything of one DSP advertiser."""
        currency = advertiser.marketplace.currency
        yield _line({"kind": "advertiser", "advertiser_id": advertiser.id, "currency": currency})
        orders = orders_of(self.figures.store, advertiser)
        yield from self._days(advertiser.id, agency, orders, days, at_ms, with_products=False)

    def _days(
        self,
        owner: str,
        profile: Profile,
        campaigns: tuple[Campaign, ...],
        days: tuple[date, date],
        at_ms: int,
        with_products: bool,
    ) -> Iterator[str]:
        if not campaigns:
            return
        totals: dict[tuple[date, int], tuple[Campaign, Cell]] = {}
        for (day, campaign, ad), cell in self.figures.cells(owner, profile, campaigns, days, at_ms).items():
            totals.setdefault((day, campaign.id), (campaign, Cell()))[1].add(cell)
            if with_products and ad.product is not None:
                names = {"asin": ad.product.asin, "sku": "" if profile.type == "vendor" else ad.product.sku}
                yield _line({"kind": "product", **_told(day, campaign, cell), **names})
        for (day, _), (campaign, cell) in sorted(totals.items(), key=lambda each: each[0]):
            yield _line({"kind": "day", **_told(day, campaign, cell)})


def _told(day: date, campaign: Campaign, cell: Cell) -> dict[str, Any]:
    week, fortnight = cell.within[7], cell.within[14]
    return {
        "day": day.isoformat(),
        "ad_product": campaign.ad_product,
        "campaign_id": str(campaign.id),
        "campaign_name": campaign.name,
        "impressions": cell.impressions,
        "clicks": cell.clicks,
        "spend": cell.cost,
        "purchases_7d": week.purchases,
        "sales_7d": week.sales,
        "units_7d": week.units,
        "purchases": fortnight.purchases,
        "sales": fortnight.sales,
        "units": fortnight.units,
    }


def _line(told: dict[str, Any]) -> str:
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")) + "\n"
