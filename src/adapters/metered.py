"""Token endpoints, call logs and usage plans' buckets that pass everything on, and have what passes counted."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from adapters.metrics import PrometheusMeter
from domain.connections.model import Grant
from domain.credentials.ports import LwaEndpoint
from domain.errors import (
    ClientRefused,
    PortsideError,
    RateLimited,
    ReauthorizationRequired,
    UpstreamFailed,
    UpstreamRefused,
    UpstreamTimedOut,
)
from domain.gateway.model import BucketKey, BucketOwner, Call, Level
from domain.gateway.ports import Buckets, CallLog, Stopwatch
from domain.gateway.usage_plans import UsagePlan
from domain.tokens.model import LwaClient, RefreshToken, Renewal

Result = TypeVar("Result")

#: What becomes of an exchange, by what the endpoint raises.
_OUTCOMES: tuple[tuple[type[PortsideError], str], ...] = (
    (ReauthorizationRequired, "revoked"),
    (UpstreamRefused, "refused"),
    (ClientRefused, "client_refused"),
    (RateLimited, "throttled"),
    (UpstreamTimedOut, "timed_out"),
    (UpstreamFailed, "failed"),
)


@dataclass(frozen=True)
class MeteredLwa:
    """An LWA endpoint whose requests are counted and timed."""

    endpoint: LwaEndpoint
    meter: PrometheusMeter
    stopwatch: Stopwatch

    def refresh(self, token: RefreshToken, client: LwaClient) -> Renewal:
        """Trade a refresh token."""
        return self._measured("refresh_token", lambda: self.endpoint.refresh(token, client))

    def exchange(self, code: str, redirect_uri: str, client: LwaClient) -> Grant:
        """Trade an authorization code."""
        return self._measured(
            "authorization_code", lambda: self.endpoint.exchange(code, redirect_uri, client)
        )

    def _measured(self, grant: str, ask: Callable[[], Result]) -> Result:
        start = self.stopwatch.seconds()
        outcome = "error"
        try:
            result = ask()
            outcome = "ok"
        except PortsideError as error:
            outcome = next((word for kind, word in _OUTCOMES if isinstance(error, kind)), outcome)
            raise
        finally:
            self.meter.exchanged(grant, outcome, self.stopwatch.seconds() - start)
        return result


@dataclass(frozen=True)
class MeteredCalls:
    """A call log whose lines and pauses are counted."""

    log: CallLog
    meter: PrometheusMeter

    def answered(
        self,
        call: Call,
        connection_id: UUID,
        status: int,
        seconds: float,
        attempt: int,
        request_id: str | None,
        waited: float,
    ) -> None:
        """The channel answered, whatever it said."""
        self._count(call, str(status), seconds, attempt)
        self.log.answered(call, connection_id, status, seconds, attempt, request_id, waited)

    def failed(
        self, call: Call, connection_id: UUID, cause: str, seconds: float, attempt: int, waited: float
    ) -> None:
        """No answer came."""
        self._count(call, cause, seconds, attempt)
        self.log.failed(call, connection_id, cause, seconds, attempt, waited)

    def waited(self, call: Call, seconds: float) -> None:
        """The call has waited for a usage plan."""
        self.meter.waited(call.operation.name, seconds)
        self.log.waited(call, seconds)

    def _count(self, call: Call, status: str, seconds: float, attempt: int) -> None:
        # ``waited`` of the lines is left out: it is the whole call's so far, and each attempt would count it anew.
        operation = call.operation
        self.meter.called(operation.name, operation.method, status, seconds, attempt)


@dataclass(frozen=True)
class MeteredBuckets:
    """Passes everything on; see ``domain.gateway.ports.Buckets``."""

    buckets: Buckets
    meter: PrometheusMeter

    def take(self, key: BucketKey, plan: UsagePlan, now: datetime, reserve: float) -> float:
        """Take one token, or learn how many seconds to wait."""
        wait = self.buckets.take(key, plan, now, reserve)
        self.meter.plan_asked(_plan(key), "granted" if wait <= 0 else "empty")
        return wait

    def learn(self, key: BucketKey, rate: float) -> None:
        """Keep the rate that the channel named."""
        self.buckets.learn(key, rate)

    def empty(self, key: BucketKey, plan: UsagePlan, now: datetime, retry_after: float | None) -> float:
        """Empty the bucket: the channel has refused what the plan had granted."""
        self.meter.plan_asked(_plan(key), "refused")
        return self.buckets.empty(key, plan, now, retry_after)

    def levels(self, sellers: Collection[BucketOwner]) -> list[Level]:
        """The buckets of these sellers, as they were left."""
        return self.buckets.levels(sellers)


def _plan(key: BucketKey) -> str:
    """The operation; Login with Amazon's buckets have a mark of the client's secret in the third place of theirs."""
    return ".".join(key.operation.split(".")[:2])
