"""What every store of usage plans' buckets does."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Protocol

import pytest

from adapters.redis.buckets import RedisBuckets
from adapters.redis.server import RedisServer
from adapters.system import SystemStopwatch
from domain.gateway.model import BucketKey
from domain.gateway.ports import Buckets
from domain.gateway.usage_plans import UsagePlan
from tests import servers
from tests.contracts.samples import NOW
from tests.contracts.stores import BACKENDS, furnished_backend

KEY = BucketKey("app", "na", "A1SELLER", "getOrders")
#: A token every minute, as with many operations of SP-API.
PLAN = UsagePlan(rate=1 / 60, burst=3)


class Backend(Protocol):
    """Whatever has buckets."""

    def buckets(self) -> Buckets: ...


@dataclass(frozen=True)
class RedisBackend:
    """Redis keeps buckets, and nothing else that a backend has."""

    server: RedisServer

    def buckets(self) -> Buckets:
        return RedisBuckets(self.server)


@pytest.fixture(params=[*BACKENDS, "redis"])
def backend(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Backend]:
    """Each backend, and Redis."""
    if request.param == "redis":
        server = RedisServer.at(servers.valkey().fresh_database(), SystemStopwatch())
        yield RedisBackend(server)
        server.client.close()
    else:
        yield from furnished_backend(request, tmp_path)


def take(backend: Backend, seconds: float = 0, key: BucketKey = KEY, reserve: float = 0) -> float:
    return backend.buckets().take(key, PLAN, NOW + timedelta(seconds=seconds), reserve)


def test_an_unknown_bucket_is_full(backend: Backend) -> None:
    assert [take(backend) for _ in range(3)] == [0, 0, 0]


def test_an_empty_bucket_says_when_to_ask_again(backend: Backend) -> None:
    for _ in range(3):
        take(backend)

    wait = take(backend, 15)

    assert wait == pytest.approx(45, abs=0.01)
    assert take(backend, 15 + wait) == 0


def test_asking_in_vain_costs_nothing(backend: Backend) -> None:
    for _ in range(3):
        take(backend)

    waits = [take(backend, seconds) for seconds in (10, 20, 30, 60)]

    assert waits == [pytest.approx(50, abs=0.01), pytest.approx(40, abs=0.01), pytest.approx(30, abs=0.01), 0]


def test_a_reserve_is_left_to_others(backend: Backend) -> None:
    background = [take(backend, reserve=1) for _ in range(3)]

    assert background[:2] == [0, 0]
    assert background[2] > 0
    assert take(backend) == 0


@pytest.mark.parametrize("field", ["application", "region", "seller_id", "operation"])
def test_buckets_of_different_keys_have_nothing_to_do_with_each_other(backend: Backend, field: str) -> None:
    for _ in range(3):
        take(backend)
    names = {**vars(KEY), field: "other"}

    assert take(backend, key=BucketKey(**names)) == 0


def test_a_learned_rate_takes_the_place_of_the_plans(backend: Backend) -> None:
    for _ in range(3):
        take(backend)

    backend.buckets().learn(KEY, 0.5)

    assert take(backend) == pytest.approx(2, abs=0.01)
    assert take(backend, 2) == 0


def test_a_rate_may_be_learned_twice_and_before_the_first_call(backend: Backend) -> None:
    backend.buckets().learn(KEY, 0.5)
    backend.buckets().learn(KEY, 0.25)

    granted = [take(backend) for _ in range(3)]

    assert granted == [0, 0, 0]
    assert take(backend) == pytest.approx(4, abs=0.01)


def test_an_emptied_bucket_fills_again_at_its_rate(backend: Backend) -> None:
    wait = backend.buckets().empty(KEY, PLAN, NOW, None)

    assert wait == pytest.approx(60, abs=0.01)
    assert take(backend, 59) > 0
    assert take(backend, 60) == 0


def test_an_emptied_bucket_waits_as_long_as_the_channel_said(backend: Backend) -> None:
    take(backend)

    wait = backend.buckets().empty(KEY, PLAN, NOW, 7.5)

    assert wait == pytest.approx(7.5, abs=0.01)
    assert take(backend, 7) == pytest.approx(0.5, abs=0.01)
    assert take(backend, 7.5) == 0


def test_emptying_goes_by_the_learned_rate(backend: Backend) -> None:
    backend.buckets().learn(KEY, 0.5)

    assert backend.buckets().empty(KEY, PLAN, NOW, None) == pytest.approx(2, abs=0.01)


def test_a_clock_that_runs_behind_gains_nothing(backend: Backend) -> None:
    for _ in range(3):
        take(backend, 60)

    assert take(backend, 0) == pytest.approx(120, abs=0.01)
    assert take(backend, 120) == 0


def test_levels_tell_what_is_left_of_the_sellers_that_are_asked_for(backend: Backend) -> None:
    take(backend)
    take(backend, 30)
    for name in ("application", "region", "seller_id"):
        take(backend, key=BucketKey(**{**vars(KEY), name: "other"}))

    (level,) = backend.buckets().levels([KEY.owner])

    assert (level.key, level.rate) == (KEY, None)
    assert level.bucket is not None
    assert level.bucket.level == pytest.approx(1.5, abs=0.01)
    assert level.bucket.at == (NOW + timedelta(seconds=30)).timestamp()


def test_levels_tell_rates_that_were_learned(backend: Backend) -> None:
    other = BucketKey("app", "na", "A1SELLER", "getOrder")
    take(backend)
    backend.buckets().learn(KEY, 0.5)
    backend.buckets().learn(other, 0.25)

    levels = {level.key: level for level in backend.buckets().levels([KEY.owner])}

    assert (levels[KEY].rate, levels[other].rate, levels[other].bucket) == (0.5, 0.25, None)


def test_levels_of_several_sellers_come_together_and_of_none_there_are_none(backend: Backend) -> None:
    other = BucketKey("app", "eu", "A2SELLER", "getOrders")
    take(backend)
    take(backend, key=other)
    stranger = BucketKey("app", "eu", "A3SELLER", "getOrders").owner

    found = backend.buckets().levels([KEY.owner, other.owner, stranger])

    assert {level.key for level in found} == {KEY, other}
    assert backend.buckets().levels([]) == []
