"""The way to a simulated store as Portside wires it, over real sockets; only the token at rest is a fake."""

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from adapters.http import Outbound
from adapters.shopify.accounts import ShopifyAccounts
from adapters.shopify.addresses import ShopifyAddresses
from adapters.shopify.bulk import BulkOrders
from adapters.shopify.call_log import StoreCalls
from adapters.shopify.graphql import ShopifyGraphQL
from adapters.shopify.orders import ShopifyOrders
from adapters.system import SystemChance, SystemStopwatch
from domain.clock import Clock
from domain.connections.model import Connection, Store
from domain.money import Money
from domain.orders.model import Order, OrderItem
from domain.tokens.model import AccessToken
from entrypoints.simulator.config import SimulatorConfig
from entrypoints.simulator.moments import from_ms
from entrypoints.simulator.server import SimulatorServer
from entrypoints.simulator.shopify.orders import StoreOrder
from entrypoints.simulator.shopify.stores import ShopifyStore
from tests.adapters.amazon.bench import CLOCK, START
from tests.fakes.calls import RememberingMeter
from tests.fakes.stores import a_store_connection
from tests.fakes.things import a_user

#: Hours behind UTC and a zone with daylight saving; once in a while it sold in another currency.
STORE = ShopifyStore(
    "acme.myshopify.com", "Acme", "CAD", "America/St_Johns", orders_per_day=8, other_currency="USD"
)
#: Nothing happens in the store after ten minutes before the start.
END = START - timedelta(minutes=10)
CONFIG = SimulatorConfig(
    history_days=40, data_until=END, rate_factor=10_000, now=CLOCK.now, stores=(STORE,), bulk_seconds=0.05
)
_WORDS = {"FULFILLED": "SHIPPED", "PARTIALLY_FULFILLED": "PARTIALLY_SHIPPED", "UNFULFILLED": "UNSHIPPED"}


class PermanentToken:
    """The token of an app that was made in the store's admin."""

    def for_connection(self, connection_id: UUID) -> AccessToken:
        return AccessToken(STORE.access_token, datetime.max.replace(tzinfo=START.tzinfo))

    def refused(self, connection_id: UUID, token: AccessToken) -> None:
        """There is no other one."""


class StoreBench:
    """One connected store, and the adapters that ask it."""

    def __init__(self, shopify: SimulatorServer, outbound: Outbound, clock: Clock = CLOCK) -> None:
        told = Store(STORE.name, STORE.currency, STORE.time_zone, ("read_all_orders", "read_orders"))
        connection = a_store_connection(a_user(), shop=STORE.shop, store=told)
        self.connection: Connection = replace(connection, connected_at=START - timedelta(hours=1))
        self.meter = RememberingMeter()
        addresses = ShopifyAddresses(shopify.base_url)
        graphql = ShopifyGraphQL(
            addresses=addresses,
            outbound=outbound,
            tokens=PermanentToken(),
            clock=clock,
            chance=SystemChance(),
            stopwatch=SystemStopwatch(),
            calls=StoreCalls(lambda *_line: None),
            meter=self.meter,
        )
        self.accounts = ShopifyAccounts(graphql)
        self.feed = ShopifyOrders(graphql, BulkOrders(graphql, outbound, addresses, clock))


def true_orders(shopify: SimulatorServer) -> dict[str, Order]:
    """What the store really has, in our words."""
    found = shopify.simulator.shopify.levers.shops.orders(STORE)
    return {str(order.plan.id): _told(order) for order in found if not order.plan.test}


def _told(order: StoreOrder) -> Order:
    return Order(
        order_id=str(order.plan.id),
        marketplace_id=STORE.shop,
        created_at=from_ms(order.plan.created_ms // 1000 * 1000),
        updated_at=from_ms(order.updated_ms // 1000 * 1000),
        status=_WORDS.get(order.fulfillment, order.fulfillment) if order.counts else "CANCELLED",
        fulfilled_by=None,
        total=Money(order.total, order.plan.currency),
        items=(OrderItem("all", None, None, None, order.units, None),),
    )
