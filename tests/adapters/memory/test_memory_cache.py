"""What a response cache in memory does beyond the contract: it stays small."""

from datetime import timedelta

from adapters.memory.cache import MemoryCache
from tests.fakes.clock import HeldClock
from tests.fakes.things import NOW

HOUR = timedelta(hours=1)


def a_cache(capacity: int) -> MemoryCache:
    return MemoryCache(HeldClock(NOW), capacity)


def test_what_was_used_the_longest_ago_makes_room() -> None:
    cache = a_cache(30)
    cache.put({"a": "x" * 9, "b": "x" * 9, "c": "x" * 9}, HOUR)
    cache.get(["a"])

    cache.put({"d": "x" * 9}, HOUR)

    assert sorted(cache.get(["a", "b", "c", "d"])) == ["a", "c", "d"]


def test_a_text_that_is_replaced_or_has_run_out_takes_no_room() -> None:
    clock = HeldClock(NOW)
    cache = MemoryCache(clock, 30)
    for _ in range(10):
        cache.put({"a": "x" * 9}, HOUR)
    cache.put({"b": "x" * 9}, timedelta(minutes=1))
    clock.advance(timedelta(minutes=2))
    cache.get(["b"])

    cache.put({"c": "x" * 19}, HOUR)

    assert sorted(cache.get(["a", "c"])) == ["a", "c"]


def test_a_text_larger_than_the_whole_cache_is_not_kept() -> None:
    cache = a_cache(10)

    cache.put({"a": "x" * 10}, HOUR)

    assert cache.get(["a"]) == {}
