"""All orders of all stores: a pure function of the configuration, and of what was changed by hand."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from threading import Lock

from entrypoints.simulator.cache import Cache
from entrypoints.simulator.config import SimulatorConfig
from entrypoints.simulator.demand import moments_of_orders
from entrypoints.simulator.dice import dice, number
from entrypoints.simulator.moments import DAY, SECOND, from_ms, local_midnight_ms, to_ms
from entrypoints.simulator.shopify.lives import LONGEST_LIFE_MS, draw_order
from entrypoints.simulator.shopify.orders import Deed, PlannedOrder, Step, StoreOrder, at_moment
from entrypoints.simulator.shopify.stores import ShopifyStore

_ORDERS_KEPT = 200_000
_PER_DAY, _PER_STORE = 10_000, 10**10


class UnknownOrder(ValueError):
    """No order of the store has this id."""


@dataclass(frozen=True)
class Window:
    """When orders were placed or changed at all that are looked for; None: any time. Both ends are included."""

    created_from_ms: int | None = None
    created_to_ms: int | None = None
    updated_from_ms: int | None = None


@dataclass(frozen=True)
class Shops:
    """The stores and their orders."""

    config: SimulatorConfig
    _days: Cache[tuple[PlannedOrder, ...]] = field(
        default_factory=lambda: Cache(weigh=lambda plans: len(plans) + 1, limit=_ORDERS_KEPT),
        init=False,
        repr=False,
    )
    _by_hand: dict[tuple[str, int], list[Step]] = field(
        default_factory=lambda: defaultdict(list), init=False, repr=False
    )
    _lock: Lock = field(default_factory=Lock, init=False, repr=False)

    def find(self, shop: str) -> ShopifyStore | None:
        """The store of this host; hosts know no upper case."""
        return next((store for store in self.config.stores if store.shop == shop.lower()), None)

    def orders(
        self, store: ShopifyStore, at: datetime | None = None, window: Window | None = None
    ) -> list[StoreOrder]:
        """The store's orders as they stand at a moment (now), in no special order.

        The window is a help, not a promise: orders beyond it may be among them.
        """
        window = window or Window()
        at_ms = self._at_ms(at)
        first_ms, last_ms = self._first_ms(store, at_ms), at_ms
        if window.created_to_ms is not None:
            last_ms = min(last_ms, window.created_to_ms)
        lows = [window.created_from_ms]
        lows += [window.updated_from_ms - LONGEST_LIFE_MS] if window.updated_from_ms is not None else []
        low_ms = max([first_ms, *(low for low in lows if low is not None)])
        found = {
            plan.id: plan for plan in self._placed(store, low_ms, last_ms) if plan.created_ms >= first_ms
        }
        with self._lock:
            touched = {
                order_id: tuple(steps)
                for (shop, order_id), steps in self._by_hand.items()
                if shop == store.shop
            }
        for order_id in touched.keys() - found.keys():
            plan = self._plan(store, order_id)
            if plan is not None and plan.created_ms >= first_ms:
                found[order_id] = plan
        told = (at_moment(plan, at_ms, touched.get(plan.id, ())) for plan in found.values())
        return [order for order in told if order is not None]

    def order(self, store: ShopifyStore, order_id: int, at: datetime | None = None) -> StoreOrder | None:
        """One order of the store, if it is known yet."""
        at_ms = self._at_ms(at)
        plan = self._plan(store, order_id)
        if plan is None or plan.created_ms < self._first_ms(store, at_ms):
            return None
        with self._lock:
            steps = tuple(self._by_hand.get((store.shop, order_id), ()))
        return at_moment(plan, at_ms, steps)

    def change(self, store: ShopifyStore, order_id: int, deed: Deed) -> StoreOrder:
        """Have something happen to an order now.

        Raises:
            UnknownOrder: the store has no such order.
        """
        order = self.order(store, order_id)
        if order is None:
            raise UnknownOrder("order_id must be the id of an order of this store")
        now_ms = self._at_ms(None) // SECOND * SECOND
        part = max(1, order.plan.goods // 3)
        amounts = {Deed.REFUNDED: order.current_total, Deed.REMOVED: part, Deed.ADDED: part}
        with self._lock:
            self._by_hand[store.shop, order_id].append(Step(now_ms, deed, amounts.get(deed, 0)))
        changed = self.order(store, order_id)
        # It was there a moment ago, and orders don't vanish.
        return changed or order

    def _at_ms(self, at: datetime | None) -> int:
        until = self.config.visible_until()
        return to_ms(until if at is None else min(at, until))

    def _first_ms(self, store: ShopifyStore, at_ms: int) -> int:
        """Orders exist from the local midnight of the first day of history."""
        first = from_ms(at_ms).astimezone(store.zone).date() - timedelta(days=self.config.history_days)
        return local_midnight_ms(first, store.zone)

    def _placed(self, store: ShopifyStore, start_ms: int, end_ms: int) -> list[PlannedOrder]:
        """At least all orders that were placed from start to end."""
        first = from_ms(start_ms).astimezone(store.zone).date()
        days = (from_ms(max(start_ms, end_ms)).astimezone(store.zone).date() - first).days + 1
        return [
            plan
            for ahead in range(days)
            for plan in self._of_day(store, first + timedelta(days=ahead))
            if start_ms <= plan.created_ms <= end_ms
        ]

    def _plan(self, store: ShopifyStore, order_id: int) -> PlannedOrder | None:
        day_number = order_id % _PER_STORE // _PER_DAY
        # The day's number is that of its date; whatever the zone, the order is among that date's.
        day = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=day_number)).date()
        return next((plan for plan in self._of_day(store, day) if plan.id == order_id), None)

    def _of_day(self, store: ShopifyStore, day: date) -> tuple[PlannedOrder, ...]:
        return self._days.get((store, day), lambda: self._draw(store, day))

    def _draw(self, store: ShopifyStore, day: date) -> tuple[PlannedOrder, ...]:
        random = dice(self.config.seed, "shopify", store.shop, day)
        day_number = (day - date(1970, 1, 1)).days
        base = (100 + number(self.config.seed, store.shop) % 900) * _PER_STORE + day_number * _PER_DAY
        moments = moments_of_orders(random, store.zone, day, store.orders_per_day)
        seconds = sorted({moment // SECOND * SECOND for moment in moments})
        return tuple(
            draw_order(
                random,
                store,
                base + position,
                f"#{day_number - 18_000}{position:03d}",
                created_ms,
                day_number,
            )
            for position, created_ms in enumerate(seconds)
        )


def sixty_days_before(at: datetime) -> int:
    """Orders placed earlier are told only to those who may read all orders."""
    return to_ms(at) - 60 * DAY
