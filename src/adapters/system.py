"""What the operating system gives: time, chance, unguessable texts, and waits that a stopping process cuts short."""

import random
import secrets
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import Event

from domain.errors import Unavailable


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """This moment, in UTC."""
        return datetime.now(UTC)


class SystemStopwatch:
    """The machine's monotonic clock."""

    def seconds(self) -> float:
        """A reading that only ever grows."""
        return time.monotonic()


class SystemChance:
    """Randomness for spreading things out; nothing secret depends on it."""

    def between(self, low: float, high: float) -> float:
        """Any number from ``low`` to ``high``."""
        return random.uniform(low, high)  # noqa: S311 - jitter


class RandomTokens:
    """Unguessable texts."""

    def new(self) -> str:
        """32 random bytes, URL-safe."""
        return secrets.token_urlsafe(32)


@dataclass(frozen=True)
class StoppablePause:
    """Waits until the time is over, or until the process is asked to stop."""

    stopping: Event = field(default_factory=Event)

    def wait(self, seconds: float) -> None:
        """Wait.

        Raises:
            Unavailable: the process is stopping.
        """
        if self.stopping.wait(seconds):
            raise Unavailable("Portside is stopping; try again in a moment.")
