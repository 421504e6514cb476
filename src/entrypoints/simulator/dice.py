"""Chance that repeats itself: the same words give the same throws, in any process, for ever."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from math import exp
from random import Random
from typing import TypeVar

T = TypeVar("T")


def dice(*words: object) -> Random:
    """A generator that depends on nothing but the words.

    Only ``random()`` is drawn from it: unlike ``shuffle`` or ``sample``, its sequence is promised by Python's
    documentation to stay the same between versions.
    """
    digest = blake2b("|".join(map(str, words)).encode(), digest_size=16).digest()
    return Random(int.from_bytes(digest, "big"))  # noqa: S311 - a toy world, not a secret


def number(*words: object) -> int:
    """One 64-bit number for the words; cheaper than a generator when one throw is enough."""
    return int.from_bytes(blake2b("|".join(map(str, words)).encode(), digest_size=8).digest(), "big")


def pick(random: Random, choices: Sequence[T]) -> T:
    return choices[int(random.random() * len(choices))]


def between(random: Random, low: int, high: int) -> int:
    """A whole number from low to high, both possible."""
    return low + int(random.random() * (high - low + 1))


def pick_weighted(random: Random, cumulative: Sequence[float]) -> int:
    """The index of a weighted choice; ``cumulative`` are the running sums of the weights."""
    target = random.random() * cumulative[-1]
    low, high = 0, len(cumulative) - 1
    while low < high:
        middle = (low + high) // 2
        if cumulative[middle] > target:
            high = middle
        else:
            low = middle + 1
    return low


def poisson(random: Random, mean: float) -> int:
    """How often something happens that happens ``mean`` times on average."""
    count = 0
    while mean > 0:
        step = min(mean, 500.0)  # exp(-500) is still a normal float, so large means are drawn in parts
        mean -= step
        limit, product = exp(-step), random.random()
        while product > limit:
            count += 1
            product *= random.random()
    return count
