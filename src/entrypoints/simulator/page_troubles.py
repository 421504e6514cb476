"""Listings that shift while they are read, and page tokens that die early: on demand."""

from __future__ import annotations

from dataclasses import dataclass, field
from threading import Lock

from entrypoints.simulator.order_troubles import OrderTroubles


@dataclass
class PageTroubles:
    """What is ordered for the pages of listings.

    A page token carries the generation it was given in; an earlier one is void.
    """

    _generation: int = field(default=0, init=False)
    _shifts: dict[str, list[int]] = field(default_factory=dict, init=False)
    _lock: Lock = field(default_factory=Lock, init=False, repr=False)

    @property
    def generation(self) -> int:
        return self._generation

    def expire(self) -> None:
        """Every page token given so far is void."""
        with self._lock:
            self._generation += 1

    def shift(self, seller_id: str, orders: int, pages: int) -> None:
        """With each of the seller's next pages that are not the last, so many unread orders change."""
        with self._lock:
            self._shifts[seller_id] = [orders, pages]

    def take_shift(self, seller_id: str) -> int:
        """How many orders change with this page; it is then used up by one."""
        with self._lock:
            orders, pages = self._shifts.get(seller_id, (0, 0))
            if pages > 1:
                self._shifts[seller_id] = [orders, pages - 1]
            else:
                self._shifts.pop(seller_id, None)
            return orders


@dataclass(frozen=True)
class Troubles:
    """All that can be ordered for what SP-API tells, beside the faults of single calls."""

    orders: OrderTroubles = field(default_factory=OrderTroubles)
    pages: PageTroubles = field(default_factory=PageTroubles)
