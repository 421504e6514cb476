"""Amazon calls per seller and day: a busy, a normal and a quiet seller, on a clock that jumps."""

from dataclasses import dataclass
from datetime import timedelta

from tests.fakes.things import NOW
from tests.simulations.town import DAY, INTERVAL, MINUTE, SYNCED, Town

#: How often they sell.
_SELLERS = {"busy": 10 * MINUTE, "normal": timedelta(hours=3), "quiet": 2 * DAY}


@dataclass(frozen=True)
class Asked:
    """Calls in a day, beside those of a poller that asks for everything each interval."""

    seller: str
    calls: int
    polling: int

    def __str__(self) -> str:
        title = f"calls to Amazon a day, a {self.seller} seller, polling at its side"
        return f"{title:<58} {self.calls:9d}    {self.polling:9d}     ×{self.calls / self.polling:6.2f}"


def a_day() -> list[Asked]:
    """The first whole day after a day of getting used to each other."""
    town = Town()
    connections = {kind: town.connect(town.user(), every) for kind, every in _SELLERS.items()}
    town.live(NOW + DAY)
    before = dict(town.amazon.calls)
    town.live(NOW + 2 * DAY)
    polling = len(SYNCED) * (DAY // INTERVAL)
    return [
        Asked(kind, town.amazon.calls[connection.id] - before[connection.id], polling)
        for kind, connection in connections.items()
    ]
