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
        """Keep a page of orders and bring the figures of its days up to date, set-based, in the open transaction.

        Which version of an order is kept says ``domain.orders.versions``: the newer one, and of equally old ones the
        API's. Lines that an order no longer has disappear. Daily figures (by marketplace, day and currency; and by
        marketplace, day and SKU) equal a recount of the orders kept, and of those that were purged.

        Orders placed at a time of which this connection's orders have been purged are passed over: they are in the
        daily figures already. Two writers of one connection wait for each other.

        Returns:
            How many orders were new, newer than what was kept, or other than it.
        """
