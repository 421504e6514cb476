"""What every response cache does."""

from datetime import timedelta
from threading import Thread

import pytest

from tests.contracts.caches import CacheBench

MINUTE = timedelta(minutes=1)


def test_nothing_is_found_before_it_is_kept(caches: CacheBench) -> None:
    assert caches.cache.get(["a"]) == {}


def test_what_is_kept_is_found_and_the_rest_is_left_out(caches: CacheBench) -> None:
    caches.cache.put({"a": "1", "b": "2"}, MINUTE)

    assert caches.cache.get(["b", "c", "a"]) == {"a": "1", "b": "2"}


def test_asking_for_nothing_finds_nothing(caches: CacheBench) -> None:
    caches.cache.put({}, MINUTE)

    assert caches.cache.get([]) == {}


@pytest.mark.parametrize("text", ["", "{}", "Größe ✓ \u2028", 'a "quoted" \\ text\n', "x" * 100_000])
def test_a_text_comes_back_as_it_was(caches: CacheBench, text: str) -> None:
    caches.cache.put({"key": text}, MINUTE)

    assert caches.cache.get(["key"]) == {"key": text}


def test_keys_may_have_any_characters(caches: CacheBench) -> None:
    keys = ["a b", "a:b", "ä*?[x]", '["eligibility","1"]', "line\nline"]

    caches.cache.put({key: key.upper() for key in keys}, MINUTE)

    assert caches.cache.get(keys) == {key: key.upper() for key in keys}


def test_what_is_kept_later_takes_the_place(caches: CacheBench) -> None:
    caches.cache.put({"a": "old"}, MINUTE)
    caches.cache.put({"a": "new"}, MINUTE)

    assert caches.cache.get(["a"]) == {"a": "new"}


def test_what_is_kept_is_gone_when_its_time_is_over(caches: CacheBench) -> None:
    caches.cache.put({"short": "1"}, timedelta(seconds=1))
    caches.cache.put({"long": "2"}, MINUTE)

    caches.wait(1.1)

    assert caches.cache.get(["short", "long"]) == {"long": "2"}


def test_nothing_is_kept_for_no_time(caches: CacheBench) -> None:
    caches.cache.put({"a": "1"}, timedelta(0))

    assert caches.cache.get(["a"]) == {}


def test_keeping_for_no_time_drops_what_was_there(caches: CacheBench) -> None:
    caches.cache.put({"a": "1"}, MINUTE)
    caches.cache.put({"a": "2"}, timedelta(0))

    assert caches.cache.get(["a"]) == {}


def test_many_threads_may_use_it_at_once(caches: CacheBench) -> None:
    def use(number: int) -> None:
        for turn in range(20):
            caches.cache.put({f"{number}:{turn}": str(turn)}, MINUTE)

    threads = [Thread(target=use, args=(number,)) for number in range(8)]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    keys = [f"{number}:{turn}" for number in range(8) for turn in range(20)]
    assert len(caches.cache.get(keys)) == len(keys)
