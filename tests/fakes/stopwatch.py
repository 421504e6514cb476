"""A stopwatch in step with the held clock."""

from tests.fakes.clock import HeldClock


class HeldStopwatch:
    """Reads the held clock, in seconds."""

    def __init__(self, clock: HeldClock) -> None:
        self._clock = clock

    def seconds(self) -> float:
        return self._clock.now().timestamp()
