"""The address of Amazon's consent page.

Source: SP-API documentation, "Website Authorization Workflow".
"""

from dataclasses import dataclass
from urllib.parse import urlencode

from adapters.amazon.addresses import AmazonAddresses
from adapters.amazon.lwa import LwaClient
from domain.errors import NotConfigured


@dataclass(frozen=True)
class SellerCentralConsent:
    """Builds addresses; calls nothing."""

    addresses: AmazonAddresses
    application_id: str | None
    draft: bool
    client: LwaClient

    def url(self, marketplace_id: str, state: str, redirect_uri: str) -> str:
        """Where a seller of this marketplace gives consent.

        Raises:
            NotConfigured: there is no application to consent to, or no LWA client to take the code with.
        """
        if not self.application_id:
            raise NotConfigured("No SP-API application is configured.", self.missing())
        self.client.credentials()
        query = {"application_id": self.application_id, "state": state, "redirect_uri": redirect_uri}
        if self.draft:
            query["version"] = "beta"
        return f"{self.addresses.seller_central(marketplace_id)}/apps/authorize/consent?{urlencode(query)}"

    def missing(self) -> tuple[str, ...]:
        """The settings without which no seller can be connected."""
        needed = {
            "AMAZON_APP_ID": self.application_id,
            "AMAZON_LWA_APP_ID": self.client.client_id,
            "AMAZON_LWA_CLIENT_SECRET": self.client.client_secret,
        }
        return tuple(name for name, value in needed.items() if not value)
