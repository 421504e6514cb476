"""Events for listeners, and calls to Amazon: what the plans still hold, and what was used."""

from sqlalchemy import BigInteger, Column, Date, Double, Index, Table, Text, Uuid

from adapters.sql.tables.base import connection_column, metadata, user_column
from adapters.sql.types import Growing, Json, UtcDateTime

events = Table(
    "events",
    metadata,
    Column("id", Growing, primary_key=True, autoincrement=True),  # grows in the order of commits
    user_column(),
    Column("kind", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False, index=True),
    Column("data", Json, nullable=False),
    Index(None, "user_id", "id"),
    sqlite_autoincrement=True,  # an id that was dropped is never given again: listeners resume by it
)

usage_buckets = Table(
    "usage_buckets",
    metadata,
    Column("application", Text, primary_key=True),
    Column("region", Text, primary_key=True),
    Column("seller_id", Text, primary_key=True),
    Column("operation", Text, primary_key=True),
    Column(
        "level", Double
    ),  # tokens left at the moment "at"; NULL: nobody has called yet, the bucket is full
    Column("at", Double),  # seconds since the epoch
    Column("rate", Double),  # tokens a second, as the channel named it; NULL: the plan's own
)

api_usage = Table(
    "api_usage",
    metadata,
    connection_column(),
    Column("day", Date, primary_key=True),  # in UTC
    Column("operation", Text, primary_key=True),
    Column("user_id", Uuid, nullable=False),
    Column("seller_id", Text, nullable=False),
    Column("calls", BigInteger, nullable=False),  # every one that was sent, repeats too
    Column("gets", BigInteger, nullable=False),  # those of them that Amazon counts as GET
    Column("throttled", BigInteger, nullable=False),  # those answered 429
    Index(None, "user_id", "day"),
)
