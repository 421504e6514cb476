"""The document of a report is fetched, part by part, and stored."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from domain.reports.case import Case
from domain.reports.model import Place, ReportStatus
from domain.reports.ports import ReportChannel
from domain.sync.ports import SyncWork
from domain.sync.steps import Step

_TABLE = "text/tab-separated-values"


@dataclass(frozen=True)
class Storing:
    """One part at a time is in memory. What was interrupted begins again: a signed address is not resumed."""

    channel: ReportChannel

    def steps(self, case: Case) -> Iterator[Step]:
        """A step for each part, and one for the whole."""
        report = case.report
        number = size = ends = 0
        last = b""
        with self.channel.document(case.connection, report.document_id or "", report.request) as document:
            for number, part in enumerate(document.parts, start=1):
                yield Step({}, 0, partial(_put, case, number - 1, part))
                size, ends, last = size + len(part), ends + part.count(b"\n"), part
        whole: dict[str, Any] = {"media": document.media, "parts": number, "size": size}
        if size == 0:
            yield case.finish(ReportStatus.NO_DATA, case.drop, **whole)
            return
        if document.media == _TABLE:
            # The header is no line of it; what stands after the last end of a line is.
            whole["lines"] = max(ends + (not last.endswith(b"\n")) - 1, 0)
        if report.purpose.is_imported:
            yield case.keep(place=Place(), failures=0, error=None, next_look_at=case.now(), **whole)
        else:
            yield case.finish(ReportStatus.COMPLETED, **whole)


def _put(case: Case, number: int, part: bytes, work: SyncWork) -> int:
    if number == 0:
        # Of an interrupted attempt, which may have come farther than this one will.
        work.reports.drop_parts(case.report.id)
    work.reports.put_part(case.report, number, part)
    return 0
