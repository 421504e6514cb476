"""Days that Amazon is told to restate, beside what time restates by itself."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from threading import Lock


@dataclass
class Restatements:
    """When which days were restated; a report knows those up to its making."""

    _moments: dict[tuple[str, date], tuple[int, ...]] = field(default_factory=dict, init=False)
    _lock: Lock = field(default_factory=Lock, init=False, repr=False)

    def restate(self, owner: str, day: date, now_ms: int) -> int:
        """The day's figures change now; returns how often they have."""
        with self._lock:
            moments = (*self._moments.get((owner, day), ()), now_ms)
            self._moments[owner, day] = moments
            return len(moments)

    def count(self, owner: str, day: date, at_ms: int) -> int:
        """How often the day was restated up to a moment."""
        return sum(1 for moment in self._moments.get((owner, day), ()) if moment <= at_ms)
