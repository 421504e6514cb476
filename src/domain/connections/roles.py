"""Which roles of SP-API are granted. Amazon lists them nowhere: one operation of each is asked for, and let in or not.

Source: SP-API answers 403 without details where a role is missing, or was added after the consent of the seller;
which operation belongs to which role stands in ``domain.gateway.operations``.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from domain.connections.model import Connection
from domain.errors import (
    AccessDenied,
    NoFulfilmentByAmazon,
    NotFound,
    PortsideError,
    RateLimited,
    UpstreamFailed,
    UpstreamRefused,
    UpstreamTimedOut,
    UsagePlanEmpty,
)
from domain.gateway.model import Operation, Patience
from domain.gateway.operations import INVENTORY_SUMMARIES, SEARCH_ORDERS
from domain.inventory.ports import StockFeed
from domain.orders.model import OrderWindow
from domain.orders.ports import OrderFeed

#: What concerns the one operation. Anything else, such as a consent that was revoked, concerns them all.
_ITS_OWN = (
    AccessDenied,
    NoFulfilmentByAmazon,
    NotFound,
    RateLimited,
    UpstreamFailed,
    UpstreamRefused,
    UpstreamTimedOut,
    UsagePlanEmpty,
)


class Verdict(StrEnum):
    """What is known of a role."""

    GRANTED = "granted"
    REFUSED = "refused"
    NOT_TRIED = "not_tried"  # the usage plan has no call left: that says nothing about the role
    UNKNOWN = "unknown"  # asked for, but Amazon failed


@dataclass(frozen=True)
class Tried:
    """An operation that stands for its role, and what became of it; no ``error``: it was answered."""

    operation: Operation
    error: PortsideError | None = None

    @property
    def role(self) -> str:
        """As Amazon calls it."""
        return self.operation.role

    @property
    def verdict(self) -> Verdict:
        """Whoever is told that there is no stock at Amazon has been let in."""
        match self.error:
            case None | NoFulfilmentByAmazon():
                return Verdict.GRANTED
            case AccessDenied():
                return Verdict.REFUSED
            case RateLimited() | UsagePlanEmpty():
                return Verdict.NOT_TRIED
            case _:
                return Verdict.UNKNOWN


@dataclass(frozen=True)
class RoleTrial:
    """Asks for one page of each of what the background work reads, and keeps nothing of it.

    Reports need no call of their own: those that the history is made of have the orders' role. Whether other roles are
    granted shows only when such a report is made, and trying out makes none.
    """

    orders: OrderFeed
    stock: StockFeed

    def of(self, connection: Connection, window: OrderWindow) -> list[Tried]:
        """Each operation with what became of it, the orders of this window first.

        Raises:
            ReauthorizationRequired, NotConnected, NotConfigured, KeyUnavailable: nothing can be asked for.
        """

        def orders() -> object:
            return self.orders.page(connection, window, None, Patience.INTERACTIVE)

        def stock() -> object:
            # All of it, not what has changed: only then a seller without stock at Amazon is told from a mistake.
            return self.stock.page(connection, connection.marketplace_id, None, None, Patience.INTERACTIVE)

        return [_tried(SEARCH_ORDERS, orders), _tried(INVENTORY_SUMMARIES, stock)]


def by_verdict(tried: Sequence[Tried]) -> dict[str, list[str]]:
    """The roles of each verdict that there is."""
    found: dict[str, list[str]] = {}
    for verdict in Verdict:
        roles = [one.role for one in tried if one.verdict is verdict]
        if roles:
            found[verdict.value] = roles
    return found


def _tried(operation: Operation, ask: Callable[[], object]) -> Tried:
    try:
        ask()
    except _ITS_OWN as error:
        return Tried(operation, error)
    return Tried(operation)
