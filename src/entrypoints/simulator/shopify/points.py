"""Points: what queries cost, from a leaky bucket for each application and store.

Source: https://shopify.dev/docs/api/usage/limits
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock
from typing import Any

from entrypoints.simulator.shopify.switches import Switchboard


@dataclass
class _Level:
    points: float
    at: datetime


@dataclass
class PointBuckets:
    """How many points are left to whom."""

    switches: Switchboard
    rate_factor: float
    now: Callable[[], datetime]
    _levels: dict[tuple[str, str], _Level] = field(default_factory=dict, init=False, repr=False)
    _lock: Lock = field(default_factory=Lock, init=False, repr=False)

    def take(self, client_id: str, shop: str, points: int) -> bool:
        """Take points out; whether there were enough."""
        with self._lock:
            level = self._level(client_id, shop)
            if level.points < points:
                return False
            level.points -= points
            return True

    def give_back(self, client_id: str, shop: str, points: int) -> None:
        with self._lock:
            level = self._level(client_id, shop)
            level.points = min(self.switches.now.bucket_points, level.points + points)

    def status(self, client_id: str, shop: str) -> dict[str, Any]:
        """``throttleStatus`` of an answer."""
        with self._lock:
            return {
                "maximumAvailable": float(self.switches.now.bucket_points),
                "currentlyAvailable": int(self._level(client_id, shop).points),
                "restoreRate": self._rate(),
            }

    def refill(self) -> None:
        with self._lock:
            self._levels.clear()

    def _rate(self) -> float:
        return float(self.switches.now.points_per_second * self.rate_factor)

    def _level(self, client_id: str, shop: str) -> _Level:
        now, most = self.now(), self.switches.now.bucket_points
        level = self._levels.setdefault((client_id, shop), _Level(most, now))
        gained = max(0.0, (now - level.at).total_seconds()) * self._rate()
        level.points, level.at = min(most, level.points + gained), now
        return level
