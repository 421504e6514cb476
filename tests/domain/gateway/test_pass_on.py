"""Passing Amazon's own answers on: the same care, another's words."""

import pytest

from domain.connections.model import ConnectionStatus
from domain.errors import (
    NotConnected,
    RateLimited,
    ReauthorizationRequired,
    UpstreamFailed,
    UpstreamTimedOut,
)
from domain.gateway.effort import ATTEMPTS
from domain.gateway.model import Answer, Call, Operation, Patience
from domain.gateway.usage_plans import UsagePlan
from tests.domain.gateway.bench import CONNECTION, GOOD, OPERATION, Bench
from tests.fakes.amazon import answer, refusal
from tests.fakes.things import a_connection, a_user

ONCE = Operation("createThing", "/things", UsagePlan(1.0, 20), "Things", method="POST", repeatable=False)
EXPIRED = refusal(403, "Unauthorized", details="The access token you provided has expired")
REFUSED = refusal(
    403, "Unauthorized", details="The access token you provided is revoked, malformed or invalid"
)
PAGE = Answer(503, {"content-type": "text/html"}, b"<html>Sorry</html>")


def passed_on(bench: Bench, operation: Operation = OPERATION) -> Answer:
    return bench.gateway.pass_on(CONNECTION, Call(operation), Patience.INTERACTIVE)


@pytest.mark.parametrize(
    "final",
    [GOOD, refusal(400), refusal(403, "Unauthorized"), refusal(404), refusal(413), refusal(415), answer(302)],
    ids=lambda final: str(final.status),
)
def test_amazons_answer_comes_back_as_it_is(final: Answer) -> None:
    bench = Bench(final)

    assert passed_on(bench) is final
    assert len(bench.wire.sent) == 1


@pytest.mark.parametrize("trouble", [answer(500), PAGE, Answer(200, {}, b""), UpstreamTimedOut("slow")])
def test_a_failure_is_repeated_first(trouble: Answer | Exception) -> None:
    bench = Bench(trouble, GOOD)

    assert passed_on(bench) is GOOD


def test_the_last_failure_comes_back_as_it_is() -> None:
    bench = Bench(PAGE)

    assert passed_on(bench) is PAGE
    assert len(bench.wire.sent) == ATTEMPTS


def test_where_no_answer_came_at_last_there_is_none_to_pass_on() -> None:
    bench = Bench(PAGE, UpstreamFailed("cut"))

    with pytest.raises(UpstreamFailed, match="cut"):
        passed_on(bench)


def test_a_failure_that_opens_the_circuit_comes_back_as_it_is_and_the_next_call_is_refused() -> None:
    bench = Bench(PAGE)
    passed_on(bench)

    assert passed_on(bench) is PAGE
    with pytest.raises(UpstreamFailed, match="again and again"):
        passed_on(bench)
    assert len(bench.wire.sent) == ATTEMPTS + 1


def test_what_may_be_done_only_once_is_sent_once_and_its_failure_passed_on() -> None:
    bench = Bench(PAGE)

    assert passed_on(bench, ONCE) is PAGE
    assert len(bench.wire.sent) == 1


def test_an_empty_answer_to_a_change_is_fine() -> None:
    done = Answer(204, {}, b"")

    assert passed_on(Bench(done), ONCE) is done


@pytest.mark.parametrize("dead", [EXPIRED, REFUSED])
def test_a_dead_token_is_renewed_once(dead: Answer) -> None:
    assert passed_on(Bench(dead, GOOD)) is GOOD


def test_a_revoked_consent_is_told_in_our_words() -> None:
    with pytest.raises(ReauthorizationRequired):
        passed_on(Bench(REFUSED))


def test_too_many_calls_wait_briefly_and_are_sent_again() -> None:
    assert passed_on(Bench(answer(429, retry_after="1"), GOOD)) is GOOD


def test_too_many_calls_for_too_long_say_when_to_come_back() -> None:
    with pytest.raises(RateLimited) as caught:
        passed_on(Bench(answer(429, retry_after="7")))

    assert caught.value.retry_after == 7


def test_a_connection_that_is_not_usable_calls_nobody() -> None:
    bench = Bench(GOOD)
    gone = a_connection(a_user(), status=ConnectionStatus.DISCONNECTED)

    with pytest.raises(NotConnected):
        bench.gateway.pass_on(gone, Call(OPERATION), Patience.INTERACTIVE)

    assert bench.wire.sent == []
