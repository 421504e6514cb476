"""What product questions look like when they come in."""

import re
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from pydantic import BeforeValidator, Field, field_validator, model_validator

from domain.products.model import Condition, ShipmentStatus
from entrypoints.http.reading import Body, Query, read_moment

ASIN = re.compile(r"[A-Z0-9]{10}")
NO_ASIN = "an ASIN has ten capital letters and digits"
_LARGEST_BATCH = 100
_LONGEST_SKU = 100


def _decimal(value: object) -> object:
    """A JSON number with the digits that it was written with; a text with a number is as good."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return value
    try:
        return Decimal(str(value))
    except ArithmeticError as error:
        raise ValueError("is not an amount") from error


_unless_blank = BeforeValidator(lambda value: value or None)
Amount = Annotated[Decimal, BeforeValidator(_decimal)]
ConnectionChoice = Annotated[UUID | None, _unless_blank]
Text = Annotated[str | None, _unless_blank]


class WhereQuery(Query):
    """In whose name, and in which marketplace: the default connection, and its own."""

    marketplace_id: Text = None
    connection_id: ConnectionChoice = None


class EligibilityQuery(WhereQuery):
    """In which condition: new, unless said."""

    condition: Annotated[Condition, BeforeValidator(lambda value: value or Condition.NEW)] = Condition.NEW


class EligibilityBody(Body):
    """Up to a hundred ASINs."""

    asins: Annotated[list[str], Field(min_length=1, max_length=_LARGEST_BATCH)]
    marketplace_id: str | None = None
    condition: Condition = Condition.NEW
    connection_id: UUID | None = None


class FeesQuery(WhereQuery):
    """Sold for how much, and by whom it is sent."""

    price: Amount
    shipping: Amount = Decimal(0)
    fba: bool = True


class FeesBody(Body):
    """Up to a hundred products. Each row is read on its own: a bad one does not stop the others."""

    items: Annotated[list[Any], Field(min_length=1, max_length=_LARGEST_BATCH)]
    marketplace_id: str | None = None
    connection_id: UUID | None = None


class FeesRow(Body):
    """One product, by ASIN or by the seller's own SKU."""

    asin: str | None = None
    sku: str | None = None
    price: Amount
    shipping: Amount = Decimal(0)
    fba: bool = True

    @field_validator("asin")
    @classmethod
    def _is_asin(cls, asin: str | None) -> str | None:
        if asin is not None and not ASIN.fullmatch(asin):
            raise ValueError(NO_ASIN)
        return asin

    @field_validator("sku")
    @classmethod
    def _is_sku(cls, sku: str | None) -> str | None:
        if sku is not None and not (0 < len(sku) <= _LONGEST_SKU and sku.isprintable()):
            raise ValueError(f"a SKU has 1 to {_LONGEST_SKU} printable characters")
        return sku

    @model_validator(mode="after")
    def _one_name(self) -> "FeesRow":
        if (self.asin is None) == (self.sku is None):
            raise ValueError("give either asin or sku")
        return self


def _words(text: object) -> object:
    """One or several, with commas between them."""
    return tuple(word.strip() for word in text.split(",") if word.strip()) if isinstance(text, str) else text


def _moment(text: object) -> object:
    return read_moment(text) if text else None


class ShipmentsQuery(WhereQuery):
    """Which shipments."""

    status: Annotated[tuple[ShipmentStatus, ...], BeforeValidator(_words)] = ()
    updated_after: Annotated[datetime | None, BeforeValidator(_moment)] = None
