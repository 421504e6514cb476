"""Knowing when not to send a call again: budgets, circuits, time, and what may be done only once."""

from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from domain.connections.model import Connection
from domain.errors import UpstreamFailed, UpstreamTimedOut, UpstreamUnreachable
from domain.gateway.circuits import Line
from domain.gateway.effort import ATTEMPTS
from domain.gateway.model import Answer, Call, Operation, Patience
from domain.gateway.usage_plans import UsagePlan
from domain.tokens.model import AccessToken
from tests.domain.gateway.bench import CONNECTION, GOOD, OPERATION, Bench, read_things
from tests.fakes.amazon import ScriptedWire, answer, refusal
from tests.fakes.clock import HeldClock
from tests.fakes.things import a_connection, a_user

ONCE = Operation("createThing", "/things", UsagePlan(1.0, 20), "Things", method="POST", repeatable=False)
EXPIRED = refusal(403, "Unauthorized", details="The access token you provided has expired")
LINE = Line(CONNECTION.region, OPERATION.name, CONNECTION.seller_id)


def failed(bench: Bench, times: int = 1, connection: Connection = CONNECTION) -> str:
    """What the last of so many calls says that all failed."""
    said = ""
    for _ in range(times):
        with pytest.raises(UpstreamFailed) as caught:
            bench.gateway.call(connection, Call(OPERATION), read_things, Patience.BACKGROUND)
        said = str(caught.value)
    return said


@pytest.mark.parametrize("trouble", [answer(500), UpstreamTimedOut("slow."), UpstreamFailed("cut.")])
def test_what_may_be_done_only_once_is_not_sent_again(trouble: Answer | Exception) -> None:
    bench = Bench(trouble, GOOD)

    with pytest.raises((UpstreamFailed, UpstreamTimedOut), match="not known whether Amazon has done it"):
        bench.call(ONCE)

    assert len(bench.wire.sent) == 1


@pytest.mark.parametrize("harmless", [UpstreamUnreachable("no way."), EXPIRED, answer(429, retry_after="1")])
def test_what_amazon_surely_has_not_done_is_sent_again(harmless: Answer | Exception) -> None:
    bench = Bench(harmless, GOOD)

    assert bench.call(ONCE) == [1]


def test_a_failing_token_endpoint_has_done_nothing_at_sp_api() -> None:
    bench = Bench(GOOD)
    bench.tokens.trouble = [UpstreamTimedOut("LWA is slow")]

    assert bench.call(ONCE) == [1]


def test_a_new_attempt_forgets_that_the_last_one_was_sent() -> None:
    bench = Bench(EXPIRED, GOOD)
    bench.call(ONCE)  # the first token is dead, and so is known to be
    bench.tokens.trouble = [UpstreamFailed("LWA is ill")]

    assert bench.call(ONCE) == [1]


def test_after_failures_in_a_row_nobody_asks_for_a_while() -> None:
    bench = Bench(answer(503))
    failed(bench)

    said = failed(bench)

    assert said == "Amazon has failed at getThings again and again; it is asked again in 1 s."
    assert len(bench.wire.sent) == ATTEMPTS + 1


def test_a_seller_for_whom_amazon_fails_shuts_nobody_else_out() -> None:
    bench = Bench(*[answer(503)] * 5, GOOD)
    failed(bench, 2)
    neighbour = a_connection(a_user(), seller_id="OTHER")

    assert bench.gateway.call(neighbour, Call(OPERATION), read_things, Patience.INTERACTIVE) == [1]


def test_a_circuit_closes_when_amazon_answers_again() -> None:
    bench = Bench(*[answer(503)] * 5, GOOD)
    failed(bench, 2)
    bench.clock.advance(timedelta(seconds=1))

    assert [bench.call(), bench.call()] == [[1], [1]]


def test_one_sellers_odd_data_closes_nothing_to_others() -> None:
    bench = Bench(answer(200, {}))
    failed(bench, 3)

    assert not bench.gateway.circuits.is_open(LINE, bench.clock.now())


def test_a_refusal_is_no_failure_of_amazons() -> None:
    bench = Bench(*[answer(503)] * 4, refusal(400), *[answer(503)] * 4)
    failed(bench)
    with pytest.raises(Exception, match="refused"):
        bench.call()

    failed(bench)

    assert not bench.gateway.circuits.is_open(LINE, bench.clock.now())


def test_without_repeats_left_the_first_failure_is_the_answer() -> None:
    bench = Bench(answer(200, {}))
    failed(bench, 3)  # nine repeats
    sent = len(bench.wire.sent)

    failed(bench, 2)

    assert len(bench.wire.sent) - sent == 3  # one with a repeat, one without


def test_somebody_elses_failures_cost_no_repeats() -> None:
    bench = Bench(answer(200, {}))
    failed(bench, 5)
    sent = len(bench.wire.sent)

    failed(bench, connection=a_connection(a_user(), seller_id="OTHER"))

    assert len(bench.wire.sent) - sent == ATTEMPTS


@dataclass
class SlowWire(ScriptedWire):
    """Is silent for thirty seconds."""

    clock: HeldClock | None = None

    def send(self, connection: Connection, call: Call, token: AccessToken) -> Answer:
        assert self.clock is not None
        self.clock.advance(timedelta(seconds=30))
        return super().send(connection, call, token)


@pytest.mark.parametrize(("patience", "attempts"), [(Patience.INTERACTIVE, 2), (Patience.BACKGROUND, 4)])
def test_a_person_waits_for_two_attempts_and_a_run_for_all(patience: Patience, attempts: int) -> None:
    bench = Bench()
    wire = SlowWire([UpstreamTimedOut("silent")], clock=bench.clock)
    slow = replace(bench.gateway, wire=wire, timeout_seconds=30.0)

    with pytest.raises(UpstreamTimedOut):
        slow.call(CONNECTION, Call(OPERATION), read_things, patience)

    assert len(wire.sent) == attempts
