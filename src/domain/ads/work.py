"""The transactions in which advertising accounts are changed."""

from typing import Protocol

from domain.ads.ports import AccountBook, RegistrationBook
from domain.ads.report_ports import AdsDayBook
from domain.audit.ports import AuditLog
from domain.connections.ports import ConnectionBook
from domain.events.ports import Outbox
from domain.kpis.versions import FiguresVersions
from domain.sync.ports import SyncBook
from domain.tokens.ports import TokenVault
from domain.work import Work


class RefreshWork(Work, Protocol):
    """The transaction in which a page of accounts is kept."""

    @property
    def ads_accounts(self) -> AccountBook: ...

    @property
    def figures(self) -> FiguresVersions: ...

    @property
    def outbox(self) -> Outbox: ...


class RegisteringWork(RefreshWork, Protocol):
    """The transaction in which a stage of a registration is kept."""

    @property
    def ads_registrations(self) -> RegistrationBook: ...

    @property
    def audit(self) -> AuditLog: ...


class AccountWork(RegisteringWork, Protocol):
    """The transaction in which users change accounts, and have new ones made."""

    @property
    def connections(self) -> ConnectionBook: ...

    @property
    def vault(self) -> TokenVault: ...

    @property
    def ads_days(self) -> AdsDayBook: ...

    @property
    def sync(self) -> SyncBook: ...
