"""The transaction in which connections are changed, with everything that changes along with them."""

from typing import Protocol

from domain.audit.ports import AuditLog
from domain.connections.ports import ConnectionBook, ConsentStates
from domain.events.ports import Outbox
from domain.inventory.ports import StockBook
from domain.kpis.versions import FiguresVersions
from domain.sync.ports import SyncBook
from domain.tokens.ports import TokenVault
from domain.work import Work


class ConnectionWork(Work, Protocol):
    """The transaction in which connections are changed."""

    @property
    def connections(self) -> ConnectionBook: ...

    @property
    def states(self) -> ConsentStates: ...

    @property
    def vault(self) -> TokenVault: ...

    @property
    def sync(self) -> SyncBook: ...

    @property
    def stock(self) -> StockBook: ...

    @property
    def audit(self) -> AuditLog: ...

    @property
    def figures(self) -> FiguresVersions: ...

    @property
    def outbox(self) -> Outbox: ...
