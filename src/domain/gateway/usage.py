"""How often Amazon was called: by operation, seller and day, and what is left of the usage plans."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Protocol
from uuid import UUID

from domain.clock import Clock
from domain.connections.model import Connection, Provider
from domain.connections.ports import ConnectionBook
from domain.gateway.model import BucketOwner, Level
from domain.gateway.operations import plan_called
from domain.gateway.ports import Buckets
from domain.gateway.usage_plans import Bucket, refill
from domain.kpis.periods import Period, period
from domain.users.model import UserId
from domain.work import Work


@dataclass(frozen=True)
class Tally:
    """What was sent for one connection: how much, how much of it by GET, how much was answered with 429."""

    connection_id: UUID
    user_id: UserId
    seller_id: str
    day: date  # in UTC
    operation: str
    calls: int
    gets: int
    throttled: int


@dataclass(frozen=True)
class DailyUsage:
    """The same of all of a user's connections to one seller."""

    day: date
    seller_id: str
    operation: str
    calls: int
    gets: int
    throttled: int


#: After which row a page goes on: day, seller and operation.
UsageMark = tuple[date, str, str]


@dataclass(frozen=True)
class PlanLevel:
    """What is left of one usage plan now. ``full_at``: when its bucket is full, unless it is called before."""

    seller_id: str
    region: str
    operation: str
    level: float
    rate: float
    burst: int
    full_at: datetime | None  # None: it is full


class UsageBook(Protocol):
    """What was counted, in figures that only grow."""

    def add(self, tallies: Sequence[Tally]) -> None:
        """Add these up with what is there, set-based; what belongs to an erased connection is left out."""

    def daily(
        self, user_id: UserId | None, first: date, last: date, after: UsageMark | None, limit: int
    ) -> list[DailyUsage]:
        """The days from ``first`` to ``last``, the newest first, then by seller and operation; ``None``: everybody's."""


class UsageWork(Work, Protocol):
    """The transaction in which calls are counted."""

    @property
    def usage(self) -> UsageBook: ...

    @property
    def connections(self) -> ConnectionBook: ...


@dataclass(frozen=True)
class Usage:
    """Answers how much was called, and how much may be."""

    look: Callable[[], UsageWork]
    buckets: Buckets
    clock: Clock
    flush: Callable[[], None]  # what this process has counted lately is to be seen as well
    application: str

    def days(self, first: date | None, last: date | None) -> Period:
        """The days asked for, in UTC: by default the last thirty, today included.

        Raises:
            InvalidInput: they are in the wrong order, or too far apart.
        """
        return period(first, last, self.clock.now().date())

    def daily(
        self, user_id: UserId | None, days: Period, *, after: UsageMark | None = None, limit: int
    ) -> list[DailyUsage]:
        """The counts, the newest first; ``None``: everybody's, for operators."""
        self.flush()
        with self.look() as work:
            return work.usage.daily(user_id, days.first, days.last, after, limit)

    def levels(self, user_id: UserId) -> list[PlanLevel]:
        """What is left for the user's sellers, of those operations that anybody has called."""
        with self.look() as work:
            owners = {self._owner(each) for each in work.connections.of_user(user_id, Provider.AMAZON_SP)}
        now = self.clock.now()
        known = (plan_level(level, now) for level in _asked(self.buckets, owners))
        return sorted(
            (each for each in known if each is not None),
            key=lambda each: (each.seller_id, each.region, each.operation),
        )

    def _owner(self, connection: Connection) -> BucketOwner:
        application = connection.lwa_client_id or self.application
        return BucketOwner(application, connection.region, connection.seller_id)


def plan_level(level: Level, now: datetime) -> PlanLevel | None:
    """A bucket as it is now; ``None`` where it belongs to no usage plan of SP-API."""
    plan = plan_called(level.key.operation)
    if plan is None:
        return None
    rate = level.rate or plan.rate
    at = now.timestamp()
    corrected = type(plan)(rate, plan.burst)
    left = refill(level.bucket or Bucket.full(corrected, at), corrected, at).level
    missing = (plan.burst - left) / rate
    return PlanLevel(
        seller_id=level.key.seller_id,
        region=level.key.region,
        operation=level.key.operation,
        level=left,
        rate=rate,
        burst=plan.burst,
        full_at=now + timedelta(seconds=missing) if missing > 0 else None,
    )


def _asked(buckets: Buckets, owners: Collection[BucketOwner]) -> Iterable[Level]:
    return buckets.levels(owners) if owners else ()
