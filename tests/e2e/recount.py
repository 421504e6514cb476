"""The figures once more, added up from Amazon's own data in plain Python, without any code of Portside's.

What is expected has the names that the answer has, all of them: see ``told.figures``. Money is counted in minor units.
Days are those of the store front; what was sold elsewhere counts at home.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from entrypoints.simulator.orders import StoreLine, StoreOrder
from tests.e2e.told import figures

_WEST, _EAST = "America/Los_Angeles", "Australia/Sydney"
#: id → time zone, currency, and the stock it sells from
STORE_FRONTS = {
    "ATVPDKIKX0DER": (_WEST, "USD", "us"),
    "A2EUQ1WTGCTBG2": (_WEST, "CAD", "ca"),
    "A1AM78C64UM0Y8": (_WEST, "MXN", "mx"),
    "A1PA6795UKMFR9": ("Europe/Berlin", "EUR", "europe"),
    "A13V1IB3VIYZZH": ("Europe/Paris", "EUR", "europe"),
    "APJ6JRA9NG5V4": ("Europe/Rome", "EUR", "europe"),
    "A1RKKUPIHCS9HS": ("Europe/Madrid", "EUR", "europe"),
    "A1F83G8C2ARO7P": ("Europe/London", "GBP", "gb"),
    "A2NODRKZP88ZB9": ("Europe/Stockholm", "SEK", "europe"),
    "A1C3SOZRARQ6R3": ("Europe/Warsaw", "PLN", "europe"),
    "A1VC38T7YXB528": ("Asia/Tokyo", "JPY", "jp"),
    "A39IBJ37TRP1C6": (_EAST, "AUD", "au"),
}
_WITHOUT_CENTS = {"JPY"}
_WAITING = ("UNSHIPPED", "PARTIALLY_SHIPPED")
_STATUSES = (
    "PENDING_AVAILABILITY",
    "PENDING",
    "UNSHIPPED",
    "PARTIALLY_SHIPPED",
    "SHIPPED",
    "UNFULFILLABLE",
    "CANCELLED",
)
_AS_REPORTED = {"PENDING_AVAILABILITY": "PENDING"}


#: The days that are meant, both included.
Span = tuple[date, date]


@dataclass(frozen=True)
class Sale:
    """An order, as far as it is counted. Stores outside Amazon have no statuses, and no lines that anything is told of."""

    marketplace_id: str
    day: date
    currency: str
    minor: int | None
    units: int
    waiting: bool
    status: str = ""
    lines: tuple[StoreLine, ...] = ()

    @property
    def counts(self) -> bool:
        return self.status != "CANCELLED"


def today(marketplace_id: str, now: datetime) -> date:
    """The store front's day."""
    return now.astimezone(ZoneInfo(STORE_FRONTS[marketplace_id][0])).date()


def hours_of(day: date, zone: str) -> int:
    """How long a day is there."""
    begin, end = (
        datetime.combine(each, time(), ZoneInfo(zone)).astimezone(UTC)
        for each in (day, day + timedelta(days=1))
    )
    return round((end - begin) / timedelta(hours=1))


def last_days(number: int, last: date) -> Span:
    """So many days up to that one."""
    return last - timedelta(days=number - 1), last


def before(span: Span) -> Span:
    """The equal period just before."""
    return last_days((span[1] - span[0]).days + 1, span[0] - timedelta(days=1))


def around_changes_of_the_clock(zone: str, last: date, days: int) -> list[Span]:
    """For the last two changes there: weeks that have it in the middle, and weeks that have it in the one before."""
    changes = [day for day in _each_day(last_days(days, last)) if hours_of(day, zone) != 24][-2:]
    return [last_days(7, day + timedelta(days=later)) for day in changes for later in (3, 7)]


def minor(written: str, currency: str) -> int:
    """An amount as the simulator writes it, in minor units."""
    return int(Decimal(written) * (1 if currency in _WITHOUT_CENTS else 100))


def amount(minor: int, currency: str) -> float:
    """In the currency's major unit, as answers have it."""
    return minor if currency in _WITHOUT_CENTS else minor / 100


def booked(orders: Iterable[StoreOrder], home: str) -> list[Sale]:
    """Where, when and for how much each order was sold; cancelled ones too."""
    return [_sale_of(order, home) for order in orders]


def sales(orders: Iterable[StoreOrder], home: str) -> list[Sale]:
    """The orders that count."""
    return [sale for sale in booked(orders, home) if sale.counts]


def _sale_of(order: StoreOrder, home: str) -> Sale:
    where = order.marketplace_id or home
    return Sale(
        marketplace_id=where,
        day=order.created_at.astimezone(ZoneInfo(STORE_FRONTS[where][0])).date(),
        currency=order.currency if order.grand_total_minor is not None else STORE_FRONTS[where][1],
        minor=order.grand_total_minor,
        units=sum(line.quantity for line in order.lines),
        waiting=order.status.value in _WAITING,
        status=order.status.value,
        lines=order.lines,
    )


def expected_orders(found: Iterable[Sale], currency: str, span: Span) -> dict[str, Any]:
    """What the orders' dashboard must say of these orders, of which some may be cancelled."""
    kept = list(found)
    placed = [sale for sale in within(kept, span) if sale.currency == currency]
    by_day: defaultdict[date, list[Sale]] = defaultdict(list)
    for sale in placed:
        if sale.counts:
            by_day[sale.day].append(sale)
    now = _told_sums(within(kept, span), currency)
    return {
        **now,
        "currency": currency,
        "byCurrency": by_currency(within(kept, span)),
        "byStatus": _by_status(placed),
        "series": [{"date": day.isoformat(), **_day(by_day[day], currency)} for day in _each_day(span)],
        "period": {**days(span), **now},
        "previousPeriod": {**days(before(span)), **_told_sums(within(kept, before(span)), currency)},
    }


def told_orders(data: dict[str, Any]) -> dict[str, Any]:
    """What the orders' dashboard has said. Both kinds of pending orders are one: reports know no difference."""
    assert [each["status"] for each in data["byStatus"]] == list(_STATUSES)
    said = {each["status"]: each["orders"] for each in data["byStatus"]}
    assert [set(each) for each in data["byStatus"]] == [{"status", "orders"}] * len(_STATUSES)
    for name, reported in _AS_REPORTED.items():
        said[reported] += said.pop(name)
    return {**figures(data), "byStatus": said}


def _by_status(placed: Iterable[Sale]) -> dict[str, int]:
    found = {status: 0 for status in _STATUSES if status not in _AS_REPORTED}
    for sale in placed:
        found[_AS_REPORTED.get(sale.status, sale.status)] += 1
    return found


def days(span: Span) -> dict[str, str]:
    """A period's, as they are told."""
    return {"from": span[0].isoformat(), "to": span[1].isoformat()}


def within(found: Iterable[Sale], span: Span) -> list[Sale]:
    """What was sold on these days."""
    return [sale for sale in found if span[0] <= sale.day <= span[1]]


@dataclass(frozen=True)
class Sums:
    """What was sold in one currency; amounts in minor units."""

    orders: int
    units: int
    revenue: int
    average: int
    waiting: int

    @classmethod
    def of(cls, found: Sequence[Sale], currency: str) -> "Sums":
        chosen = [sale for sale in found if sale.counts and sale.currency == currency]
        amounts = [sale.minor for sale in chosen if sale.minor is not None]
        return cls(
            orders=len(chosen),
            units=sum(sale.units for sale in chosen),
            revenue=sum(amounts),
            average=round(Fraction(sum(amounts), len(amounts))) if amounts else 0,  # halves to the even one
            waiting=sum(sale.waiting for sale in chosen),
        )


def by_currency(found: Sequence[Sale]) -> list[dict[str, Any]]:
    """The sums of each currency that anything was sold in, as several answers tell them."""
    return [
        {
            "currency": each,
            "orders": sums.orders,
            "revenue": amount(sums.revenue, each),
            "avgOrderValue": amount(sums.average, each),
            "units": sums.units,
        }
        for each in sorted({sale.currency for sale in found if sale.counts})
        for sums in [Sums.of(found, each)]
    ]


def _told_sums(found: Sequence[Sale], currency: str) -> dict[str, Any]:
    sums = Sums.of(found, currency)
    return {
        "totalOrders": sums.orders,
        "totalRevenue": amount(sums.revenue, currency),
        "avgOrderValue": amount(sums.average, currency),
        "unshippedOrders": sums.waiting,
        "units": sums.units,
    }


def _day(found: list[Sale], currency: str) -> dict[str, Any]:
    return {"orders": len(found), "revenue": amount(sum(sale.minor or 0 for sale in found), currency)}


def _each_day(span: Span) -> list[date]:
    return [span[0] + timedelta(days=number) for number in range((span[1] - span[0]).days + 1)]
