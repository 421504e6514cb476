"""What Shopify calls a store: ``acme.myshopify.com``. A token is sent to the host of that name, so nothing else passes."""

import re

_SHOP = re.compile(r"[a-z0-9][a-z0-9-]{0,61}\.myshopify\.com")
_ENDING = ".myshopify.com"


def is_shop(text: str) -> bool:
    """Whether this is a store's name, written as we keep it."""
    return _SHOP.fullmatch(text) is not None


def shop_named(text: str) -> str | None:
    """The store that somebody means: ``Acme`` and ``acme.myshopify.com`` alike; ``None`` for what can't be one."""
    name = f"{text.lower().removesuffix(_ENDING)}{_ENDING}"
    return name if is_shop(name) else None
