"""Orders that Amazon forgets, tells late or changes on demand: laid over the store, which stays as it is.

What is ordered for one seller is a value that never changes; a control call puts another in its place. A
report therefore keeps the one it was asked for under, and tells the same whenever it is fetched.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from threading import Lock

from entrypoints.simulator.dice import number
from entrypoints.simulator.moments import MINUTE, to_ms
from entrypoints.simulator.orders import OrderPlan, Status, Step, StoreOrder
from entrypoints.simulator.store import UNEDITED, Edits, Store

SEARCH, REPORTS, METRICS = "searchOrders", "reports", "getOrderMetrics"
#: Where orders are told; each can be troubled by itself.
TOLD_BY = (SEARCH, REPORTS, METRICS)


@dataclass(frozen=True)
class OrderTrouble:
    """What is ordered for one seller.

    Attributes:
        hidden: ids of orders that are left out, by where they would be told.
        late: from when on an order is told, by where and id.
        laggards: which part of all orders is told late, and by how many milliseconds, by where.
        edits: orders that were changed by hand.
    """

    hidden: Mapping[str, frozenset[str]] = field(default_factory=dict)
    late: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    laggards: Mapping[str, tuple[float, int]] = field(default_factory=dict)
    edits: Edits = field(default_factory=lambda: UNEDITED)

    def tells(self, order: StoreOrder, told_by: str, at_ms: int) -> bool:
        """Whether an order is told there at a moment."""
        if order.id in self.hidden.get(told_by, ()):
            return False
        if self.late.get(told_by, {}).get(order.id, at_ms) > at_ms:
            return False
        share, delay_ms = self.laggards.get(told_by, (0.0, 0))
        # Which orders lag follows from their ids, so that the same ones do in every answer.
        return number(order.id, "lags") >= share * _ALL or to_ms(order.updated_at) + delay_ms <= at_ms


UNTROUBLED = OrderTrouble()
_ALL = 2**64


@dataclass
class OrderTroubles:
    """What is ordered for every seller, until it is taken back or the process ends."""

    _by_seller: dict[str, OrderTrouble] = field(default_factory=dict, init=False)
    _lock: Lock = field(default_factory=Lock, init=False, repr=False)

    def of(self, seller_id: str) -> OrderTrouble:
        return self._by_seller.get(seller_id, UNTROUBLED)

    def hide(self, seller_id: str, order_ids: Iterable[str], told_by: Iterable[str]) -> None:
        """Leave orders out from now on."""
        ids = frozenset(order_ids)

        def hidden(before: OrderTrouble) -> OrderTrouble:
            more = {place: before.hidden.get(place, frozenset()) | ids for place in told_by}
            return replace(before, hidden={**before.hidden, **more})

        self._set(seller_id, hidden)

    def show(self, seller_id: str, order_ids: Iterable[str] | None) -> None:
        """Tell orders again, all of them without ids; their times of change stay as they were."""
        shown = None if order_ids is None else frozenset(order_ids)

        def told(before: OrderTrouble) -> OrderTrouble:
            if shown is None:
                return replace(before, hidden={}, late={}, laggards={})
            hidden = {place: ids - shown for place, ids in before.hidden.items()}
            late = {
                place: {key: value for key, value in ids.items() if key not in shown}
                for place, ids in before.late.items()
            }
            return replace(before, hidden=hidden, late=late)

        self._set(seller_id, told)

    def delay(self, seller_id: str, visible_from: Mapping[str, int], told_by: Iterable[str]) -> None:
        """Tell orders only from a moment on."""

        def late(before: OrderTrouble) -> OrderTrouble:
            more = {place: {**before.late.get(place, {}), **visible_from} for place in told_by}
            return replace(before, late={**before.late, **more})

        self._set(seller_id, late)

    def lag(self, seller_id: str, share: float, delay_ms: int, told_by: Iterable[str]) -> None:
        """Tell a part of all orders, those to come too, only so long after their last change."""

        def lagging(before: OrderTrouble) -> OrderTrouble:
            more = dict.fromkeys(told_by, (share, delay_ms))
            return replace(before, laggards={**before.laggards, **more})

        self._set(seller_id, lagging)

    def edit(self, seller_id: str, plans: Iterable[OrderPlan]) -> None:
        """Orders fare like this from now on."""
        edits = {plan.id: plan for plan in plans}
        self._set(seller_id, lambda before: replace(before, edits={**before.edits, **edits}))

    def _set(self, seller_id: str, change: Callable[[OrderTrouble], OrderTrouble]) -> None:
        with self._lock:
            self._by_seller[seller_id] = change(self._by_seller.get(seller_id, UNTROUBLED))


@dataclass(frozen=True)
class ToldOrders:
    """The orders of the store as one of Amazon's interfaces tells them."""

    store: Store
    trouble: OrderTrouble
    told_by: str

    def created_between(self, seller_id: str, start_ms: int, end_ms: int, at_ms: int) -> Iterator[StoreOrder]:
        """Orders placed from start to end, both included, by time and id."""
        found = self.store.created_between(seller_id, start_ms, end_ms, at_ms, self.trouble.edits)
        return self._told(found, at_ms)

    def updated_between(self, seller_id: str, start_ms: int, end_ms: int, at_ms: int) -> Iterator[StoreOrder]:
        """Orders last changed from start to end, both included, by time and id."""
        found = self.store.updated_between(seller_id, start_ms, end_ms, at_ms, self.trouble.edits)
        return self._told(found, at_ms)

    def _told(self, found: Iterator[StoreOrder], at_ms: int) -> Iterator[StoreOrder]:
        if not (self.trouble.hidden or self.trouble.late or self.trouble.laggards):
            return found
        return (order for order in found if self.trouble.tells(order, self.told_by, at_ms))


def changed(plan: OrderPlan, now_ms: int, shown_ms: int, status: Status | None) -> OrderPlan:
    """The order with a change now, after which nothing happens to it any more.

    Args:
        plan: how it would fare.
        now_ms: the moment of the change.
        shown_ms: up to when its own steps have happened.
        status: what it becomes; None leaves it as it is, and only its time of change is new.
    """
    index = plan.step_at(shown_ms)
    steps = plan.steps[: 1 if index is None else index + 1]
    status = status or steps[-1].status
    quantities = tuple(line.quantity for line in plan.lines)
    if status is Status.SHIPPED:
        fulfilled = quantities
    elif status is Status.PARTIALLY_SHIPPED:
        fulfilled = (max(1, quantities[0] - 1), *(0 for _ in quantities[1:]))
    else:
        fulfilled = tuple(0 for _ in quantities) if status is not steps[-1].status else steps[-1].fulfilled
    step = Step(max(now_ms, steps[-1].at_ms + 1), status, fulfilled)
    cancelled_by = (plan.cancelled_by or "MERCHANT") if status is Status.CANCELLED else None
    return replace(plan, steps=(*steps, step), cancelled_by=cancelled_by)


@dataclass(frozen=True)
class OrderHand:
    """Picks orders of a seller and troubles them, for the controls."""

    store: Store
    troubles: OrderTroubles
    now: Callable[[], datetime]

    def change(self, seller_id: str, order_ids: Iterable[str], status: Status | None) -> list[str]:
        """Change orders now; those that do not exist are left out of what is returned."""
        now, edits = self.now(), self.troubles.of(seller_id).edits
        found = [self.store.plan(seller_id, order_id, now, edits) for order_id in order_ids]
        plans = [
            changed(
                plan, to_ms(now), to_ms(now) if plan.id in edits else self.store.shown_ms(to_ms(now)), status
            )
            for plan in found
            if plan is not None
        ]
        self.troubles.edit(seller_id, plans)
        return [plan.id for plan in plans]

    def all_orders(self, seller_id: str) -> list[StoreOrder]:
        """Every order as it stands, by its last change."""
        now_ms = to_ms(self.now())
        return list(
            self.store.updated_between(seller_id, 0, now_ms, now_ms, self.troubles.of(seller_id).edits)
        )

    def delay(
        self, seller_id: str, orders: Iterable[StoreOrder], minutes: float, told_by: Iterable[str]
    ) -> None:
        """Let orders be told only so long after their last change."""
        late = {order.id: to_ms(order.updated_at) + int(minutes * MINUTE) for order in orders}
        self.troubles.delay(seller_id, late, told_by)

    def existing(self, seller_id: str, order_ids: Iterable[str]) -> list[StoreOrder]:
        now, edits = self.now(), self.troubles.of(seller_id).edits
        found = (self.store.order(seller_id, order_id, now, edits) for order_id in order_ids)
        return [order for order in found if order is not None]
