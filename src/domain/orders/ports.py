"""What the orders' subject asks of the world."""

from collections.abc import Sequence
from typing import Protocol

from domain.connections.model import Connection, ConnectionId
from domain.gateway.model import Patience
from domain.orders.model import BookedOrder, OrderPage, OrderWindow


class OrderFeed(Protocol):
    """Orders as the channel tells them; unless said otherwise, for background work."""

    def page(
        self,
        connection: Connection,
        window: OrderWindow,
        token: str | None,
        patience: Patience = Patience.BACKGROUND,
    ) -> OrderPage:
        """One page of the window, which must not change from page to page.

        Raises:
            StalePage: the token has expired: start the window again.
            ChannelError: any of the gateway's.

        Source: SP-API, ``searchOrders`` (2026-01-01).
        """

    def estimate(
        self, connection: Connection, window: OrderWindow, patience: Patience = Patience.BACKGROUND
    ) -> int:
        """About how many orders the window holds, for a progress bar.

        Raises:
            ChannelError: any of the gateway's.

        Source: SP-API, ``getOrderMetrics``.
        """


class OrderBook(Protocol):
    """All orders and the daily figures made of them."""

    def save_page(self, connection_id: ConnectionId, orders: Sequence[BookedOrder]) -> int:
        """Keep a page of orders and recount the days it touches, set-based, in the open transaction.

        An order that is kept already is replaced when the new one was updated at the same time or later; an older one
        changes nothing. Lines that an order no longer has disappear. Daily figures (by marketplace, day and currency;
        and by marketplace, day and SKU) of every touched day equal a recount of the orders kept.

        Returns:
            How many orders were new or changed.
        """
