"""The transaction in which users ask for advertising reports."""

from typing import Protocol

from domain.ads.ports import AccountBook
from domain.ads.report_ports import AdsReportBook, ScheduleBook
from domain.connections.ports import ConnectionBook
from domain.sync.ports import SyncBook
from domain.work import Work


class AdsReportWork(Work, Protocol):
    """The transaction in which reports and schedules are asked for, and in which they are looked up."""

    @property
    def connections(self) -> ConnectionBook: ...

    @property
    def ads_accounts(self) -> AccountBook: ...

    @property
    def ads_reports(self) -> AdsReportBook: ...

    @property
    def ads_schedules(self) -> ScheduleBook: ...

    @property
    def sync(self) -> SyncBook: ...
