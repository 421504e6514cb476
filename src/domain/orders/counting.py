"""Which orders count, on which day, in which currency."""

from domain.marketplaces import DEFAULT_MARKETPLACE_ID, MARKETPLACES, find
from domain.orders.model import BookedOrder, Order


def book(order: Order, home_marketplace_id: str) -> BookedOrder:
    """The order with its marketplace, its day there, and its currency.

    An order without a marketplace, or of one we don't know, counts in the seller's home marketplace. An order without
    a total yet counts in the currency of its marketplace.
    """
    marketplace_id = order.marketplace_id or home_marketplace_id
    marketplace = find(marketplace_id) or find(home_marketplace_id) or MARKETPLACES[DEFAULT_MARKETPLACE_ID]
    currency = order.total.currency if order.total else marketplace.currency
    return BookedOrder(order, marketplace.id, marketplace.day_of(order.created_at), currency)
