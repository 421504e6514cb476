"""What all tables share."""

from uuid import UUID

from sqlalchemy import Column, ForeignKey, MetaData, Uuid

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def user_column() -> Column[UUID]:
    """What belongs to a user goes with them."""
    return Column("user_id", Uuid, ForeignKey("users.id", ondelete="CASCADE"), nullable=False)


def connection_column(*, primary_key: bool = True) -> Column[UUID]:
    """What belongs to a connection goes with it."""
    owner = ForeignKey("connections.id", ondelete="CASCADE")
    return Column("connection_id", Uuid, owner, primary_key=primary_key, nullable=False)
