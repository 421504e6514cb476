"""What stores outside Amazon sold, from the simulated Shopify's own data: plain Python, without any code of Portside's."""

from collections.abc import Iterable
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from entrypoints.simulator.shopify.orders import StoreOrder
from entrypoints.simulator.shopify.stores import ShopifyStore
from tests.e2e.recount import Sale

#: One for each seller, in their order. Two of them change their currency now and then.
STORES = (
    ShopifyStore(
        "acme.myshopify.com", "Acme", "USD", "America/Chicago", orders_per_day=2, other_currency="CAD"
    ),
    ShopifyStore(
        "nord.myshopify.com", "Nord", "EUR", "Europe/Berlin", orders_per_day=2, other_currency="CHF"
    ),
    ShopifyStore("kumo.myshopify.com", "Kumo", "AUD", "Australia/Adelaide", orders_per_day=2),
)


def kept(orders: Iterable[StoreOrder]) -> list[StoreOrder]:
    """All but tests."""
    return [order for order in orders if not order.plan.test]


def sales(orders: Iterable[StoreOrder], store: ShopifyStore) -> list[Sale]:
    """The orders that count, on the store's own days; what came back later was sold all the same."""
    return [
        Sale(
            marketplace_id=store.shop,
            day=datetime.fromtimestamp(order.plan.created_ms / 1000, UTC)
            .astimezone(ZoneInfo(store.time_zone))
            .date(),
            currency=order.plan.currency,
            minor=order.total,
            units=order.units,
            waiting=order.fulfillment in ("UNFULFILLED", "PARTIALLY_FULFILLED"),
        )
        for order in kept(orders)
        if order.cancelled_ms is None and order.financial not in ("EXPIRED", "VOIDED")
    ]
