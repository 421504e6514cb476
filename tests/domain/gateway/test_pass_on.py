"""Passing Amazon's own answers on: the same care, another's words."""

from dataclasses import replace

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

JSON = {"content-type": "application/json"}
#: Called a success, and not what it is called.
BROKEN = [
    Answer(200, JSON, b"Service is busy"),
    Answer(200, JSON, b'{"things": ['),
    Answer(200, JSON, b'{"things": [1}'),
    Answer(200, JSON, b"\xff\xfe"),
    Answer(200, JSON, b"[" * 100_000),
    Answer(200, JSON, b""),
    Answer(200, {}, b""),
    Answer(200, {"content-type": "text/html"}, b"<html>Sorry</html>"),
]
LONG = b'{"things": [' + b"1," * 2**20 + b"1]}"


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


@pytest.mark.parametrize("trouble", [answer(500), PAGE, UpstreamTimedOut("slow"), *BROKEN])
def test_a_failure_is_repeated_first(trouble: Answer | Exception) -> None:
    bench = Bench(trouble, GOOD)

    assert passed_on(bench) is GOOD


def test_the_last_failure_comes_back_as_it_is() -> None:
    bench = Bench(PAGE)

    assert passed_on(bench) is PAGE
    assert len(bench.wire.sent) == ATTEMPTS


@pytest.mark.parametrize("broken", BROKEN, ids=lambda broken: repr(broken.body[:16]))
def test_what_is_called_a_success_and_is_none_is_never_passed_on(broken: Answer) -> None:
    bench = Bench(replace(broken, headers={**broken.headers, "x-amzn-requestid": "r-1"}))

    with pytest.raises(UpstreamFailed, match="breaks off or is not JSON") as caught:
        passed_on(bench)

    assert caught.value.request_id == "r-1"
    assert len(bench.wire.sent) == ATTEMPTS


@pytest.mark.parametrize(
    "body", [LONG[:-1], LONG[1:], b"busy" * 2**19, b" " * 2**21], ids=["end", "begin", "no", "blank"]
)
def test_the_ends_of_a_long_answer_tell_whether_it_breaks_off(body: bytes) -> None:
    with pytest.raises(UpstreamFailed, match="breaks off"):
        passed_on(Bench(Answer(200, JSON, body)))


@pytest.mark.parametrize(
    "body",
    [
        LONG,
        b"\n " + LONG + b"\r\n",
        b"[" + LONG + b"]",
        b"[]",
        b" {}\n",
        b"null",
        b"\xef\xbb\xbf{}",
        b"\xef\xbb\xbf" + LONG,
    ],
    ids=lambda body: repr(body[:8]),
)
def test_json_is_passed_on_however_long_it_is(body: bytes) -> None:
    good = Answer(200, JSON, body)

    assert passed_on(Bench(good)) is good


@pytest.mark.parametrize("status", [400, 403, 404])
def test_what_a_refusal_says_is_theirs_to_read(status: int) -> None:
    refused = Answer(status, JSON, b"Service is busy")

    assert passed_on(Bench(refused)) is refused


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


def test_a_change_whose_answer_breaks_off_is_not_sent_again_and_may_have_been_done() -> None:
    bench = Bench(Answer(200, JSON, b'{"status": "ACC'))

    with pytest.raises(UpstreamFailed, match="not known whether Amazon has done it"):
        passed_on(bench, ONCE)

    assert len(bench.wire.sent) == 1


def test_an_empty_answer_to_a_change_is_fine() -> None:
    done = Answer(204, {}, b"")

    assert passed_on(Bench(done), ONCE) is done


def test_an_answer_that_says_it_has_no_content_is_one() -> None:
    nothing = Answer(204, {}, b"")

    assert passed_on(Bench(nothing)) is nothing


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
