"""What a seller sells: invented products with the SKUs, identifiers and titles that trip clients up."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate

from entrypoints.simulator.dice import dice, number, pick
from entrypoints.simulator.marketplaces import Marketplace
from entrypoints.simulator.sellers import Seller

_CODE_CHARACTERS = "BCDFGHJKLMNPQRSTVWXYZ0123456789"
#: Sellers invent SKUs freely; each of these breaks a client that forgets to percent-encode.
_SKU_SHAPES = (
    "{kind}/{serial}/L",
    "{kind} {serial}",
    "{kind}+SET+{serial}",
    "{kind}-100%-{serial}",
    "{kind}&CO-{serial}",
    "{kind}#{serial}",
)
_ODD_SKU_EVERY = 9
_NEVER_SOLD_EVERY = 40
_KINDS = ("MUG", "LMP", "TRY", "VAS", "TWL", "CLK", "BRD", "BSK", "JAR", "RUG", "PAN", "NTB")
_WORDS = {
    "na": (
        ("Hand-Thrown", "Matte", "Foldable", "Large", "Everyday", "Café-Style", "Vintage"),
        ("Mug", "Lamp", "Tray", "Vase", "Towel", "Clock", "Board", "Basket", "Jar", "Rug", "Pan", "Notebook"),
        ("Set of 2", "12 oz", "Oak", "Slate Grey", "Gift Box", "8½ inch"),
    ),
    "eu": (
        ("Handgefertigte", "Große", "Faltbare", "Schlichte", "Zeitlose", "Nordische"),
        (
            "Tasse",
            "Lampe",
            "Schüssel",
            "Vase",
            "Küchenuhr",
            "Wäschebox",
            "Brotdose",
            "Kaffeemühle",
            "Öllampe",
        ),
        ("2er-Set", "Eiche natur", "weiß", "für Gäste", "Ø 24 cm", "mit Henkel"),
    ),
    "fe": (
        ("手作り", "折りたたみ", "北欧風", "シンプルな", "大きめ"),
        ("マグカップ", "ランプ", "トレー", "花瓶", "タオル", "掛け時計", "まな板", "かご"),
        ("2個セット", "ナチュラル", "抹茶色", "ギフト箱入り", "24cm"),
    ),
}
#: A marketplace beside the main one offers only a part of the range.
_PART_OFFERED_ELSEWHERE = 0.75


@dataclass(frozen=True)
class Product:
    """One thing for sale. Its price is in US cents; each marketplace asks its own price derived from it."""

    index: int
    sku: str
    asin: str
    fnsku: str
    title: str
    base_price_cents: int
    #: How much of the demand falls on it; 0 for one that was listed and never sold or sent in.
    weight: float

    def price_minor(self, marketplace: Marketplace) -> int:
        """Its price there, in the currency's minor unit, ending in 9 as prices do."""
        minor = self.base_price_cents / 100 * marketplace.price_rate * marketplace.minor_units
        return max(9, round(minor / 10) * 10 - 1)


@dataclass(frozen=True)
class Catalogue:
    """The products of one seller, and which of them each marketplace offers."""

    seed: int
    seller: Seller
    size: int

    @cached_property
    def products(self) -> tuple[Product, ...]:
        return tuple(self._product(index) for index in range(self.size))

    def offered_in(self, marketplace: Marketplace) -> tuple[Product, ...]:
        """All of them in the seller's main marketplace, a fixed part elsewhere; in the order of their index."""
        return self._ranges[marketplace.id]

    def demand_in(self, marketplace: Marketplace) -> tuple[float, ...]:
        """Running sums of the weights of what is offered there."""
        return self._demands[marketplace.id]

    def share_of_demand(self, product: Product, marketplace: Marketplace) -> float:
        """Which part of the marketplace's order lines falls on the product; 0 if it is not offered there."""
        if product not in self._offered[marketplace.id]:
            return 0.0
        total = self.demand_in(marketplace)[-1]
        return product.weight / total if total else 0.0

    @cached_property
    def _ranges(self) -> dict[str, tuple[Product, ...]]:
        main = self.seller.marketplaces[0]
        return {
            each.id: self.products
            if each == main
            else tuple(p for p in self.products if self._offers(each, p))
            for each in self.seller.marketplaces
        }

    @cached_property
    def _offered(self) -> dict[str, frozenset[Product]]:
        return {marketplace_id: frozenset(products) for marketplace_id, products in self._ranges.items()}

    @cached_property
    def _demands(self) -> dict[str, tuple[float, ...]]:
        return {
            marketplace_id: tuple(accumulate(product.weight for product in products))
            for marketplace_id, products in self._ranges.items()
        }

    def _offers(self, marketplace: Marketplace, product: Product) -> bool:
        # The first product is offered everywhere, so that no marketplace is empty.
        chance = number(self.seed, self.seller.id, "offer", marketplace.id, product.index) % 1000 / 1000
        return product.index == 0 or chance < _PART_OFFERED_ELSEWHERE

    def _product(self, index: int) -> Product:
        random = dice(self.seed, self.seller.id, "product", index)
        kind, serial = pick(random, _KINDS), f"{index:04d}"
        odd = index % _ODD_SKU_EVERY == _ODD_SKU_EVERY - 1
        shape = _SKU_SHAPES[index // _ODD_SKU_EVERY % len(_SKU_SHAPES)] if odd else "{kind}-{serial}"
        adjectives, nouns, details = _WORDS[self.seller.region]
        never_sold = index % _NEVER_SOLD_EVERY == _NEVER_SOLD_EVERY - 1
        return Product(
            index=index,
            sku=shape.format(kind=kind, serial=serial),
            asin="B0" + self._code(index, "asin"),
            fnsku="X0" + self._code(index, "fnsku"),
            title=f"{pick(random, adjectives)} {pick(random, nouns)}, {pick(random, details)}",
            base_price_cents=799 + int(random.random() ** 2 * 7200),
            # A few products carry most of the business, as everywhere.
            weight=0.0 if never_sold else 1 / (1 + index * 0.25),
        )

    def _code(self, index: int, kind: str) -> str:
        """Eight characters that no other product of this seller has: five by chance, three that count."""
        random = dice(self.seed, self.seller.id, kind, index)
        base = len(_CODE_CHARACTERS)
        counted = "".join(_CODE_CHARACTERS[index // base**place % base] for place in (2, 1, 0))
        return "".join(pick(random, _CODE_CHARACTERS) for _ in range(5)) + counted
