"""The implementations that every port's suite is run on."""

from dataclasses import dataclass, field
from typing import Protocol, Self

from sqlalchemy import Engine, select

from adapters.memory.buckets import MemoryBuckets
from adapters.sql import tables
from adapters.sql.ads_figures import SqlAdvertisingFigures
from adapters.sql.buckets import SqlBuckets
from adapters.sql.completeness import SqlCompleteness
from adapters.sql.engine import reading
from adapters.sql.export import SqlRecords
from adapters.sql.overview import SqlOverview
from adapters.sql.present_sessions import SqlPresentSessions
from adapters.sql.sales_figures import SqlSalesFigures
from adapters.sql.stock_figures import SqlStockFigures
from adapters.sql.survey import SqlSurvey
from adapters.sql.work import SqlWork
from domain.acting import in_background
from domain.audit.model import AuditEntry
from domain.connections.ports import Records
from domain.connections.work import ConnectionWork
from domain.credentials.ports import CredentialsWork
from domain.events.model import Event
from domain.events.ports import EventWork
from domain.gateway.ports import Buckets
from domain.gateway.usage import UsageWork
from domain.kpis.months import MonthWork
from domain.kpis.ports import (
    AdvertisingFigures,
    Completeness,
    Overview,
    SalesFigures,
    StockFigures,
    TruthWork,
)
from domain.operations.ports import Survey
from domain.operations.retention import RetentionWork
from domain.sync.ports import SyncWork
from domain.tokens.ports import KeyWork, VaultWork
from domain.users.ports import ApiKeyWork, IdentityWork, PresentSessions, UserWork
from tests.fakes.cipher import LabelCipher
from tests.fakes.memory_ads_figures import MemoryAdvertisingFigures
from tests.fakes.memory_completeness import MemoryCompleteness
from tests.fakes.memory_figures import MemoryOverview, MemorySalesFigures
from tests.fakes.memory_records import MemoryRecords
from tests.fakes.memory_sessions import MemoryPresentSessions
from tests.fakes.memory_stock_figures import MemoryStockFigures
from tests.fakes.memory_store import MemoryStore
from tests.fakes.memory_survey import MemorySurvey
from tests.fakes.memory_work import MemoryWork


class WholeWork(
    TruthWork,
    MonthWork,
    RetentionWork,
    UserWork,
    ApiKeyWork,
    IdentityWork,
    ConnectionWork,
    SyncWork,
    VaultWork,
    CredentialsWork,
    KeyWork,
    UsageWork,
    EventWork,
    Protocol,
):
    """All slices in one."""


@dataclass(frozen=True)
class Figures:
    """All read ports."""

    sales: SalesFigures
    stock: StockFigures
    overview: Overview
    completeness: Completeness
    advertising: AdvertisingFigures


class Backend(Protocol):
    """One implementation of all storage ports."""

    def work(self) -> WholeWork:
        """A transaction for changes."""

    def look(self) -> WholeWork:
        """A transaction for reading."""

    def keyed(self, *keys: str) -> WholeWork:
        """A transaction for changes with other keys on the ring than ``k1``; the first one seals."""

    def present_sessions(self) -> PresentSessions:
        """Whose session it is, in a look of its own."""

    def buckets(self) -> Buckets:
        """The usage plans' buckets; the same ones at each call."""

    def figures(self) -> Figures:
        """The figures of what is kept."""

    def records(self) -> Records:
        """All that is kept of a connection."""

    def survey(self) -> Survey:
        """Counts over all users."""

    def audit_entries(self) -> list[AuditEntry]:
        """What was appended to the audit log and committed, oldest first."""

    def events(self) -> list[Event]:
        """What was appended to the outbox, committed and not forgotten, in the order of the ids."""


@dataclass(frozen=True)
class MemoryBackend:
    """The fakes that the domain's and the entrypoints' tests stand on."""

    store: MemoryStore = field(default_factory=MemoryStore)
    kept_buckets: MemoryBuckets = field(default_factory=MemoryBuckets)

    def work(self) -> WholeWork:
        return MemoryWork(self.store)

    def look(self) -> WholeWork:
        return MemoryWork(self.store, reading=True)

    def keyed(self, *keys: str) -> WholeWork:
        self.store.keys = list(keys)
        return MemoryWork(self.store)

    def present_sessions(self) -> PresentSessions:
        return MemoryPresentSessions(self.store)

    def buckets(self) -> Buckets:
        return self.kept_buckets

    def figures(self) -> Figures:
        store = self.store
        return Figures(
            MemorySalesFigures(store),
            MemoryStockFigures(store),
            MemoryOverview(store),
            MemoryCompleteness(store),
            MemoryAdvertisingFigures(store),
        )

    def records(self) -> Records:
        return MemoryRecords(self.store)

    def survey(self) -> Survey:
        return MemorySurvey(self.store)

    def audit_entries(self) -> list[AuditEntry]:
        return self.store.tables.audit

    def events(self) -> list[Event]:
        return self.store.tables.events


class BackgroundWork(SqlWork):
    """Begins in the background, in whatever thread it is begun."""

    def __enter__(self) -> Self:
        with in_background():
            return super().__enter__()


@dataclass(frozen=True)
class SqlBackend:
    """The real thing."""

    engine: Engine

    def work(self) -> WholeWork:
        return BackgroundWork(self.engine, LabelCipher())

    def look(self) -> WholeWork:
        return BackgroundWork(self.engine, LabelCipher(), reading=True)

    def keyed(self, *keys: str) -> WholeWork:
        return BackgroundWork(self.engine, LabelCipher(*keys))

    def present_sessions(self) -> PresentSessions:
        return SqlPresentSessions(self.engine)

    def buckets(self) -> Buckets:
        return SqlBuckets(self.engine)

    def figures(self) -> Figures:
        engine = self.engine
        return Figures(
            SqlSalesFigures(engine),
            SqlStockFigures(engine),
            SqlOverview(engine),
            SqlCompleteness(engine),
            SqlAdvertisingFigures(engine),
        )

    def records(self) -> Records:
        return SqlRecords(self.engine)

    def survey(self) -> Survey:
        return SqlSurvey(self.engine)

    def audit_entries(self) -> list[AuditEntry]:
        with reading(self.engine) as connection:
            rows = connection.execute(select(tables.audit_log).order_by(tables.audit_log.c.at))
            return [AuditEntry(**row) for row in rows.mappings()]

    def events(self) -> list[Event]:
        columns = [tables.events.c[name] for name in ("user_id", "kind", "at", "data")]
        with reading(self.engine) as connection:
            rows = connection.execute(select(*columns).order_by(tables.events.c.id))
            return [Event(**row) for row in rows.mappings()]
