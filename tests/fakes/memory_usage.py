"""Counts of calls, in memory."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from domain.gateway.usage import DailyUsage, Tally, UsageMark
from domain.users.model import UserId
from tests.fakes.memory_store import Tables


class MemoryUsageBook:
    """See ``domain.gateway.usage.UsageBook``."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def add(self, tallies: Sequence[Tally]) -> None:
        rows = self._tables.usage
        for tally in tallies:
            if tally.connection_id not in self._tables.connections:
                continue
            key = (tally.connection_id, tally.day, tally.operation)
            there = rows.get(key)
            rows[key] = tally if there is None else replace(there, **_sums(there, tally))

    def daily(
        self, user_id: UserId | None, first: date, last: date, after: UsageMark | None, limit: int
    ) -> list[DailyUsage]:
        days: dict[tuple[date, str, str], DailyUsage] = {}
        for tally in self._tables.usage.values():
            if first <= tally.day <= last and user_id in (None, tally.user_id):
                key = (tally.day, tally.seller_id, tally.operation)
                none = DailyUsage(*key, calls=0, gets=0, throttled=0)
                there = days.get(key, none)
                days[key] = replace(there, **_sums(there, tally))
        rows = [days[key] for key in sorted(days, key=_order) if after is None or _order(key) > _order(after)]
        return rows[:limit]


def _sums(there: Tally | DailyUsage, tally: Tally) -> dict[str, Any]:
    return {name: getattr(there, name) + getattr(tally, name) for name in ("calls", "gets", "throttled")}


def _order(key: UsageMark) -> tuple[int, str, str]:
    day, seller_id, operation = key
    return -day.toordinal(), seller_id, operation
