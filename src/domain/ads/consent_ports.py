"""What the consent to advertising asks of the world."""

from typing import Protocol

from domain.ads.ports import AccountBook
from domain.connections.model import Grant
from domain.connections.work import ConnectionWork
from domain.marketplaces import Region


class AdsPages(Protocol):
    """Where advertisers give their consent."""

    def url(self, region: Region, state: str, redirect_uri: str) -> str:
        """The address to send the browser to. Calls nothing.

        Raises:
            NotConfigured: the installation has no client of the Ads API.
        """

    def missing(self) -> tuple[str, ...]:
        """The settings without which no advertiser can be asked for consent."""


class AdsCodeExchange(Protocol):
    """The token endpoints of Amazon Ads, for authorization codes."""

    def exchange(self, region: Region, code: str, redirect_uri: str) -> Grant:
        """Trade a code that was given on this region's page: one HTTP call, never repeated, since a code works once.

        Raises:
            UpstreamRefused: the code is used, older than five minutes, forged, or for another redirect URI.
            NotConfigured: Amazon does not know our client, or its secret is wrong.
            RateLimited, UpstreamFailed, UpstreamTimedOut: no usable answer.

        Source: Amazon Ads API, "Access tokens".
        """


class AdsGrantWork(ConnectionWork, Protocol):
    """The transaction in which a grant is kept; the accounts that it opens are listed anew."""

    @property
    def ads_accounts(self) -> AccountBook: ...
