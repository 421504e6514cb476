"""Sales API v1: getOrderMetrics.

Source: https://github.com/amzn/selling-partner-api-models, models/sales-api-model/sales.json
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

from entrypoints.simulator.errors import invalid_input
from entrypoints.simulator.marketplaces import BY_ID, Marketplace
from entrypoints.simulator.moments import DAY, to_ms
from entrypoints.simulator.operations.order_json import money
from entrypoints.simulator.operations.parameters import check_marketplaces, choice, items, required_text, text
from entrypoints.simulator.order_troubles import METRICS
from entrypoints.simulator.orders import Status, StoreLine, StoreOrder
from entrypoints.simulator.roles import INVENTORY_AND_ORDERS
from entrypoints.simulator.sp_api import Body, Call, Operation
from entrypoints.simulator.usage_plans import UsagePlan

GRANULARITIES = ("Hour", "Day", "Week", "Month", "Year", "Total")
_WITHOUT_ZONE = ("Hour", "Total")
_OLDEST_HOUR_MS = 30 * DAY
_OLDEST_MS = 730 * DAY
_NETWORKS = {"AFN": "AMAZON", "MFN": "MERCHANT"}


@dataclass(frozen=True)
class Question:
    """What is to be counted, and in which pieces of the interval."""

    marketplace: Marketplace
    start: datetime
    end: datetime
    granularity: str
    zone: tzinfo
    week_begins: str
    buyer_type: str
    network: str
    asin: str | None
    sku: str | None

    def wants(self, order: StoreOrder) -> bool:
        """Orders placed on the marketplace itself that are not cancelled."""
        business = "AMAZON_BUSINESS" in order.programs
        return (
            order.marketplace_id == self.marketplace.id
            and order.status is not Status.CANCELLED
            and (self.buyer_type == "All" or business == (self.buyer_type == "B2B"))
            and (not self.network or order.fulfilled_by == _NETWORKS[self.network])
        )

    def wants_line(self, line: StoreLine) -> bool:
        return (self.asin is None or line.asin == self.asin) and (self.sku is None or line.sku == self.sku)

    def pieces(self) -> Iterator[tuple[datetime, datetime]]:
        """The interval cut at the borders of the granularity, in the zone; the first may begin in between."""
        start = self.start
        while start < self.end:
            end = min(self._next_border(start), self.end)
            yield start.astimezone(self.zone), end.astimezone(self.zone)
            start = end

    def _next_border(self, moment: datetime) -> datetime:
        if self.granularity == "Total":
            return self.end
        if self.granularity == "Hour":
            return moment.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
        day = moment.astimezone(self.zone).date()
        following = _next_day(day, self.granularity, 6 if self.week_begins == "Sunday" else 0)
        return datetime(following.year, following.month, following.day, tzinfo=self.zone)


def get_order_metrics(call: Call) -> Body:
    """Counts and sums of a marketplace's orders by the time they were placed."""
    question = _question(call)
    check_marketplaces(call, (question.marketplace.id,))
    orders = [
        order
        for order in call.orders(METRICS).created_between(
            call.seller_id, to_ms(question.start), to_ms(question.end) - 1, call.now_ms
        )
        if question.wants(order)
    ]
    times = [order.created_at for order in orders]
    return {
        "payload": [
            _metrics(question, start, end, orders[bisect_left(times, start) : bisect_left(times, end)])
            for start, end in question.pieces()
        ]
    }


def _question(call: Call) -> Question:
    marketplace_ids = items(call, "marketplaceIds", most=1)
    if not marketplace_ids:
        raise invalid_input("Missing required parameter: marketplaceIds.")
    check_marketplaces(call, marketplace_ids)
    granularity = choice(call, "granularity", GRANULARITIES, required_text(call, "granularity"))
    start, end = _interval(required_text(call, "interval"))
    oldest_ms = _OLDEST_HOUR_MS if granularity == "Hour" else _OLDEST_MS
    if to_ms(start) < call.now_ms - oldest_ms:
        raise invalid_input("The interval begins too long ago for this granularity.")
    asin, sku = text(call, "asin"), text(call, "sku")
    if asin is not None and sku is not None:
        raise invalid_input("asin and sku must not be given together.")
    return Question(
        marketplace=BY_ID[marketplace_ids[0]],
        start=start,
        end=end,
        granularity=granularity,
        zone=_zone(call, granularity, start, end),
        week_begins=choice(call, "firstDayOfWeek", ("Monday", "Sunday"), "Monday"),
        buyer_type=choice(call, "buyerType", ("B2B", "B2C", "All"), "All"),
        network=choice(call, "fulfillmentNetwork", ("AFN", "MFN", ""), ""),
        asin=asin,
        sku=sku,
    )


def _interval(value: str) -> tuple[datetime, datetime]:
    """Start and end of ``start--end``; two hyphens stand between, one stands in dates."""
    texts = value.split("--")
    try:
        start, end = (datetime.fromisoformat(each) for each in texts)
    except ValueError as error:
        raise invalid_input("interval must be two times of ISO 8601 with two hyphens between.") from error
    if start.tzinfo is None or end.tzinfo is None:
        raise invalid_input("Both times of interval need a UTC offset.")
    if start >= end:
        raise invalid_input("interval must end after it begins.")
    return start, end


def _zone(call: Call, granularity: str, start: datetime, end: datetime) -> tzinfo:
    """The zone of the pieces. It must fit the offsets in the interval, at each end for itself."""
    name = text(call, "granularityTimeZone")
    if granularity in _WITHOUT_ZONE and name is None:
        return start.tzinfo or ZoneInfo("UTC")
    if name is None:
        raise invalid_input("granularityTimeZone is required for this granularity.")
    try:
        zone = ZoneInfo(name)
    except (KeyError, OSError, ValueError) as error:
        raise invalid_input(f"Unknown granularityTimeZone: {name}.") from error
    for moment in (start, end):
        if moment.utcoffset() != moment.astimezone(zone).utcoffset():
            raise invalid_input("The offset in interval does not match granularityTimeZone.")
    return zone


def _next_day(day: date, granularity: str, week_begins: int) -> date:
    """The first day of the following day, week, month or year."""
    if granularity == "Day":
        return day + timedelta(days=1)
    if granularity == "Week":
        return day + timedelta(days=7 - (day.weekday() - week_begins) % 7)
    if granularity == "Month":
        return (day.replace(day=1) + timedelta(days=32)).replace(day=1)
    return date(day.year + 1, 1, 1)


def _metrics(question: Question, start: datetime, end: datetime, orders: Iterable[StoreOrder]) -> Body:
    """One piece's figures. Sales are prices times quantities, without shipping, tax and discounts.

    An order without prices counts with its units and nothing sold yet.
    """
    found = [[line for line in order.lines if question.wants_line(line)] for order in orders]
    lines = [line for each in found for line in each]
    units = sum(line.quantity for line in lines)
    sales = sum(line.amounts.item for line in lines if line.amounts is not None)
    marketplace = question.marketplace
    return {
        "interval": f"{_minutes(start)}--{_minutes(end)}",
        "unitCount": units,
        "orderItemCount": len(lines),
        "orderCount": sum(1 for each in found if each),
        "averageUnitPrice": money(
            round(sales / units) if units else 0, marketplace.currency, marketplace.minor_digits
        ),
        "totalSales": money(sales, marketplace.currency, marketplace.minor_digits),
    }


def _minutes(moment: datetime) -> str:
    return moment.isoformat(timespec="minutes").replace("+00:00", "Z")


OPERATIONS = (
    Operation(
        "getOrderMetrics",
        "/sales/v1/orderMetrics",
        UsagePlan(0.5, 15),
        get_order_metrics,
        roles=(INVENTORY_AND_ORDERS,),
    ),
)
