"""Browsers that come from Shopify's pages: back from a consent, or from a store's admin, where the app was installed.

Source: shopify.dev, "Implement authorization code grant manually".
"""

from dataclasses import dataclass
from datetime import UTC, datetime

from adapters.shopify.signature import Signatures
from adapters.shopify.terms import ShopifyTerms, is_shop
from domain.channels.model import LATEST, Parameters, Returned
from domain.errors import InvalidInput

#: Seconds since 1970 have so many digits until the year 2286.
_MOMENT_DIGITS = 10


@dataclass(frozen=True)
class ShopifyArrivals:
    """See ``domain.channels.ports.StoreArrivals``."""

    signatures: Signatures
    terms: ShopifyTerms

    def returned(self, parameters: Parameters, now: datetime) -> Returned:
        """What is brought back from a consent, whatever it is."""
        given = {name: value for name, value in parameters if value}
        return Returned(
            state=given.get("state"),
            shop=given.get("shop"),
            code=given.get("code"),
            denied="error" in given,
            whole={"shop", "code", "hmac", "timestamp"} <= given.keys(),
            signed=self.signatures.of_query(parameters),
            recent=_recent(given.get("timestamp"), now),
        )

    def installing(self, parameters: Parameters, now: datetime) -> str:
        """The store in whose admin somebody has chosen to install our application, if Shopify has signed that.

        Raises:
            InvalidInput: Shopify has not signed it, or not just now.
        """
        if not self.signatures.of_query(parameters):
            raise InvalidInput({"hmac": "is not Shopify's signature under this request"})
        given = dict(parameters)
        shop = given.get("shop", "")
        if not is_shop(shop):
            raise InvalidInput({"shop": self.terms.words().not_a_store})
        if not _recent(given.get("timestamp"), now):
            minutes = int(LATEST.total_seconds() // 60)
            raise InvalidInput(
                {"timestamp": f"is more than {minutes} minutes away: begin at Shopify's page again"}
            )
        return shop


def _recent(text: str | None, now: datetime) -> bool:
    """Whether this is a moment, in seconds since 1970, that is not far from now."""
    if text is None or not (text.isascii() and text.isdecimal()) or len(text) > _MOMENT_DIGITS:
        return False
    return abs(now - datetime.fromtimestamp(int(text), UTC)) <= LATEST
