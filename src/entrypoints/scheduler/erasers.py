"""Erasing in the background: a few steps at each tick, with room between them for everybody who wants to write."""

from collections.abc import Callable
from threading import Event

from domain.connections.erasure import Erasures

_STEPS_A_TICK = 10
#: SQLite has one writer at a time, and asks anew after such a while whether it is its turn.
_BREATH_SECONDS = 0.05


def erasing(erasures: Erasures, stopping: Event) -> Callable[[], None]:
    """A job of the clock: goes on with what is to be erased, until nothing is left or the process is to end."""

    def tick() -> None:
        for _ in range(_STEPS_A_TICK):
            if stopping.is_set() or not erasures.step():
                return
            stopping.wait(_BREATH_SECONDS)

    return tick
