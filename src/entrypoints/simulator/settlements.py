"""Settlements: every fortnight Amazon reckons what a marketplace's sales brought the seller.

Only what was sent is reckoned, as Amazon does. Rates of fees are those of ``fee_schedule``. Source of the columns:
https://developer-docs.amazon.com/sp-api/docs/report-type-values-settlement; how dates and numbers are
written by marketplace is what clients have observed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from entrypoints.simulator.dice import number
from entrypoints.simulator.fee_schedule import fees
from entrypoints.simulator.ledger import first_visible_ms
from entrypoints.simulator.marketplaces import BY_ID, Marketplace
from entrypoints.simulator.moments import DAY, HOUR, MINUTE, from_ms
from entrypoints.simulator.report_desk import KEPT_MS, Report, ReportOrder
from entrypoints.simulator.report_files import END_OF_LINE, decimal
from entrypoints.simulator.shipments import Sent, sent_between
from entrypoints.simulator.store import Store

SETTLEMENT = "GET_V2_SETTLEMENT_REPORT_DATA_FLAT_FILE_V2"
COLUMNS = (
    "settlement-id",
    "settlement-start-date",
    "settlement-end-date",
    "deposit-date",
    "total-amount",
    "currency",
    "transaction-type",
    "order-id",
    "merchant-order-id",
    "adjustment-id",
    "shipment-id",
    "marketplace-name",
    "amount-type",
    "amount-description",
    "amount",
    "fulfillment-id",
    "posted-date",
    "posted-date-time",
    "order-item-code",
    "merchant-order-item-id",
    "merchant-adjustment-item-id",
    "sku",
    "quantity-purchased",
    "promotion-id",
)
_FORTNIGHT = 14 * DAY
#: A settlement is reported some hours after it ends, and paid two days later.
_REPORTED_AFTER, _MADE_IN, _PAID_AFTER = 6 * HOUR, 2 * MINUTE, 2 * DAY
_DECIMAL_POINT_IN_EUROPE = ("GB", "IE")


@dataclass(frozen=True)
class Settlements:
    """The reports of settlements that exist at a moment; a pure function of the store."""

    store: Store

    def of(self, seller_id: str, now_ms: int) -> list[Report]:
        """Those of the last 90 days, the newest first."""
        seller = self.store.seller(seller_id)
        found = [
            report
            for marketplace in (() if seller is None else seller.marketplaces)
            for report in self._of_marketplace(seller_id, marketplace, now_ms)
        ]
        return sorted(found, key=lambda report: (report.created_ms, report.id), reverse=True)

    def _of_marketplace(self, seller_id: str, marketplace: Marketplace, now_ms: int) -> Iterator[Report]:
        seed = self.store.config.seed
        # Each account has a weekday and an hour of its own.
        phase = number(seed, seller_id, marketplace.id, "settlement") % _FORTNIGHT // HOUR * HOUR
        shown_ms = self.store.shown_ms(now_ms)
        first_ms = first_visible_ms(marketplace.id, shown_ms, self.store.config.history_days)
        period = (shown_ms - _REPORTED_AFTER - phase) // _FORTNIGHT - 1
        while True:
            start_ms = period * _FORTNIGHT + phase
            created_ms = start_ms + _FORTNIGHT + _REPORTED_AFTER
            if created_ms < now_ms - KEPT_MS or start_ms < first_ms:
                return
            order = ReportOrder(seller_id, SETTLEMENT, (marketplace.id,), start_ms, start_ms + _FORTNIGHT)
            identifier = f"9{number(seed, seller_id, marketplace.id, period) % 10**11:011d}"
            yield Report(identifier, order, created_ms, created_ms, created_ms + _MADE_IN)
            period -= 1


@dataclass(frozen=True)
class _Hand:
    """How a marketplace writes numbers and times."""

    marketplace: Marketplace

    @property
    def _european(self) -> bool:
        return (
            self.marketplace.region == "eu" and self.marketplace.country_code not in _DECIMAL_POINT_IN_EUROPE
        )

    def amount(self, minor: int) -> str:
        text = ("-" if minor < 0 else "") + decimal(abs(minor), self.marketplace.minor_digits)
        return text.replace(".", ",") if self._european else text

    def day(self, at_ms: int) -> str:
        return from_ms(at_ms).strftime("%d.%m.%Y" if self.marketplace.region == "eu" else "%Y-%m-%d")

    def moment(self, at_ms: int) -> str:
        return f"{self.day(at_ms)} {from_ms(at_ms):%H:%M:%S} UTC"


def settlement(store: Store, order: ReportOrder, at_ms: int) -> Iterator[str]:
    """The table: one row for the sum, then one for each amount of each line that was sent."""
    marketplace = BY_ID[order.marketplace_ids[0]]
    sent = [
        each
        for each in sent_between(store, order.seller_id, order.start_ms, order.end_ms - 1, at_ms)
        if each.order.home_marketplace_id == marketplace.id
    ]
    amounts = [(each, amount) for each in sent for amount in _amounts(store, marketplace, each)]
    hand = _Hand(marketplace)
    key = {"settlement-id": str(number(order.seller_id, marketplace.id, order.start_ms) % 10**11)}
    total = sum(minor for _, (_, _, minor) in amounts)
    summary = key | {
        "settlement-start-date": hand.moment(order.start_ms),
        "settlement-end-date": hand.moment(order.end_ms),
        "deposit-date": hand.moment(order.end_ms + _PAID_AFTER),
        "total-amount": hand.amount(total),
        "currency": marketplace.currency,
    }
    yield "\t".join(COLUMNS) + END_OF_LINE
    yield _line(summary)
    for each, (kind, description, minor) in amounts:
        yield _line(key | _detail(hand, each, kind, description, minor))


def _line(row: dict[str, str]) -> str:
    return "\t".join(row.get(column, "") for column in COLUMNS) + END_OF_LINE


def _amounts(store: Store, marketplace: Marketplace, sent: Sent) -> list[tuple[str, str, int]]:
    """What a line brought and cost: the type, its description and the minor units; nothing that is 0."""
    line, by_amazon = sent.line, sent.order.fulfilled_by == "AMAZON"
    amounts = line.amounts
    found = [
        ("ItemPrice", "Principal", amounts.item),
        ("ItemPrice", "Shipping", amounts.shipping),
        ("ItemPrice", "GiftWrap", amounts.gift_wrap),
        ("ItemPrice", "Tax", amounts.tax),
        # Amazon collects the tax, and keeps it to pay it.
        ("ItemWithheldTax", "MarketplaceFacilitatorTax-Principal", -amounts.tax),
        ("Promotion", "Principal", -amounts.discount),
    ]
    item = store.shelf.find(line.asin)
    if item is not None and amounts.item:
        each = fees(item, marketplace, amounts.unit_price, amounts.shipping // line.quantity, by_amazon)
        found.append(("ItemFees", "Commission", -each.referral * line.quantity))
        found.append(("ItemFees", "FBAPerUnitFulfillmentFee", -each.fulfillment * line.quantity))
    return [each for each in found if each[2]]


def _detail(hand: _Hand, sent: Sent, kind: str, description: str, minor: int) -> dict[str, str]:
    order, line = sent.order, sent.line
    by_amazon = order.fulfilled_by == "AMAZON"
    return {
        "transaction-type": "Order",
        "order-id": order.id,
        "merchant-order-id": order.id if by_amazon else f"S{order.id[-7:]}",
        "shipment-id": f"D{number(order.id, 'sent', sent.at_ms) % 10**9:09d}",
        "marketplace-name": hand.marketplace.name,
        "amount-type": kind,
        "amount-description": description,
        "amount": hand.amount(minor),
        "fulfillment-id": "AFN" if by_amazon else "MFN",
        "posted-date": hand.day(sent.at_ms),
        "posted-date-time": hand.moment(sent.at_ms),
        "order-item-code": line.item_id,
        "sku": line.sku,
        "quantity-purchased": str(line.quantity)
        if description == "Principal" and kind == "ItemPrice"
        else "",
        "promotion-id": (line.promotion_id or "") if kind == "Promotion" else "",
    }
