"""What sellers ask before and after they list a product: may I, what does it cost, and what has arrived."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from domain.money import Money


class Condition(StrEnum):
    """Amazon's conditions of a product that is offered."""

    NEW = "new_new"
    NEW_OPEN_BOX = "new_open_box"
    NEW_OEM = "new_oem"
    REFURBISHED = "refurbished_refurbished"
    USED_LIKE_NEW = "used_like_new"
    USED_VERY_GOOD = "used_very_good"
    USED_GOOD = "used_good"
    USED_ACCEPTABLE = "used_acceptable"
    COLLECTIBLE_LIKE_NEW = "collectible_like_new"
    COLLECTIBLE_VERY_GOOD = "collectible_very_good"
    COLLECTIBLE_GOOD = "collectible_good"
    COLLECTIBLE_ACCEPTABLE = "collectible_acceptable"
    CLUB = "club_club"


class EligibilityStatus(StrEnum):
    """Whether a seller may list a product."""

    ELIGIBLE = "ELIGIBLE"
    APPROVAL_REQUIRED = "APPROVAL_REQUIRED"  # Amazon has to be asked first
    NOT_ELIGIBLE = "NOT_ELIGIBLE"


@dataclass(frozen=True)
class Link:
    """Where a seller can go on, at Amazon."""

    url: str
    title: str | None
    verb: str
    type: str | None


@dataclass(frozen=True)
class Reason:
    """Why a product is restricted, in Amazon's words. ``code`` is ``None`` where Amazon gives none."""

    code: str | None
    message: str
    links: tuple[Link, ...] = ()


@dataclass(frozen=True)
class ListingQuestion:
    """May this be listed there, in that condition?"""

    asin: str
    marketplace_id: str
    condition: Condition = Condition.NEW


@dataclass(frozen=True)
class Eligibility:
    """The answer to a ListingQuestion. Without a restriction there are no reasons."""

    status: EligibilityStatus
    reasons: tuple[Reason, ...] = ()

    @property
    def can_list(self) -> bool:
        """Whether the seller may list it now."""
        return self.status is EligibilityStatus.ELIGIBLE


class IdKind(StrEnum):
    """How a product is named; the values are Amazon's."""

    ASIN = "ASIN"
    SKU = "SellerSKU"


@dataclass(frozen=True)
class FeeQuestion:
    """What would Amazon charge for selling one of these at this price? All amounts are of the marketplace's currency."""

    kind: IdKind
    product_id: str
    marketplace_id: str
    price: Money
    shipping: Money
    fulfilled_by_amazon: bool = True


@dataclass(frozen=True)
class Fee:
    """One fee as Amazon names it; what is charged in the end, promotions taken off."""

    type: str
    amount: Money


@dataclass(frozen=True)
class FeeEstimate:
    """Amazon's estimate of its fees for one unit."""

    total: Money
    fees: tuple[Fee, ...] = ()

    @property
    def referral_fee(self) -> Money:
        """Amazon's commission; zero where it names none."""
        return self._of_type("ReferralFee")

    @property
    def fba_fulfillment_fee(self) -> Money:
        """For storing, packing and sending by Amazon; zero where it names none."""
        return self._of_type("FBAFees")

    def proceeds(self, question: FeeQuestion) -> Money:
        """What is left to the seller of one unit: price + shipping − total fees. Below zero for a loss."""
        income = question.price + question.shipping
        if income.currency != self.total.currency:
            raise ValueError(f"{income.currency} and {self.total.currency} are never added")
        return Money(income.minor - self.total.minor, income.currency)

    def _of_type(self, name: str) -> Money:
        amounts = [fee.amount.minor for fee in self.fees if fee.type == name]
        return Money(sum(amounts), self.total.currency)


class ShipmentStatus(StrEnum):
    """How far a shipment to Amazon is."""

    WORKING = "WORKING"
    READY_TO_SHIP = "READY_TO_SHIP"
    SHIPPED = "SHIPPED"
    IN_TRANSIT = "IN_TRANSIT"
    DELIVERED = "DELIVERED"
    CHECKED_IN = "CHECKED_IN"
    RECEIVING = "RECEIVING"
    ERROR = "ERROR"
    CLOSED = "CLOSED"
    CANCELLED = "CANCELLED"
    DELETED = "DELETED"


#: What a seller still waits for.
UNFINISHED = tuple(
    one
    for one in ShipmentStatus
    if one not in (ShipmentStatus.CLOSED, ShipmentStatus.CANCELLED, ShipmentStatus.DELETED)
)


@dataclass(frozen=True)
class ShipmentSearch:
    """Which shipments: of these statuses (none: see Inbound), changed since then (``None``: whenever)."""

    marketplace_id: str
    statuses: tuple[ShipmentStatus, ...] = ()
    updated_after: datetime | None = None


@dataclass(frozen=True)
class Shipment:
    """One shipment to Amazon. ``status`` is Amazon's word; ``destination`` the fulfilment centre's code."""

    shipment_id: str
    name: str | None
    status: str | None
    destination: str | None


@dataclass(frozen=True)
class ShipmentItem:
    """One SKU of a shipment."""

    sku: str
    shipped: int
    received: int


@dataclass(frozen=True)
class ShipmentPage:
    """A page of shipments, and how to go on."""

    shipments: tuple[Shipment, ...]
    next_token: str | None = None


@dataclass(frozen=True)
class ItemPage:
    """A page of one shipment's items, and how to go on."""

    items: tuple[ShipmentItem, ...]
    next_token: str | None = None


@dataclass(frozen=True)
class FullShipment:
    """A shipment with its items."""

    shipment: Shipment
    items: tuple[ShipmentItem, ...]
