"""Column types that mean the same on SQLite and on PostgreSQL."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, DateTime, Dialect, Integer, String, TypeDecorator
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import TypeEngine

_TEXT_LENGTH = len("2026-12-31T23:59:59.999999Z")

#: Plain JSON values; Python's ``None`` is SQL's NULL.
Json = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")

#: A number that the database counts up by itself. SQLite does that for its own INTEGER only.
Growing = BigInteger().with_variant(Integer(), "sqlite")


class UtcDateTime(TypeDecorator[datetime]):
    """An aware moment in UTC: ``timestamptz`` on PostgreSQL, text of fixed width on SQLite, which sorts by time."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """The column's own type on this database."""
        if dialect.name == "sqlite":
            return dialect.type_descriptor(String(_TEXT_LENGTH))
        return dialect.type_descriptor(DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        """What goes to the database.

        Raises:
            ValueError: a naive moment, of which nobody can say when it is.
        """
        if value is None:
            return None
        if value.utcoffset() is None:
            raise ValueError("a moment without a time zone can't be kept")
        moment = value.astimezone(UTC)
        return _text(moment) if dialect.name == "sqlite" else moment

    def result_processor(self, dialect: Dialect, _kind: object) -> Callable[[Any], datetime | None]:
        """Makes what comes from the database aware, in UTC; straight, since there are many of them in each answer."""
        return _from_text if dialect.name == "sqlite" else _in_utc


def _from_text(value: str | None) -> datetime | None:
    return None if value is None else datetime.fromisoformat(value)


def _in_utc(value: datetime | None) -> datetime | None:
    return None if value is None else value.astimezone(UTC)


def _text(moment: datetime) -> str:
    """A moment in UTC in always as many characters: ``strftime`` would drop leading zeros of the year.

    Day and time are written apart: with the zone, ``isoformat`` takes three times as long, and a page of orders has
    hundreds of them.
    """
    return f"{moment.date().isoformat()}T{moment.time().isoformat('microseconds')}Z"
