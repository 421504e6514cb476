"""What the sums of a month are made of, and whose month is kept."""

from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, func, select

from adapters.sql import tables
from adapters.sql.dialect import added_up

#: What names a row of a connection, and what is added up in it; columns of days and of months are named alike.
MONTH_KEY = ("sku", "marketplace_id", "currency")
_SUMS = ("units", "revenue_minor", "orders")


def with_month() -> Select[Any]:
    """The user's connections whose month is that of the parameters ``month_from`` and ``month_to``."""
    span = tables.sku_month_spans.c
    return select(span.connection_id).where(
        span.user_id == bindparam("of_user"),
        span.day == bindparam("month_from"),
        span.last_day == bindparam("month_to"),
    )


def months_of(day: Any, *first: ColumnElement[Any]) -> Select[Any]:
    """Rows of months from rows of days; ``first`` is what every row has besides."""
    key = [day[name] for name in (*MONTH_KEY, "stock_pool")]
    sums = [added_up(day[name]).label(name) for name in _SUMS]
    return select(*first, *key, func.max(day.asin).label("asin"), *sums).group_by(*key)
