"""What many figures have in common as JSON: their days, how far they can be trusted, and sums by currency."""

from pydantic.config import JsonDict
from typing_extensions import TypedDict

from domain.kpis.model import Freshness
from domain.kpis.periods import Period
from domain.kpis.sales import SalesSum
from domain.money import CURRENCIES
from entrypoints.http.answer_types import Amount, Answer, Day, When
from entrypoints.http.shapes import moment, number

#: What the document says of a currency that is asked for.
CURRENCY: JsonDict = {"enum": [*sorted(CURRENCIES)]}

_Days = TypedDict("_Days", {"from": Day, "to": Day})


class SpanAnswer(Answer, _Days):
    """The days of a period, both included."""


class FreshAnswer(Answer):
    """How far figures can be trusted."""

    dataAsOf: When | None
    """When this was last synced; null before the first sync."""
    completeUntil: When | None
    """Up to when it is known to be complete."""


class CurrencyAnswer(Answer):
    """Sales of one currency."""

    currency: str
    orders: int
    revenue: Amount
    avgOrderValue: Amount
    """Revenue ÷ orders that have a total; 0 without any."""
    units: int


def span_json(period: Period) -> SpanAnswer:
    """The days of a period."""
    return {"from": period.first.isoformat(), "to": period.last.isoformat()}


def freshness_json(freshness: Freshness) -> FreshAnswer:
    """How far figures can be trusted."""
    return {"dataAsOf": moment(freshness.data_as_of), "completeUntil": moment(freshness.complete_until)}


def currency_json(figures: SalesSum) -> CurrencyAnswer:
    """Sales of one currency."""
    return {
        "currency": figures.revenue.currency,
        "orders": figures.orders,
        "revenue": number(figures.revenue),
        "avgOrderValue": number(figures.average),
        "units": figures.units,
    }
