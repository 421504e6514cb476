"""What Shopify calls a store, what a store's owner has to grant, and what follows from what was granted.

Source: shopify.dev, "Access scopes" and the object "Order".
"""

import re
from collections.abc import Collection

from domain.channels.model import HistoryLimit, StoreWords

#: Without ``read_all_orders``, Shopify tells of orders of so many days only, and says nothing of the others.
LIMITED_DAYS = 60

WHY_LIMITED = (
    "Shopify shows only the orders of the last 60 days to an application without the scope read_all_orders. Request the "
    "scope for the application in Shopify's Dev Dashboard, then connect the store again."
)
_LIMIT = HistoryLimit(LIMITED_DAYS, "read_all_orders was not granted", WHY_LIMITED)
_WORDS = StoreWords(
    not_a_store="is not a store; write your-store.myshopify.com",
    reading="read_orders",
    console="Shopify's Dev Dashboard",
    base_setting="SHOPIFY_URL",
)
_SHOP = re.compile(r"[a-z0-9][a-z0-9-]{0,61}\.myshopify\.com")
_ENDING = ".myshopify.com"


def is_shop(text: str) -> bool:
    """Whether this is a store's name, ``acme.myshopify.com``, written as we keep it.

    A token is sent to the host of that name, so nothing else passes.
    """
    return _SHOP.fullmatch(text) is not None


class ShopifyTerms:
    """See ``domain.channels.ports.StoreTerms``."""

    def shop_named(self, text: str) -> str | None:
        """The store that somebody means: ``Acme`` and ``acme.myshopify.com`` alike; ``None`` for what can't be one."""
        name = f"{text.lower().removesuffix(_ENDING)}{_ENDING}"
        return name if is_shop(name) else None

    def may_read_orders(self, scopes: Collection[str]) -> bool:
        """Whether orders may be read at all; who may write them may read them."""
        return not {"read_orders", "write_orders"}.isdisjoint(scopes)

    def history_limit(self, scopes: Collection[str]) -> HistoryLimit | None:
        """To how many days back orders are shown; ``None``: to all."""
        return None if "read_all_orders" in scopes else _LIMIT

    def words(self) -> StoreWords:
        """What Shopify calls things."""
        return _WORDS
