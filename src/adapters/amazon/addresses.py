"""Where Amazon is: the real hosts, unless the settings name others."""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from domain.hosts import is_at_s3
from domain.marketplaces import MARKETPLACES

_LWA = "https://api.amazon.com/auth/o2/token"
_SP_API = "https://sellingpartnerapi-{region}.amazon.com"
_PLAIN = re.compile(r"[!-\[\]-~]*")


@dataclass(frozen=True)
class AmazonAddresses:
    """Base addresses; ``None`` stands for the real one. ``{region}`` in them is replaced by ``na``, ``eu`` or ``fe``.

    Source: SP-API documentation, "SP-API Endpoints" and "Seller Central URLs".
    """

    lwa_token_url: str | None = None
    sp_api_url: str | None = None
    seller_central_url: str | None = None

    def lwa(self, region: str) -> str:
        """LWA's token endpoint."""
        return (self.lwa_token_url or _LWA).replace("{region}", region)

    def sp_api(self, region: str) -> str:
        """SP-API's host."""
        return (self.sp_api_url or _SP_API).replace("{region}", region)

    def seller_central(self, marketplace_id: str) -> str:
        """The Seller Central in which this marketplace's sellers log in."""
        marketplace = MARKETPLACES[marketplace_id]
        return (self.seller_central_url or marketplace.seller_central).replace("{region}", marketplace.region)

    def may_hold_documents(self, url: str, region: str) -> bool:
        """Whether a document may be fetched from this address: from S3, or from where the settings say that SP-API is.

        Source: SP-API documentation, "Retrieve a report": the address leads to Amazon S3.
        """
        if is_at_s3(url):
            return True
        if self.sp_api_url is None:
            return False
        named = urlsplit(self.sp_api(region))
        return url.startswith(f"{named.scheme}://{named.netloc}/") and _PLAIN.fullmatch(url) is not None
