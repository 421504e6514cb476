"""The transaction in which reports are asked for."""

from typing import Protocol

from domain.audit.ports import AuditLog
from domain.connections.ports import ConnectionBook
from domain.events.ports import Outbox
from domain.kpis.versions import FiguresVersions
from domain.reports.ports import ReportBook
from domain.sync.ports import SyncBook
from domain.work import Work


class ReportWork(Work, Protocol):
    """The transaction in which reports are asked for, and in which they are looked up."""

    @property
    def connections(self) -> ConnectionBook: ...

    @property
    def reports(self) -> ReportBook: ...

    @property
    def sync(self) -> SyncBook: ...

    @property
    def figures(self) -> FiguresVersions: ...

    @property
    def audit(self) -> AuditLog: ...

    @property
    def outbox(self) -> Outbox: ...
