"""A unit of work over memory: it changes a copy, and ``commit`` puts the copy in the place of the original."""

from types import TracebackType
from typing import Self

from tests.fakes.memory_ads_accounts import MemoryAccountBook, MemoryRegistrationBook
from tests.fakes.memory_ads_reports import MemoryAdsDayBook, MemoryAdsReportBook, MemoryScheduleBook
from tests.fakes.memory_api_keys import MemoryApiKeyBook
from tests.fakes.memory_client_secrets import MemorySecretBook
from tests.fakes.memory_connections import MemoryConnections, MemoryConsentStates
from tests.fakes.memory_journals import MemoryAuditLog, MemoryEventLog, MemoryOutbox
from tests.fakes.memory_ledger import MemoryLedgerBook
from tests.fakes.memory_months import MemoryMonthBook
from tests.fakes.memory_orders import MemoryOrderBook
from tests.fakes.memory_recounts import MemoryRecountBook
from tests.fakes.memory_reports import MemoryReportBook
from tests.fakes.memory_retention import MemoryRetentionBook
from tests.fakes.memory_sealed import MemorySealedRows
from tests.fakes.memory_stock import MemoryStockBook
from tests.fakes.memory_store import MemoryStore, Tables
from tests.fakes.memory_sync import MemorySyncBook
from tests.fakes.memory_usage import MemoryUsageBook
from tests.fakes.memory_users import MemoryGuessLog, MemoryIdentityBook, MemorySessionBook, MemoryUserBook
from tests.fakes.memory_vault import MemoryVault
from tests.fakes.memory_versions import MemoryFiguresVersions


class MemoryWork:
    """Fits every subject's slice. One writer at a time; a reading work sees what was committed when it began."""

    users: MemoryUserBook
    sessions: MemorySessionBook
    guesses: MemoryGuessLog
    api_keys: MemoryApiKeyBook
    identities: MemoryIdentityBook
    audit: MemoryAuditLog
    connections: MemoryConnections
    states: MemoryConsentStates
    vault: MemoryVault
    sealed: MemorySealedRows
    client_secrets: MemorySecretBook
    sync: MemorySyncBook
    orders: MemoryOrderBook
    stock: MemoryStockBook
    reports: MemoryReportBook
    ads_accounts: MemoryAccountBook
    ads_registrations: MemoryRegistrationBook
    ads_reports: MemoryAdsReportBook
    ads_schedules: MemoryScheduleBook
    ads_days: MemoryAdsDayBook
    retention: MemoryRetentionBook
    ledger: MemoryLedgerBook
    figures: MemoryFiguresVersions
    recounts: MemoryRecountBook
    months: MemoryMonthBook
    outbox: MemoryOutbox
    events: MemoryEventLog
    usage: MemoryUsageBook

    def __init__(self, store: MemoryStore, reading: bool = False) -> None:
        self._store = store
        self._reading = reading
        self._tables = Tables()

    def __enter__(self) -> Self:
        if not self._reading:
            self._store.begin_writing()
        tables = self._tables = self._store.tables.snapshot()
        self.users = MemoryUserBook(tables)
        self.sessions = MemorySessionBook(tables)
        self.guesses = MemoryGuessLog(tables)
        self.api_keys = MemoryApiKeyBook(tables)
        self.identities = MemoryIdentityBook(tables)
        self.audit = MemoryAuditLog(tables)
        self.connections = MemoryConnections(tables)
        self.states = MemoryConsentStates(tables)
        self.vault = MemoryVault(tables)
        self.sealed = MemorySealedRows(tables, self._store.keys)
        self.client_secrets = MemorySecretBook(tables)
        self.sync = MemorySyncBook(tables)
        self.orders = MemoryOrderBook(tables)
        self.stock = MemoryStockBook(tables)
        self.reports = MemoryReportBook(tables)
        self.ads_accounts = MemoryAccountBook(tables)
        self.ads_registrations = MemoryRegistrationBook(tables)
        self.ads_reports = MemoryAdsReportBook(tables)
        self.ads_schedules = MemoryScheduleBook(tables)
        self.ads_days = MemoryAdsDayBook(tables)
        self.retention = MemoryRetentionBook(tables)
        self.ledger = MemoryLedgerBook(tables)
        self.figures = MemoryFiguresVersions(tables)
        self.recounts = MemoryRecountBook(tables)
        self.months = MemoryMonthBook(tables)
        self.outbox = MemoryOutbox(tables)
        self.events = MemoryEventLog(tables)
        self.usage = MemoryUsageBook(tables)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if not self._reading:
            self._store.end_writing()

    def commit(self) -> None:
        """Keep what was done.

        Raises:
            RuntimeError: the work was opened for reading only.
        """
        if self._reading:
            raise RuntimeError("a work for reading has nothing to keep")
        self.sealed.note()
        self._store.tables = self._tables.snapshot()
