"""A pause that takes no time, but moves the clock as if it had."""

from datetime import timedelta

from domain.errors import Unavailable
from tests.fakes.clock import HeldClock


class InstantPause:
    """Remembers every wait in ``waits``. With ``stopping`` set, it behaves like a process that has to leave."""

    def __init__(self, clock: HeldClock) -> None:
        self._clock = clock
        self.waits: list[float] = []
        self.stopping = False

    def wait(self, seconds: float) -> None:
        if self.stopping:
            raise Unavailable("Portside is stopping.")
        self.waits.append(seconds)
        self._clock.advance(timedelta(seconds=seconds))
