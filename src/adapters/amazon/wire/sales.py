"""Sales v1, as Amazon sends it, in our words.

Source: ``sales.json`` in Amazon's models.
"""

from datetime import date, datetime, timedelta

from adapters.amazon.wire.reading import count, money, required_list, required_text, wrong
from domain.errors import UpstreamFailed
from domain.gateway.ports import Json
from domain.ledger.model import DayCount
from domain.marketplaces import Marketplace

_DAY = timedelta(days=1)


def day_counts(body: Json, marketplace: Marketplace, first: date, last: date) -> list[DayCount]:
    """The answer of ``getOrderMetrics`` by days, which has to hold every day from ``first`` to ``last`` once.

    Raises:
        UpstreamFailed: the list is missing, a day is missing, or something in it is not as promised.
    """
    counts = [_day_count(node, marketplace) for node in required_list(body, "payload")]
    expected = [first + number * _DAY for number in range((last - first).days + 1)]
    if [one.day for one in counts] != expected:
        raise UpstreamFailed(
            "Amazon's answer is not as promised: it does not count every day that was asked for."
        )
    return counts


def _day_count(node: Json, marketplace: Marketplace) -> DayCount:
    sales = money(node, "totalSales")
    if sales is None:
        raise wrong("totalSales")
    return DayCount(
        marketplace_id=marketplace.id,
        day=_day(node, marketplace),
        orders=_required_count(node, "orderCount"),
        units=_required_count(node, "unitCount"),
        goods_minor=sales.minor,
        currency=sales.currency,
    )


def _required_count(node: Json, name: str) -> int:
    if node.get(name) is None:
        raise wrong(name)
    return count(node, name)


def _day(node: Json, marketplace: Marketplace) -> date:
    """The day of ``2026-03-01T00:00-08:00--2026-03-02T00:00-08:00``; two hyphens stand between, one in dates."""
    begin, _, end = required_text(node, "interval").partition("--")
    try:
        moments = [datetime.fromisoformat(text) for text in (begin, end)]
    except ValueError as error:
        raise wrong("interval") from error
    if any(moment.utcoffset() is None for moment in moments):
        raise wrong("interval")
    day = marketplace.day_of(moments[0])
    # A part of a day would be taken for the whole of it.
    if moments != [marketplace.begin_of(day), marketplace.begin_of(day + _DAY)]:
        raise wrong("interval")
    return day
