"""What all of Amazon sells: every seller's products, and a stranger's behind nearly every other ASIN.

Sellers ask about ASINs that are not theirs. So each well-formed one stands for something, always the same, except
for a few that nobody sells. For those who want a certain answer, some beginnings of ASINs mean it:

========  ==========================================================
B0NONE…   nobody sells it
B0GATE…   a seller needs Amazon's approval to list it
B0NOPE…   a seller may not list it
B0FREE…   every seller may list it
B0FAIL…   whatever is asked about it, Amazon's own service fails
========  ==========================================================
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

from entrypoints.simulator.catalogue import Catalogue
from entrypoints.simulator.dice import dice, number, pick

NONE, GATE, NOPE, FREE, FAIL = "B0NONE", "B0GATE", "B0NOPE", "B0FREE", "B0FAIL"
_ASIN = re.compile(r"(B0[0-9A-Z]{8}|[0-9]{9}[0-9X])\Z")
_ONE_IN = 20
_BRANDS = ("Aldwych", "Brightwater", "Corvel", "Dunmore", "Eastlake", "Fennimore", "Grovely", "Hexham")
_MATERIALS = ("Steel", "Cotton", "Bamboo", "Glass", "Walnut", "Linen", "Ceramic")


@dataclass(frozen=True)
class Category:
    """A kind of goods. ``referral_percent`` of the price goes to Amazon; media pay a closing fee as well."""

    name: str
    product_type: str
    referral_percent: int
    nouns: tuple[str, ...]
    media: bool = False


CATEGORIES = (
    Category("Home & Kitchen", "HOME", 15, ("Mug", "Lamp", "Basket", "Storage Jar")),
    Category("Electronics", "CONSUMER_ELECTRONICS", 8, ("Charger", "Headphones", "Cable", "Speaker")),
    Category("Toys & Games", "TOYS_AND_GAMES", 15, ("Puzzle", "Board Game", "Building Set")),
    Category("Clothing", "APPAREL", 17, ("Scarf", "Jacket", "Socks")),
    Category("Books", "ABIS_BOOK", 15, ("Cookbook", "Novel", "Atlas"), media=True),
)
_HOME = CATEGORIES[0]


@dataclass(frozen=True)
class Item:
    """One thing in Amazon's catalogue."""

    asin: str
    title: str
    brand: str
    category: Category
    weight_grams: int


@dataclass(frozen=True)
class Shelf:
    """Amazon's catalogue; a pure function of the seed and the sellers' own."""

    seed: int
    catalogues: tuple[Catalogue, ...]

    def find(self, asin: str) -> Item | None:
        """What an ASIN stands for; None if nobody sells it or it is no ASIN."""
        title = self.titles.get(asin)
        if title is None and (not well_formed(asin) or self._unknown(asin)):
            return None
        random = dice(self.seed, "item", asin)
        strange = pick(random, CATEGORIES)
        category = strange if title is None else _HOME
        invented = f"{pick(random, _MATERIALS)} {pick(random, category.nouns)}"
        return Item(
            asin=asin,
            title=title or invented,
            brand=pick(random, _BRANDS),
            category=category,
            weight_grams=60 + int(random.random() ** 3 * 4000),
        )

    def gate(self, seller_id: str, asin: str, marketplace_id: str) -> str | None:
        """Why a seller may not simply list what is known: APPROVAL_REQUIRED, NOT_ELIGIBLE or None."""
        for beginning, reason in ((GATE, "APPROVAL_REQUIRED"), (NOPE, "NOT_ELIGIBLE"), (FREE, None)):
            if asin.startswith(beginning):
                return reason
        if asin in self._own.get(seller_id, frozenset()):
            return None
        throw = number(self.seed, "gate", seller_id, asin, marketplace_id) % 100
        return "NOT_ELIGIBLE" if throw < 7 else "APPROVAL_REQUIRED" if throw < 21 else None

    @cached_property
    def titles(self) -> dict[str, str]:
        """The sellers' own products by ASIN."""
        return {product.asin: product.title for each in self.catalogues for product in each.products}

    @cached_property
    def _own(self) -> dict[str, frozenset[str]]:
        return {
            each.seller.id: frozenset(product.asin for product in each.products) for each in self.catalogues
        }

    def _unknown(self, asin: str) -> bool:
        if asin.startswith((GATE, NOPE, FREE, FAIL)):
            return False
        return asin.startswith(NONE) or number(self.seed, "nobody sells", asin) % _ONE_IN == 0


def well_formed(asin: str) -> bool:
    """Ten characters that begin with B0, or an ISBN of ten."""
    return _ASIN.match(asin) is not None


def fails(asin: str) -> bool:
    return asin.startswith(FAIL)
