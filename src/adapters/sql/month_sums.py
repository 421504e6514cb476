"""What the sums of a month are made of, and whose month is kept."""

from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Select, bindparam, cast, func, select

from adapters.sql import tables

#: What names a row of a connection, and what is added up in it; columns of days and of months are named alike.
MONTH_KEY = ("sku", "marketplace_id", "currency")
MONTH_SUMS = ("units", "revenue_minor", "orders")


def with_month() -> Select[Any]:
    """The user's connections whose month is that of the parameters ``month_from`` and ``month_to``."""
    span = tables.sku_month_spans.c
    return select(span.connection_id).where(
        span.user_id == bindparam("of_user"),
        span.day == bindparam("month_from"),
        span.last_day == bindparam("month_to"),
    )


def added_up(day: Any, *first: ColumnElement[Any]) -> Select[Any]:
    """Rows of months from rows of days; ``first`` is what every row has besides."""
    key = [day[name] for name in (*MONTH_KEY, "stock_pool")]
    sums = [cast(func.coalesce(func.sum(day[name]), 0), BigInteger).label(name) for name in MONTH_SUMS]
    return select(*first, *key, func.max(day.asin).label("asin"), *sums).group_by(*key)
