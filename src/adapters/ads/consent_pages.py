"""The address of Amazon's consent page for advertisers.

Source: Amazon Ads API, "Authorization grants". One scope opens accounts, profiles, DSP and reports alike; a scope that
Amazon does not know would be the end of the whole consent.
"""

from dataclasses import dataclass
from urllib.parse import quote, urlencode

from adapters.ads.addresses import AdsAddresses
from domain.errors import NotConfigured
from domain.marketplaces import Region

_SCOPE = "advertising::campaign_management"


@dataclass(frozen=True)
class AdsConsentPages:
    """Builds addresses; calls nothing. ``client_missing`` names the settings that the client lacks."""

    addresses: AdsAddresses
    client_id: str | None
    client_missing: tuple[str, ...] = ()

    def url(self, region: Region, state: str, redirect_uri: str) -> str:
        """Where users of a region give consent.

        Raises:
            NotConfigured: there is no client to consent to.
        """
        if self.client_id is None or self.client_missing:
            raise NotConfigured("No client of the Amazon Ads API is configured.", self.missing())
        query = {
            "client_id": self.client_id,
            "scope": _SCOPE,
            "response_type": "code",
            "redirect_uri": redirect_uri,
            "state": state,
        }
        return f"{self.addresses.consent(region)}?{urlencode(query, quote_via=quote)}"

    def missing(self) -> tuple[str, ...]:
        """The settings without which no advertiser can be asked for consent."""
        return self.client_missing
