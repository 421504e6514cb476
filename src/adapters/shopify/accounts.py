"""What a store says of itself.

Source: shopify.dev, GraphQL Admin API, ``Shop``, ``AppInstallation``.
"""

import logging
import re
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from adapters.shopify.answers import SHOPIFY, Question
from adapters.shopify.graphql import ShopifyGraphQL
from adapters.shopify.wire.reading import required_child, required_list, required_text, wrong
from domain.connections.model import Connection, Store
from domain.errors import WrongAnswer
from domain.gateway.ports import Json
from domain.tokens.model import AccessToken

log = logging.getLogger(__name__)

_QUESTION = Question(
    "shopify.shop",
    "query Shop { shop { name myshopifyDomain ianaTimezone currencyCode } "
    "currentAppInstallation { accessScopes { handle } } }",
    {},
    scope="read_orders",
)
_CURRENCY = re.compile(r"[A-Z]{3}")


@dataclass(frozen=True)
class ShopifyAccounts:
    """See ``domain.channels.ports.StoreAccounts``."""

    graphql: ShopifyGraphQL

    def store(self, connection: Connection) -> Store:
        """Name, currency, time zone, and what the seller has granted."""
        data = self.graphql.ask(connection, _QUESTION).data
        return _store(data, connection.seller_id)

    def store_with(self, token: AccessToken, shop: str) -> Store:
        """The same, with a token lent for this question."""
        return _store(self.graphql.ask_with(token, shop, _QUESTION).data, shop)


def _store(data: Json, asked: str) -> Store:
    shop = required_child(data, "shop")
    domain = required_text(shop, "myshopifyDomain").lower()
    if domain != asked.lower():
        # An owner may rename a store once, and the old name goes on leading to it.
        log.warning("the store has another name by now", extra={"shop": asked, "named": domain[:100]})
    zone, currency = required_text(shop, "ianaTimezone"), required_text(shop, "currencyCode")
    if not _is_zone(zone):
        # Without it no order has a day: better no sync than figures of the wrong days.
        raise WrongAnswer(
            f"The store is in the time zone “{zone[:60]}”, which this machine does not know: bring its tzdata up to date.",
            channel=SHOPIFY,
        )
    if not _CURRENCY.fullmatch(currency):
        raise wrong("currencyCode")
    granted = required_list(required_child(data, "currentAppInstallation"), "accessScopes")
    scopes = tuple(sorted({required_text(scope, "handle") for scope in granted}))
    return Store(required_text(shop, "name"), currency, zone, scopes)


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (KeyError, OSError, ValueError):  # a folder, an unknown name, a path
        return False
    return True
