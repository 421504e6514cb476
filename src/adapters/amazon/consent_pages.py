"""The address of Amazon's consent page.

Source: SP-API documentation, "Website Authorization Workflow".
"""

from dataclasses import dataclass
from urllib.parse import urlencode

from adapters.amazon.addresses import AmazonAddresses
from domain.errors import NotConfigured


@dataclass(frozen=True)
class SellerCentralConsent:
    """Builds addresses; calls nothing. ``client_missing`` names the settings that the LWA client lacks."""

    addresses: AmazonAddresses
    application_id: str | None
    draft: bool
    client_missing: tuple[str, ...] = ()

    def url(self, marketplace_id: str, state: str, redirect_uri: str) -> str:
        """Where a seller of this marketplace gives consent.

        Raises:
            NotConfigured: there is no application to consent to, or no LWA client to take the code with.
        """
        if not self.application_id:
            raise NotConfigured("No SP-API application is configured.", self.missing())
        if self.client_missing:
            raise NotConfigured("Amazon's LWA client is not configured.", self.client_missing)
        query = {"application_id": self.application_id, "state": state, "redirect_uri": redirect_uri}
        if self.draft:
            query["version"] = "beta"
        return f"{self.addresses.seller_central(marketplace_id)}/apps/authorize/consent?{urlencode(query)}"

    def confirmation(self, callback_uri: str, amazon_state: str, state: str, redirect_uri: str) -> str:
        """Where a seller who came from Amazon's own page is sent back to; the address keeps its own query.

        Raises:
            NotConfigured: as ``url``.
        """
        if self.missing():
            raise NotConfigured("Amazon's application is not configured.", self.missing())
        query = {"amazon_state": amazon_state, "state": state, "redirect_uri": redirect_uri}
        if self.draft:
            query["version"] = "beta"
        return f"{callback_uri}{'&' if '?' in callback_uri else '?'}{urlencode(query)}"

    def missing(self) -> tuple[str, ...]:
        """The settings without which no seller can be connected."""
        return (*(() if self.application_id else ("AMAZON_APP_ID",)), *self.client_missing)
