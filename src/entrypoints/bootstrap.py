"""The only place where a port meets its adapter: plain constructor calls, top to bottom."""

import os
import secrets
import socket
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from threading import Event
from uuid import UUID

from sqlalchemy import Engine

from adapters.amazon.addresses import AmazonAddresses
from adapters.amazon.call_log import LoggedCalls
from adapters.amazon.consent_pages import SellerCentralConsent
from adapters.amazon.lwa import Lwa
from adapters.amazon.notifications import SqsNotifications
from adapters.amazon.products import AmazonFees, AmazonInbound, AmazonRestrictions
from adapters.amazon.sigv4 import SigV4Signer
from adapters.amazon.sp_api import SpApiWire
from adapters.amazon.store import AmazonOrders, AmazonSellers, AmazonStock
from adapters.amazon.sts import StsRoles
from adapters.crypto.envelope import Envelopes
from adapters.crypto.passwords import Argon2Passwords
from adapters.fallback import FallbackBuckets
from adapters.http import Outbound
from adapters.memory.cache import MemoryCache
from adapters.metrics import MeteredCalls, MeteredLwa, PrometheusMeter
from adapters.redis.buckets import RedisBuckets
from adapters.redis.cache import RedisCache
from adapters.redis.server import RedisServer
from adapters.sql import migrate
from adapters.sql.buckets import SqlBuckets
from adapters.sql.engine import make_engine
from adapters.sql.export import SqlRecords
from adapters.sql.figures import SqlOverview, SqlSalesFigures, SqlStockFigures
from adapters.sql.probes import DatabaseProbe, KeyRingProbe, MigrationsProbe
from adapters.sql.survey import SqlSurvey
from adapters.sql.work import SqlWork
from adapters.system import RandomTokens, StoppablePause, SystemChance, SystemClock, SystemStopwatch
from domain.audit.journal import Journal
from domain.cache import Cache
from domain.connections.appstore import Appstore
from domain.connections.catalog import Connections
from domain.connections.changes import Changes
from domain.connections.consent import Consent
from domain.connections.diagnosis import Diagnosis
from domain.connections.environment import Environment, EnvironmentImport
from domain.connections.erasure import Erasures
from domain.connections.export import Exports
from domain.connections.grants import Grants
from domain.connections.health import Health
from domain.connections.model import ConnectionId
from domain.connections.participations import Memberships
from domain.connections.self_authorised import SelfAuthorised
from domain.connections.seller_central import SellerCentralAddresses
from domain.connections.states import States
from domain.connections.trials import Trials
from domain.credentials.application import ApplicationClient
from domain.credentials.notices import ClientNotices
from domain.credentials.pace import Pace
from domain.credentials.probe import ClientSecretProbe
from domain.credentials.shelf import SecretShelf
from domain.errors import NotConfigured
from domain.gateway.call import Gateway
from domain.gateway.metering import Metering
from domain.gateway.proxy import Proxy
from domain.gateway.usage import Usage
from domain.kpis.dashboards import Dashboards
from domain.operations.housekeeping import Housekeeping
from domain.operations.watch import Watch
from domain.products.asking import Questions, Turns
from domain.products.eligibility import ELIGIBILITY, EligibilityDesk
from domain.products.fees import FEES, FeesDesk
from domain.products.inbound import ITEMS, SHIPMENTS, Inbound
from domain.sync.desk import SyncDesk
from domain.sync.model import Resource
from domain.sync.pull_inventory import InventoryPuller
from domain.sync.pull_orders import OrderPuller
from domain.sync.run import Runner
from domain.sync.shift import Shift
from domain.tokens.access import AccessTokens
from domain.tokens.model import RefreshToken
from domain.tokens.renewals import Renewals
from domain.tokens.rotation import KeyRotation
from domain.users.access import Access
from domain.users.api_keys import ApiKeys
from entrypoints.instance import Instance
from entrypoints.services import Services
from entrypoints.settings import Problem, Settings, SettingsError

#: A killed process loses its work after this long; a living one prolongs its leases several times in between.
LEASE_TIME = timedelta(seconds=15)
#: Requests of people come on top of the runs.
_CONNECTIONS_FOR_PEOPLE = 32
#: Whoever needs a token at once finds so many exchanges left, however many tokens are being renewed ahead of time.
_EXCHANGES_FOR_THE_HURRIED = 20.0


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
    redis = _redis(settings)
    buckets = FallbackBuckets(RedisBuckets(redis), SqlBuckets(engine)) if redis else SqlBuckets(engine)
    client_id, missing_client = settings.amazon_lwa_app_id or "", settings.missing_lwa_client
    shelf = SecretShelf(work, look, clock, client_id, settings.amazon_lwa_client_secrets)
    pace = Pace(buckets, clock, chance)
    meter, stopwatch = PrometheusMeter(), SystemStopwatch()
    lwa = MeteredLwa(Lwa(addresses, outbound, clock), meter, stopwatch)
    credentials = ApplicationClient(lwa, shelf, pace, clock, missing_client)
    health = Health(work, clock)
    tokens = AccessTokens(
        work=work,
        look=look,
        exchange=credentials,
        clock=clock,
        pause=pause,
        owner=owner,
        claim_seconds=2 * settings.http_timeout_seconds + 5,
        revoked=_revoked(health),
    )
    unhurried = replace(credentials, pace=replace(pace, reserve=_EXCHANGES_FOR_THE_HURRIED))
    metering = Metering(work, clock)
    roles = StsRoles(settings.amazon_region, settings.sts_url, settings.http_timeout_seconds, clock)
    gateway = Gateway(
        wire=SpApiWire(addresses, outbound, clock, SigV4Signer(roles, settings.amazon_sp_role_arn)),
        tokens=tokens,
        buckets=buckets,
        clock=clock,
        pause=pause,
        chance=chance,
        stopwatch=stopwatch,
        log=MeteredCalls(LoggedCalls(), meter),
        meter=metering,
        application=client_id,
        timeout_seconds=settings.http_timeout_seconds,
    )
    sellers = AmazonSellers(gateway)
    cache: Cache = RedisCache(redis) if redis else MemoryCache(clock)
    cache_time = timedelta(seconds=settings.cache_ttl_seconds)
    turns = Turns(stopwatch)
    memberships = Memberships(work, sellers, clock)
    grants, states = Grants(work, memberships, clock), States(work, random_tokens, clock)
    trials = Trials(buckets, clock)
    access = Access(work, look, passwords, random_tokens, clock, passwords.hash(random_tokens.new()))
    redirect_uri = settings.redirect_uri("amazon")
    pages = SellerCentralConsent(addresses, settings.amazon_app_id, settings.amazon_app_draft, missing_client)
    services = Services(
        access=access,
        api_keys=ApiKeys(work, look, random_tokens, clock),
        consent=Consent(look, pages, credentials, states, grants, trials, redirect_uri),
        appstore=Appstore(look, _seller_central(settings), pages, states, redirect_uri),
        self_authorised=SelfAuthorised(credentials, grants, trials),
        environment=EnvironmentImport(_environment(settings), look, access, credentials, sellers, grants),
        connections=Connections(work, look, clock),
        changes=Changes(work, look, credentials, trials, clock),
        erasures=Erasures(work, look, clock),
        exports=Exports(work, SqlRecords(engine), clock),
        journal=Journal(look),
        tokens=tokens,
        renewals=Renewals(
            work, look, replace(tokens, exchange=unhurried), clock, chance, owner, 2 * tokens.claim_seconds
        ),
        diagnosis=Diagnosis(
            look=look,
            tokens=tokens,
            accounts=AmazonSellers(gateway),
            orders=AmazonOrders(gateway),
            roles=roles,
            role_arn=settings.amazon_sp_role_arn,
            draft=settings.amazon_app_draft,
            clock=clock,
            stopwatch=stopwatch,
            buckets=buckets,
        ),
        proxy=Proxy(work, look, gateway, clock),
        eligibility=EligibilityDesk(
            AmazonRestrictions(gateway), Questions(cache, cache_time, ELIGIBILITY), turns
        ),
        fees=FeesDesk(AmazonFees(gateway), Questions(cache, cache_time, FEES), turns),
        inbound=Inbound(
            AmazonInbound(gateway),
            Questions(cache, cache_time, SHIPMENTS),
            Questions(cache, cache_time, ITEMS),
            turns,
            clock,
        ),
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
        metering=metering,
        usage=Usage(look, buckets, clock, metering.flush, client_id),
        keys=KeyRotation(work, look, instance.key_ring, clock, pause),
        credentials=credentials,
        notices=_notices(settings, work, shelf, clock),
        probes=(
            DatabaseProbe(engine),
            MigrationsProbe(engine),
            KeyRingProbe(engine, cipher),
            ClientSecretProbe(shelf, clock, missing_client),
            *((redis,) if redis else ()),
        ),
        watch=Watch(SqlSurvey(engine), credentials.days_left, meter, clock),
        missing_settings=pages.missing(),
    )
    return Portside(settings, instance, engine, services, stopping)


def _redis(settings: Settings) -> RedisServer | None:
    if settings.redis_url is None:
        return None
    try:
        return RedisServer.at(settings.redis_url.get_secret_value(), SystemStopwatch())
    except NotConfigured as error:
        raise SettingsError((Problem("REDIS_URL", str(error)),)) from error


def _notices(
    settings: Settings, work: Callable[[], SqlWork], shelf: SecretShelf, clock: SystemClock
) -> ClientNotices | None:
    url = settings.amazon_notifications_queue_url
    if url is None or settings.missing_lwa_client:
        return None
    queue = SqsNotifications(url, settings.amazon_region, settings.http_timeout_seconds)
    return ClientNotices(queue, work, shelf, clock)


def _seller_central(settings: Settings) -> SellerCentralAddresses:
    return SellerCentralAddresses(settings.seller_central_url, settings.is_production)


def _environment(settings: Settings) -> Environment:
    token = settings.amazon_refresh_token
    return Environment(
        RefreshToken(token.get_secret_value()) if token else None,
        settings.amazon_seller_id,
        settings.amazon_owner_email,
    )


def _revoked(health: Health) -> Callable[[UUID, int], None]:
    def revoked(connection_id: UUID, version: int) -> None:
        message = "Amazon does not honour the consent any more: give it again to go on."
        health.revoked(ConnectionId(connection_id), message, version)

    return revoked
