"""What Shopify tells us by itself: that the application was uninstalled, and what the law asks of whoever keeps data.

Source: shopify.dev, "Privacy law compliance" and "Webhooks".
"""

import json
from dataclasses import dataclass

from adapters.shopify.signature import Signatures
from adapters.shopify.terms import ShopifyTerms
from domain.channels.model import Message, Subject, Told
from domain.errors import InvalidInput, NotFound, NotLoggedIn

#: Each topic, and where its body, and only its body, names the store.
_TOPICS = {
    "customers/data_request": (Subject.CUSTOMERS, "shop_domain"),
    "customers/redact": (Subject.CUSTOMERS, "shop_domain"),
    "shop/redact": (Subject.FORGET, "shop_domain"),
    "app/uninstalled": (Subject.UNINSTALLED, "myshopify_domain"),
}


@dataclass(frozen=True)
class ShopifyMessages:
    """See ``domain.channels.ports.StoreMessages``."""

    signatures: Signatures
    terms: ShopifyTerms

    def read(self, message: Message) -> Told:
        """What it says, once it is known that Shopify has said it.

        Raises:
            NotLoggedIn: Shopify has not signed it.
            NotFound: nothing that we listen to.
            InvalidInput: it names no store, or is about something else than its topic says.
        """
        if not self.signatures.of_body(message.body, message.signature):
            raise NotLoggedIn("This is not signed by Shopify.")
        if message.topic not in _TOPICS:
            raise NotFound("There is no such topic.")
        subject, named_in = _TOPICS[message.topic]
        return Told(subject, message.topic, self._shop(subject, named_in, message.body))

    def _shop(self, subject: Subject, named_in: str, body: bytes) -> str:
        """The store that the signed body names: headers and the path are not signed.

        Raises:
            InvalidInput: it names none, or is of another topic: a signed body must not be passed off as another.
        """
        try:
            told = json.loads(body)
        except (ValueError, RecursionError) as error:
            raise InvalidInput({"body": "is not JSON"}) from error
        if not isinstance(told, dict):
            raise InvalidInput({"body": "is not an object"})
        if ("customer" in told) != (subject is Subject.CUSTOMERS):
            raise InvalidInput({"body": "is of another topic"})
        named = told.get(named_in)
        shop = self.terms.shop_named(named) if isinstance(named, str) else None
        if shop is None:
            raise InvalidInput({named_in: "names no store"})
        return shop
