"""One authenticated, planned, retried call to SP-API. Waiting and retrying happen here and nowhere else."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TypeVar

from domain.clock import Clock
from domain.connections.model import Connection
from domain.errors import (
    ChannelError,
    NotConnected,
    RateLimited,
    ReauthorizationRequired,
    Unavailable,
    UpstreamFailed,
    UpstreamTimedOut,
    UpstreamUnreachable,
    UsagePlanEmpty,
)
from domain.gateway.answers import Throttled, TokenDead, decipher, look_over, rate_limit
from domain.gateway.budget import RetryBudgets
from domain.gateway.circuits import Circuits, Line
from domain.gateway.effort import Effort
from domain.gateway.lessons import Lessons
from domain.gateway.model import Answer, BucketKey, Call, Patience
from domain.gateway.ports import (
    AccessTokenSource,
    Buckets,
    CallLog,
    Chance,
    Json,
    Stopwatch,
    UsageMeter,
    Wire,
)
from domain.gateway.refusals import Refusals
from domain.gateway.usage_plans import UsagePlan, background_reserve, credible_rate
from domain.tokens.model import AccessToken
from domain.tokens.ports import Pause

Result = TypeVar("Result")

#: The first pause after a failure, in seconds; it doubles, and the true pause is anything from zero to it.
FIRST_BACKOFF = 0.5
#: How long a person waits for the usage plan, in seconds, over all attempts of a call.
INTERACTIVE_WAIT = 2.0
#: Whoever waits for a token does not use it the very moment it is due: calls don't all take as long to reach Amazon.
_MARGIN = 0.1
_SHORTEST_WAIT = 0.05


def _seller(connection: Connection) -> str:
    return connection.seller_id


@dataclass(frozen=True)
class Gateway:
    """Sends calls in the name of a connection, inside their usage plans.

    A refused access token is renewed once. Failures and time-outs are repeated after a jittered, growing pause, as long
    as the connection has repeats left and the operation may be repeated; an operation that fails again and again is
    left alone for a while. A 429 empties the bucket, and then a person waits briefly while a background run is told
    when to come back.
    """

    wire: Wire
    tokens: AccessTokenSource
    buckets: Buckets
    clock: Clock
    pause: Pause
    chance: Chance
    stopwatch: Stopwatch
    log: CallLog
    meter: UsageMeter
    application: str  # the installation's LWA client id: plans count per application
    timeout_seconds: float = 30.0  # of one attempt: a person has an answer after two of them
    party: Callable[[Connection], str] = _seller  # who has plans, and failures, of their own
    circuits: Circuits = field(default_factory=Circuits)
    budgets: RetryBudgets = field(default_factory=RetryBudgets)
    lessons: Lessons = field(default_factory=Lessons, repr=False)

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
            UpstreamFailed, UpstreamTimedOut: all attempts failed, or Amazon is left alone for a while.
        """

        def settle(answer: Answer) -> Result:
            try:
                return read(decipher(answer, call.operation))
            except ChannelError as error:
                # Whoever reads a body knows nothing of the headers.
                error.request_id = error.request_id or answer.request_id
                raise

        return self.settled(connection, call, settle, patience)

    def settled(
        self, connection: Connection, call: Call, settle: Callable[[Answer], Result], patience: Patience
    ) -> Result:
        """What ``settle`` makes of the answer, whatever its status: for those who read it in a way of their own.

        ``settle`` raises Throttled and TokenDead for the gateway to deal with.

        Raises:
            As ``call``.
        """
        return self._carry_out(connection, call, settle, patience, Effort(self.stopwatch.seconds()))

    def pass_on(self, connection: Connection, call: Call, patience: Patience) -> Answer:
        """Amazon's own answer, whatever its status; what fails is repeated first, as with ``call``.

        A failure that Amazon itself calls one comes back at last; what it calls a success and is none does not, lest
        somebody take it for the answer.

        Raises:
            NotConnected: the connection is not usable.
            ReauthorizationRequired, KeyUnavailable, NotConfigured: no access token is to be had, or even a fresh one is
                refused.
            UsagePlanEmpty, RateLimited: the usage plan is used up.
            UpstreamFailed, UpstreamTimedOut: no answer came, or none that can be right, or Amazon is left alone for a
                while.
        """
        effort = Effort(self.stopwatch.seconds())

        def settle(answer: Answer) -> Answer:
            look_over(answer, call.operation)
            return answer

        try:
            return self._carry_out(connection, call, settle, patience, effort)
        except UpstreamFailed:
            if effort.answer is None or effort.answer.status < 300:
                raise
            return effort.answer

    def _carry_out(
        self,
        connection: Connection,
        call: Call,
        settle: Callable[[Answer], Result],
        patience: Patience,
        effort: Effort,
    ) -> Result:
        if not connection.status.usable:
            raise NotConnected("This connection can't be used: connect the seller account again.")
        while True:
            effort.another()
            self.circuits.admit(self._line(connection, call), self.clock.now())
            try:
                token = self._token(connection, call, patience, effort)
                self._admit(connection, call, patience, effort)
                result = settle(self._send(connection, call, token, effort))
            except Throttled as error:
                self._throttled(connection, call, error.retry_after, patience, effort)
            except TokenDead as error:
                self._renew(connection, call, token, effort, error)
            except (UpstreamFailed, UpstreamTimedOut) as error:
                self._back_off(connection, call, error, patience, effort)
            else:
                self.budgets.earn(connection.id, self.clock.now())
                return result

    def _token(self, connection: Connection, call: Call, patience: Patience, effort: Effort) -> AccessToken:
        while True:
            try:
                return self.tokens.for_connection(connection.id)
            except RateLimited as error:  # Login with Amazon has a plan of its own
                wait = max(error.retry_after, _SHORTEST_WAIT)
                if patience is Patience.BACKGROUND:
                    raise
                if effort.waited + wait > INTERACTIVE_WAIT:
                    raise effort.failure or error from error
                self._wait(call, wait, effort)

    def _send(self, connection: Connection, call: Call, token: AccessToken, effort: Effort) -> Answer:
        start, began, line = self.stopwatch.seconds(), self.clock.now(), self._line(connection, call)
        effort.sent, effort.answer = True, None
        try:
            answer = self.wire.send(connection, call, token)
        except ChannelError as error:
            self._unanswered(connection, call, error, self.stopwatch.seconds() - start, effort)
            if isinstance(error, UpstreamFailed | UpstreamTimedOut):
                self.circuits.failed(line, type(error), began, self.clock.now())
            raise
        seconds = self.stopwatch.seconds() - start
        effort.answer = answer
        self.log.answered(
            call, connection.id, answer.status, seconds, effort.attempts, answer.request_id, effort.waited
        )
        self.meter.count(connection, call.operation.name, call.operation.method, answer.status)
        if answer.status >= 500:
            self.circuits.failed(line, UpstreamFailed, began, self.clock.now())
        else:
            self.circuits.answered(line)
        self._learn(connection, call, answer)
        return answer

    def _unanswered(
        self, connection: Connection, call: Call, error: ChannelError, seconds: float, effort: Effort
    ) -> None:
        cause = type(error).__name__
        self.log.failed(call, connection.id, cause, seconds, effort.attempts, effort.waited)
        if isinstance(error, UpstreamFailed | UpstreamTimedOut) and not isinstance(
            error, UpstreamUnreachable
        ):
            self.meter.count(connection, call.operation.name, call.operation.method, None)

    def _learn(self, connection: Connection, call: Call, answer: Answer) -> None:
        rate = rate_limit(answer)
        if rate is None:
            return
        key, rate = self._key(connection, call), credible_rate(rate, call.operation.plan)
        if self.lessons.is_new(key, rate, self.clock.now()):
            try:
                self.buckets.learn(key, rate)
            except Unavailable:  # the answer is there, and must not be lost for that
                self.lessons.forget(key)

    def _admit(self, connection: Connection, call: Call, patience: Patience, effort: Effort) -> None:
        key, everybody = self._key(connection, call), call.operation.application_plan
        self._take(key, call.operation.plan, call, patience, effort)
        if everybody is not None:
            self._take(replace(key, seller_id=""), everybody, call, patience, effort)

    def _take(self, key: BucketKey, plan: UsagePlan, call: Call, patience: Patience, effort: Effort) -> None:
        reserve = background_reserve(plan) if patience is Patience.BACKGROUND else 0.0
        while True:
            wait = self.buckets.take(key, plan, self.clock.now(), reserve)
            if wait <= 0:
                return
            self._wait_for_plan(call, wait, patience, effort, _MARGIN)

    def _throttled(
        self,
        connection: Connection,
        call: Call,
        retry_after: float | None,
        patience: Patience,
        effort: Effort,
    ) -> None:
        now = self.clock.now()
        plan, effort.failure, key = call.operation.plan, None, self._key(connection, call)
        refusals = Refusals(self.buckets, self.chance)
        away = refusals.wait(key, plan, call.operation.growth, retry_after, now)
        wait = self.buckets.empty(key, plan, now, away)
        if effort.exhausted:
            raise RateLimited(_LIMIT_WORDS.format(call.operation.name), wait, channel="amazon")
        self._wait_for_plan(call, wait, patience, effort)

    def _wait_for_plan(
        self, call: Call, wait: float, patience: Patience, effort: Effort, margin: float = 0.0
    ) -> None:
        message = _LIMIT_WORDS.format(call.operation.name)
        if patience is Patience.BACKGROUND:
            raise UsagePlanEmpty(message, self.clock.now() + timedelta(seconds=wait))
        left = INTERACTIVE_WAIT - effort.waited
        if wait > left:
            raise effort.failure or RateLimited(message, wait, channel="amazon")
        self._wait(call, min(wait + margin, left), effort)

    def _wait(self, call: Call, seconds: float, effort: Effort) -> None:
        effort.waited += seconds
        self.pause.wait(seconds)
        # Told each time, and not by what the attempts' lines sum up: a call may wait, and then not be sent at all.
        self.log.waited(call, seconds)

    def _renew(
        self, connection: Connection, call: Call, token: AccessToken, effort: Effort, cause: TokenDead
    ) -> None:
        if effort.renewed and cause.after_all is not None:
            raise cause.after_all from cause
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
        if effort.exhausted:
            raise UpstreamFailed(f"All attempts at {call.operation.name} failed.") from cause

    def _back_off(
        self,
        connection: Connection,
        call: Call,
        error: UpstreamFailed | UpstreamTimedOut,
        patience: Patience,
        effort: Effort,
    ) -> None:
        if effort.sent and not call.operation.repeatable and not isinstance(error, UpstreamUnreachable):
            raise type(error)(_UNKNOWN_WORDS.format(error), request_id=error.request_id) from error
        pause = self.chance.between(0.0, FIRST_BACKOFF * 2 ** (effort.attempts - 1))
        if effort.exhausted or (patience is Patience.INTERACTIVE and self._too_late(pause, effort)):
            raise error
        if not self.budgets.spend(connection.id, self.clock.now()):
            raise error
        effort.failure = error
        self.pause.wait(pause)

    def _too_late(self, pause: float, effort: Effort) -> bool:
        """Whether another attempt might keep a person waiting for longer than two attempts take."""
        elapsed = self.stopwatch.seconds() - effort.began
        return elapsed + pause > self.timeout_seconds + INTERACTIVE_WAIT

    def _key(self, connection: Connection, call: Call) -> BucketKey:
        application = connection.lwa_client_id or self.application
        return BucketKey(application, connection.region, self.party(connection), call.operation.name)

    def _line(self, connection: Connection, call: Call) -> Line:
        return Line(connection.region, call.operation.name, self.party(connection))


_LIMIT_WORDS = "Amazon's usage plan for {} is used up for now."
_UNKNOWN_WORDS = "{} It is not known whether Amazon has done it nevertheless: look before sending it again."
