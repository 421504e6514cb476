"""Recounting in the background: the night's sample, with room between the connections for everybody who wants to write."""

from collections.abc import Callable
from threading import Event

from domain.kpis.truth import Truth

#: SQLite has one writer at a time, and asks anew after such a while whether it is its turn.
_BREATH_SECONDS = 0.05


def recounting(truth: Truth, stopping: Event) -> Callable[[], None]:
    """A job of the clock: goes on with the sample, until it is through, a sync waits, or the process is to end."""

    def job() -> None:
        if not stopping.is_set():
            truth.sample(lambda: stopping.wait(_BREATH_SECONDS))

    return job
