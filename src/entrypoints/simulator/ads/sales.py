"""What one purchase says about ads: which kind brought it about, how long after the click, whether it stands.

Each answer follows from a number drawn for the order line, so that it is the same in every report.
"""

from __future__ import annotations

from dataclasses import dataclass

from entrypoints.simulator.ads.campaigns import AD_PRODUCTS, SHARES, SP, ST, Campaign, has_television
from entrypoints.simulator.ads.people import Profile
from entrypoints.simulator.dice import number


@dataclass
class Counted:
    """Purchases, units and sales (in minor units) of one kind."""

    purchases: int = 0
    units: int = 0
    sales: int = 0

    def add(self, other: Counted) -> None:
        self.purchases += other.purchases
        self.units += other.units
        self.sales += other.sales


@dataclass(frozen=True)
class Sale:
    """One purchase that an ad brought about, so many days after the click."""

    counted: Counted
    lag: int
    same_sku: bool
    by_view: bool
    is_new: bool


def kind_of(thousandth: int, profile: Profile) -> str | None:
    """Which kind of ads a line belongs to; most belong to none."""
    for kind in AD_PRODUCTS:
        if thousandth < SHARES[kind]:
            return SP if kind == ST and not has_television(profile) else kind
        thousandth -= SHARES[kind]
    return None


def lag_of(throw: int, ad_product: str) -> int:
    """Days from the click to the purchase."""
    hundredth, rest = throw % 100, throw // 100
    for limit, first, days in ((62, 0, 1), (76, 1, 1), (84, 2, 1), (90, 3, 4), (97, 7, 7)):
        if hundredth < limit:
            return first + rest % days
    return 14 + rest % 16 if ad_product == SP else 13


def by_view(throw: int, campaign: Campaign) -> bool:
    """Whether nobody clicked: the ad was only seen."""
    if campaign.ad_product == SP:
        return False
    return throw // 19 % 10 < (5 if campaign.cost_type == "VCPM" else 1)


def is_restated(throw: int, revision: int) -> bool:
    """Whether a sale was taken back when the day was restated by hand; one in ten each time."""
    return any(number(throw, "restated", each) % 10 == 0 for each in range(1, revision + 1))
