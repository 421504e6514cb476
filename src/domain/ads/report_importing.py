"""The rows of a stored report become the figures of its days, part by part."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from domain.ads.columns import FIGURES
from domain.ads.coverage import joined
from domain.ads.report_case import Case
from domain.ads.report_ports import AdsRowReader
from domain.ads.reports import AdsDay, AdsProductDay, AdsReportStatus
from domain.errors import UpstreamFailed
from domain.sync.ports import SyncWork
from domain.sync.steps import Step


@dataclass(frozen=True)
class Importing:
    """A part and the place behind it are kept together, so none is taken over twice after a crash."""

    reader: AdsRowReader
    look: Callable[[], SyncWork]

    def steps(self, case: Case) -> Iterator[Step]:
        """A step for each part that was not taken over yet; with the last one the document is forgotten."""
        passed = 0
        for number in range(case.report.parts or 0):
            part = self._part(case, number)
            passed += part.count(b"\n")
            if passed > case.report.imported:
                page = self._page(case, part)
                yield case.keep(page.save, brought=page.size, imported=passed, failures=0, error=None)
        yield case.finish(AdsReportStatus.COMPLETED, _Closing(case).save)

    def _page(self, case: Case, part: bytes) -> "_Page":
        """Read before anything is written: a row that can't be right is a trouble of this report, not of the run."""
        if FIGURES[case.report.request.report_type].by_product:
            return _Page(case, products=self.reader.product_days(case.report, case.account, part))
        return _Page(case, days=self.reader.days(case.report, case.account, part))

    def _part(self, case: Case, number: int) -> bytes:
        with self.look() as work:
            part = work.ads_reports.part(case.report.id, number)
        if part is None:
            raise UpstreamFailed("A part of the stored report is missing.", channel="ads")
        return part


@dataclass(frozen=True)
class _Page:
    """The rows of one part."""

    case: Case
    days: list[AdsDay] | None = None
    products: list[AdsProductDay] | None = None

    @property
    def size(self) -> int:
        return len(self.days or self.products or ())

    def save(self, work: SyncWork) -> int:
        if self.days:
            work.ads_days.save_days(self.case.report, self.days)
        if self.products:
            work.ads_days.save_product_days(self.case.report, self.products)
        work.figures.changed(self.case.report.user_id)
        return self.size


@dataclass(frozen=True)
class _Closing:
    """All is taken over."""

    case: Case

    def save(self, work: SyncWork) -> int:
        report, now = self.case.report, self.case.now()
        gone = work.ads_days.close_days(report)
        known = work.ads_days.coverage_of(report)
        days = joined(known.days, (report.request.start, report.request.end))
        work.ads_days.save_coverage([replace(known, days=days, as_of=now, rest_until=None, error=None)])
        work.ads_accounts.note_sync(report.account_id, now, None)
        # The run may go on for hours. Whether the connection is well again is for its end to say.
        work.connections.synced(report.connection_id, now, failing=True)
        self.case.drop(work)
        work.figures.changed(report.user_id)
        return gone
