"""How fast Login with Amazon is asked, by all processes together, and when it is left alone.

Amazon publishes no limit for its token endpoint. The plan below is ours: far more than an installation needs whose
tokens are renewed as they run out, and far less than a storm.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock
from typing import TypeVar

from domain.clock import Clock
from domain.errors import PortsideError, RateLimited, UpstreamFailed, UpstreamTimedOut
from domain.gateway.model import BucketKey
from domain.gateway.ports import Buckets, Chance
from domain.gateway.usage_plans import UsagePlan, credible_wait

#: Exchanges a second and at once, for one client.
LWA_PLAN = UsagePlan(rate=20.0, burst=50)
#: Codes: a person waits for each, and there is one for each consent. They go on while everything else is paused.
CODE_PLAN = UsagePlan(rate=2.0, burst=20)
#: A secret that LWA has refused is tried once a minute, by whoever comes first.
RETRIAL_PLAN = UsagePlan(rate=1 / 60, burst=1)
#: After so many failures in a row LWA is left alone for a while: one more than a single call makes by itself.
FAILURES_IN_A_ROW = 5
LONGEST_PAUSE = 60.0
#: How long the others wait for the one who asks first after a pause.
_TRIAL = timedelta(seconds=5)

Result = TypeVar("Result")


@dataclass
class _Outage:
    """Failures in a row, as this process has seen them, and until when it does not ask."""

    failures: int = 0
    noticed_at: datetime | None = None
    until: datetime | None = None
    kind: type[UpstreamFailed | UpstreamTimedOut] = UpstreamFailed  # of the last one
    lock: Lock = field(default_factory=Lock, repr=False)

    def wait(self, now: datetime) -> float:
        """Seconds until it may be asked; after a pause, one asks and the others wait for what comes of it."""
        with self.lock:
            if self.until is None:
                return 0.0
            if self.noticed_at is not None and now < self.noticed_at:
                self.noticed_at = self.until = now  # the clock was set back: what it said is good for nothing
            if now < self.until:
                return (self.until - now).total_seconds()
            self.until = now + _TRIAL
            return 0.0

    def failed(
        self, error: UpstreamFailed | UpstreamTimedOut, began: datetime, now: datetime, chance: Chance
    ) -> None:
        """A request that ``began`` then has failed. Those that were under way together count as one failure."""
        with self.lock:
            if self.noticed_at is not None and began < self.noticed_at:
                return
            self.failures += 1
            self.kind = type(error)
            if self.failures >= FAILURES_IN_A_ROW:
                longest = min(LONGEST_PAUSE, 2.0 ** (self.failures - FAILURES_IN_A_ROW))
                self.noticed_at = now
                self.until = now + timedelta(seconds=chance.between(longest / 2, longest))

    def over(self) -> None:
        """LWA answers."""
        with self.lock:
            self.failures, self.noticed_at, self.until = 0, None, None


@dataclass(frozen=True)
class Pace:
    """Lets exchanges through, or says at once when to come back. Nobody waits in here.

    The tokens of the plan, and the pause that LWA itself asks for, are shared through the buckets. The pause after
    failures belongs to this process: it grows to a minute, and each process is one request in it.
    """

    buckets: Buckets
    clock: Clock
    chance: Chance
    plan: UsagePlan = LWA_PLAN
    reserve: float = 0.0  # exchanges that are left to others, who are in more of a hurry
    _outage: _Outage = field(default_factory=_Outage, init=False, repr=False)

    def asked(self, client_id: str, ask: Callable[[], Result], at_any_rate: bool = False) -> Result:
        """What ``ask`` makes of one request to LWA in the name of this client.

        ``at_any_rate``: also while LWA is left alone, within a small plan of its own.

        Raises:
            RateLimited: the plan is used up, and LWA was not asked; or LWA has just said so.
            UpstreamFailed, UpstreamTimedOut: LWA was not asked, since it has failed again and again.
            PortsideError: as ``ask``.
        """
        self._admit(client_id, at_any_rate)
        began = self.clock.now()
        try:
            result = ask()
        except RateLimited as error:
            raise self._throttled(client_id, error) from error
        except (UpstreamFailed, UpstreamTimedOut) as error:
            self._outage.failed(error, began, self.clock.now(), self.chance)
            raise
        except PortsideError:
            self._outage.over()
            raise
        self._outage.over()
        return result

    def refused(self, client_id: str, mark: str) -> None:
        """LWA does not accept this secret: nobody tries it for a minute."""
        retry_after = 1 / RETRIAL_PLAN.rate
        self.buckets.empty(_retrial(client_id, mark), RETRIAL_PLAN, self.clock.now(), retry_after)

    def may_try_again(self, client_id: str, mark: str) -> bool:
        """Whether a refused secret may be tried now; whoever gets a yes is the only one for a minute."""
        return self.buckets.take(_retrial(client_id, mark), RETRIAL_PLAN, self.clock.now(), 0.0) <= 0

    def _admit(self, client_id: str, at_any_rate: bool) -> None:
        now = self.clock.now()
        if at_any_rate:
            wait = self.buckets.take(_codes(client_id), CODE_PLAN, now, 0.0)
            if wait > 0:
                raise RateLimited("Too many consents end at the same time.", wait, "amazon")
            return
        wait = self._outage.wait(now)
        if wait > 0:
            raise self._outage.kind(
                f"Login with Amazon has failed several times in a row; it is asked again in {wait:.0f} s."
            )
        wait = self.buckets.take(_exchanges(client_id), self.plan, now, self.reserve)
        if wait > 0:
            raise RateLimited("Login with Amazon is asked too often at the moment.", wait, "amazon")

    def _throttled(self, client_id: str, error: RateLimited) -> RateLimited:
        retry_after = credible_wait(error.retry_after, self.plan)
        wait = self.buckets.empty(_exchanges(client_id), self.plan, self.clock.now(), retry_after)
        return RateLimited(str(error), wait, error.channel)


def _exchanges(client_id: str) -> BucketKey:
    return BucketKey(client_id, "", "", "lwa.token")


def _codes(client_id: str) -> BucketKey:
    return BucketKey(client_id, "", "", "lwa.code")


def _retrial(client_id: str, mark: str) -> BucketKey:
    return BucketKey(client_id, "", "", f"lwa.retrial.{mark}")
