"""Usage plans: token buckets with fractional rates, as pure arithmetic.

Source: SP-API documentation, "Usage Plans and Rate Limits": a bucket holds at most ``burst`` tokens, fills at ``rate``
tokens a second, and every call takes one.
"""

import math
from dataclasses import dataclass

#: Float sums over months must not turn "exactly one token" into "not quite one".
EPSILON = 1e-6
#: How much slower, and how much faster, than the published rate a seller's own may be: big sellers get far more.
_SLOWER, _FASTER = 20.0, 1000.0
_LONGEST_WAIT = 900.0
#: "Too many, come back in 0 seconds" would have us knock without a pause.
SHORTEST_PENALTY = 1.0
#: Machines' clocks are not so many seconds apart: a bucket from further ahead was left by a clock that was set back.
CLOCKS_APART = 300.0


@dataclass(frozen=True)
class UsagePlan:
    """How often an operation may be called: ``rate`` in calls a second, ``burst`` in calls at once."""

    rate: float
    burst: int


@dataclass(frozen=True)
class Growth:
    """How waits grow, in seconds, while a channel without a published plan says "too many", and not for how long.

    The first is from ``first`` to twice as much; it doubles with each refusal, up to ``longest``.
    """

    first: float
    longest: float

    def least(self, refusals: int) -> float:
        """The shortest wait after so many refusals, at least one of them; the longest is twice as long."""
        return float(min(self.first * 2 ** (refusals - 1), self.longest / 2))


@dataclass(frozen=True)
class Bucket:
    """What is left of a plan: ``level`` tokens at the moment ``at`` (seconds since the epoch)."""

    level: float
    at: float

    @classmethod
    def full(cls, plan: UsagePlan, at: float) -> "Bucket":
        """The bucket of somebody who has not called for a long time."""
        return cls(float(plan.burst), at)


@dataclass(frozen=True)
class Decision:
    """The bucket after asking, and how many seconds to wait before asking again; 0 means: go, a token is taken.

    The wait is rounded up to whole milliseconds: clocks are coarser than floats, and a wait that they can't show would
    be asked for again and again.
    """

    bucket: Bucket
    wait: float


def refill(bucket: Bucket, plan: UsagePlan, now: float) -> Bucket:
    """The bucket at ``now``. A clock that runs backwards (another machine's) adds nothing and takes nothing."""
    if bucket.at > now + CLOCKS_APART:
        return Bucket(min(float(plan.burst), bucket.level), now)
    elapsed = max(0.0, now - bucket.at)
    return Bucket(min(float(plan.burst), bucket.level + elapsed * plan.rate), max(now, bucket.at))


def take(bucket: Bucket, plan: UsagePlan, now: float, reserve: float = 0.0) -> Decision:
    """Ask for one token while leaving ``reserve`` tokens to others.

    ``reserve`` is cut to what the burst can hold beside the token itself, so that nobody starves behind it.
    """
    present = refill(bucket, plan, now)
    needed = 1.0 + min(reserve, plan.burst - 1.0)
    # A microsecond is as fine as clocks are: what a fast bucket gains in it must not be missing.
    if present.level + EPSILON * max(1.0, plan.rate) >= needed:
        return Decision(Bucket(present.level - 1.0, present.at), 0.0)
    wait = (needed - present.level) / plan.rate + max(0.0, present.at - now)
    return Decision(present, math.ceil(wait * 1000) / 1000)


def background_reserve(plan: UsagePlan) -> float:
    """The tokens that background work leaves in the bucket for people who wait: a tenth of the burst."""
    return float(plan.burst // 10)


def emptied(plan: UsagePlan, now: float, retry_after: float | None = None) -> Bucket:
    """The bucket after the channel itself said "too many": empty, and filling from then on.

    With ``retry_after`` (seconds) the next token is there when the channel said so, but not within a second of a
    refusal; otherwise after ``1 / rate``.
    """
    if retry_after is None:
        return Bucket(0.0, now)
    return Bucket(1.0 - max(retry_after, SHORTEST_PENALTY) * plan.rate, now)


def credible_rate(rate: float, plan: UsagePlan) -> float:
    """A rate that the channel names, kept within a twentieth and a thousand times the published one.

    A rate is learned from answers only: one that admits no call any more could never be corrected.
    """
    return min(max(rate, plan.rate / _SLOWER), plan.rate * _FASTER)


def credible_wait(retry_after: float | None, plan: UsagePlan) -> float | None:
    """A wait that the channel asks for, in seconds: at most as long as twenty calls take, or a quarter of an hour."""
    return None if retry_after is None else min(retry_after, max(_SLOWER / plan.rate, _LONGEST_WAIT))
