"""A store of buckets that may be lost, and one that stands in for it."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock

from domain.errors import Unavailable
from domain.gateway.model import BucketKey, BucketOwner, Level
from domain.gateway.ports import Buckets
from domain.gateway.usage_plans import UsagePlan

_DAY = 86_400.0
_MOST_NOTED = 100_000


@dataclass
class FallbackBuckets:
    """Asks ``first`` as long as it answers, else ``second``.

    A store that comes into use does not know what was taken at the other one. So a bucket is emptied when it is first
    asked for after the change, unless it could have filled since, or was never used: work slows down, but the plan is
    kept. Where stores change again and again, each bucket is emptied once in the time in which it fills, so that nobody
    starves. Which buckets are in use, and at which rates, the second store notes all the time.
    """

    first: Buckets
    second: Buckets
    _in_use: Buckets | None = field(default=None, init=False, repr=False)  # None: nobody has asked yet
    _since: float | None = field(default=None, init=False, repr=False)  # when they changed; None: never
    _emptied: dict[tuple[int, BucketKey], float] = field(default_factory=dict, init=False, repr=False)
    _noted: set[BucketKey] = field(default_factory=set, init=False, repr=False)
    _lock: Lock = field(default_factory=Lock, init=False, repr=False)

    def take(self, key: BucketKey, plan: UsagePlan, now: datetime, reserve: float) -> float:
        """Take one token, or learn how many seconds to wait."""
        try:
            return self._taken(self.first, key, plan, now, reserve)
        except Unavailable:
            return self._taken(self.second, key, plan, now, reserve)

    def learn(self, key: BucketKey, rate: float) -> None:
        """Keep the rate that the channel named, in both: whoever stands in has to know it."""
        self.second.learn(key, rate)
        try:
            self.first.learn(key, rate)
        except Unavailable:
            return  # the next answer teaches it anew

    def empty(self, key: BucketKey, plan: UsagePlan, now: datetime, retry_after: float | None) -> float:
        """Empty the bucket; the seconds until the next token."""
        try:
            return self.first.empty(key, plan, now, retry_after)
        except Unavailable:
            return self.second.empty(key, plan, now, retry_after)

    def levels(self, sellers: Collection[BucketOwner]) -> list[Level]:
        """The buckets of these sellers in the store that answers, as they were left."""
        try:
            return self.first.levels(sellers)
        except Unavailable:
            return self.second.levels(sellers)

    def _taken(self, store: Buckets, key: BucketKey, plan: UsagePlan, now: datetime, reserve: float) -> float:
        if self._unknown(store, key, plan, now.timestamp()):
            self._empty_if_used(store, key, plan, now)
            with self._lock:
                self._emptied[id(store), key] = now.timestamp()
        wait = (
            self._noted_take(key, plan, now, reserve)
            if store is self.first
            else store.take(key, plan, now, reserve)
        )
        self._change(store, now.timestamp())
        return wait

    def _empty_if_used(self, store: Buckets, key: BucketKey, plan: UsagePlan, now: datetime) -> None:
        used = self._used(key)
        if used is None:
            return
        if store is self.first and used.rate is not None:
            # It may have come back without its memory.
            store.learn(key, used.rate)
        store.empty(key, plan, now, None)

    def _used(self, key: BucketKey) -> Level | None:
        """What the second store knows of a bucket; ``None``: nobody has ever used it, at either store."""
        return next((level for level in self.second.levels([key.owner]) if level.key == key), None)

    def _noted_take(self, key: BucketKey, plan: UsagePlan, now: datetime, reserve: float) -> float:
        """A take at the first store, of which the second one learns that the bucket is in use: once in this process."""
        with self._lock:
            noted = key in self._noted
        if noted:
            return self.first.take(key, plan, now, reserve)
        used = self._used(key)
        if used is not None and used.rate is not None:
            self.first.learn(key, used.rate)
        wait = self.first.take(key, plan, now, reserve)
        if used is None:
            self.second.learn(key, plan.rate)
        with self._lock:
            if len(self._noted) >= _MOST_NOTED:
                self._noted.clear()
            self._noted.add(key)
        return wait

    def _unknown(self, store: Buckets, key: BucketKey, plan: UsagePlan, now: float) -> bool:
        """Whether calls may have gone through the other store that this one knows nothing of."""
        fills = plan.burst / plan.rate
        with self._lock:
            changing = self._in_use is not store and not (self._in_use is None and store is self.first)
            changed = now if changing else self._since
            if changed is None or now - changed >= fills:
                return False
            return now - self._emptied.get((id(store), key), -fills) >= fills

    def _change(self, store: Buckets, now: float) -> None:
        with self._lock:
            if self._in_use is None and store is self.first:
                self._in_use = store
            elif self._in_use is not store:
                self._in_use, self._since = store, now
                # The slowest plans fill within some hours.
                self._emptied = {each: at for each, at in self._emptied.items() if now - at < _DAY}
