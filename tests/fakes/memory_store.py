"""Everything that Portside keeps, in dictionaries: what a database is to the real thing."""

from copy import copy
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from threading import Lock, get_ident
from uuid import UUID

from domain.ads.accounts import Account, AccountId, AccountType, Listing
from domain.ads.coverage import Coverage
from domain.ads.registration import Registration, RegistrationId
from domain.ads.reports import AdsDay, AdsProductDay, AdsReport, AdsReportId, Schedule, ScheduleId
from domain.audit.model import AuditEntry
from domain.connections.model import Connection, ConnectionId, ConsentState
from domain.credentials.model import ClientSecret
from domain.events.model import Event
from domain.gateway.usage import Tally
from domain.inventory.model import StockLevel
from domain.kpis.differences import Sums
from domain.kpis.model import StockTotals
from domain.kpis.periods import Period
from domain.ledger.model import LedgerDay
from domain.marketplaces import Region
from domain.orders.model import BookedOrder
from domain.reports.model import Report, ReportId
from domain.sync.model import Cursor, Resource, Run, RunId
from domain.tokens.model import AccessToken, RefreshToken
from domain.users.model import ApiKey, Session, User, UserId


@dataclass(frozen=True)
class TokenRow:
    """A connection's tokens, and who is about to renew them. No refresh token: they were erased."""

    version: int
    refresh_token: RefreshToken | None
    access_token: AccessToken | None
    client_secret: str | None = None
    renew_at: datetime | None = None
    claim_owner: str | None = None
    claim_epoch: int = 0
    claim_until: datetime | None = None


@dataclass(frozen=True)
class ResourceRow:
    """What is due of a connection, and who works on it. ``run_id`` is the latest run's."""

    connection_id: ConnectionId
    resource: Resource
    user_id: UserId
    cursor: Cursor
    next_run_at: datetime | None
    lease_owner: str | None = None
    lease_epoch: int = 0
    lease_until: datetime | None = None
    run_id: RunId | None = None
    failures: int = 0
    faults: int = 0
    quiet: int = 0
    attempts: int = 0
    set_aside_at: datetime | None = None
    nudged_at: datetime | None = None
    synced_at: datetime | None = None
    complete_until: datetime | None = None
    complete_from: datetime | None = None


@dataclass(frozen=True)
class StockRow:
    """A stock level with what we add to it. ``reorder_point`` is the seller's own."""

    level: StockLevel
    stock_pool: str
    pass_id: str
    seen_at: datetime
    listed: bool = True
    reorder_point: int | None = None


@dataclass(frozen=True)
class StockDay:
    """What a connection's stock came to on a day."""

    counted_at: datetime
    totals: StockTotals


@dataclass(frozen=True)
class Purged:
    """When it was last decided what of a connection has been kept for long enough, and which orders are gone."""

    at: datetime
    before: datetime


@dataclass(frozen=True)
class RecountRow:
    """When a connection's sums were last compared with its orders, and what came of it."""

    counted_at: datetime | None = None
    sampled_on: date | None = None
    orders: int = 0
    differing: int = 0
    repaired_at: datetime | None = None


#: A place in the daily sums: marketplace, day, currency, and either the SKU, the status, or neither.
Place = tuple[str, date, str, str | None, str | None]


@dataclass
class Tables:
    """All rows, by their keys. The rows themselves never change, so a copy of the dictionaries is a snapshot."""

    users: dict[UserId, User] = field(default_factory=dict)
    password_hashes: dict[UserId, str | None] = field(default_factory=dict)
    sessions: dict[str, Session] = field(default_factory=dict)
    guesses: list[tuple[str, datetime]] = field(default_factory=list)
    api_keys: dict[str, ApiKey] = field(default_factory=dict)  # by the hash of their text
    identities: dict[tuple[str, str], UserId] = field(default_factory=dict)  # by issuer and subject
    audit: list[AuditEntry] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    event_ids: list[int] = field(default_factory=list)  # of the events, one by one
    last_event_id: int = 0
    connections: dict[ConnectionId, Connection] = field(default_factory=dict)
    states: dict[str, ConsentState] = field(default_factory=dict)
    tokens: dict[UUID, TokenRow] = field(default_factory=dict)
    client_secrets: dict[tuple[str, str], ClientSecret] = field(default_factory=dict)
    sealed: dict[str, tuple[object, str]] = field(default_factory=dict)  # by place: the secret and its key
    damaged: set[str] = field(default_factory=set)  # places of what its key does not open any more
    resources: dict[tuple[ConnectionId, Resource], ResourceRow] = field(default_factory=dict)
    runs: dict[RunId, Run] = field(default_factory=dict)
    orders: dict[tuple[ConnectionId, str], BookedOrder] = field(default_factory=dict)
    purged: dict[ConnectionId, Purged] = field(default_factory=dict)
    stock: dict[tuple[ConnectionId, str, str], StockRow] = field(default_factory=dict)
    stock_days: dict[tuple[ConnectionId, date], StockDay] = field(default_factory=dict)
    reports: dict[ReportId, Report] = field(default_factory=dict)
    report_parts: dict[tuple[ReportId, int], bytes] = field(default_factory=dict)
    ads_accounts: dict[AccountId, Account] = field(default_factory=dict)
    ads_listings: dict[tuple[ConnectionId, AccountType, Region], Listing] = field(default_factory=dict)
    ads_registrations: dict[RegistrationId, Registration] = field(default_factory=dict)
    ads_reports: dict[AdsReportId, AdsReport] = field(default_factory=dict)
    ads_report_parts: dict[tuple[AdsReportId, int], bytes] = field(default_factory=dict)
    ads_schedules: dict[ScheduleId, Schedule] = field(default_factory=dict)
    ads_coverage: dict[tuple[ConnectionId, str, str], Coverage] = field(default_factory=dict)
    #: With the report that told it last.
    ads_days: dict[tuple[object, ...], tuple[AdsDay, AdsReportId]] = field(default_factory=dict)
    ads_product_days: dict[tuple[object, ...], tuple[AdsProductDay, AdsReportId]] = field(
        default_factory=dict
    )
    ledger: dict[tuple[ConnectionId, str, date], LedgerDay] = field(default_factory=dict)
    figures_versions: dict[UserId, int] = field(default_factory=dict)
    recounts: dict[ConnectionId, RecountRow] = field(default_factory=dict)
    months: dict[ConnectionId, tuple[Period, datetime]] = field(default_factory=dict)
    #: Sums that are kept other than their orders have it; None: not at all.
    misled: dict[tuple[ConnectionId, Place], Sums | None] = field(default_factory=dict)
    usage: dict[tuple[UUID, date, str], Tally] = field(default_factory=dict)

    def snapshot(self) -> "Tables":
        """The same rows in dictionaries of their own."""
        return Tables(**{each.name: copy(getattr(self, each.name)) for each in fields(self)})


class MemoryStore:
    """What was committed, and the one writer's turn. Readers see the last commit and wait for nobody."""

    def __init__(self) -> None:
        self.tables = Tables()
        self.keys = ["k1"]  # the ids on the ring; the first one seals
        self._turn = Lock()
        self._writer: int | None = None

    def begin_writing(self) -> None:
        """Wait for the turn to write.

        Raises:
            RuntimeError: this thread is writing already; with a database it would wait for itself.
        """
        if self._writer == get_ident():
            raise RuntimeError("a work is opened inside another one")
        self._turn.acquire()
        self._writer = get_ident()

    def end_writing(self) -> None:
        """Let the next one write."""
        self._writer = None
        self._turn.release()
