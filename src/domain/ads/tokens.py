"""Tokens of advertisers: codes and refresh tokens are good at every region's endpoint, and asked where they were given."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from domain.connections.model import Grant
from domain.credentials.application import ApplicationClient
from domain.credentials.ports import LwaEndpoint
from domain.marketplaces import SELLING_REGIONS, Region
from domain.tokens.model import LwaClient, RefreshToken, Renewal


@dataclass(frozen=True)
class RegionalClients:
    """The installation's one application, before each region's token endpoint: a ``TokenExchange`` and an
    ``AdsCodeExchange``.
    """

    by_region: Mapping[Region, ApplicationClient]

    @classmethod
    def of(cls, client: ApplicationClient, endpoint: Callable[[Region], LwaEndpoint]) -> "RegionalClients":
        """The same client, with its secrets and its pace, before all of them."""
        return cls({region: replace(client, endpoint=endpoint(region)) for region in SELLING_REGIONS})

    def refresh(self, token: RefreshToken, client: LwaClient | None, account: str = "") -> Renewal:
        """Trade a refresh token; ``account`` is the region of the consent.

        Raises:
            As ``domain.tokens.ports.TokenExchange.refresh``.
        """
        return self._at(account).refresh(token, client, account)

    def exchange(self, region: Region, code: str, redirect_uri: str) -> Grant:
        """Trade an authorization code that was given on this region's page.

        Raises:
            As ``domain.connections.ports.CodeExchange.exchange``.
        """
        return self._at(region).exchange(code, redirect_uri)

    def _at(self, region: str) -> ApplicationClient:
        named = next((each for each in self.by_region if each.value == region), Region.NA)
        return self.by_region[named]
