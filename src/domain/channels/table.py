"""The table of channels: all that Portside has to be told of a further one, beside its adapter and its wiring.

A channel is a ``Provider``, the ``Resource`` by which its orders are synced, and a row of ``CHANNELS``. Everything that
differs between channels and is no call to them is read from here, so that nothing else has to know how many there are.
"""

from dataclasses import dataclass
from enum import StrEnum


class Provider(StrEnum):
    """Whose grant it is."""

    AMAZON_SP = "amazon_sp"
    AMAZON_ADS = "amazon_ads"
    SHOPIFY = "shopify"

    @property
    def channel(self) -> str:
        """What errors, figures and paths call it."""
        return CHANNELS[self].name

    @property
    def label(self) -> str:
        """What people call it."""
        return CHANNELS[self].label


class Resource(StrEnum):
    """What can be synced of a connection."""

    INVENTORY = "inventory"
    ORDERS = "orders"
    REPORTS = "reports"  # and what is done with them: history, the ledger
    ADS = "ads"  # accounts, reports and what is advertised
    SHOPIFY_ORDERS = "shopify_orders"

    @property
    def provider(self) -> Provider:
        """Of whose connections it is."""
        return _OWNERS[self]

    @property
    def hurries(self) -> bool:
        """Whether what was begun has to go on at once: page tokens of stock live for 30 seconds."""
        return self is Resource.INVENTORY

    @classmethod
    def orders_of(cls, provider: Provider) -> "Resource":
        """That which brings the orders of a connection to this provider.

        Raises:
            LookupError: nothing is sold there.
        """
        orders = CHANNELS[provider].orders
        if orders is None:
            raise LookupError(f"{provider.value} has no orders")
        return orders

    @classmethod
    def of(cls, provider: Provider) -> "tuple[Resource, ...]":
        """All that is synced of a connection to this provider."""
        return tuple(resource for resource in cls if resource.provider is provider)


@dataclass(frozen=True)
class Channel:
    """One line of the table.

    ``name`` is what codes, paths and figures call it, ``label`` what people do, ``shown_as`` what the answer of
    setup-status does. ``lacking`` is said to who has none. Where nothing is sold, ``orders`` is ``None``; whatever else is
    synced stands in ``others``. ``stores``: its connections are stores of the seller's own.
    """

    name: str
    label: str
    shown_as: str
    lacking: str
    orders: Resource | None = None
    others: tuple[Resource, ...] = ()
    stores: bool = False


#: In the order in which they are shown.
CHANNELS = {
    Provider.AMAZON_SP: Channel(
        name="amazon",
        label="Amazon",
        shown_as="amazon",
        lacking="No seller account is connected.",
        orders=Resource.ORDERS,
        others=(Resource.INVENTORY, Resource.REPORTS),
    ),
    Provider.AMAZON_ADS: Channel(
        name="ads",
        label="Amazon Ads",
        shown_as="amazonAds",
        lacking="Amazon Ads is not connected.",
        others=(Resource.ADS,),
    ),
    Provider.SHOPIFY: Channel(
        name="shopify",
        label="Shopify",
        shown_as="shopify",
        lacking="No store is connected.",
        orders=Resource.SHOPIFY_ORDERS,
        stores=True,
    ),
}

_OWNERS = {
    resource: provider
    for provider, channel in CHANNELS.items()
    for resource in ([channel.orders] if channel.orders else []) + list(channel.others)
}

#: Where sellers sell.
SALES_CHANNELS = tuple(provider for provider, channel in CHANNELS.items() if channel.orders is not None)
#: Of these, where they do so in stores of their own.
STORE_CHANNELS = tuple(provider for provider, channel in CHANNELS.items() if channel.stores)
