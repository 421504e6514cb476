"""One authenticated, planned, retried call to SP-API. Waiting and retrying happen here and nowhere else."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

from domain.clock import Clock
from domain.connections.model import Connection
from domain.errors import (
    ChannelError,
    NotConnected,
    RateLimited,
    ReauthorizationRequired,
    UpstreamFailed,
    UpstreamTimedOut,
    UsagePlanEmpty,
)
from domain.gateway.answers import Throttled, TokenDead, decipher, rate_limit
from domain.gateway.model import Answer, BucketKey, Call, Patience
from domain.gateway.ports import AccessTokenSource, Buckets, CallLog, Chance, Json, Stopwatch, Wire
from domain.gateway.usage_plans import background_reserve, credible_rate, credible_wait
from domain.tokens.model import AccessToken
from domain.tokens.ports import Pause

Result = TypeVar("Result")

#: How often one call is sent in all, whatever goes wrong.
ATTEMPTS = 4
#: The first pause after a failure, in seconds; it doubles, and the true pause is anything from zero to it.
FIRST_BACKOFF = 0.5
#: How long a person waits for the usage plan, in seconds, over all attempts of a call.
INTERACTIVE_WAIT = 2.0
_SHORTEST_WAIT = 0.05


@dataclass
class _Effort:
    """What one call has cost so far."""

    attempts: int = 0
    waited: float = 0.0
    renewed: bool = False


@dataclass(frozen=True)
class Gateway:
    """Sends calls in the name of a connection, inside their usage plans.

    A refused access token is renewed once. Failures and time-outs are repeated after a jittered, growing pause; a 429
    empties the bucket, and then a person waits briefly while a background run is told when to come back.
    """

    wire: Wire
    tokens: AccessTokenSource
    buckets: Buckets
    clock: Clock
    pause: Pause
    chance: Chance
    stopwatch: Stopwatch
    log: CallLog
    application: str  # the installation's LWA client id: plans count per application

    def call(
        self, connection: Connection, call: Call, read: Callable[[Json], Result], patience: Patience
    ) -> Result:
        """What ``read`` makes of the answer. ``read`` raises UpstreamFailed for a shape that can't be right.

        Raises:
            NotConnected: the connection is not usable.
            ReauthorizationRequired, KeyUnavailable, NotConfigured: no access token is to be had.
            UsagePlanEmpty: background work has to come back later.
            RateLimited: a person would have to wait longer than two seconds.
            AccessDenied, UpstreamRefused, NotFound: Amazon said no.
            UpstreamFailed, UpstreamTimedOut: all attempts failed.
        """
        if not connection.status.usable:
            raise NotConnected("This connection can't be used: connect the seller account again.")
        effort = _Effort()
        while True:
            effort.attempts += 1
            try:
                token = self._token(connection, patience, effort)
                self._admit(connection, call, patience, effort)
                answer = self._send(connection, call, token, effort)
                return read(decipher(answer, call.operation))
            except Throttled as error:
                self._throttled(connection, call, error.retry_after, patience, effort)
            except TokenDead as error:
                self._renew(connection, call, token, effort, error)
            except (UpstreamFailed, UpstreamTimedOut) as error:
                self._back_off(error, effort)

    def _token(self, connection: Connection, patience: Patience, effort: _Effort) -> AccessToken:
        while True:
            try:
                return self.tokens.for_connection(connection.id)
            except RateLimited as error:  # Login with Amazon has a plan of its own
                wait = max(error.retry_after, _SHORTEST_WAIT)
                if patience is Patience.BACKGROUND or effort.waited + wait > INTERACTIVE_WAIT:
                    raise
                effort.waited += wait
                self.pause.wait(wait)

    def _send(self, connection: Connection, call: Call, token: AccessToken, effort: _Effort) -> Answer:
        start = self.stopwatch.seconds()
        try:
            answer = self.wire.send(connection.region, call, token)
        except ChannelError as error:
            self.log.failed(
                call, connection.id, type(error).__name__, self.stopwatch.seconds() - start, effort.attempts
            )
            raise
        self.log.answered(
            call,
            connection.id,
            answer.status,
            self.stopwatch.seconds() - start,
            effort.attempts,
            answer.request_id,
        )
        rate = rate_limit(answer)
        if rate is not None:
            self.buckets.learn(self._key(connection, call), credible_rate(rate, call.operation.plan))
        return answer

    def _admit(self, connection: Connection, call: Call, patience: Patience, effort: _Effort) -> None:
        plan = call.operation.plan
        reserve = background_reserve(plan) if patience is Patience.BACKGROUND else 0.0
        while True:
            wait = self.buckets.take(self._key(connection, call), plan, self.clock.now(), reserve)
            if wait <= 0:
                return
            self._wait_for_plan(call, wait, patience, effort)

    def _throttled(
        self,
        connection: Connection,
        call: Call,
        retry_after: float | None,
        patience: Patience,
        effort: _Effort,
    ) -> None:
        now = self.clock.now()
        plan = call.operation.plan
        wait = self.buckets.empty(self._key(connection, call), plan, now, credible_wait(retry_after, plan))
        if effort.attempts >= ATTEMPTS:
            raise RateLimited(_LIMIT_WORDS.format(call.operation.name), wait, channel="amazon")
        self._wait_for_plan(call, wait, patience, effort)

    def _wait_for_plan(self, call: Call, wait: float, patience: Patience, effort: _Effort) -> None:
        message = _LIMIT_WORDS.format(call.operation.name)
        if patience is Patience.BACKGROUND:
            raise UsagePlanEmpty(message, self.clock.now() + timedelta(seconds=wait))
        if effort.waited + wait > INTERACTIVE_WAIT:
            raise RateLimited(message, wait, channel="amazon")
        effort.waited += wait
        self.pause.wait(wait)

    def _renew(
        self, connection: Connection, call: Call, token: AccessToken, effort: _Effort, cause: TokenDead
    ) -> None:
        if effort.renewed and cause.expired:
            raise UpstreamFailed(
                f"Amazon calls a fresh access token expired ({call.operation.name})."
            ) from cause
        if effort.renewed:
            raise ReauthorizationRequired(
                "Amazon refuses even a fresh access token: the seller has revoked the application."
            ) from cause
        effort.renewed = True
        self.tokens.refused(connection.id, token)
        if effort.attempts >= ATTEMPTS:
            raise UpstreamFailed(f"All attempts at {call.operation.name} failed.") from cause

    def _back_off(self, error: ChannelError, effort: _Effort) -> None:
        if effort.attempts >= ATTEMPTS:
            raise error
        self.pause.wait(self.chance.between(0.0, FIRST_BACKOFF * 2 ** (effort.attempts - 1)))

    def _key(self, connection: Connection, call: Call) -> BucketKey:
        application = connection.lwa_client_id or self.application
        return BucketKey(application, connection.region, connection.seller_id, call.operation.name)


_LIMIT_WORDS = "Amazon's usage plan for {} is used up for now."
