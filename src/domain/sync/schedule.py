"""When a resource is due again."""

from datetime import datetime, timedelta

from domain.gateway.ports import Chance

#: Runs of many sellers spread over this part of the interval, to either side.
_JITTER = 0.1
_FIRST_RETRY = timedelta(minutes=1)


def next_run(now: datetime, interval: timedelta, chance: Chance) -> datetime:
    """After a success: one interval later, give or take a tenth."""
    return now + interval * (1 + chance.between(-_JITTER, _JITTER))


def next_try(now: datetime, interval: timedelta, failures: int, chance: Chance) -> datetime:
    """After a failure: a minute later, doubling up to four intervals. ``failures`` counts those in a row, from 1."""
    doublings = max(0, min(failures - 1, 16))
    pause = min(_FIRST_RETRY * (1 << doublings), 4 * interval)
    return now + pause * (1 + chance.between(0.0, _JITTER))
