"""What every channel of stores has in common once its adapters are there: doors, a chain to try out, a puller."""

from dataclasses import dataclass
from datetime import timedelta

from domain.channels.brought import BroughtStores
from domain.channels.consent import StoreConsent
from domain.channels.diagnosis import StoreDiagnosis
from domain.channels.environment import StoreEnvironment, StoreImport, StoreSettings
from domain.channels.grants import StoreGrants
from domain.channels.history import StoreHistory
from domain.channels.ports import (
    StoreAccounts,
    StoreArrivals,
    StoreFeed,
    StoreMessages,
    StorePages,
    StoreTerms,
    StoreTokens,
)
from domain.channels.pull_store_orders import StoreOrderPuller
from domain.channels.webhooks import Webhooks
from domain.connections.erasure import Erasures
from domain.connections.model import Provider
from domain.connections.states import States
from domain.connections.trials import Trials
from domain.tokens.access import AccessTokens
from domain.users.access import Access
from entrypoints.bootstrap.ground import Ground
from entrypoints.services import StoreDoors


@dataclass(frozen=True)
class Stores:
    """A channel of stores: the ports of ``domain.channels``, each with its adapter, and what the settings say of it.

    ``most_listed``: beyond so many orders of a window it lists nothing; ``None``: it lists them all.
    """

    provider: Provider
    terms: StoreTerms
    pages: StorePages
    endpoint: StoreTokens
    tokens: AccessTokens
    arrivals: StoreArrivals
    messages: StoreMessages
    accounts: StoreAccounts
    feed: StoreFeed
    settings: StoreSettings
    environment: StoreEnvironment
    redirect_uri: str
    most_listed: int | None = None


def store_doors_on(ground: Ground, stores: Stores, access: Access, trials: Trials) -> StoreDoors:
    """Starts nothing."""
    work, look, clock = ground.work, ground.look, ground.clock
    grants = StoreGrants(stores.provider, work, stores.terms, stores.accounts, clock)
    return StoreDoors(
        consent=StoreConsent(
            pages=stores.pages,
            tokens=stores.endpoint,
            arrivals=stores.arrivals,
            states=States(work, ground.random_tokens, clock),
            grants=grants,
            trials=trials,
            clock=clock,
            redirect_uri=stores.redirect_uri,
        ),
        brought=BroughtStores(stores.endpoint, grants, trials),
        environment=StoreImport(stores.settings, stores.environment, look, access, stores.endpoint, grants),
        webhooks=Webhooks(work, look, stores.provider, stores.messages, Erasures(work, look, clock), clock),
        diagnosis=StoreDiagnosis(
            provider=stores.provider,
            look=look,
            tokens=stores.tokens,
            terms=stores.terms,
            accounts=stores.accounts,
            clock=clock,
            stopwatch=ground.stopwatch,
            buckets=ground.buckets,
        ),
    )


def store_orders_on(ground: Ground, stores: Stores) -> StoreOrderPuller:
    """Asks nobody yet."""
    settings = ground.settings
    reach = timedelta(days=min(settings.backfill_days, settings.retention_days))
    history = StoreHistory(stores.feed, stores.terms, reach)
    return StoreOrderPuller(stores.feed, stores.accounts, history, stores.most_listed)
