"""The only place where a port meets its adapter: plain constructor calls, top to bottom."""

import os
import secrets
import socket
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from threading import Event
from uuid import UUID

from sqlalchemy import Engine

from adapters.amazon.addresses import AmazonAddresses
from adapters.amazon.call_log import LoggedCalls
from adapters.amazon.consent_pages import SellerCentralConsent
from adapters.amazon.lwa import Lwa, LwaClient
from adapters.amazon.sp_api import SpApiWire
from adapters.amazon.store import AmazonOrders, AmazonSellers, AmazonStock
from adapters.crypto.envelope import Envelopes
from adapters.crypto.passwords import Argon2Passwords
from adapters.http import Outbound
from adapters.sql import migrate
from adapters.sql.buckets import SqlBuckets
from adapters.sql.engine import make_engine
from adapters.sql.figures import SqlOverview, SqlSalesFigures, SqlStockFigures
from adapters.sql.probes import DatabaseProbe, KeyRingProbe, MigrationsProbe
from adapters.sql.work import SqlWork
from adapters.system import RandomTokens, StoppablePause, SystemChance, SystemClock, SystemStopwatch
from domain.connections.catalog import Connections
from domain.connections.consent import Consent
from domain.connections.health import Health
from domain.connections.model import ConnectionId
from domain.connections.participations import Memberships
from domain.gateway.call import Gateway
from domain.kpis.dashboards import Dashboards
from domain.operations.housekeeping import Housekeeping
from domain.sync.desk import SyncDesk
from domain.sync.model import Resource
from domain.sync.pull_inventory import InventoryPuller
from domain.sync.pull_orders import OrderPuller
from domain.sync.run import Runner
from domain.sync.shift import Shift
from domain.tokens.access import AccessTokens
from domain.users.access import Access
from entrypoints.instance import Instance
from entrypoints.services import Services
from entrypoints.settings import Settings

#: A killed process loses its work after this long; a living one prolongs its leases several times in between.
LEASE_TIME = timedelta(seconds=15)
#: Requests of people come on top of the runs.
_CONNECTIONS_FOR_PEOPLE = 32


@dataclass(frozen=True)
class Portside:
    """A built application: what it can do, and what is needed to look after it."""

    settings: Settings
    instance: Instance
    engine: Engine
    services: Services
    stopping: Event  # set it, and everything that waits or runs comes to an end

    def migrate(self) -> None:
        """Bring the database's tables up to date."""
        migrate.upgrade(self.engine)


def build(settings: Settings, instance: Instance) -> Portside:
    """Portside, wired. Opens no connection and starts nothing."""
    engine = make_engine(settings.database_url.get_secret_value())
    cipher = Envelopes(instance.key_ring)
    clock, chance, random_tokens = SystemClock(), SystemChance(), RandomTokens()
    stopping = Event()
    pause = StoppablePause(stopping)
    passwords = Argon2Passwords()
    owner = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"

    def work() -> SqlWork:
        return SqlWork(engine, cipher)

    def look() -> SqlWork:
        return SqlWork(engine, cipher, reading=True)

    addresses = AmazonAddresses(settings.lwa_token_url, settings.sp_api_url, settings.seller_central_url)
    outbound = Outbound.with_pool(
        settings.http_timeout_seconds, settings.worker_threads + _CONNECTIONS_FOR_PEOPLE
    )
    lwa_client = _lwa_client(settings)
    lwa = Lwa(lwa_client, addresses, outbound, clock)
    health = Health(work, clock)
    tokens = AccessTokens(
        work=work,
        look=look,
        exchange=lwa,
        clock=clock,
        pause=pause,
        owner=owner,
        claim_seconds=2 * settings.http_timeout_seconds + 5,
        revoked=_revoked(health),
    )
    gateway = Gateway(
        wire=SpApiWire(addresses, outbound, clock),
        tokens=tokens,
        buckets=SqlBuckets(engine),
        clock=clock,
        pause=pause,
        chance=chance,
        stopwatch=SystemStopwatch(),
        log=LoggedCalls(),
        application=lwa_client.client_id or "",
    )
    memberships = Memberships(work, AmazonSellers(gateway), clock)
    pages = SellerCentralConsent(addresses, settings.amazon_app_id, settings.amazon_app_draft, lwa_client)
    services = Services(
        access=Access(work, look, passwords, random_tokens, clock, passwords.hash(random_tokens.new())),
        consent=Consent(work, pages, lwa, memberships, random_tokens, clock, settings.redirect_uri("amazon")),
        connections=Connections(work, look, clock),
        tokens=tokens,
        sync=SyncDesk(work, look, clock),
        dashboards=Dashboards(
            look, SqlSalesFigures(engine), SqlStockFigures(engine), SqlOverview(engine), clock
        ),
        shift=Shift(work, clock, owner, LEASE_TIME),
        runner=Runner(
            work=work,
            look=look,
            pullers={
                Resource.ORDERS: OrderPuller(AmazonOrders(gateway), timedelta(days=settings.backfill_days)),
                Resource.INVENTORY: InventoryPuller(AmazonStock(gateway)),
            },
            memberships=memberships,
            health=health,
            clock=clock,
            chance=chance,
            interval=timedelta(minutes=settings.sync_interval_minutes),
            lease_time=LEASE_TIME,
        ),
        housekeeping=Housekeeping(work, clock),
        probes=(DatabaseProbe(engine), MigrationsProbe(engine), KeyRingProbe(engine, cipher)),
        missing_settings=pages.missing(),
    )
    return Portside(settings, instance, engine, services, stopping)


def _lwa_client(settings: Settings) -> LwaClient:
    secret = settings.amazon_lwa_client_secret
    return LwaClient(settings.amazon_lwa_app_id, secret.get_secret_value() if secret else None)


def _revoked(health: Health) -> Callable[[UUID, int], None]:
    def revoked(connection_id: UUID, version: int) -> None:
        message = "Amazon does not honour the consent any more: give it again to go on."
        health.revoked(ConnectionId(connection_id), message, version)

    return revoked
