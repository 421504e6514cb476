"""What Portside can do, each subject with what it needs."""

from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from importlib.metadata import version

from adapters.amazon.consent_pages import SellerCentralConsent
from adapters.amazon.notifications import SqsNotifications
from adapters.amazon.products import AmazonFees, AmazonInbound, AmazonRestrictions
from adapters.amazon.sales import AmazonSalesMetrics
from adapters.amazon.store import AmazonOrders, AmazonStock
from adapters.amazon.wire.order_report import FlatFileOrders
from adapters.crypto.passwords import Argon2Passwords
from adapters.oidc.keys import ProviderKeys
from adapters.oidc.probe import ProviderProbe
from adapters.sql.ads_figures import SqlAdvertisingFigures
from adapters.sql.completeness import SqlCompleteness
from adapters.sql.engine import one_moment
from adapters.sql.export import SqlRecords
from adapters.sql.overview import SqlOverview
from adapters.sql.present_sessions import SqlPresentSessions
from adapters.sql.probes import DatabaseProbe, KeyRingProbe, MigrationsProbe
from adapters.sql.sales_figures import SqlSalesFigures
from adapters.sql.stock_figures import SqlStockFigures
from adapters.sql.survey import SqlSurvey
from adapters.sql.versions import SqlPresentVersions
from domain.audit.journal import Journal
from domain.channels.limits import HistoryLimits
from domain.connections.appstore import Appstore
from domain.connections.catalog import Connections
from domain.connections.changes import Changes
from domain.connections.consent import Consent
from domain.connections.diagnosis import Diagnosis
from domain.connections.environment import Environment, EnvironmentImport
from domain.connections.erasure import Erasures
from domain.connections.export import Exports
from domain.connections.grants import Grants
from domain.connections.participations import Memberships
from domain.connections.self_authorised import SelfAuthorised
from domain.connections.seller_central import SellerCentralAddresses
from domain.connections.states import States
from domain.connections.trials import Trials
from domain.credentials.notices import ClientNotices
from domain.credentials.probe import ClientSecretProbe
from domain.events.listener import Limits
from domain.events.live import Live
from domain.gateway.proxy import Proxy
from domain.gateway.usage import Usage
from domain.kpis.answers import Answers
from domain.kpis.dashboards import Dashboards
from domain.kpis.months import Months
from domain.kpis.performance import Performance
from domain.kpis.stock import Stock
from domain.kpis.truth import Truth
from domain.ledger.desk import Ledger
from domain.ledger.keeping import LedgerKeeping, compared_back
from domain.operations.housekeeping import Housekeeping
from domain.operations.ports import Probe
from domain.operations.retention import Retention
from domain.operations.watch import Watch
from domain.products.asking import Questions, Turns
from domain.products.eligibility import ELIGIBILITY, EligibilityDesk
from domain.products.fees import FEES, FeesDesk
from domain.products.inbound import ITEMS, SHIPMENTS, Inbound
from domain.reports.daily import Daily
from domain.reports.desk import ReportDesk
from domain.reports.following import Following
from domain.reports.history import Backfill, History
from domain.sync.back_office import BackOffice
from domain.sync.desk import SyncDesk
from domain.sync.model import Resource
from domain.sync.order_notices import ORDER_CHANGE, OrderNotices
from domain.sync.overview import SyncOverview
from domain.sync.pull_inventory import InventoryPuller
from domain.sync.pull_orders import OrderPuller
from domain.sync.run import Runner
from domain.sync.shift import Shift
from domain.tokens.model import RefreshToken
from domain.tokens.rotation import KeyRotation
from domain.users.access import Access
from domain.users.api_keys import ApiKeys
from entrypoints.bootstrap.ads import Ads, ads_doors_on
from entrypoints.bootstrap.ads_accounts import account_keeping_on
from entrypoints.bootstrap.ads_reports import ads_reporting_on
from entrypoints.bootstrap.amazon import Amazon
from entrypoints.bootstrap.ground import Ground
from entrypoints.bootstrap.oidc import identities_on, provider_keys_on
from entrypoints.bootstrap.stores import Stores, store_doors_on, store_orders_on
from entrypoints.services import Services
from entrypoints.settings import Settings

#: A killed process loses its work after this long; a living one prolongs its leases several times in between.
LEASE_TIME = timedelta(seconds=15)


def services_on(ground: Ground, amazon: Amazon, stores: Sequence[Stores], ads: Ads) -> Services:
    """Starts nothing."""
    settings, engine, clock, chance = ground.settings, ground.engine, ground.clock, ground.chance
    work, look, random_tokens, stopwatch = ground.work, ground.look, ground.random_tokens, ground.stopwatch
    gateway, credentials, tokens, sellers = (
        amazon.gateway,
        amazon.credentials,
        amazon.tokens,
        amazon.sellers,
    )
    cache, cache_time = ground.cache, timedelta(seconds=settings.cache_ttl_seconds)
    turns, trials = Turns(stopwatch), Trials(ground.buckets, clock)
    memberships = Memberships(work, sellers, clock)
    grants, states = Grants(work, memberships, clock), States(work, random_tokens, clock)
    passwords = Argon2Passwords()
    sessions = SqlPresentSessions(engine, ground.tracing)
    reference_hash = passwords.hash(random_tokens.new())
    access = Access(work, look, sessions, passwords, random_tokens, clock, reference_hash)
    pages = SellerCentralConsent(
        ground.addresses, settings.amazon_app_id, settings.amazon_app_draft, amazon.missing_client
    )
    redirect_uri, provider_keys = ground.redirect_uri, provider_keys_on(ground)
    connections = Connections(work, look, clock)
    performance = Performance(look, SqlAdvertisingFigures(engine), clock)
    limits = HistoryLimits({each.provider: each.terms for each in stores})
    keeping = account_keeping_on(ground, ads.client)
    reporting = ads_reporting_on(ground, ads.client, ads.addresses)
    return Services(
        access=access,
        api_keys=ApiKeys(work, look, random_tokens, clock),
        identities=identities_on(ground, provider_keys),
        consent=Consent(look, pages, credentials, states, grants, trials, redirect_uri),
        appstore=Appstore(look, _seller_central(settings), pages, states, redirect_uri),
        self_authorised=SelfAuthorised(credentials, grants, trials),
        environment=EnvironmentImport(_environment(settings), look, access, credentials, sellers, grants),
        stores={each.provider: store_doors_on(ground, each, access, trials) for each in stores},
        limits=limits,
        ads=ads_doors_on(ground, ads, trials),
        connections=connections,
        changes=Changes(work, look, credentials, trials, clock),
        erasures=Erasures(work, look, clock),
        exports=Exports(work, SqlRecords(engine), clock),
        journal=Journal(look),
        tokens=tokens,
        renewals=amazon.renewals,
        diagnosis=Diagnosis(
            look=look,
            tokens=tokens,
            accounts=sellers,
            orders=AmazonOrders(gateway),
            stock=AmazonStock(gateway),
            roles=amazon.roles,
            role_arn=settings.amazon_sp_role_arn,
            draft=settings.amazon_app_draft,
            clock=clock,
            stopwatch=stopwatch,
            buckets=ground.buckets,
        ),
        proxy=Proxy(work, connections, gateway, clock),
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
        ads_accounts=keeping.desks,
        ads_reports=reporting.reports,
        ads_schedules=reporting.schedules,
        reports=ReportDesk(work, look, clock),
        backfill=Backfill(work, look, clock, settings.retention_days),
        sync=SyncDesk(work, look, clock),
        overview=SyncOverview(look, timedelta(minutes=settings.sync_interval_minutes)),
        live=_live(ground),
        dashboards=Dashboards(
            SqlSalesFigures(engine),
            SqlStockFigures(engine),
            SqlOverview(engine),
            SqlCompleteness(engine),
            performance,
            clock,
            limits,
        ),
        performance=performance,
        stock=Stock(work, SqlStockFigures(engine), SqlOverview(engine), clock),
        answers=_answers(ground),
        truth=Truth(work, look, clock),
        months=Months(work, look, clock),
        ledger=Ledger(look),
        shift=Shift(work, clock, ground.owner, LEASE_TIME),
        runner=Runner(
            work=work,
            look=look,
            pullers={
                Resource.ORDERS: OrderPuller(AmazonOrders(gateway)),
                Resource.INVENTORY: InventoryPuller(AmazonStock(gateway)),
                Resource.REPORTS: _back_office(ground, amazon),
                Resource.ADS: BackOffice((keeping.accounts, keeping.registrations, *reporting.chores)),
                **{Resource.orders_of(each.provider): store_orders_on(ground, each) for each in stores},
            },
            memberships=memberships,
            health=amazon.health,
            clock=clock,
            chance=chance,
            interval=timedelta(minutes=settings.sync_interval_minutes),
            lease_time=LEASE_TIME,
            ended=ground.meter.run_ended,
        ),
        housekeeping=Housekeeping(work, clock),
        retention=Retention(work, look, clock, timedelta(days=settings.retention_days)),
        metering=amazon.metering,
        usage=Usage(look, ground.buckets, clock, amazon.metering.flush, settings.amazon_lwa_app_id or ""),
        keys=KeyRotation(work, look, ground.instance.key_ring, clock, ground.pause),
        credentials=credentials,
        notices=_notices(ground, amazon),
        probes=_probes(ground, amazon, provider_keys),
        watch=Watch(SqlSurvey(engine), credentials.days_left, ground.meter, clock),
        missing_settings=pages.missing(),
        tracing=ground.tracing,
    )


def _answers(ground: Ground) -> Answers:
    """What keeps the dashboards' answers."""
    return Answers(
        versions=SqlPresentVersions(ground.engine, ground.tracing),
        one_moment=partial(one_moment, ground.engine),
        cache=ground.cache,
        ttl=timedelta(seconds=ground.settings.cache_ttl_seconds),
        clock=ground.clock,
        release=f"{version('portside')} {_set(ground.settings)}",
    )


def _set(settings: Settings) -> str:
    """Which settings there are: some dashboards say what is missing."""
    return " ".join(name for name, value in settings if value is not None)


def _live(ground: Ground) -> Live:
    limits = Limits(total=ground.settings.event_streams)
    return Live(ground.look, ground.bells, ground.stopwatch, ground.chance, limits, ground.meter)


def _back_office(ground: Ground, amazon: Amazon) -> BackOffice:
    settings = ground.settings
    poll = timedelta(seconds=settings.report_poll_seconds)
    return BackOffice(
        (
            Following(amazon.reports, FlatFileOrders(), ground.look, poll),
            History(ground.look, min(settings.backfill_days, settings.retention_days)),
            Daily(amazon.reports, ground.look, timedelta(days=settings.retention_days)),
            LedgerKeeping(
                AmazonSalesMetrics(amazon.gateway), ground.look, compared_back(settings.retention_days)
            ),
        )
    )


def _probes(ground: Ground, amazon: Amazon, provider_keys: ProviderKeys | None) -> tuple[Probe, ...]:
    needed: tuple[Probe, ...] = (
        DatabaseProbe(ground.engine),
        MigrationsProbe(ground.engine),
        KeyRingProbe(ground.engine, ground.cipher),
        ClientSecretProbe(amazon.shelf, ground.clock, amazon.missing_client),
    )
    if provider_keys is not None:
        needed = (*needed, ProviderProbe(provider_keys))
    return (*needed, ground.redis) if ground.redis else needed


def _notices(ground: Ground, amazon: Amazon) -> ClientNotices | None:
    settings = ground.settings
    url = settings.amazon_notifications_queue_url
    if url is None or amazon.missing_client:
        return None
    queue = SqsNotifications(url, settings.amazon_region, settings.http_timeout_seconds)
    others = {ORDER_CHANGE: OrderNotices(ground.work, ground.clock)}
    return ClientNotices(queue, ground.work, amazon.shelf, ground.clock, others)


def _seller_central(settings: Settings) -> SellerCentralAddresses:
    return SellerCentralAddresses(settings.seller_central_url, settings.is_production)


def _environment(settings: Settings) -> Environment:
    token = settings.amazon_refresh_token
    return Environment(
        RefreshToken(token.get_secret_value()) if token else None,
        settings.amazon_seller_id,
        settings.amazon_owner_email,
    )
