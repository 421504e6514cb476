"""Ten thousand sellers in one process: what each of them costs, on a clock that jumps."""

import threading
import time
import tracemalloc
from dataclasses import dataclass
from datetime import timedelta

from tests.fakes.things import NOW
from tests.simulations.town import INTERVAL, MINUTE, SECOND, Town

_SELLERS = 10_000
_PLACES, _LATENCY = 8, 0.25 * SECOND
#: Each sells often enough to be asked at every interval.
_SELLS_EVERY = 12 * MINUTE


@dataclass(frozen=True)
class Carried:
    """How an interval of theirs went."""

    bytes_per_seller: float
    threads: int  # beside those that were there before
    turns: int
    busiest: float  # the busiest tick, as a multiple of the mean
    latest: timedelta  # by how much the latest data was older than the interval
    seconds: float  # of the real clock

    def __str__(self) -> str:
        costs = f"{_SELLERS:,} sellers in one process: memory for each"
        busy = "the busiest tick of a second beside the mean of all"
        return (
            f"{costs:<58} {self.bytes_per_seller / 1024:9.2f} KiB  (goal < 10)  and {self.threads} threads\n"
            f"{busy:<58} ×{self.busiest:8.2f}  (goal ≤ 2)  {self.turns} turns, {self.seconds:.0f} s for an interval;"
            f" late by {self.latest.total_seconds():.1f} simulated s at most"
        )

    def figures(self) -> dict[str, float]:
        """For those who keep them."""
        return {
            "KiB of memory per seller, 10,000 sellers": round(self.bytes_per_seller / 1024, 2),
            "threads for 10,000 sellers": self.threads,
            "busiest tick beside the mean, 10,000 sellers": round(self.busiest, 2),
        }


def carried() -> Carried:
    """Sellers of long standing, each looked at once in an interval; a first interval gets them going."""
    threads = threading.active_count()
    tracemalloc.start()
    town = Town(_PLACES, _LATENCY)
    for _ in range(_SELLERS):
        town.connect(town.user(), _SELLS_EVERY, quiet=0)
    held, _peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    start, began = time.perf_counter(), NOW + INTERVAL
    town.live(began + INTERVAL)
    loads = town.diary.loads(SECOND, began, began + INTERVAL)
    return Carried(
        bytes_per_seller=held / _SELLERS,
        threads=threading.active_count() - threads,
        turns=sum(loads),
        busiest=max(loads) * len(loads) / sum(loads),
        latest=max(town.diary.late),
        seconds=time.perf_counter() - start,
    )
