"""The response cache of a single process."""

from collections import OrderedDict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock

from domain.clock import Clock


@dataclass
class MemoryCache:
    """Texts of ``capacity`` characters in all, keys included, under one lock. A restart forgets them.

    What was used the longest ago goes first.
    """

    clock: Clock
    capacity: int = 32_000_000
    _kept: OrderedDict[str, tuple[str, datetime]] = field(default_factory=OrderedDict, init=False, repr=False)
    _size: int = field(default=0, init=False, repr=False)
    _lock: Lock = field(default_factory=Lock, init=False, repr=False)

    def get(self, keys: Collection[str]) -> dict[str, str]:
        """What is still good; see ``domain.cache.Cache``."""
        now = self.clock.now()
        with self._lock:
            return {key: text for key in keys if (text := self._good(key, now)) is not None}

    def put(self, values: Mapping[str, str], ttl: timedelta) -> None:
        """Keep these for so long; see ``domain.cache.Cache``."""
        until = self.clock.now() + ttl
        with self._lock:
            for key, text in values.items():
                self._drop(key)
                self._kept[key] = (text, until)
                self._size += len(key) + len(text)
            while self._size > self.capacity:
                self._drop(next(iter(self._kept)))

    def _good(self, key: str, now: datetime) -> str | None:
        text, until = self._kept.get(key, ("", now))
        if now >= until:
            self._drop(key)
            return None
        self._kept.move_to_end(key)
        return text

    def _drop(self, key: str) -> None:
        dropped = self._kept.pop(key, None)
        if dropped is not None:
            self._size -= len(key) + len(dropped[0])
