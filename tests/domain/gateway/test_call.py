"""One call through the gateway: waiting, retrying, renewing, and knowing when to stop."""

from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from domain.connections.model import Connection, ConnectionStatus
from domain.errors import (
    AccessDenied,
    NotConnected,
    ReauthorizationRequired,
    UpstreamFailed,
    UpstreamRefused,
    UpstreamTimedOut,
)
from domain.gateway.effort import ATTEMPTS
from domain.gateway.model import Answer, Call, Patience
from domain.tokens.model import AccessToken
from tests.domain.gateway.bench import CONNECTION, GOOD, OPERATION, Bench, read_things
from tests.fakes.amazon import ScriptedWire, answer, refusal
from tests.fakes.clock import HeldClock
from tests.fakes.things import a_connection, a_user

EXPIRED = refusal(403, "Unauthorized", details="The access token you provided has expired")
REFUSED = refusal(
    403, "Unauthorized", details="The access token you provided is revoked, malformed or invalid"
)


def test_a_good_answer_is_read() -> None:
    bench = Bench(GOOD)

    assert bench.call() == [1]
    assert [line.outcome for line in bench.log.lines] == [200]


def test_a_connection_that_is_not_usable_calls_nobody() -> None:
    bench = Bench(GOOD)
    gone = a_connection(a_user(), status=ConnectionStatus.DISCONNECTED)

    with pytest.raises(NotConnected):
        bench.gateway.call(gone, Call(OPERATION), read_things, Patience.INTERACTIVE)

    assert bench.wire.sent == []


@pytest.mark.parametrize(
    "trouble",
    [
        answer(500),
        answer(503),
        answer(200, {}),
        Answer(200, {}, b""),
        UpstreamTimedOut("slow"),
        UpstreamFailed("cut"),
    ],
)
def test_a_failure_is_repeated_until_it_works(trouble: Answer | Exception) -> None:
    bench = Bench(trouble, trouble, GOOD)

    assert bench.call() == [1]
    assert [line.attempt for line in bench.log.lines] == [1, 2, 3]


def test_the_pauses_between_failures_double() -> None:
    bench = Bench(answer(500))

    with pytest.raises(UpstreamFailed):
        bench.call()

    assert bench.pause.waits == [0.25, 0.5, 1.0]  # the middle of nothing to 0.5, 1 and 2 seconds


@pytest.mark.parametrize("trouble", [UpstreamTimedOut("slow"), UpstreamFailed("cut")])
def test_after_four_attempts_the_failure_is_told(trouble: Exception) -> None:
    bench = Bench(trouble)

    with pytest.raises(type(trouble)):
        bench.call()

    assert len(bench.wire.sent) == ATTEMPTS == 4
    assert [line.outcome for line in bench.log.lines] == [type(trouble).__name__] * 4


def test_an_answer_that_cant_be_read_is_told_with_amazons_request_id() -> None:
    bench = Bench(answer(200, {}, x_amzn_requestid="R-1"))

    with pytest.raises(UpstreamFailed, match="no things") as caught:
        bench.call()

    assert caught.value.request_id == "R-1"


@pytest.mark.parametrize(
    ("no", "error"), [(refusal(400), UpstreamRefused), (refusal(403, "Unauthorized"), AccessDenied)]
)
def test_a_no_is_not_asked_again(no: Answer, error: type[Exception]) -> None:
    bench = Bench(no)

    with pytest.raises(error):
        bench.call()

    assert len(bench.wire.sent) == 1


def test_a_failing_token_endpoint_is_asked_again() -> None:
    bench = Bench(GOOD)
    bench.tokens.trouble = [UpstreamTimedOut("LWA is slow"), UpstreamFailed("LWA is ill")]

    assert bench.call() == [1]
    assert len(bench.wire.sent) == 1


def test_a_revoked_grant_is_told_at_once() -> None:
    bench = Bench(GOOD)
    bench.tokens.trouble = [ReauthorizationRequired("revoked")]

    with pytest.raises(ReauthorizationRequired):
        bench.call()

    assert bench.wire.sent == []


@pytest.mark.parametrize("dead", [EXPIRED, REFUSED])
def test_a_dead_token_is_replaced_once(dead: Answer) -> None:
    bench = Bench(dead, GOOD)

    assert bench.call() == [1]
    assert [token.text for _region, _call, token in bench.wire.sent] == ["Atza|1", "Atza|2"]


def test_a_fresh_token_that_is_refused_means_that_the_seller_has_gone() -> None:
    bench = Bench(REFUSED)

    with pytest.raises(ReauthorizationRequired):
        bench.call()

    assert len(bench.wire.sent) == 2


def test_a_fresh_token_that_is_called_expired_is_amazons_mistake_and_no_revocation() -> None:
    bench = Bench(EXPIRED)

    with pytest.raises(UpstreamFailed, match="fresh access token expired"):
        bench.call()

    assert len(bench.tokens.refusals) == 1


def test_a_dead_token_adds_no_attempt() -> None:
    bench = Bench(answer(500), answer(500), answer(500), EXPIRED, GOOD)

    with pytest.raises(UpstreamFailed):
        bench.call()

    assert len(bench.wire.sent) == ATTEMPTS
    assert len(bench.tokens.refusals) == 1  # the next call gets a fresh one


@dataclass
class SlowWire(ScriptedWire):
    """Takes three seconds for every answer."""

    clock: HeldClock | None = None

    def send(self, connection: Connection, call: Call, token: AccessToken) -> Answer:
        assert self.clock is not None
        self.clock.advance(timedelta(seconds=3))
        return super().send(connection, call, token)


@pytest.mark.parametrize("outcome", [GOOD, UpstreamTimedOut("slow")])
def test_every_attempt_is_logged_with_the_time_it_took(outcome: Answer | Exception) -> None:
    bench = Bench()
    slow = replace(bench.gateway, wire=SlowWire([outcome, GOOD], clock=bench.clock))

    slow.call(CONNECTION, Call(OPERATION), read_things, Patience.INTERACTIVE)

    assert {line.seconds for line in bench.log.lines} == {3.0}
