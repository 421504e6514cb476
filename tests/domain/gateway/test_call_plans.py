"""Calls and their usage plans: people wait briefly, runs park, Amazon's word counts."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from adapters.memory.buckets import MemoryBuckets
from domain.errors import (
    RateLimited,
    Unavailable,
    UpstreamFailed,
    UpstreamTimedOut,
    UsagePlanEmpty,
)
from domain.gateway.effort import ATTEMPTS
from domain.gateway.model import Answer, BucketKey, Call, Operation, Patience
from domain.gateway.usage_plans import UsagePlan
from domain.tokens.model import AccessToken
from tests.domain.gateway.bench import CONNECTION, GOOD, OPERATION, SLOW, Bench, NumberedTokens, read_things
from tests.fakes.amazon import answer
from tests.fakes.things import NOW, a_connection, a_user


def test_a_person_waits_briefly_for_the_usage_plan() -> None:
    bench = Bench(GOOD)
    for _ in range(20):
        bench.call()

    assert bench.call() == [1]
    assert bench.pause.waits == [1.1]  # not the very moment it is due


def test_a_pause_after_a_failure_is_no_wait_for_a_plan() -> None:
    bench = Bench(answer(503), GOOD)

    assert bench.call() == [1]
    assert len(bench.pause.waits) == 1
    assert bench.log.waits == []


def test_the_margin_makes_nobody_wait_longer_than_two_seconds() -> None:
    halves = Operation("getHalves", "/halves", UsagePlan(0.5, 1), "Things")
    bench = Bench(GOOD)
    bench.call(halves)

    assert bench.call(halves) == [1]
    assert bench.pause.waits == [2.0]


@pytest.mark.parametrize("trouble", [answer(503), UpstreamTimedOut("slow.")])
def test_a_person_is_told_the_failure_when_the_plan_admits_no_repeat(trouble: Answer | Exception) -> None:
    bench = Bench(trouble)

    with pytest.raises((UpstreamFailed, UpstreamTimedOut)):
        bench.call(SLOW)

    assert len(bench.wire.sent) == 1


def test_a_failure_that_the_plan_admits_no_repeat_of_is_passed_on_as_it_is() -> None:
    bench = Bench(answer(503, {"errors": []}, x_amzn_requestid="r-1"))

    assert bench.gateway.pass_on(CONNECTION, Call(SLOW), Patience.INTERACTIVE).request_id == "r-1"


def test_a_run_parks_when_the_plan_admits_no_repeat() -> None:
    with pytest.raises(UsagePlanEmpty):
        Bench(answer(503)).call(SLOW, Patience.BACKGROUND)


def test_too_many_after_a_failure_says_when_to_come_back() -> None:
    bench = Bench(answer(503), answer(429, retry_after="7"))

    with pytest.raises(RateLimited) as caught:
        bench.call()

    assert caught.value.retry_after == 7


class ThrottledSecond(NumberedTokens):
    """Login with Amazon gives one token, and says "too many" from then on."""

    def for_connection(self, connection_id: UUID) -> AccessToken:
        token = super().for_connection(connection_id)
        self.trouble = [RateLimited("LWA's plan", 30.0, "amazon")]
        return token


def test_a_person_is_told_the_failure_when_login_with_amazon_admits_no_repeat() -> None:
    bench = Bench(answer(503))
    gateway = replace(bench.gateway, tokens=ThrottledSecond())

    with pytest.raises(UpstreamFailed, match="503"):
        gateway.call(CONNECTION, Call(OPERATION), read_things, Patience.INTERACTIVE)


class Forgetful(MemoryBuckets):
    """Can't write a rate down at first."""

    away = True

    def learn(self, key: BucketKey, rate: float) -> None:
        if self.away:
            raise Unavailable("The database is away.")
        super().learn(key, rate)


def test_an_answer_is_not_lost_because_its_rate_can_not_be_kept() -> None:
    bench, buckets = Bench(answer(200, {"things": [1]}, x_amzn_ratelimit_limit="0.5")), Forgetful()
    gateway = replace(bench.gateway, buckets=buckets)

    assert gateway.call(CONNECTION, Call(OPERATION), read_things, Patience.INTERACTIVE) == [1]

    buckets.away = False
    gateway.call(CONNECTION, Call(OPERATION), read_things, Patience.INTERACTIVE)
    (level,) = buckets.levels([gateway._key(CONNECTION, Call(OPERATION)).owner])
    assert level.rate == 0.5


def test_a_person_waits_briefly_for_login_with_amazon_too() -> None:
    bench = Bench(GOOD)
    bench.tokens.trouble = [
        RateLimited("LWA's plan", 0.4, "amazon"),
        RateLimited("LWA's plan", 0.0, "amazon"),
    ]

    assert bench.call() == [1]
    assert bench.pause.waits == [0.4, 0.05]
    assert bench.log.waits == [("getThings", 0.4), ("getThings", 0.05)]


@pytest.mark.parametrize(("wait", "patience"), [(2.5, Patience.INTERACTIVE), (0.4, Patience.BACKGROUND)])
def test_who_would_wait_too_long_for_login_with_amazon_is_told(wait: float, patience: Patience) -> None:
    bench = Bench(GOOD)
    bench.tokens.trouble = [RateLimited("LWA's plan", wait, "amazon")]

    with pytest.raises(RateLimited) as caught:
        bench.call(patience=patience)

    assert caught.value.retry_after == wait
    assert (bench.pause.waits, bench.wire.sent) == ([], [])


def test_a_person_is_told_when_the_wait_is_longer_than_two_seconds() -> None:
    bench = Bench(GOOD)
    bench.call(SLOW)

    with pytest.raises(RateLimited) as caught:
        bench.call(SLOW)

    assert caught.value.retry_after == pytest.approx(100)
    assert (bench.pause.waits, len(bench.wire.sent)) == ([], 1)


def test_background_work_parks_at_once() -> None:
    bench = Bench(GOOD)
    bench.call(SLOW, Patience.BACKGROUND)

    with pytest.raises(UsagePlanEmpty) as caught:
        bench.call(SLOW, Patience.BACKGROUND)

    assert caught.value.until == NOW + timedelta(seconds=100)
    assert bench.pause.waits == []


def test_background_work_leaves_the_last_tokens_to_people() -> None:
    bench = Bench(GOOD)
    for _ in range(18):
        bench.call(patience=Patience.BACKGROUND)

    with pytest.raises(UsagePlanEmpty):
        bench.call(patience=Patience.BACKGROUND)

    assert bench.call(patience=Patience.INTERACTIVE) == [1]


def test_too_many_sends_background_work_away_until_the_channel_wants_it() -> None:
    bench = Bench(answer(429, retry_after="30"), GOOD)

    with pytest.raises(UsagePlanEmpty) as caught:
        bench.call(patience=Patience.BACKGROUND)

    assert caught.value.until == NOW + timedelta(seconds=30)
    assert len(bench.wire.sent) == 1


def test_too_many_empties_the_bucket_for_everybody() -> None:
    bench = Bench(answer(429, retry_after="30"), GOOD)
    with pytest.raises(UsagePlanEmpty):
        bench.call(patience=Patience.BACKGROUND)

    with pytest.raises(RateLimited):
        bench.call(patience=Patience.INTERACTIVE)

    assert len(bench.wire.sent) == 1


def test_a_person_waits_out_a_short_too_many() -> None:
    bench = Bench(answer(429), GOOD)

    assert bench.call() == [1]
    assert bench.pause.waits == [1.0]


def test_a_person_waits_two_seconds_over_all_attempts_and_no_longer() -> None:
    bench = Bench(answer(429))

    with pytest.raises(RateLimited):
        bench.call()

    assert sum(bench.pause.waits) <= 2.0
    assert len(bench.wire.sent) == 3
    assert [seconds for _operation, seconds in bench.log.waits] == bench.pause.waits


def test_the_last_attempt_does_not_wait_for_the_plan() -> None:
    bench = Bench(answer(500), answer(500), answer(500), answer(429))

    with pytest.raises(RateLimited):
        bench.call()

    assert len(bench.wire.sent) == ATTEMPTS


def test_the_rate_that_amazon_names_replaces_the_plans() -> None:
    bench = Bench(answer(200, {"things": []}, x_amzn_ratelimit_limit="0.5"))
    bench.call(SLOW)

    with pytest.raises(UsagePlanEmpty) as caught:
        bench.call(SLOW, Patience.BACKGROUND)

    assert caught.value.until == NOW + timedelta(seconds=2)


def test_sellers_and_operations_have_buckets_of_their_own() -> None:
    bench = Bench(GOOD)
    bench.call(SLOW)
    neighbour = a_connection(a_user(), seller_id="SELLER2")

    assert bench.gateway.call(neighbour, Call(SLOW), read_things, Patience.BACKGROUND) == [1]
    assert bench.call(OPERATION, Patience.BACKGROUND) == [1]


def test_one_seller_connected_by_two_users_has_one_bucket() -> None:
    bench = Bench(GOOD)
    bench.call(SLOW)
    same_seller = a_connection(a_user("bob@example.com"))

    with pytest.raises(UsagePlanEmpty):
        bench.gateway.call(same_seller, Call(SLOW), read_things, Patience.BACKGROUND)


def test_every_attempt_takes_a_token_from_the_plan() -> None:
    bench = Bench(answer(500))
    with pytest.raises(UpstreamFailed):
        bench.call()

    waits = [bench.buckets.take(bench.gateway._key(CONNECTION, Call(OPERATION)), OPERATION.plan, NOW, 0.0)]
    while waits[-1] == 0:
        waits.append(
            bench.buckets.take(bench.gateway._key(CONNECTION, Call(OPERATION)), OPERATION.plan, NOW, 0.0)
        )

    assert len(waits) - 1 in (16, 17)  # twenty less four, and what came back during the pauses
