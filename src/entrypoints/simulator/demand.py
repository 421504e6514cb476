"""How many orders a day brings, and at which hour of the local day they come."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from itertools import accumulate
from random import Random
from zoneinfo import ZoneInfo

from entrypoints.simulator.dice import pick_weighted, poisson
from entrypoints.simulator.moments import to_ms

#: Monday to Sunday; the mean is 1.
_WEEKDAYS = (1.08, 1.02, 0.98, 0.96, 0.92, 0.95, 1.09)
#: January to December. The fourth quarter peaks; no 90 days depart by more than a fifth from the mean,
#: so that three months of the default seller stay between 1,050 and 1,750 orders.
_MONTHS = (0.93, 0.92, 0.94, 0.95, 0.97, 0.96, 1.02, 0.97, 0.96, 1.01, 1.15, 1.22)
_QUIET_AFTER_CHRISTMAS = 0.75
#: Midnight to 23 o'clock, local time.
_HOURS = (8, 5, 3, 2, 2, 3, 6, 11, 17, 23, 26, 28, 30, 29, 28, 28, 29, 31, 35, 40, 43, 40, 29, 17)
_HOURS_SUMMED = tuple(accumulate(_HOURS))


def season(day: date) -> float:
    """The day's demand relative to the average day of the year."""
    factor = _WEEKDAYS[day.weekday()] * _MONTHS[day.month - 1]
    if day.month == 12 and day.day >= 24:
        factor *= _QUIET_AFTER_CHRISTMAS
    return factor


def moments_of_orders(random: Random, zone: ZoneInfo, day: date, mean: float) -> list[int]:
    """When a local day's orders are placed: milliseconds since 1970, in order, no two the same."""
    moments: set[int] = set()
    for _ in range(poisson(random, mean * season(day))):
        hour = pick_weighted(random, _HOURS_SUMMED)
        within = timedelta(milliseconds=int(random.random() * 3_600_000))
        local = datetime.combine(day, time(hour), tzinfo=zone) + within
        # Half of Amazon's times carry milliseconds, half do not.
        moments.add(to_ms(local) if random.random() < 0.5 else to_ms(local.replace(microsecond=0)))
    return sorted(moments)
