"""All of Portside on fakes: what ``entrypoints.bootstrap.build`` wires, with other arguments."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from threading import Event
from uuid import UUID

from adapters.ads.wire.report_figures import AdsRows
from adapters.amazon.wire.order_report import FlatFileOrders
from adapters.memory.buckets import MemoryBuckets
from adapters.memory.cache import MemoryCache
from adapters.metrics import PrometheusMeter
from adapters.shopify.terms import ShopifyTerms
from domain.ads.batch import AccountBatch
from domain.ads.desk import AccountDesk
from domain.ads.directory import Refresh
from domain.ads.health import AdsHealthDesk
from domain.ads.keeping import AccountsChore
from domain.ads.register import RegistrationDesk, RegistrationsChore
from domain.ads.registering import Registering
from domain.ads.report_desk import AdsReportDesk
from domain.ads.report_following import Following as AdsFollowing
from domain.ads.report_planning import Planning
from domain.ads.report_schedules import Schedules
from domain.ads.schedule_desk import ScheduleDesk
from domain.audit.journal import Journal
from domain.channels.environment import StoreEnvironment
from domain.channels.history import StoreHistory
from domain.channels.limits import HistoryLimits
from domain.channels.pull_store_orders import StoreOrderPuller
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
from domain.connections.model import Connection, ConnectionId, ConnectionStatus, Provider
from domain.connections.participations import Memberships
from domain.connections.self_authorised import SelfAuthorised
from domain.connections.seller_central import SellerCentralAddresses
from domain.connections.states import States
from domain.connections.trials import Trials
from domain.credentials.application import ApplicationClient
from domain.credentials.pace import Pace
from domain.credentials.shelf import SecretShelf
from domain.events.listener import Limits
from domain.events.live import Live
from domain.gateway.metering import Metering
from domain.gateway.proxy import Proxy
from domain.gateway.usage import Usage
from domain.inventory.model import StockLevel
from domain.kpis.answers import Answers
from domain.kpis.dashboards import Dashboards
from domain.kpis.months import Months
from domain.kpis.performance import Performance
from domain.kpis.stock import Stock
from domain.kpis.truth import Truth
from domain.ledger.desk import Ledger
from domain.ledger.keeping import LedgerKeeping, compared_back
from domain.operations.housekeeping import Housekeeping
from domain.operations.retention import Retention
from domain.operations.watch import Watch
from domain.orders.counting import book
from domain.orders.model import Order
from domain.products.asking import Questions, Turns
from domain.products.eligibility import ELIGIBILITY, EligibilityDesk
from domain.products.fees import FEES, FeesDesk
from domain.products.inbound import ITEMS, SHIPMENTS, Inbound
from domain.reports.daily import Daily
from domain.reports.desk import ReportDesk
from domain.reports.following import Following
from domain.reports.history import Backfill, History
from domain.sync.back_office import BackOffice
from domain.sync.chores import Chore
from domain.sync.desk import SyncDesk
from domain.sync.model import Resource
from domain.sync.overview import SyncOverview
from domain.sync.pull_inventory import InventoryPuller
from domain.sync.pull_orders import OrderPuller
from domain.sync.run import Runner
from domain.sync.shift import Shift
from domain.tokens.access import AccessTokens
from domain.tokens.keyring import Key, KeyRing
from domain.tokens.model import AccessToken, RefreshToken
from domain.tokens.renewals import Renewals
from domain.tokens.rotation import KeyRotation
from domain.users.access import Access, Registration
from domain.users.api_keys import ApiKeys
from domain.users.identities import Identities
from domain.users.model import User, Visitor
from domain.users.ports import BearerTokens
from entrypoints.services import AdsAccounts, Services
from entrypoints.settings import load_settings
from tests.fakes.ads import ScriptedAdsDirectory, ScriptedRegistrar
from tests.fakes.ads_doors import AmazonAds, ads_doors
from tests.fakes.ads_report_channel import ScriptedAdsReports
from tests.fakes.ads_things import an_ads_connection
from tests.fakes.amazon import ScriptedAmazon
from tests.fakes.chance import EvenChance
from tests.fakes.clock import HeldClock
from tests.fakes.consent_pages import PlainConsentPages
from tests.fakes.lwa import ScriptedLwa
from tests.fakes.lwa_endpoint import KnowingLwa
from tests.fakes.memory_ads_figures import MemoryAdvertisingFigures
from tests.fakes.memory_completeness import MemoryCompleteness
from tests.fakes.memory_figures import MemoryOverview, MemorySalesFigures
from tests.fakes.memory_records import MemoryRecords
from tests.fakes.memory_sessions import MemoryPresentSessions
from tests.fakes.memory_stock_figures import MemoryStockFigures
from tests.fakes.memory_store import MemoryStore
from tests.fakes.memory_survey import MemorySurvey
from tests.fakes.memory_versions import MemoryPresentVersions
from tests.fakes.memory_work import MemoryWork
from tests.fakes.moments import a_moment
from tests.fakes.passage import ScriptedPassage
from tests.fakes.passwords import PlainPasswords
from tests.fakes.pause import InstantPause
from tests.fakes.probes import ScriptedProbe
from tests.fakes.products import ScriptedFees, ScriptedInbound, ScriptedRestrictions
from tests.fakes.report_channel import ScriptedReports
from tests.fakes.roles import ScriptedRoles
from tests.fakes.sales import ScriptedSales
from tests.fakes.stopwatch import HeldStopwatch
from tests.fakes.store_doors import Shopify, Wiring, store_doors
from tests.fakes.stores import SHOP, MemoryStoreFront, a_store_connection
from tests.fakes.things import NOW, a_connection
from tests.fakes.tokens import CountingTokens

PASSWORD = "correct horse battery"
_CONSOLE = Visitor("console")
_BRIEF = Limits(longest=0)
_RESOURCES = (Resource.ORDERS, Resource.INVENTORY, Resource.REPORTS)


class World:
    """Portside, and everything beyond its ports within a test's reach.

    ``user`` and ``stranger`` have accounts with ``PASSWORD`` and no connection. ``variables`` are settings of the
    environment; ``missing_settings`` are those without which no seller can be connected. Event streams end when they
    have told what was missed, unless ``limits`` say otherwise. ``bearers`` makes what reads an identity provider's tokens,
    where there is one.
    """

    def __init__(
        self,
        *,
        missing_settings: tuple[str, ...] = (),
        limits: Limits = _BRIEF,
        bearers: Callable[[HeldClock], BearerTokens] | None = None,
        **variables: str,
    ) -> None:
        self.settings = load_settings(
            {"PORTSIDE_ENV": "test", "SCHEDULER": "off", **variables}, Path("/nowhere")
        )
        self.clock = HeldClock(NOW)
        self.store = MemoryStore()
        self.amazon = ScriptedAmazon(reports=ScriptedReports(self.clock))
        self.sales = ScriptedSales(self._orders_of)
        self.restrictions, self.fees = ScriptedRestrictions(), ScriptedFees()
        self.inbound = ScriptedInbound()
        self.front = MemoryStoreFront()
        self.lwa = ScriptedLwa(self.clock)
        self.shopify = Shopify(self.clock, self.front)
        self.amazon_ads = AmazonAds(self.clock)
        self.ads = ScriptedAdsDirectory()
        self.registrar = ScriptedRegistrar(self.ads)
        self.ads_reports = ScriptedAdsReports(self.clock)
        self.buckets = MemoryBuckets()
        self.survey = MemorySurvey(self.store)
        self.roles = ScriptedRoles(self.clock)
        self.passage = ScriptedPassage()
        self.pages = PlainConsentPages()
        self.pages.missing = missing_settings
        self.probes = tuple(ScriptedProbe(name) for name in ("database", "migrations", "key_ring"))
        self.stopping = Event()
        self.limits = limits
        self.bearers = bearers(self.clock) if bearers is not None else None
        self.services = self._build(missing_settings)
        self.user = self.register("ada@example.com")
        self.stranger = self.register("eve@example.com")

    def work(self) -> MemoryWork:
        """A transaction."""
        return MemoryWork(self.store)

    def look(self) -> MemoryWork:
        """A transaction for reading only."""
        return MemoryWork(self.store, reading=True)

    def ring(self) -> KeyRing:
        """The key ring, as ``store.keys`` says."""
        return KeyRing(tuple(Key(key_id, bytes(32)) for key_id in self.store.keys))

    def register(self, email: str) -> User:
        """Somebody with an account, and with ``PASSWORD``."""
        return self.services.access.register(Registration(email, PASSWORD, "Ada"), _CONSOLE)

    def connect(
        self,
        user: User,
        *marketplace_ids: str,
        seller_id: str = "SELLER1",
        refresh_token: str = "Atzr|seed",
        status: ConnectionStatus = ConnectionStatus.CONNECTED,
    ) -> Connection:
        """A connection with its tokens and schedules, as if the user had given consent; the first one is default."""
        first = not self.services.connections.of(user.id)
        connection = a_connection(
            user, *marketplace_ids, seller_id=seller_id, status=status, is_default=first
        )
        with self.work() as work:
            work.connections.add(connection)
            access = AccessToken("Atza|seed", self.clock.now() + timedelta(hours=1))
            work.vault.keep(connection.id, RefreshToken(refresh_token), access)
            work.sync.ensure(connection.id, user.id, _RESOURCES, self.clock.now())
            work.figures.changed(user.id)
            work.commit()
        return connection

    def connect_store(
        self, user: User, *, shop: str = SHOP, status: ConnectionStatus = ConnectionStatus.CONNECTED
    ) -> Connection:
        """A store with its tokens and schedule, as if the user had given consent; the first one is default."""
        first = not self.services.connections.of(user.id, Provider.SHOPIFY)
        connection = replace(a_store_connection(user, shop=shop), is_default=first, status=status)
        with self.work() as work:
            work.connections.add(connection)
            access = AccessToken("shpat_seed", self.clock.now() + timedelta(hours=1), renew_unasked=False)
            work.vault.keep(connection.id, RefreshToken("refresh:seed"), access)
            work.sync.ensure(connection.id, user.id, Resource.of(Provider.SHOPIFY), self.clock.now())
            work.figures.changed(user.id)
            work.commit()
        return connection

    def connect_ads(self, user: User, status: ConnectionStatus = ConnectionStatus.CONNECTED) -> Connection:
        """A grant to advertising with its tokens and schedule, as if the user had given consent."""
        connection = an_ads_connection(user, status)
        with self.work() as work:
            work.connections.add(connection)
            access = AccessToken("Atza|ads-seed", self.clock.now() + timedelta(hours=1))
            work.vault.keep(connection.id, RefreshToken("Atzr|ads-seed"), access)
            work.sync.ensure(connection.id, user.id, Resource.of(Provider.AMAZON_ADS), self.clock.now())
            work.figures.changed(user.id)
            work.commit()
        return connection

    def sell(self, connection: Connection, *orders: Order) -> None:
        """These orders are here, as if a sync had brought them."""
        with self.work() as work:
            work.orders.save_page(connection.id, [book(order, connection.marketplace_id) for order in orders])
            work.figures.changed(connection.user_id)
            work.commit()

    def stock(self, connection: Connection, *levels: StockLevel) -> None:
        """This stock is here, as if a sync had brought it."""
        with self.work() as work:
            work.stock.save_page(connection.id, connection.marketplace_id, levels, "pass", self.clock.now())
            work.figures.changed(connection.user_id)
            work.commit()

    def sync(self) -> None:
        """Carry out everything that is due, in this thread."""
        for task in self.services.shift.claim(100):
            self.services.runner.run(task, self.stopping.is_set)

    def refresh_token(self, connection_id: UUID) -> str | None:
        """What the vault holds for a connection."""
        row = self.store.tables.tokens.get(connection_id)
        return row.refresh_token.text if row and row.refresh_token else None

    def kept(self, connection: Connection) -> Connection:
        """The connection as it is kept now."""
        return self.store.tables.connections[connection.id]

    def deeds(self, user: User) -> list[str]:
        """What the audit log says of a user."""
        return [entry.action for entry in self.store.tables.audit if entry.user_id == user.id]

    def _orders_of(self, connection: Connection) -> list[Order]:
        """The orders that are here: unless a test says otherwise, Amazon counts the same."""
        kept = self.store.tables.orders.items()
        return [booked.order for (owner, _order_id), booked in kept if owner == connection.id]

    def _build(self, missing_settings: tuple[str, ...]) -> Services:
        clock, tokens = self.clock, CountingTokens()
        health = Health(self.work, clock)
        memberships = Memberships(self.work, self.amazon.accounts, clock)
        redirect_uri = self.settings.redirect_uri("amazon")
        poll = timedelta(seconds=self.settings.report_poll_seconds)
        grants, states = Grants(self.work, memberships, clock), States(self.work, tokens, clock)
        trials = Trials(MemoryBuckets(), clock)
        sessions = MemoryPresentSessions(self.store)
        access = Access(self.work, self.look, sessions, PlainPasswords(), tokens, clock, "plain:nobody's")
        accounts, here = self.amazon.accounts, self._environment()
        lease_time = timedelta(seconds=15)
        performance = Performance(self.look, MemoryAdvertisingFigures(self.store), clock)
        limits = HistoryLimits({Provider.SHOPIFY: ShopifyTerms()})

        def revoked(connection_id: UUID, version: int) -> None:
            health.revoked(ConnectionId(connection_id), "The consent was withdrawn.", version)

        access_tokens = AccessTokens(
            work=self.work,
            look=self.look,
            exchange=self.lwa,
            clock=clock,
            pause=InstantPause(clock),
            owner="world",
            claim_seconds=65,
            revoked=revoked,
        )

        settings = self.settings
        secrets = settings.amazon_lwa_client_secrets
        metering = Metering(self.work, clock)
        shelf = SecretShelf(self.work, self.look, clock, settings.amazon_lwa_app_id or "", secrets)
        pace = Pace(MemoryBuckets(), clock, EvenChance())
        endpoint = KnowingLwa(clock, *secrets)
        cache, cache_time = MemoryCache(clock), timedelta(seconds=settings.cache_ttl_seconds)
        turns = Turns(HeldStopwatch(clock))
        credentials = ApplicationClient(endpoint, shelf, pace, clock, settings.missing_lwa_client)

        return Services(
            access=access,
            api_keys=ApiKeys(self.work, self.look, tokens, clock),
            identities=(
                Identities(self.work, self.look, self.bearers, clock) if self.bearers is not None else None
            ),
            consent=Consent(self.look, self.pages, self.lwa, states, grants, trials, redirect_uri),
            appstore=Appstore(self.look, self._seller_central(), self.pages, states, redirect_uri),
            self_authorised=SelfAuthorised(self.lwa, grants, trials),
            environment=EnvironmentImport(here, self.look, access, self.lwa, accounts, grants),
            stores={
                Provider.SHOPIFY: store_doors(
                    self.shopify,
                    Wiring(
                        self.work,
                        self.look,
                        access,
                        self._store_environment(),
                        settings.redirect_uri("shopify"),
                    ),
                )
            },
            limits=limits,
            ads=ads_doors(self.amazon_ads, self.ads, self.work, self.look, settings.redirect_uri("ads")),
            connections=Connections(self.work, self.look, clock),
            changes=Changes(self.work, self.look, self.lwa, trials, clock),
            erasures=Erasures(self.work, self.look, clock),
            exports=Exports(self.work, MemoryRecords(self.store), clock),
            journal=Journal(self.look),
            tokens=access_tokens,
            renewals=Renewals(
                self.work, self.look, access_tokens, clock, EvenChance(), "world", claim_seconds=65
            ),
            diagnosis=Diagnosis(
                look=self.look,
                tokens=access_tokens,
                accounts=self.amazon.accounts,
                orders=self.amazon.orders,
                stock=self.amazon.stock,
                roles=self.roles,
                role_arn=self.settings.amazon_sp_role_arn,
                draft=self.settings.amazon_app_draft,
                clock=clock,
                stopwatch=HeldStopwatch(clock),
                buckets=MemoryBuckets(),
            ),
            proxy=Proxy(self.work, Connections(self.work, self.look, clock), self.passage, clock),
            eligibility=EligibilityDesk(self.restrictions, Questions(cache, cache_time, ELIGIBILITY), turns),
            fees=FeesDesk(self.fees, Questions(cache, cache_time, FEES), turns),
            inbound=Inbound(
                self.inbound,
                Questions(cache, cache_time, SHIPMENTS),
                Questions(cache, cache_time, ITEMS),
                turns,
                clock,
            ),
            ads_accounts=AdsAccounts(
                desk=AccountDesk(self.work, self.look, self._refresh(), clock),
                batch=AccountBatch(self.work, clock),
                health=AdsHealthDesk(self.look, clock),
                registrations=RegistrationDesk(self.work, self.look, self._registering(), clock),
            ),
            ads_reports=AdsReportDesk(self.work, self.look, clock),
            ads_schedules=ScheduleDesk(self.work, self.look, clock),
            reports=ReportDesk(self.work, self.look, clock),
            backfill=Backfill(self.work, self.look, clock, settings.retention_days),
            sync=SyncDesk(self.work, self.look, clock),
            overview=SyncOverview(self.look, timedelta(minutes=15)),
            live=Live(self.look, (), HeldStopwatch(clock), EvenChance(), self.limits),
            dashboards=Dashboards(
                MemorySalesFigures(self.store),
                MemoryStockFigures(self.store),
                MemoryOverview(self.store),
                MemoryCompleteness(self.store),
                performance,
                clock,
                limits,
            ),
            performance=performance,
            stock=Stock(self.work, MemoryStockFigures(self.store), MemoryOverview(self.store), clock),
            answers=Answers(
                MemoryPresentVersions(self.store), a_moment, cache, cache_time, clock, release="fake"
            ),
            truth=Truth(self.work, self.look, clock),
            months=Months(self.work, self.look, clock),
            ledger=Ledger(self.look),
            shift=Shift(self.work, clock, "world", lease_time),
            runner=Runner(
                work=self.work,
                look=self.look,
                pullers={
                    Resource.ORDERS: OrderPuller(self.amazon.orders),
                    Resource.INVENTORY: InventoryPuller(self.amazon.stock),
                    Resource.ADS: BackOffice(self._ads_chores()),
                    Resource.REPORTS: BackOffice(
                        (
                            Following(self.amazon.reports, FlatFileOrders(), self.look, poll),
                            History(self.look, settings.backfill_days),
                            Daily(self.amazon.reports, self.look, timedelta(days=settings.retention_days)),
                            LedgerKeeping(self.sales, self.look, compared_back(settings.retention_days)),
                        )
                    ),
                    Resource.SHOPIFY_ORDERS: StoreOrderPuller(
                        self.front,
                        self.front,
                        StoreHistory(self.front, ShopifyTerms(), timedelta(days=settings.backfill_days)),
                    ),
                },
                memberships=memberships,
                health=health,
                clock=clock,
                chance=EvenChance(),
                interval=timedelta(minutes=15),
                lease_time=lease_time,
            ),
            housekeeping=Housekeeping(self.work, clock),
            retention=Retention(self.work, self.look, clock, timedelta(days=settings.retention_days)),
            metering=metering,
            usage=Usage(self.look, self.buckets, clock, metering.flush, settings.amazon_lwa_app_id or ""),
            keys=KeyRotation(self.work, self.look, self.ring, clock, InstantPause(clock)),
            credentials=credentials,
            notices=None,
            probes=self.probes,
            watch=Watch(self.survey, credentials.days_left, PrometheusMeter(), clock),
            missing_settings=missing_settings,
        )

    def _refresh(self) -> Refresh:
        return Refresh(self.ads, self.look)

    def _registering(self) -> Registering:
        return Registering(self.registrar, self.look)

    def _ads_chores(self) -> tuple[Chore, ...]:
        poll = timedelta(seconds=self.settings.report_poll_seconds)
        return (
            AccountsChore(self._refresh(), self.look),
            RegistrationsChore(self._registering(), self.look),
            AdsFollowing(self.ads_reports, AdsRows(), self.look, poll),
            Schedules(self.look),
            Planning(self.look, timedelta(days=self.settings.retention_days)),
        )

    def _seller_central(self) -> SellerCentralAddresses:
        return SellerCentralAddresses(self.settings.seller_central_url, self.settings.is_production)

    def _environment(self) -> Environment:
        token = self.settings.amazon_refresh_token
        return Environment(
            RefreshToken(token.get_secret_value()) if token else None,
            self.settings.amazon_seller_id,
            self.settings.amazon_owner_email,
        )

    def _store_environment(self) -> StoreEnvironment:
        token = self.settings.shopify_access_token
        return StoreEnvironment(
            self.settings.shopify_shop,
            token.get_secret_value() if token else None,
            self.settings.amazon_owner_email,
        )
