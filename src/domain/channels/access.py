"""What a store's owner has to grant, what we ask for, and what follows from what was granted.

Source: shopify.dev, "Access scopes" and the object "Order".
"""

from collections.abc import Collection

#: What a store's owner is asked for.
WANTED = ("read_orders", "read_all_orders", "read_products")
#: Without ``read_all_orders``, Shopify tells of orders of so many days only, and says nothing of the others.
LIMITED_DAYS = 60

WHY_LIMITED = (
    "Shopify shows only the orders of the last 60 days to an application without the scope read_all_orders. Request the "
    "scope for the application in Shopify's Dev Dashboard, then connect the store again."
)


def may_read_orders(scopes: Collection[str]) -> bool:
    """Whether orders may be read at all; who may write them may read them."""
    return not {"read_orders", "write_orders"}.isdisjoint(scopes)


def limited_to_days(scopes: Collection[str]) -> int | None:
    """To how many days back orders are shown; ``None``: to all."""
    return None if "read_all_orders" in scopes else LIMITED_DAYS
