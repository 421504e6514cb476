"""Amazon's answers to product questions, playing a script."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock

from domain.connections.model import Connection
from domain.errors import NotFound, PortsideError
from domain.money import Money
from domain.products.model import (
    Eligibility,
    EligibilityStatus,
    Fee,
    FeeEstimate,
    FeeQuestion,
    ItemPage,
    ListingQuestion,
    Shipment,
    ShipmentItem,
    ShipmentPage,
    ShipmentSearch,
)


@dataclass
class ScriptedRestrictions:
    """All products are free, but for those of ``restricted``; ``trouble`` is raised, by ASIN; ``everywhere``: by each.

    ``asked`` remembers the questions, in no order: several threads may ask.
    """

    restricted: dict[str, Eligibility] = field(default_factory=dict)
    trouble: dict[str, Exception] = field(default_factory=dict)
    everywhere: Exception | None = None
    asked: list[ListingQuestion] = field(default_factory=list)
    _lock: Lock = field(default_factory=Lock)

    def eligibility(self, connection: Connection, question: ListingQuestion) -> Eligibility:
        with self._lock:
            self.asked.append(question)
        error = self.everywhere or self.trouble.get(question.asin)
        if error is not None:
            raise error
        return self.restricted.get(question.asin, Eligibility(EligibilityStatus.ELIGIBLE))


@dataclass
class ScriptedFees:
    """A referral fee of 15 per cent, and three of the currency's units for what Amazon sends itself.

    ``trouble`` is what single products come to, by id; ``calls`` are raised instead of whole calls, one for each, where
    they are errors. ``asked`` remembers the questions of each call.
    """

    trouble: dict[str, PortsideError] = field(default_factory=dict)
    calls: list[Exception | None] = field(default_factory=list)
    asked: list[list[FeeQuestion]] = field(default_factory=list)
    singles: list[FeeQuestion] = field(default_factory=list)

    def one(self, connection: Connection, question: FeeQuestion) -> FeeEstimate:
        self.singles.append(question)
        self._suffer()
        outcome = self._outcome(question)
        if isinstance(outcome, PortsideError):
            raise outcome
        return outcome

    def many(
        self, connection: Connection, questions: Sequence[FeeQuestion]
    ) -> list[FeeEstimate | PortsideError]:
        self.asked.append(list(questions))
        self._suffer()
        return [self._outcome(question) for question in questions]

    def _suffer(self) -> None:
        error = self.calls.pop(0) if self.calls else None
        if error is not None:
            raise error

    def _outcome(self, question: FeeQuestion) -> FeeEstimate | PortsideError:
        if question.product_id in self.trouble:
            return self.trouble[question.product_id]
        currency = question.price.currency
        fees = [Fee("ReferralFee", Money(question.price.minor * 15 // 100, currency))]
        if question.fulfilled_by_amazon:
            fees.append(Fee("FBAFees", Money.parse("3", currency)))
        return FeeEstimate(Money(sum(fee.amount.minor for fee in fees), currency), tuple(fees))


@dataclass
class ScriptedInbound:
    """Shipments and their items, a page at a time; ``circling``: the pages never end. Tokens are ``page:2``, …

    ``trouble`` is raised by shipment id, or by the listing under ``""``.
    """

    kept: list[Shipment] = field(default_factory=list)
    contents: Mapping[str, Sequence[ShipmentItem]] = field(default_factory=dict)
    page_size: int = 50
    circling: bool = False
    endless: bool = False
    trouble: dict[str, Exception] = field(default_factory=dict)
    searches: list[tuple[ShipmentSearch, str | None]] = field(default_factory=list)
    items_asked: list[str] = field(default_factory=list)
    _lock: Lock = field(default_factory=Lock)

    def shipments(
        self, connection: Connection, search: ShipmentSearch, now: datetime, token: str | None
    ) -> ShipmentPage:
        self.searches.append((search, token))
        if "" in self.trouble:
            raise self.trouble[""]
        number = int(token.removeprefix("page:")) if token else 1
        wanted = {status.value for status in search.statuses}
        found = [one for one in self.kept if search.updated_after is not None or one.status in wanted]
        start = (number - 1) * self.page_size
        more = start + self.page_size < len(found) or self.endless
        onward = "page:1" if self.circling else f"page:{number + 1}" if more else None
        return ShipmentPage(tuple(found[start : start + self.page_size]), onward)

    def items(
        self, connection: Connection, marketplace_id: str, shipment_id: str, token: str | None
    ) -> ItemPage:
        with self._lock:
            self.items_asked.append(shipment_id)
        if shipment_id in self.trouble:
            raise self.trouble[shipment_id]
        if shipment_id not in self.contents:
            raise NotFound("Amazon knows no such shipment.")
        rows = list(self.contents[shipment_id])
        number = int(token.removeprefix("page:")) if token else 1
        start = (number - 1) * self.page_size
        more = start + self.page_size < len(rows)
        return ItemPage(tuple(rows[start : start + self.page_size]), f"page:{number + 1}" if more else None)
