"""One transaction over all books: the SQL side of every subject's unit of work."""

from collections.abc import Callable
from contextlib import ExitStack
from types import TracebackType
from typing import Self

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import PendingRollbackError

from adapters.sql.ads_accounts import SqlAccountBook
from adapters.sql.ads_days import SqlAdsDayBook
from adapters.sql.ads_registrations import SqlRegistrationBook
from adapters.sql.ads_reports import SqlAdsReportBook
from adapters.sql.ads_schedules import SqlScheduleBook
from adapters.sql.api_keys import SqlApiKeyBook
from adapters.sql.audit import SqlAuditLog
from adapters.sql.client_secrets import SqlSecretBook
from adapters.sql.connections import SqlConnectionBook, SqlConsentStates
from adapters.sql.engine import connected, reading
from adapters.sql.events import SqlEventLog, SqlOutbox
from adapters.sql.identities import SqlIdentityBook
from adapters.sql.ledger import SqlLedgerBook
from adapters.sql.months import SqlMonthBook
from adapters.sql.orders import SqlOrderBook
from adapters.sql.recounts import SqlRecountBook
from adapters.sql.reports import SqlReportBook
from adapters.sql.retention import SqlRetentionBook
from adapters.sql.sealed import SqlSealedRows
from adapters.sql.stock import SqlStockBook
from adapters.sql.sync import SqlSyncBook
from adapters.sql.tokens import SqlTokenVault
from adapters.sql.usage import SqlUsageBook
from adapters.sql.users import SqlGuessLog, SqlSessionBook, SqlUserBook
from adapters.sql.versions import SqlFiguresVersions
from domain.errors import Unavailable
from domain.tokens.ports import Cipher


class SqlWork:
    """Fits every subject's slice. Leaving the block rolls back what was not committed.

    A reading work sees the database as of its beginning, waits for no writer, and can't write. ``told`` is called after
    a commit that has kept events.
    """

    users: SqlUserBook
    sessions: SqlSessionBook
    guesses: SqlGuessLog
    api_keys: SqlApiKeyBook
    identities: SqlIdentityBook
    audit: SqlAuditLog
    connections: SqlConnectionBook
    states: SqlConsentStates
    vault: SqlTokenVault
    sealed: SqlSealedRows
    client_secrets: SqlSecretBook
    sync: SqlSyncBook
    orders: SqlOrderBook
    stock: SqlStockBook
    reports: SqlReportBook
    ads_accounts: SqlAccountBook
    ads_registrations: SqlRegistrationBook
    ads_reports: SqlAdsReportBook
    ads_schedules: SqlScheduleBook
    ads_days: SqlAdsDayBook
    retention: SqlRetentionBook
    ledger: SqlLedgerBook
    figures: SqlFiguresVersions
    recounts: SqlRecountBook
    months: SqlMonthBook
    outbox: SqlOutbox
    events: SqlEventLog
    usage: SqlUsageBook

    def __init__(
        self,
        engine: Engine,
        cipher: Cipher,
        reading: bool = False,
        told: Callable[[], None] | None = None,
    ) -> None:
        self._engine = engine
        self._told = told
        self._cipher = cipher
        self._reading = reading
        self._open = ExitStack()

    def __enter__(self) -> Self:
        opened = reading(self._engine) if self._reading else connected(self._engine, reading=False)
        connection = self._open.enter_context(opened)
        try:
            if not self._reading:
                connection.begin()
            self._begin(connection)
        except BaseException:
            self._open.close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._open.close()

    def commit(self) -> None:
        """Keep what was done.

        Raises:
            Unavailable: the database could not keep it; nothing of it was kept.
            RuntimeError: the work was opened for reading only.
        """
        if self._reading:
            raise RuntimeError("a work for reading has nothing to keep")
        try:
            self.figures.count_up()
            self._connection.commit()
        except (
            PendingRollbackError
        ) as error:  # the connection broke off earlier, and somebody went on regardless
            raise Unavailable("The connection to the database broke off; nothing was kept.") from error
        if self._told is not None and self.outbox.appended:
            self.outbox.appended = False
            self._told()

    def _begin(self, connection: Connection) -> None:
        self._connection = connection
        self.users = SqlUserBook(connection)
        self.sessions = SqlSessionBook(connection)
        self.guesses = SqlGuessLog(connection)
        self.api_keys = SqlApiKeyBook(connection)
        self.identities = SqlIdentityBook(connection)
        self.audit = SqlAuditLog(connection)
        self.connections = SqlConnectionBook(connection)
        self.states = SqlConsentStates(connection)
        self.vault = SqlTokenVault(connection, self._cipher)
        self.sealed = SqlSealedRows(connection, self._cipher)
        self.client_secrets = SqlSecretBook(connection, self._cipher)
        self.sync = SqlSyncBook(connection)
        self.orders = SqlOrderBook(connection)
        self.stock = SqlStockBook(connection)
        self.reports = SqlReportBook(connection)
        self.ads_accounts = SqlAccountBook(connection)
        self.ads_registrations = SqlRegistrationBook(connection)
        self.ads_reports = SqlAdsReportBook(connection)
        self.ads_schedules = SqlScheduleBook(connection)
        self.ads_days = SqlAdsDayBook(connection)
        self.retention = SqlRetentionBook(connection)
        self.ledger = SqlLedgerBook(connection)
        self.figures = SqlFiguresVersions(connection)
        self.recounts = SqlRecountBook(connection)
        self.months = SqlMonthBook(connection)
        self.outbox = SqlOutbox(connection)
        self.events = SqlEventLog(connection)
        self.usage = SqlUsageBook(connection)
