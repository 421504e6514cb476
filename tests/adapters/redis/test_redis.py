"""Redis as it is used here: many at once, nothing kept for longer than it is worth, and lost at any time."""

import logging
import socket
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from threading import Barrier

import pytest
import redis

from adapters.redis.buckets import RedisBuckets
from adapters.redis.cache import RedisCache
from adapters.redis.server import CALM, FIRST_REST, RedisServer
from adapters.system import SystemStopwatch
from domain.errors import NotConfigured, Unavailable
from domain.gateway.model import BucketKey
from domain.gateway.usage_plans import UsagePlan
from tests import servers
from tests.adapters.loopback import listening, silent
from tests.fakes.clock import HeldClock
from tests.fakes.stopwatch import HeldStopwatch
from tests.fakes.things import NOW

KEY = BucketKey("app", "na", "A1SELLER", "getOrders")
PLAN = UsagePlan(1 / 60, 20)


@dataclass
class BreakableRedis:
    """Answers ``PONG``, or breaks while ``broken``; counts how often it is asked."""

    broken: bool = False
    asked: int = 0

    def ping(self) -> str:
        self.asked += 1
        if self.broken:
            raise redis.ConnectionError("gone")
        return "PONG"


@dataclass
class Bench:
    """A server that a test can lose, on a clock that it holds."""

    client: BreakableRedis = field(default_factory=BreakableRedis)
    clock: HeldClock = field(default_factory=lambda: HeldClock(NOW))

    def __post_init__(self) -> None:
        self.server = RedisServer(self.client, redis.RedisError, HeldStopwatch(self.clock))

    def answers(self) -> bool:
        try:
            return bool(self.server.ask(lambda client: client.ping()) == "PONG")
        except Unavailable:
            return False

    def wait(self, seconds: float) -> None:
        self.clock.advance(timedelta(seconds=seconds))

    def lose(self) -> None:
        self.client.broken = True
        assert not self.answers()


def test_many_threads_never_take_more_than_there_is(server: RedisServer) -> None:
    buckets = RedisBuckets(server)

    with ThreadPoolExecutor(8) as threads:
        waits = list(threads.map(lambda _: buckets.take(KEY, PLAN, NOW, 0.0), range(100)))

    assert waits.count(0.0) == PLAN.burst


def test_buckets_are_forgotten_some_time_after_they_are_full_again(server: RedisServer) -> None:
    key = BucketKey("app", "na", "A2SELLER", "getOrders")

    RedisBuckets(server).take(key, PLAN, NOW, 0.0)

    assert 60 < server.client.ttl("portside:buckets:app:na:A2SELLER") <= 60 + 300 + 1


def test_a_bucket_that_is_full_sooner_does_not_cut_short_the_others(server: RedisServer) -> None:
    buckets = RedisBuckets(server)
    slow, quick = (BucketKey("app", "na", "A3SELLER", name) for name in ("slow", "quick"))
    buckets.empty(slow, PLAN, NOW, None)

    buckets.take(quick, UsagePlan(5.0, 10), NOW, 0.0)

    assert server.client.ttl("portside:buckets:app:na:A3SELLER") > 1200


def test_a_learned_rate_is_kept_for_a_day(server: RedisServer) -> None:
    RedisBuckets(server).learn(BucketKey("app", "na", "A4SELLER", "getOrders"), 2.0)

    assert server.client.ttl("portside:buckets:app:na:A4SELLER") >= 86_400


@pytest.mark.parametrize("part", ["application", "region", "seller_id"])
def test_names_with_separators_in_them_are_told_apart(server: RedisServer, part: str) -> None:
    buckets = RedisBuckets(server)
    names = {"application": "a", "region": "r", "seller_id": "s", "operation": "GET /fba/{} {}"}
    odd = BucketKey(**{**names, part: "x:y{z} ä"})

    buckets.take(odd, PLAN, NOW, 0.0)

    assert [level.key for level in buckets.levels([odd.owner])] == [odd]


def test_a_server_that_is_lost_is_left_alone_and_then_tried_by_one() -> None:
    bench = Bench()
    bench.lose()

    at_once = [bench.answers() for _ in range(5)]
    asked_at_once = bench.client.asked
    bench.wait(FIRST_REST)
    later = [bench.answers() for _ in range(5)]

    assert not any(at_once + later)
    assert (asked_at_once, bench.client.asked) == (1, 2)


def test_a_server_that_is_back_is_asked_again() -> None:
    bench = Bench()
    bench.lose()
    bench.client.broken = False

    bench.wait(FIRST_REST)

    assert [bench.answers() for _ in range(3)] == [True, True, True]


def test_rests_grow_to_a_minute_and_no_longer() -> None:
    bench = Bench()
    bench.lose()

    tried = []
    for second in range(1, 260):
        before = bench.client.asked
        bench.wait(1)
        bench.answers()
        tried += [second] * (bench.client.asked - before)

    assert tried == [5, 5 + 10, 15 + 20, 35 + 40, 75 + 60, 135 + 60, 195 + 60]


def test_after_a_calm_minute_a_loss_is_like_the_first() -> None:
    bench = Bench()
    bench.lose()
    bench.wait(FIRST_REST)
    bench.client.broken = False
    assert bench.answers()
    bench.wait(CALM)
    bench.lose()
    bench.client.broken = False

    bench.wait(FIRST_REST)

    assert bench.answers()


def test_a_loss_is_logged_once_a_minute_and_without_the_address(caplog: pytest.LogCaptureFixture) -> None:
    bench = Bench()

    with caplog.at_level(logging.INFO):
        for _ in range(59):
            bench.client.broken = True
            bench.answers()
            bench.client.broken = False
            bench.wait(1)
            bench.answers()

    losses = [record for record in caplog.records if record.message == "redis does not answer"]
    assert [record.__dict__["cause"] for record in losses] == ["ConnectionError"]


def test_a_probe_asks_even_a_server_that_rests_and_only_warns() -> None:
    bench = Bench()
    bench.lose()

    lost = bench.server.check()
    bench.client.broken = False
    back = bench.server.check()

    assert (lost.ok, lost.name, bool(lost.cause), bool(lost.mend)) == (True, "redis", True, True)
    assert (back.ok, back.cause) == (True, "")
    assert bench.answers()


def test_a_server_that_says_nothing_is_lost_within_two_seconds() -> None:
    began = time.monotonic()

    with listening(silent) as far_side:
        server = RedisServer.at(f"redis://127.0.0.1:{far_side.port}/0", SystemStopwatch())
        with pytest.raises(Unavailable, match="Redis does not answer"):
            server.ask(lambda client: client.ping())
        server.client.close()

    assert time.monotonic() - began < 2


def test_whoever_uses_a_server_that_has_gone_is_told_or_finds_nothing() -> None:
    gone = servers.own_valkey()
    server = RedisServer.at(gone.url, SystemStopwatch())
    cache, buckets = RedisCache(server), RedisBuckets(server)
    cache.put({"a": "1"}, timedelta(minutes=1))
    assert cache.get(["a"]) == {"a": "1"}
    server.client.shutdown(nosave=True)

    found = cache.get(["a"])
    cache.put({"a": "2"}, timedelta(minutes=1))

    assert found == {}
    with pytest.raises(Unavailable):
        buckets.take(KEY, PLAN, NOW, 0.0)
    server.client.close()


def test_without_the_package_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "redis", None)

    with pytest.raises(NotConfigured, match=r"pip install portside\[redis\]") as caught:
        RedisServer.at("redis://127.0.0.1:1/0", SystemStopwatch())

    assert caught.value.missing == ("REDIS_URL",)


def test_a_server_that_nobody_runs_is_lost_at_once(unused_port: int) -> None:
    server = RedisServer.at(f"redis://127.0.0.1:{unused_port}/0", SystemStopwatch())

    finding = server.check()
    server.client.close()

    assert "Redis does not answer" in finding.cause


@pytest.fixture
def unused_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as attempt:
        attempt.bind(("127.0.0.1", 0))
        port: int = attempt.getsockname()[1]
        return port


def test_a_crowd_is_not_taken_for_a_lost_server(server: RedisServer) -> None:
    crowd = 150
    all_here = Barrier(crowd)

    def hold_and_ask(client: redis.Redis) -> bool:
        with client.client() as mine:  # a connection of its own, for as long as all the others have theirs
            answered = bool(mine.ping())
            all_here.wait(10)
            return answered

    with ThreadPoolExecutor(crowd) as threads:
        answers = list(threads.map(lambda _number: server.ask(hold_and_ask), range(crowd)))

    assert answers == [True] * crowd
