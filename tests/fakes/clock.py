"""A clock that stands still until a test moves it."""

from datetime import datetime, timedelta


class HeldClock:
    """The present, as the test says it is."""

    def __init__(self, now: datetime) -> None:
        self._now = now

    def now(self) -> datetime:
        return self._now

    def advance(self, by: timedelta) -> None:
        """Let time pass."""
        self._now += by

    def set(self, now: datetime) -> None:
        """Jump to a moment, also backwards: clocks do that."""
        self._now = now
