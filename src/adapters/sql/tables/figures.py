"""How up to date the figures are, and whether they were found to be right."""

from sqlalchemy import BigInteger, Column, Date, ForeignKey, Integer, Table, Uuid

from adapters.sql.tables.base import connection_column, metadata
from adapters.sql.types import UtcDateTime

figures_versions = Table(
    "figures_versions",
    metadata,
    Column("user_id", Uuid, ForeignKey("users.id", ondelete="CASCADE"), primary_key=True),
    Column("version", BigInteger, nullable=False),  # grows with whatever changes a figure of the user
)

recounts = Table(
    "recounts",
    metadata,
    connection_column(),
    Column("user_id", Uuid, nullable=False),
    Column("counted_at", UtcDateTime, index=True),  # when the rollups were last compared with the rows
    Column("sampled_on", Date),  # the latest day on which it was a part of the nightly sample
    Column("orders", BigInteger, nullable=False),  # so many were counted, as their sums have it
    Column("differing", Integer, nullable=False),  # so many sums were other than their rows
    Column("repaired_at", UtcDateTime),  # when they were last set right
)
