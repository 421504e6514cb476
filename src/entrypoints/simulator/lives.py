"""How an order fares: the schedule of its statuses, drawn once when it is placed."""

from __future__ import annotations

from random import Random

from entrypoints.simulator.dice import between
from entrypoints.simulator.moments import DAY, HOUR, MINUTE, SECOND
from entrypoints.simulator.orders import OPEN, Status, Step

#: No order changes any more when it is older than this.
LONGEST_LIFE_MS = 20 * DAY

_Schedule = list[tuple[int, Status]]


def life(random: Random, created_ms: int, fulfilled_by: str, quantities: tuple[int, ...]) -> tuple[Step, ...]:
    """The steps of one order, strictly one after the other, the last within LONGEST_LIFE_MS."""
    chance = random.random()
    if chance < 0.008:
        schedule = _preordered(random)
    elif chance < 0.012:
        schedule = _unfulfillable(random)
    elif chance < 0.042:
        schedule = _cancelled_early(random)
    elif chance < 0.055 and fulfilled_by == "MERCHANT":
        schedule = _cancelled_late(random)
    else:
        schedule = _ordinary(random, fulfilled_by, sum(quantities))
    if schedule[-1][1] is Status.SHIPPED and random.random() < 0.15:
        # Amazon touches orders after dispatch (delivery, a return begun): updated, with the same status.
        schedule.append((schedule[-1][0] + between(random, 18 * HOUR, 5 * DAY), Status.SHIPPED))
    return tuple(Step(created_ms + at, status, _sent(quantities, status)) for at, status in schedule)


def free_replacement(random: Random, created_ms: int, quantities: tuple[int, ...]) -> tuple[Step, ...]:
    """A replacement is never pending, there is nothing to pay."""
    sent_at = created_ms + between(random, 6 * HOUR, 40 * HOUR)
    return (
        Step(created_ms, Status.UNSHIPPED, _sent(quantities, Status.UNSHIPPED)),
        Step(sent_at, Status.SHIPPED, _sent(quantities, Status.SHIPPED)),
    )


def _sent(quantities: tuple[int, ...], status: Status) -> tuple[int, ...]:
    if status is Status.SHIPPED:
        return quantities
    if status is not Status.PARTIALLY_SHIPPED:
        return (0,) * len(quantities)
    # The first parcel: all of the first line, or one unit if that is the whole order.
    first = quantities[0] if len(quantities) > 1 else quantities[0] - 1
    return (first, *(0 for _ in quantities[1:]))


def _paid_after(random: Random) -> int:
    """Most payments settle within the hour, some take most of a day."""
    if random.random() < 0.85:
        return between(random, 25 * MINUTE, 70 * MINUTE)
    return between(random, 2 * HOUR, 20 * HOUR)


def _ordinary(random: Random, fulfilled_by: str, units: int) -> _Schedule:
    paid = _paid_after(random)
    if fulfilled_by == "AMAZON":
        sent = paid + between(random, 3 * HOUR, 40 * HOUR)
        return [(0, Status.PENDING), (paid, Status.UNSHIPPED), (sent, Status.SHIPPED)]
    sent = paid + between(random, 8 * HOUR, 72 * HOUR)
    schedule: _Schedule = [(0, Status.PENDING), (paid, Status.UNSHIPPED), (sent, Status.SHIPPED)]
    if units > 1 and random.random() < 0.55:
        rest = sent + between(random, 12 * HOUR, 96 * HOUR)
        schedule[-1:] = [(sent, Status.PARTIALLY_SHIPPED), (rest, Status.SHIPPED)]
    return schedule


def _preordered(random: Random) -> _Schedule:
    available = between(random, 1 * DAY, 4 * DAY)
    paid = available + _paid_after(random)
    sent = paid + between(random, 3 * HOUR, 30 * HOUR)
    return [
        (0, Status.PENDING_AVAILABILITY),
        (available, Status.PENDING),
        (paid, Status.UNSHIPPED),
        (sent, Status.SHIPPED),
    ]


def _unfulfillable(random: Random) -> _Schedule:
    paid = _paid_after(random)
    return [
        (0, Status.PENDING),
        (paid, Status.UNSHIPPED),
        (paid + between(random, 4 * HOUR, 30 * HOUR), Status.UNFULFILLABLE),
    ]


def _cancelled_early(random: Random) -> _Schedule:
    if random.random() < 0.5:
        return [(0, Status.PENDING), (between(random, 5 * MINUTE, 24 * HOUR), Status.CANCELLED)]
    paid = _paid_after(random)
    cancelled = paid + between(random, 30 * SECOND, 3 * HOUR)
    return [(0, Status.PENDING), (paid, Status.UNSHIPPED), (cancelled, Status.CANCELLED)]


def _cancelled_late(random: Random) -> _Schedule:
    """The seller could not send it and gave up days later."""
    paid = _paid_after(random)
    cancelled = paid + between(random, 3 * DAY, 12 * DAY)
    return [(0, Status.PENDING), (paid, Status.UNSHIPPED), (cancelled, Status.CANCELLED)]


def is_open(status: Status) -> bool:
    """Whether units are held back for the order."""
    return status in OPEN
