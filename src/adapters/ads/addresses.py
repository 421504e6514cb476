"""Where the Ads API, its consent pages and its token endpoint are: the real ones, unless the settings name others.

Source: Amazon Ads API, "API overview", "Authorization grants" and "Access tokens".
"""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from domain.hosts import is_at_s3

_API = {
    "na": "https://advertising-api.amazon.com",
    "eu": "https://advertising-api-eu.amazon.com",
    "fe": "https://advertising-api-fe.amazon.com",
}
_CONSENT = {
    "na": "https://www.amazon.com/ap/oa",
    "eu": "https://eu.account.amazon.com/ap/oa",
    "fe": "https://apac.account.amazon.com/ap/oa",
}
_TOKEN = {
    "na": "https://api.amazon.com/auth/o2/token",
    "eu": "https://api.amazon.co.uk/auth/o2/token",
    "fe": "https://api.amazon.co.jp/auth/o2/token",
}
_PLAIN = re.compile(r"[!-\[\]-~]*")


@dataclass(frozen=True)
class AdsAddresses:
    """``None`` stands for the real ones. ``{region}`` in the others is replaced by ``na``, ``eu`` or ``fe``."""

    api_url: str | None = None
    consent_url: str | None = None
    token_url: str | None = None

    def api(self, region: str) -> str:
        """A region's host."""
        return _placed(self.api_url, _API, region)

    def consent(self, region: str) -> str:
        """The page on which users of a region log in and give consent."""
        return _placed(self.consent_url, _CONSENT, region)

    def lwa(self, region: str) -> str:
        """The token endpoint. Codes and tokens are good at any of them."""
        return _placed(self.token_url, _TOKEN, region)

    def may_hold_documents(self, url: str, region: str) -> bool:
        """Whether a report may be fetched from this address: from S3, or from where the settings say that the API is.

        Source: Amazon Ads API, "Reporting version 3": the address leads to Amazon S3.
        """
        if is_at_s3(url):
            return True
        if self.api_url is None:
            return False
        named = urlsplit(self.api(region))
        return url.startswith(f"{named.scheme}://{named.netloc}/") and _PLAIN.fullmatch(url) is not None


def _placed(given: str | None, real: dict[str, str], region: str) -> str:
    return real[region] if given is None else given.replace("{region}", region)
