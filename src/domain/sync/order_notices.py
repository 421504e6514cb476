"""Amazon's word that an order has changed: the seller's orders are synced soon, instead of in an interval.

Source: SP-API documentation, "Notification Type Values", ``ORDER_CHANGE``. A notification names the buyer's postal code
among others; nothing of it is read but whose order it was. What has changed is asked of Amazon, as always.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from domain.clock import Clock
from domain.connections.model import ConnectionId, Provider
from domain.credentials.notifications import Malformed, part
from domain.sync.model import Resource, ResourceState, RunStatus
from domain.sync.ports import SyncWork
from domain.sync.pull_orders import HOLDBACK
from domain.users.model import UserId

ORDER_CHANGE = "ORDER_CHANGE"

#: Windows of orders end that long ago: a run that begins sooner can't see the change yet. A little more, since the
#: clocks of several machines differ.
SEEN_AFTER = HOLDBACK + timedelta(seconds=10)
#: A change that no run has seen for so long is left to the runs of the interval.
_GIVEN_UP_AFTER = timedelta(minutes=30)

_SELLER = re.compile(r"[!-~]{1,64}")


@dataclass(frozen=True)
class _Change:
    """The latest change of a connection's orders that we were told of."""

    user_id: UserId
    told_at: datetime


@dataclass(frozen=True)
class OrderNotices:
    """Makes the orders of everybody who has connected the seller due, no more often than one run can see something new.

    A run that is due, or under way, when a change is told may have asked too early to see it. So each process remembers
    what it was told until the orders are complete beyond that; what it forgets with its end, the next interval brings.
    """

    work: Callable[[], SyncWork]
    clock: Clock
    _unseen: dict[ConnectionId, _Change] = field(default_factory=dict, init=False, repr=False)

    def take(self, payload: object) -> None:
        """An order of a seller's has changed. A seller whom nobody has connected is nobody's business.

        Raises:
            Malformed: the payload names no seller.
            Unavailable: it could not be kept.
        """
        seller_id, now = seller_of(payload), self.clock.now()
        with self.work() as work:
            concerned = work.connections.by_account(Provider.AMAZON_SP, seller_id)
            told = {one.id: _Change(one.user_id, now) for one in concerned if one.status.usable}
            unseen = _due(work, told, now)
            work.commit()
        self._unseen.update(unseen)

    def look_again(self) -> None:
        """What no run has seen yet is due once more, where it may be.

        Raises:
            Unavailable: it could not be kept, and is tried again.
        """
        if not self._unseen:
            return
        now = self.clock.now()
        recent = {
            connection_id: change
            for connection_id, change in self._unseen.items()
            if now - change.told_at < _GIVEN_UP_AFTER
        }
        with self.work() as work:
            unseen = _due(work, recent, now)
            work.commit()
        self._unseen.clear()
        self._unseen.update(unseen)


def seller_of(payload: object) -> str:
    """Whose order has changed: ``OrderChangeNotification.SellerId``, in either spelling.

    Raises:
        Malformed: it is not said, or can't be a seller's id.
    """
    told = part(payload, "OrderChangeNotification")
    seller_id = next((value for name, value in told.items() if name.lower() == "sellerid"), None)
    if not isinstance(seller_id, str) or not _SELLER.fullmatch(seller_id):
        raise Malformed("SellerId is missing, or is none")
    return seller_id


def _due(work: SyncWork, changes: dict[ConnectionId, _Change], now: datetime) -> dict[ConnectionId, _Change]:
    """Make due what may be; returns the changes that have still to be seen."""
    unseen = {}
    for connection_id, change in changes.items():
        state = _orders(work, connection_id, change.user_id)
        if state is None or _is_over(state, change):
            continue
        unseen[connection_id] = change
        at = max(change.told_at + SEEN_AFTER, now)
        if not _has_its_own_time(state, at <= now):
            work.sync.due_now(connection_id, Resource.ORDERS, at)
    return unseen


def _orders(work: SyncWork, connection_id: ConnectionId, user_id: UserId) -> ResourceState | None:
    states = work.sync.states(user_id)
    key = (connection_id, Resource.ORDERS)
    return next((each for each in states if (each.connection_id, each.resource) == key), None)


def _is_over(state: ResourceState, change: _Change) -> bool:
    """Whether the change has been seen, or never will be: what has stopped, or was set aside, stays so."""
    seen = state.complete_until is not None and state.complete_until >= change.told_at
    return seen or state.next_run_at is None


def _has_its_own_time(state: ResourceState, late: bool) -> bool:
    """Whether its next time is not ours to change.

    A run that waits for Amazon's usage plan, or is tried again after a failure, is not hurried. One that is under way
    when the change could be seen already may be the one that sees it; its end tells.
    """
    if state.status is RunStatus.RUNNING:
        return late
    return state.status in (RunStatus.WAITING, RunStatus.FAILED)
