"""The way to Shopify's stores: tokens, what a store says of itself, its orders, and what Shopify signs."""

from collections.abc import Callable
from uuid import UUID

from adapters.shopify.accounts import ShopifyAccounts
from adapters.shopify.addresses import ShopifyAddresses
from adapters.shopify.arrivals import ShopifyArrivals
from adapters.shopify.bulk import BulkOrders
from adapters.shopify.call_log import StoreCalls
from adapters.shopify.consent_pages import ShopifyConsent
from adapters.shopify.graphql import ShopifyGraphQL
from adapters.shopify.messages import ShopifyMessages
from adapters.shopify.orders import MOST_LISTED, ShopifyOrders
from adapters.shopify.signature import Signatures
from adapters.shopify.terms import ShopifyTerms
from adapters.shopify.tokens import ShopifyTokens
from domain.channels.environment import StoreEnvironment, StoreSettings
from domain.connections.health import Health
from domain.connections.model import ConnectionId, Provider
from domain.gateway.metering import Metering
from domain.tokens.access import AccessTokens
from domain.tokens.model import LwaClient
from entrypoints.bootstrap.ground import Ground
from entrypoints.bootstrap.stores import Stores
from entrypoints.settings import Settings

_SETTINGS = StoreSettings(
    shop="SHOPIFY_SHOP",
    token="SHOPIFY_ACCESS_TOKEN",  # noqa: S106 - a variable's name
    client=("SHOPIFY_CLIENT_ID", "SHOPIFY_CLIENT_SECRET"),
)


def shopify_on(ground: Ground, metering: Metering) -> Stores:
    """Asks nobody yet."""
    settings, provider = ground.settings, Provider.SHOPIFY
    addresses, terms = ShopifyAddresses(settings.shopify_url), ShopifyTerms()
    endpoint = ShopifyTokens(addresses, ground.outbound, ground.clock, _client(settings))
    tokens = AccessTokens(
        work=ground.work,
        look=ground.look,
        exchange=endpoint,
        clock=ground.clock,
        pause=ground.pause,
        owner=ground.owner,
        claim_seconds=2 * settings.http_timeout_seconds + 5,
        revoked=_revoked(Health(ground.work, ground.clock)),
        channel=provider.channel,
    )
    graphql = ShopifyGraphQL(
        addresses=addresses,
        outbound=ground.outbound,
        tokens=tokens,
        clock=ground.clock,
        chance=ground.chance,
        stopwatch=ground.stopwatch,
        calls=StoreCalls(ground.meter.called),
        meter=metering,
    )
    secret = settings.shopify_client_secret
    signatures = Signatures(secret.get_secret_value() if secret else None)
    missing = settings.missing_shopify_client
    return Stores(
        provider=provider,
        terms=terms,
        pages=ShopifyConsent(addresses, settings.shopify_client_id, settings.shopify_scope_list, missing),
        endpoint=endpoint,
        tokens=tokens,
        arrivals=ShopifyArrivals(signatures, terms),
        messages=ShopifyMessages(signatures, terms),
        accounts=ShopifyAccounts(graphql),
        feed=ShopifyOrders(graphql, BulkOrders(graphql, ground.outbound, addresses, ground.clock)),
        settings=_SETTINGS,
        environment=_environment(settings),
        redirect_uri=settings.redirect_uri("shopify"),
        most_listed=MOST_LISTED,
    )


def _client(settings: Settings) -> LwaClient | None:
    client_id, secret = settings.shopify_client_id, settings.shopify_client_secret
    return LwaClient(client_id, secret.get_secret_value()) if client_id and secret else None


def _environment(settings: Settings) -> StoreEnvironment:
    token = settings.shopify_access_token
    return StoreEnvironment(
        settings.shopify_shop, token.get_secret_value() if token else None, settings.amazon_owner_email
    )


def _revoked(health: Health) -> Callable[[UUID, int], None]:
    def revoked(connection_id: UUID, version: int) -> None:
        message = "Shopify does not honour the consent any more: connect the store again to go on."
        health.revoked(ConnectionId(connection_id), message, version)

    return revoked
