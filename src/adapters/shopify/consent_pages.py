"""The address of a store's consent page.

Source: shopify.dev, "Implement authorization code grant manually".
"""

from dataclasses import dataclass
from urllib.parse import urlencode

from adapters.shopify.addresses import ShopifyAddresses
from domain.errors import NotConfigured


@dataclass(frozen=True)
class ShopifyConsent:
    """Builds addresses; calls nothing. ``client_missing`` names the settings that the application lacks."""

    addresses: ShopifyAddresses
    client_id: str | None
    scopes: tuple[str, ...]
    client_missing: tuple[str, ...] = ()

    def url(self, shop: str, state: str, redirect_uri: str) -> str:
        """Where the store's owner gives consent.

        Raises:
            NotConfigured: there is no application to consent to.
        """
        if self.client_id is None or self.client_missing:
            raise NotConfigured("Shopify's application is not configured.", self.missing())
        query = {
            "client_id": self.client_id,
            "scope": ",".join(self.scopes),
            "redirect_uri": redirect_uri,
            "state": state,
        }
        return f"{self.addresses.admin(shop)}/oauth/authorize?{urlencode(query)}"

    def missing(self) -> tuple[str, ...]:
        """The settings without which no store can be asked for consent."""
        return self.client_missing
