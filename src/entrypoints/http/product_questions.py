"""What product questions look like when they come in."""

import re
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from pydantic import (
    BeforeValidator,
    Field,
    GetJsonSchemaHandler,
    WithJsonSchema,
    field_validator,
    model_validator,
)
from pydantic_core import CoreSchema

from domain.marketplaces import MARKETPLACES
from domain.products.model import Condition, ShipmentStatus
from domain.products.prices import DEAREST
from entrypoints.http.paging import PageQuery
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
_as_decimal = BeforeValidator(_decimal)
Price = Annotated[
    Decimal,
    _as_decimal,
    WithJsonSchema({"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": int(DEAREST)}),
]
Shipping = Annotated[
    Decimal,
    _as_decimal,
    WithJsonSchema({"type": "number", "minimum": 0, "exclusiveMaximum": int(DEAREST)}),
]
Place = Annotated[str, WithJsonSchema({"type": "string", "enum": sorted(MARKETPLACES)})]


def _or_blank(**schema: Any) -> WithJsonSchema:
    """For the document: in a query, what is left blank is as good as left out."""
    return WithJsonSchema({"anyOf": [schema, {"const": ""}]})


ConnectionChoice = Annotated[UUID | None, _unless_blank, _or_blank(type="string", format="uuid")]
PlaceChoice = Annotated[str | None, _unless_blank, _or_blank(type="string", enum=sorted(MARKETPLACES))]
ConditionChoice = Annotated[
    Condition,
    BeforeValidator(lambda value: value or Condition.NEW),
    _or_blank(type="string", enum=[*Condition]),
]

_MARKETPLACE = Field(
    default=None, description="One of the connection's region; by default the connection's own."
)
_CONNECTION = Field(default=None, description="In whose name to ask; by default the default connection.")
_CONDITION = Field(default=Condition.NEW, description="In which it is to be offered, in Amazon's words.")
_PRICE = Field(description="Of one unit, in the marketplace's currency, no finer than its minor unit.")
_SHIPPING = Field(
    default=Decimal(0),
    description="What the buyer pays for it, likewise.",
    json_schema_extra={"default": 0},
)
_FBA = Field(default=True, description="Whether Amazon sends it.")


class WhereQuery(Query):
    """In whose name, and in which marketplace: the default connection, and its own."""

    marketplace_id: PlaceChoice = _MARKETPLACE
    connection_id: ConnectionChoice = _CONNECTION


class EligibilityQuery(WhereQuery):
    """In which condition: new, unless said."""

    condition: ConditionChoice = _CONDITION


class EligibilityBody(Body):
    """Up to a hundred ASINs."""

    asins: list[str] = Field(
        min_length=1,
        max_length=_LARGEST_BATCH,
        description="One that is none has an error in its row, and does not stop the others.",
    )
    marketplace_id: Place | None = _MARKETPLACE
    condition: Condition = _CONDITION
    connection_id: UUID | None = _CONNECTION


class FeesQuery(WhereQuery):
    """Sold for how much, and by whom it is sent."""

    price: Price = _PRICE
    shipping: Shipping = _SHIPPING
    fba: bool = _FBA


class FeesRow(Body):
    """One product, by ASIN or by the seller's own SKU."""

    asin: str | None = Field(default=None, json_schema_extra={"pattern": f"^{ASIN.pattern}$"})
    sku: str | None = Field(
        default=None, json_schema_extra={"minLength": 1, "maxLength": _LONGEST_SKU}, description="Printable."
    )
    price: Price = _PRICE
    shipping: Shipping = _SHIPPING
    fba: bool = _FBA

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


class _ReadAlone:
    """Of a row, for the document: it should be so; what is otherwise has an error in its row of the answer."""

    @staticmethod
    def __get_pydantic_json_schema__(_core: CoreSchema, write: GetJsonSchemaHandler) -> dict[str, Any]:
        return {"anyOf": [write(FeesRow.__pydantic_core_schema__), {}]}


class FeesBody(Body):
    """Up to a hundred products. Each row is read on its own: a bad one does not stop the others."""

    items: list[Annotated[Any, _ReadAlone]] = Field(min_length=1, max_length=_LARGEST_BATCH)
    marketplace_id: Place | None = _MARKETPLACE
    connection_id: UUID | None = _CONNECTION


def _words(text: object) -> object:
    """One or several, with commas between them."""
    return tuple(word.strip() for word in text.split(",") if word.strip()) if isinstance(text, str) else text


def _moment(text: object) -> object:
    return read_moment(text) if text else None


Since = Annotated[datetime | None, BeforeValidator(_moment), _or_blank(type="string", format="date-time")]


class ShipmentsQuery(WhereQuery, PageQuery):
    """Which shipments."""

    status: Annotated[tuple[ShipmentStatus, ...], BeforeValidator(_words)] = Field(
        default=(), description="One or several, with commas between them."
    )
    updated_after: Since = Field(
        default=None, description="Changed since then; with a time zone, not in the future."
    )
