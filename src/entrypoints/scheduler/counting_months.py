"""Counting months in the background: those that are over, with room between them for everybody who wants to write."""

from collections.abc import Callable
from threading import Event

from domain.kpis.months import Months

#: SQLite has one writer at a time, and asks anew after such a while whether it is its turn.
_BREATH_SECONDS = 0.01


def counting_months(months: Months, stopping: Event) -> Callable[[], None]:
    """A job of the clock: counts what is due, until nothing is or the process is to end."""

    def job() -> None:
        months.turn(lambda: stopping.wait(_BREATH_SECONDS))

    return job
