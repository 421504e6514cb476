"""A bounded memory for what can be made again at any time."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from threading import Lock
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass
class Cache(Generic[T]):
    """Keeps the things used last, up to a total weight.

    Two threads may make the same thing at once: it comes out equal, and the later one is kept.
    """

    weigh: Callable[[T], int]
    limit: int
    _kept: OrderedDict[Hashable, T] = field(default_factory=OrderedDict, init=False, repr=False)
    _weight: int = field(default=0, init=False)
    _lock: Lock = field(default_factory=Lock, init=False, repr=False)

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """What is kept under the key, made first where nothing is."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        thing = make()  # outside the lock: making one thing asks for others
        with self._lock:
            if key in self._kept:
                self._weight -= self.weigh(self._kept[key])
            self._kept[key] = thing
            self._kept.move_to_end(key)
            self._weight += self.weigh(thing)
            while self._weight > self.limit and len(self._kept) > 1:
                self._weight -= self.weigh(self._kept.popitem(last=False)[1])
        return thing

    @property
    def weight(self) -> int:
        return self._weight
