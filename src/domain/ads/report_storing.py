"""The rows of a finished report are fetched, part by part, and stored."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from domain.ads.report_case import Case
from domain.ads.report_ports import AdsReportChannel
from domain.ads.reports import AdsLook, AdsReportStatus
from domain.sync.ports import SyncWork
from domain.sync.steps import Step, nothing


@dataclass(frozen=True)
class Storing:
    """One part at a time is in memory. What was interrupted begins again: a signed address is not resumed."""

    channel: AdsReportChannel

    def steps(self, case: Case, look: AdsLook) -> Iterator[Step]:
        """A step for each part, and one for the whole. Without an address there was nothing to tell."""
        number = size = rows = 0
        if look.url is not None:
            with self.channel.document(case.account, look) as parts:
                for number, part in enumerate(parts, start=1):
                    yield Step({}, 0, partial(_put, case, number - 1, part))
                    size, rows = size + len(part), rows + part.count(b"\n")
        # Where nothing came this time, nothing of an earlier attempt stays.
        also = nothing if number else case.drop
        whole: dict[str, Any] = {"parts": number, "size": size, "rows": rows, "imported": 0}
        if case.report.purpose.is_imported:
            yield case.keep(also, failures=0, error=None, next_look_at=case.now(), **whole)
        else:
            yield case.finish(AdsReportStatus.COMPLETED, also, **whole)


def _put(case: Case, number: int, part: bytes, work: SyncWork) -> int:
    if number == 0:
        # Of an interrupted attempt, which may have come farther than this one will.
        work.ads_reports.drop_parts(case.report.id)
    work.ads_reports.put_part(case.report, number, part)
    return 0
