"""On which day a store's order counts, and in which currency."""

from zoneinfo import ZoneInfo

from domain.connections.model import Connection, Store
from domain.errors import NotConnected
from domain.orders.model import BookedOrder, Order


def book(order: Order, connection: Connection) -> BookedOrder:
    """The order with its store, the store's own day, and the currency that the store had when it was placed.

    Raises:
        NotConnected: nothing is known of the store yet.
    """
    store = known(connection)
    day = order.created_at.astimezone(ZoneInfo(store.time_zone)).date()
    currency = order.total.currency if order.total else store.currency
    return BookedOrder(order, connection.marketplace_id, day, currency)


def known(connection: Connection) -> Store:
    """What the store has said of itself.

    Raises:
        NotConnected: it was not asked yet.
    """
    if connection.store is None:
        raise NotConnected(
            "Nothing is known of the store yet: connect it again.", channel=connection.provider.channel
        )
    return connection.store
