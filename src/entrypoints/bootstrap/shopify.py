"""The way to Shopify's stores: tokens, what a store says of itself, and the doors by which it is connected."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from adapters.shopify.accounts import ShopifyAccounts
from adapters.shopify.addresses import ShopifyAddresses
from adapters.shopify.bulk import BulkOrders
from adapters.shopify.call_log import StoreCalls
from adapters.shopify.consent_pages import ShopifyConsent
from adapters.shopify.graphql import ShopifyGraphQL
from adapters.shopify.orders import ShopifyOrders
from adapters.shopify.tokens import ShopifyTokens
from domain.channels.brought import BroughtStores
from domain.channels.consent import StoreConsent
from domain.channels.diagnosis import StoreDiagnosis
from domain.channels.environment import StoreEnvironment, StoreImport
from domain.channels.grants import StoreGrants
from domain.channels.history import StoreHistory
from domain.channels.pull_store_orders import StoreOrderPuller
from domain.channels.signature import Signatures
from domain.channels.webhooks import Webhooks
from domain.connections.erasure import Erasures
from domain.connections.health import Health
from domain.connections.model import ConnectionId
from domain.connections.states import States
from domain.connections.trials import Trials
from domain.gateway.metering import Metering
from domain.tokens.access import AccessTokens
from domain.tokens.model import LwaClient
from domain.users.access import Access
from entrypoints.bootstrap.ground import Ground
from entrypoints.services import StoreDoors
from entrypoints.settings import Settings


@dataclass(frozen=True)
class Shopify:
    """Asked for tokens, and with them for everything else."""

    addresses: ShopifyAddresses
    endpoint: ShopifyTokens
    tokens: AccessTokens
    graphql: ShopifyGraphQL
    accounts: ShopifyAccounts


def shopify_on(ground: Ground, metering: Metering) -> Shopify:
    """Asks nobody yet."""
    addresses = ShopifyAddresses(ground.settings.shopify_url)
    endpoint = ShopifyTokens(addresses, ground.outbound, ground.clock, _client(ground.settings))
    tokens = AccessTokens(
        work=ground.work,
        look=ground.look,
        exchange=endpoint,
        clock=ground.clock,
        pause=ground.pause,
        owner=ground.owner,
        claim_seconds=2 * ground.settings.http_timeout_seconds + 5,
        revoked=_revoked(Health(ground.work, ground.clock)),
        channel="shopify",
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
    return Shopify(addresses, endpoint, tokens, graphql, ShopifyAccounts(graphql))


def store_doors_on(ground: Ground, shopify: Shopify, access: Access, trials: Trials) -> StoreDoors:
    """Starts nothing."""
    settings, work, look, clock = ground.settings, ground.work, ground.look, ground.clock
    grants = StoreGrants(work, shopify.accounts, clock)
    secret = settings.shopify_client_secret
    signatures = Signatures(secret.get_secret_value() if secret else None)
    pages = ShopifyConsent(
        shopify.addresses,
        settings.shopify_client_id,
        settings.shopify_scope_list,
        settings.missing_shopify_client,
    )
    return StoreDoors(
        consent=StoreConsent(
            pages=pages,
            tokens=shopify.endpoint,
            signatures=signatures,
            states=States(work, ground.random_tokens, clock),
            grants=grants,
            trials=trials,
            clock=clock,
            redirect_uri=settings.redirect_uri("shopify"),
        ),
        brought=BroughtStores(shopify.endpoint, grants, trials),
        environment=StoreImport(_environment(settings), look, access, shopify.endpoint, grants),
        webhooks=Webhooks(work, look, signatures, Erasures(work, look, clock), clock),
        diagnosis=StoreDiagnosis(
            look, shopify.tokens, shopify.accounts, clock, ground.stopwatch, ground.buckets
        ),
    )


def store_orders_on(ground: Ground, shopify: Shopify) -> StoreOrderPuller:
    """Asks nobody yet."""
    settings = ground.settings
    bulk = BulkOrders(shopify.graphql, ground.outbound, shopify.addresses, ground.clock)
    feed = ShopifyOrders(shopify.graphql, bulk)
    reach = timedelta(days=min(settings.backfill_days, settings.retention_days))
    return StoreOrderPuller(feed, shopify.accounts, StoreHistory(feed, reach))


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
