"""Plans that count the calls of all sellers together, learned rates, and what is counted and logged."""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.errors import RateLimited, UpstreamTimedOut, UpstreamUnreachable
from domain.gateway.model import BucketKey, Call, Operation, Patience
from domain.gateway.usage_plans import UsagePlan
from tests.domain.gateway.bench import CONNECTION, GOOD, OPERATION, Bench, read_things
from tests.fakes.amazon import answer
from tests.fakes.things import a_connection, a_user

SHARED = Operation("getShared", "/shared", UsagePlan(1.0, 2), "Things", application_plan=UsagePlan(0.1, 3))


def call(bench: Bench, seller_id: str) -> object:
    connection = a_connection(a_user(), seller_id=seller_id)
    return bench.gateway.call(connection, Call(SHARED), read_things, Patience.INTERACTIVE)


def test_all_sellers_together_stay_inside_the_applications_plan() -> None:
    bench = Bench(GOOD)
    for number in range(3):
        call(bench, f"SELLER{number}")

    with pytest.raises(RateLimited) as caught:
        call(bench, "SELLER9")

    assert caught.value.retry_after == pytest.approx(10, abs=0.01)
    assert len(bench.wire.sent) == 3


def test_a_seller_whose_own_plan_is_used_up_takes_nothing_from_the_others() -> None:
    bench = Bench(GOOD)
    for _ in range(2):
        call(bench, "SELLER1")
    plan = replace(SHARED, plan=UsagePlan(0.1, 2))
    with pytest.raises(RateLimited):
        bench.gateway.call(
            a_connection(a_user(), seller_id="SELLER1"), Call(plan), read_things, Patience.INTERACTIVE
        )

    assert call(bench, "SELLER2") == [1]


def test_a_rate_is_written_down_when_it_is_news() -> None:
    bench = Bench(answer(200, {"things": [1]}, x_amzn_ratelimit_limit="2.0"))
    key = BucketKey("client-1", CONNECTION.region, CONNECTION.seller_id, OPERATION.name)
    bench.call()
    bench.buckets.learn(key, 0.5)  # as another process would
    bench.call()

    assert bench.buckets.levels([key.owner])[0].rate == 0.5
    bench.clock.advance(timedelta(minutes=1))
    bench.call()
    assert bench.buckets.levels([key.owner])[0].rate == 2.0


def test_every_request_is_counted_and_what_was_not_sent_is_not() -> None:
    bench = Bench(answer(503), UpstreamTimedOut("slow"), UpstreamUnreachable("none"), GOOD)

    bench.call()

    assert bench.meter.counted == [("getThings", "GET", status) for status in (503, None, 200)]


def test_a_refused_request_is_counted_too() -> None:
    bench = Bench(answer(429, retry_after="1"), GOOD)

    bench.call()

    assert [status for _operation, _method, status in bench.meter.counted] == [429, 200]


def test_a_log_line_says_how_long_the_call_had_to_wait() -> None:
    bench = Bench(GOOD)
    for _ in range(21):
        bench.call()

    assert [line.waited for line in bench.log.lines] == [0.0] * 20 + [1.1]
