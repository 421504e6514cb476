"""Reports that sellers have asked for: the process remembers them, the clock makes them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from threading import Lock

from entrypoints.simulator.moments import DAY, MINUTE, SECOND

#: Amazon keeps reports for so long.
KEPT_MS = 90 * DAY
#: A report of the state of the warehouse is made anew at most this often.
_SNAPSHOT_EVERY_MS = 30 * MINUTE
STATUSES = ("IN_QUEUE", "IN_PROGRESS", "DONE", "CANCELLED", "FATAL")
#: How a report may be made to end.
FATES = ("CANCELLED", "FATAL")


@dataclass(frozen=True)
class ReportOrder:
    """What a seller asked for. Times are milliseconds since 1970; the end is not included."""

    seller_id: str
    report_type: str
    marketplace_ids: tuple[str, ...]
    start_ms: int
    end_ms: int


@dataclass(frozen=True)
class Report:
    """A report and its way to its end."""

    id: str
    order: ReportOrder
    created_ms: int
    started_ms: int
    ended_ms: int
    #: How it ends whatever the data are; None leaves it to them.
    fate: str | None = None
    #: Why it ends so.
    reason: str = ""

    @property
    def document_id(self) -> str:
        return f"amzn1.spdoc.1.4.{self.order.seller_id.lower()}.{self.id}"

    def waits_at(self, now_ms: int) -> bool:
        return now_ms < self.started_ms

    def over_at(self, now_ms: int) -> bool:
        return now_ms >= self.ended_ms


@dataclass
class ReportDesk:
    """Takes orders for reports, numbers them, and knows them again.

    Attributes:
        seconds: how long one takes to make, a third of it in the queue.
    """

    seconds: float
    _reports: dict[tuple[str, str], Report] = field(default_factory=dict, init=False)
    _fates: list[str] = field(default_factory=list, init=False)
    _lock: Lock = field(default_factory=Lock, init=False, repr=False)

    def take(self, order: ReportOrder, now_ms: int, snapshot: bool) -> Report:
        """A new report; ``snapshot`` for a type that is not made anew within half an hour."""
        with self._lock:
            fate, reason = self._fate(order, now_ms, snapshot)
            taken = sum(1 for seller_id, _ in self._reports if seller_id == order.seller_id)
            report = Report(
                id=f"{50_000 + taken}0{now_ms // SECOND % 100_000:05d}",
                order=order,
                created_ms=now_ms,
                started_ms=now_ms + int(self.seconds * SECOND / 3),
                ended_ms=now_ms + int(self.seconds * SECOND),
                fate=fate,
                reason=reason,
            )
            self._reports[order.seller_id, report.id] = report
            return report

    def _fate(self, order: ReportOrder, now_ms: int, snapshot: bool) -> tuple[str | None, str]:
        if self._fates:
            return self._fates.pop(0), "The report could not be generated."
        same = (
            each
            for each in self._reports.values()
            if each.order.seller_id == order.seller_id
            and each.order.report_type == order.report_type
            and each.order.marketplace_ids == order.marketplace_ids
            and each.fate is None
        )
        if snapshot and any(now_ms - each.created_ms < _SNAPSHOT_EVERY_MS for each in same):
            return "FATAL", "The report was requested again within 30 minutes."
        return None, ""

    def foretell(self, fate: str, times: int) -> None:
        """The next reports end this way."""
        with self._lock:
            self._fates += [fate] * times

    def find(self, seller_id: str, report_id: str, now_ms: int) -> Report | None:
        """One of the seller's reports; ids of another seller mean nothing here."""
        with self._lock:
            report = self._reports.get((seller_id, report_id))
        return None if report is None or report.created_ms < now_ms - KEPT_MS else report

    def of(self, seller_id: str, now_ms: int) -> list[Report]:
        """All reports of a seller, the newest first."""
        with self._lock:
            mine = [each for each in self._reports.values() if each.order.seller_id == seller_id]
        kept = (each for each in mine if each.created_ms >= now_ms - KEPT_MS)
        return sorted(kept, key=lambda report: (report.created_ms, report.id), reverse=True)

    def cancel(self, report: Report, now_ms: int) -> bool:
        """Take one off the queue; False if it is no longer in it."""
        with self._lock:
            current = self._reports[report.order.seller_id, report.id]
            if not current.waits_at(now_ms):
                return False
            self._reports[report.order.seller_id, report.id] = replace(
                current, started_ms=now_ms, ended_ms=now_ms, fate="CANCELLED", reason="cancelled"
            )
            return True
