"""What Amazon takes of a sale: whole minor units, by the category, the price and the weight.

The rates are the simulator's own choice; they resemble the United States' schedule of 2026.
"""

from __future__ import annotations

from typing import NamedTuple

from entrypoints.simulator.marketplaces import Marketplace
from entrypoints.simulator.shelf import Category, Item

_LEAST_REFERRAL_CENTS = 30
_MEDIA_CLOSING_CENTS = 180
#: Picking and packing by weight: up to so many grams, so many US cents.
_PICK_AND_PACK = ((113, 306), (227, 315), (454, 363), (907, 477), (1361, 539), (10**9, 692))
_HEAVY_GRAMS, _CENTS_FOR_EACH_HALF_KILO = 1361, 16


class Fees(NamedTuple):
    """The parts in the currency's minor unit."""

    referral: int
    closing: int
    per_item: int
    pick_and_pack: int
    weight_handling: int

    @property
    def fulfillment(self) -> int:
        return self.pick_and_pack + self.weight_handling

    @property
    def total(self) -> int:
        return self.referral + self.closing + self.per_item + self.fulfillment


def fees(item: Item, marketplace: Marketplace, price: int, shipping: int, by_amazon: bool) -> Fees:
    """The fees of one unit sold at a price, both in the currency's minor unit.

    Sellers here have the professional plan, so the fee for each item is 0.
    """
    return Fees(
        referral=_referral(item.category, marketplace, price + shipping),
        closing=_local(_MEDIA_CLOSING_CENTS, marketplace) if item.category.media else 0,
        per_item=0,
        pick_and_pack=_local(_pick_and_pack(item.weight_grams), marketplace) if by_amazon else 0,
        weight_handling=_local(_weight_handling(item.weight_grams), marketplace) if by_amazon else 0,
    )


def _referral(category: Category, marketplace: Marketplace, paid: int) -> int:
    """A part of all that the buyer pays, half units up, and not less than the least."""
    share = (paid * category.referral_percent * 2 + 100) // 200
    return max(share, _local(_LEAST_REFERRAL_CENTS, marketplace))


def _pick_and_pack(grams: int) -> int:
    return next(cents for most, cents in _PICK_AND_PACK if grams <= most)


def _weight_handling(grams: int) -> int:
    return max(0, -(-(grams - _HEAVY_GRAMS) // 500)) * _CENTS_FOR_EACH_HALF_KILO


def _local(cents: int, marketplace: Marketplace) -> int:
    """US cents in the marketplace's minor unit."""
    return round(cents * marketplace.price_rate * marketplace.minor_units / 100)
