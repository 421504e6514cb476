"""What the figures' subject asks of the world. Every answer is the user's own, over all of the user's connections."""

from datetime import date
from typing import Protocol

from domain.kpis.completeness import Lacking
from domain.kpis.model import DailySales, Freshness, StockTotals, Volume
from domain.sync.model import Resource
from domain.users.model import UserId


class SalesFigures(Protocol):
    """Read from the daily rollups: as cheap for a million orders as for a hundred."""

    def daily(
        self, user_id: UserId, channel: str, first: date, last: date, marketplace_id: str | None
    ) -> list[DailySales]:
        """One row a day and currency that has any order of this channel, both ends included, by day, then currency."""


class Completeness(Protocol):
    """Read from the ledger and the plan of the history: as cheap for a million orders as for a hundred."""

    def lacking(self, user_id: UserId, first: date, last: date, marketplace_id: str | None) -> Lacking:
        """Days of the period that are known to lack orders, the oldest first, and what history it may still lack."""


class StockFigures(Protocol):
    """Read from the stock levels and the daily units by SKU."""

    def totals(
        self, user_id: UserId, marketplace_id: str | None, demand_from: date, demand_to: date
    ) -> StockTotals:
        """The listed stock, with ``low`` and ``out`` as ``domain.inventory.cover`` defines them.

        Units sold from ``demand_from`` to ``demand_to`` (both included) tell the demand.
        """


class Overview(Protocol):
    """What is there at all, and how fresh."""

    def volume(self, user_id: UserId, channel: str) -> Volume:
        """Listed SKUs and orders that count, of one channel."""

    def freshness(self, user_id: UserId, resource: Resource) -> Freshness:
        """Over the user's connections of the resource's provider that are not disconnected; over all when every one is."""
