"""Where a Shopify store's admin is: at the store's own host, unless the settings name another base for all."""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from adapters.shopify.terms import is_shop
from domain.errors import UpstreamRefused

#: Where Shopify keeps what bulk operations have gathered. As a whole, so that nobody can read another host out of it
#: than we do.
_STORED_BY_SHOPIFY = re.compile(
    r"https://(?:storage\.googleapis\.com|(?:[a-z0-9-]+\.)+(?:shopify|shopifycdn)\.com)(?::443)?/[!-\[\]-~]*",
    re.IGNORECASE | re.ASCII,  # or else letters of other alphabets would count as ours in capitals
)
_PLAIN = re.compile(r"[!-\[\]-~]*")


@dataclass(frozen=True)
class ShopifyAddresses:
    """``base`` stands for every store's host: a store's admin is at ``{base}/{shop}/admin`` then.

    Source: shopify.dev, "GraphQL Admin API" and "Implement authorization code grant manually".
    """

    base: str | None = None

    def admin(self, shop: str) -> str:
        """The address that a store's admin paths are added to.

        Raises:
            UpstreamRefused: the name is no store's: a token would go to a stranger's host.
        """
        if not is_shop(shop):
            raise UpstreamRefused("This is no store of Shopify's.", channel="shopify")
        return f"{self.base}/{shop}/admin" if self.base else f"https://{shop}/admin"

    def may_hold_results(self, url: str) -> bool:
        """Whether gathered orders may be fetched from this address: from Shopify, or from where the base is.

        Source: shopify.dev, "Perform bulk operations with the GraphQL Admin API".
        """
        if self.base is None:
            return _STORED_BY_SHOPIFY.fullmatch(url) is not None
        named = urlsplit(self.base)
        return url.startswith(f"{named.scheme}://{named.netloc}/") and _PLAIN.fullmatch(url) is not None
