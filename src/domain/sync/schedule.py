"""When a resource is due again, and when it is not tried any more."""

import hashlib
from datetime import UTC, datetime, timedelta

from domain.connections.model import ConnectionId
from domain.gateway.ports import Chance
from domain.sync.model import Resource

#: Work that fails of its own this often in a row is set aside.
FAULTS_AT_MOST = 8
#: Work that was begun this often, without a single page or word, is set aside with the next claim.
ATTEMPTS_AT_MOST = 4

#: Whoever was served within this time stands behind those who were not.
SERVED_LATELY = timedelta(minutes=1)

#: A begun listing of stock goes on at once for so long after something of its connection was kept. What Amazon throttles
#: for longer waits for its turn: otherwise those that it throttles would keep everybody from theirs.
HURRIED_FOR = timedelta(seconds=10)

#: After so many good runs in a row that brought nothing, the interval is so many times as long.
_PACES = ((6, 4), (3, 2))
_JITTER = 0.1
_FIRST_RETRY = timedelta(minutes=1)
_BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)


def phase(connection_id: ConnectionId, resource: Resource) -> float:
    """The place of a resource within every interval, from 0 to less than 1: many of them lie evenly."""
    digest = hashlib.sha256(connection_id.bytes + resource.value.encode()).digest()
    return int.from_bytes(digest[:6], "big") / (1 << 48)


def pace(interval: timedelta, quiet: int) -> timedelta:
    """The interval of a resource: longer, up to four times, the longer nothing has moved."""
    return interval * next((times for runs, times in _PACES if quiet >= runs), 1)


def next_run(now: datetime, pace: timedelta, phase: float) -> datetime:
    """After a success: the resource's next place in the course of its pace, so at most one pace later.

    Whatever came before (a start, an outage, a thousand sellers at once), the sellers lie evenly again.
    """
    offset = pace * phase
    passed = (now - _BEGINNING - offset) // pace
    return _BEGINNING + offset + (passed + 1) * pace


def next_try(now: datetime, interval: timedelta, failures: int, chance: Chance) -> datetime:
    """After a failure: a minute later, doubling up to four intervals. ``failures`` counts those in a row, from 1."""
    doublings = max(0, min(failures - 1, 16))
    pause = min(_FIRST_RETRY * (1 << doublings), 4 * interval)
    return now + pause * (1 + chance.between(0.0, _JITTER))
