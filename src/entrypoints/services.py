"""What Portside can do, put together: one field per subject, nothing else."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from domain.ads.batch import AccountBatch
from domain.ads.consent import AdsConsent
from domain.ads.desk import AccountDesk
from domain.ads.diagnosis import AdsDiagnosis
from domain.ads.health import AdsHealthDesk
from domain.ads.register import RegistrationDesk
from domain.ads.report_desk import AdsReportDesk
from domain.ads.schedule_desk import ScheduleDesk
from domain.audit.journal import Journal
from domain.channels.brought import BroughtStores
from domain.channels.consent import StoreConsent
from domain.channels.diagnosis import StoreDiagnosis
from domain.channels.environment import StoreImport
from domain.channels.limits import HistoryLimits
from domain.channels.webhooks import Webhooks
from domain.connections.appstore import Appstore
from domain.connections.catalog import Connections
from domain.connections.changes import Changes
from domain.connections.consent import Consent
from domain.connections.diagnosis import Diagnosis
from domain.connections.environment import EnvironmentImport
from domain.connections.erasure import Erasures
from domain.connections.export import Exports
from domain.connections.model import Provider
from domain.connections.self_authorised import SelfAuthorised
from domain.credentials.application import ApplicationClient
from domain.credentials.notices import ClientNotices
from domain.events.live import Live
from domain.gateway.metering import Metering
from domain.gateway.proxy import Proxy
from domain.gateway.usage import Usage
from domain.kpis.answers import Answers
from domain.kpis.dashboards import Dashboards
from domain.kpis.months import Months
from domain.kpis.performance import Performance
from domain.kpis.stock import Stock
from domain.kpis.truth import Truth
from domain.ledger.desk import Ledger
from domain.operations.housekeeping import Housekeeping
from domain.operations.ports import Probe
from domain.operations.retention import Retention
from domain.operations.tracing import Tracing, Unfollowed
from domain.operations.watch import Watch
from domain.products.eligibility import EligibilityDesk
from domain.products.fees import FeesDesk
from domain.products.inbound import Inbound
from domain.reports.desk import ReportDesk
from domain.reports.history import Backfill
from domain.sync.desk import SyncDesk
from domain.sync.overview import SyncOverview
from domain.sync.run import Runner
from domain.sync.shift import Shift
from domain.tokens.access import AccessTokens
from domain.tokens.renewals import Renewals
from domain.tokens.rotation import KeyRotation
from domain.users.access import Access
from domain.users.api_keys import ApiKeys
from domain.users.identities import Identities


@dataclass(frozen=True)
class StoreDoors:
    """How stores outside Amazon come in, how they are tried out, and how they go."""

    consent: StoreConsent
    brought: BroughtStores
    environment: StoreImport
    webhooks: Webhooks
    diagnosis: StoreDiagnosis


@dataclass(frozen=True)
class AdsDoors:
    """How advertisers come in, how they are tried out, and how their tokens stay fresh."""

    consent: AdsConsent
    renewals: Renewals
    diagnosis: AdsDiagnosis


@dataclass(frozen=True)
class AdsAccounts:
    """What can be done with advertising accounts."""

    desk: AccountDesk
    batch: AccountBatch
    health: AdsHealthDesk
    registrations: RegistrationDesk


@dataclass(frozen=True)
class Services:
    """Everything that blueprints, commands and the scheduler may use."""

    access: Access
    api_keys: ApiKeys
    identities: Identities | None  # where tokens of an identity provider are accepted
    consent: Consent
    appstore: Appstore
    self_authorised: SelfAuthorised
    environment: EnvironmentImport
    stores: Mapping[Provider, StoreDoors]
    limits: HistoryLimits
    ads: AdsDoors
    connections: Connections
    changes: Changes
    erasures: Erasures
    exports: Exports
    journal: Journal
    tokens: AccessTokens
    renewals: Renewals
    diagnosis: Diagnosis
    proxy: Proxy
    eligibility: EligibilityDesk
    fees: FeesDesk
    inbound: Inbound
    ads_accounts: AdsAccounts
    ads_reports: AdsReportDesk
    ads_schedules: ScheduleDesk
    reports: ReportDesk
    backfill: Backfill
    sync: SyncDesk
    overview: SyncOverview
    live: Live
    dashboards: Dashboards
    performance: Performance
    stock: Stock
    answers: Answers
    truth: Truth
    months: Months
    ledger: Ledger
    shift: Shift
    runner: Runner
    housekeeping: Housekeeping
    retention: Retention
    metering: Metering
    usage: Usage
    keys: KeyRotation
    credentials: ApplicationClient
    notices: ClientNotices | None  # where there is a queue of Amazon's notifications
    probes: tuple[Probe, ...]
    watch: Watch
    missing_settings: tuple[str, ...]  # without which no Amazon seller can be connected
    tracing: Tracing = field(default_factory=Unfollowed)
