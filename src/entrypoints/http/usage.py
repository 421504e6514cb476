"""How often Amazon was called for the user's sellers, and how much the usage plans have left."""

from datetime import date

from flask import Blueprint
from flask.typing import ResponseReturnValue
from pydantic import Field

from domain.errors import InvalidInput
from domain.gateway.usage import DailyUsage, PlanLevel, UsageMark
from entrypoints.http import paging
from entrypoints.http.answer_types import Answer, When
from entrypoints.http.answer_types import Day as DayText
from entrypoints.http.context import services, user
from entrypoints.http.described import described, gives
from entrypoints.http.paging import PageQuery
from entrypoints.http.reading import Day, query
from entrypoints.http.shapes import moment

bp = Blueprint("usage", __name__)


class UsageQuery(PageQuery):
    """Which days."""

    first: Day | None = Field(default=None, alias="from", description="The first day, in UTC.")
    last: Day | None = Field(default=None, alias="to", description="The last day, included.")


class DailyUsageAnswer(Answer):
    """The calls of one operation for one seller on one day."""

    date: DayText
    seller_id: str
    operation: str
    calls: int
    gets: int
    """As many of the calls were GETs, which Amazon has spoken of billing."""
    throttled: int
    """As many were answered 429."""


class PlanAnswer(Answer):
    """How much a usage plan has left."""

    seller_id: str
    region: str
    operation: str
    level: float
    """Calls that may be made at once."""
    rate: float
    """Calls that it gains in a second."""
    burst: int
    full_at: When | None
    """When it will be full again; null when it is."""


class UsageAnswer(Answer):
    """A page of days, and the plans as they are now."""

    items: list[DailyUsageAnswer]
    next_cursor: str | None
    usage_plans: list[PlanAnswer]


@bp.get("/api/v1/amazon/usage")
@described("Usage", gives(UsageAnswer, "A page of days, and the plans."), query=UsageQuery)
def usage() -> ResponseReturnValue:
    """Calls by day, seller and operation, the newest first; and the usage plans as they are now."""
    asked = query(UsageQuery)
    days = services().usage.days(asked.first, asked.last)
    found = services().usage.daily(user().id, days, after=_mark(asked.cursor), limit=asked.limit + 1)
    page = found[: asked.limit]
    onward = _cursor(page[-1]) if len(found) > asked.limit else None
    return {
        "items": [usage_json(row) for row in page],
        "next_cursor": onward,
        "usage_plans": [_plan_json(plan) for plan in services().usage.levels(user().id)],
    }


def usage_json(row: DailyUsage) -> DailyUsageAnswer:
    """The calls of one operation for one seller on one day."""
    return {
        "date": row.day.isoformat(),
        "seller_id": row.seller_id,
        "operation": row.operation,
        "calls": row.calls,
        "gets": row.gets,
        "throttled": row.throttled,
    }


def _plan_json(plan: PlanLevel) -> PlanAnswer:
    return {
        "seller_id": plan.seller_id,
        "region": plan.region,
        "operation": plan.operation,
        "level": round(plan.level, 2),
        "rate": plan.rate,
        "burst": plan.burst,
        "full_at": moment(plan.full_at),
    }


def _cursor(row: DailyUsage) -> str:
    return paging.encode(row.day.isoformat(), row.seller_id, row.operation)


def _mark(cursor: str | None) -> UsageMark | None:
    if cursor is None:
        return None
    day, seller_id, operation = paging.decode(cursor, 3)
    try:
        return date.fromisoformat(day), seller_id, operation
    except ValueError as error:
        raise InvalidInput({"cursor": "not a cursor of this list"}) from error
