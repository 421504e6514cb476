"""Moments as whole milliseconds since 1970 (UTC), which is how the store keeps them, and their texts."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

SECOND = 1_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


def to_ms(moment: datetime) -> int:
    """Milliseconds since 1970 of an aware moment, rounded down."""
    return (moment - _EPOCH) // _MILLISECOND


def from_ms(milliseconds: int) -> datetime:
    return _EPOCH + timedelta(milliseconds=milliseconds)


def local_midnight_ms(day: date, zone: ZoneInfo) -> int:
    """When a day begins there."""
    return to_ms(datetime.combine(day, time(), tzinfo=zone))


def iso(milliseconds: int) -> str:
    """RFC 3339 in UTC with ``Z``; milliseconds only where there are any, as Amazon mixes both forms."""
    text = from_ms(milliseconds).isoformat()[:19]  # strftime takes ten times as long
    return f"{text}.{milliseconds % SECOND:03d}Z" if milliseconds % SECOND else f"{text}Z"


def parse_iso(text: str) -> int | None:
    """The milliseconds of an ISO 8601 text with a zone, or None: Amazon refuses a time without one.

    A ``+`` that a client forgot to percent-encode has become a blank on its way here and is refused as well.
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return None if moment.tzinfo is None else to_ms(moment)
