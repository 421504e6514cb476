"""What time it is: asked of a port, so that tests can hold it still."""

from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """The present."""

    def now(self) -> datetime:
        """This moment, aware, in UTC."""


def in_words(moment: datetime) -> str:
    """RFC 3339 in UTC with ``Z``, to the second: how moments are written for people and programs."""
    return moment.astimezone(UTC).replace(microsecond=0, tzinfo=None).isoformat() + "Z"
