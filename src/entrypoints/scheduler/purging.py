"""Purging in the background: all that is due, with room between the steps for everybody who wants to write."""

from collections.abc import Callable
from threading import Event

from domain.operations.retention import Retention

#: SQLite has one writer at a time, and asks anew after such a while whether it is its turn.
_BREATH_SECONDS = 0.05


def purging(retention: Retention, stopping: Event) -> Callable[[], None]:
    """A job of the clock: lets go what has been kept for long enough, until the process is to end."""

    def job() -> None:
        retention.purge(lambda: stopping.wait(_BREATH_SECONDS))

    return job
