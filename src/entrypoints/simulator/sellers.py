"""The invented sellers, each in one region with several marketplaces."""

from __future__ import annotations

from dataclasses import dataclass

from entrypoints.simulator.dice import dice, pick
from entrypoints.simulator.marketplaces import BY_COUNTRY, BY_ID, REGIONS, Marketplace

_ID_CHARACTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
_COUNTRIES = {
    "na": ("US", "CA", "MX"),
    "eu": ("DE", "FR", "IT", "ES", "GB", "SE", "PL"),
    "fe": ("JP", "AU"),
}
_FIRST_NAMES = {"na": "Harbor & Pine", "eu": "Nordlicht Haushalt", "fe": "Kumo Living"}
_NAME_STARTS = ("Blue", "Quiet", "Copper", "Maple", "North", "Tidal", "Amber", "Little", "Silver", "Meadow")
_NAME_ENDS = ("Harbor", "Workshop", "Trading", "Goods", "Home", "Supply", "Lane", "Works", "Market", "Studio")


@dataclass(frozen=True)
class Seller:
    """One seller account. The first of its marketplaces is the main one."""

    id: str
    name: str
    region: str
    marketplace_ids: tuple[str, ...]

    @property
    def marketplaces(self) -> tuple[Marketplace, ...]:
        return tuple(BY_ID[marketplace_id] for marketplace_id in self.marketplace_ids)

    def share(self, marketplace: Marketplace) -> float:
        """This marketplace's part of the seller's orders, from 0 to 1."""
        return marketplace.size / sum(each.size for each in self.marketplaces)


def seller_in(seed: int, index: int, region: str) -> Seller:
    """The index-th seller of a seed."""
    random = dice(seed, "seller", index)
    seller_id = "A" + "".join(pick(random, _ID_CHARACTERS) for _ in range(13))
    invented = f"{pick(random, _NAME_STARTS)} {pick(random, _NAME_ENDS)}"
    return Seller(
        id=seller_id,
        name=_FIRST_NAMES[region] if index < len(REGIONS) else invented,
        region=region,
        marketplace_ids=tuple(BY_COUNTRY[country].id for country in _COUNTRIES[region]),
    )


def default_sellers(seed: int, count: int) -> tuple[Seller, ...]:
    """As many sellers as asked for; the regions take turns, so that the first three are NA, EU and FE."""
    return tuple(seller_in(seed, index, REGIONS[index % len(REGIONS)]) for index in range(count))
