"""Which products are asked for."""

from dataclasses import dataclass
from enum import StrEnum


class ProductKey(StrEnum):
    """What makes a product of sales: several SKUs may be one ASIN."""

    SKU = "sku"
    ASIN = "asin"


class Ranking(StrEnum):
    """What the best is best at."""

    REVENUE = "revenue"
    UNITS = "units"


@dataclass(frozen=True)
class ProductQuestion:
    """The ``limit`` best products in one currency; of one marketplace, or of all (``None``)."""

    currency: str
    limit: int
    by: ProductKey = ProductKey.SKU
    ranking: Ranking = Ranking.REVENUE
    marketplace_id: str | None = None
