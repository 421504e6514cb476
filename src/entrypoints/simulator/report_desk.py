"""Reports that sellers have asked for: the process remembers them, the clock makes them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from threading import Lock

from entrypoints.simulator.moments import DAY, MINUTE, SECOND
from entrypoints.simulator.order_troubles import UNTROUBLED, OrderTrouble

#: Amazon keeps reports for so long.
KEPT_MS = 90 * DAY
#: A report of the state of the warehouse is made anew at most this often.
_SNAPSHOT_EVERY_MS = 30 * MINUTE
STATUSES = ("IN_QUEUE", "IN_PROGRESS", "DONE", "CANCELLED", "FATAL")
#: How a report may be made to end.
FATES = ("CANCELLED", "FATAL")
#: Where reports may be held.
STAGES = ("IN_QUEUE", "IN_PROGRESS")
COMPRESSIONS = ("GZIP", "plain", "claimed")
#: Later than any moment: a report that is held.
_NEVER = 1 << 62


@dataclass(frozen=True)
class ReportOrder:
    """What a seller asked for. Times are milliseconds since 1970; the end is not included.

    Attributes:
        options: reportOptions.
        lines: a report of orders is filled up to so many.
        trouble: what was ordered for the seller's orders when the report was asked for.
    """

    seller_id: str
    report_type: str
    marketplace_ids: tuple[str, ...]
    start_ms: int
    end_ms: int
    options: Mapping[str, str] = field(default_factory=dict)
    lines: int = 0
    trouble: OrderTrouble = UNTROUBLED


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


@dataclass(frozen=True)
class DocumentForm:
    """How documents are handed out from now on.

    Attributes:
        compression: ``claimed`` says GZIP and is not.
        charset: of every text; None leaves it to the marketplace.
        names_charset: whether Content-Type names it.
        url_seconds: how long an address is good.
    """

    compression: str = "GZIP"
    charset: str | None = None
    names_charset: bool = True
    url_seconds: float = 300


def _nothing(_seller_id: str, _now_ms: int) -> list[Report]:
    return []


@dataclass
class ReportDesk:
    """Takes orders for reports, numbers them, and knows them again.

    Attributes:
        seconds: how long one takes to make, a third of it in the queue.
        lines: how many lines each report of orders has at least.
        unasked: reports that Amazon makes by itself, the newest first.
    """

    seconds: float
    lines: int = 0
    unasked: Callable[[str, int], list[Report]] = _nothing
    form: DocumentForm = field(default_factory=DocumentForm, init=False)
    _held: str | None = field(default=None, init=False)
    _reports: dict[tuple[str, str], Report] = field(default_factory=dict, init=False)
    _taken: dict[str, int] = field(default_factory=dict, init=False)
    _fates: list[str] = field(default_factory=list, init=False)
    _lock: Lock = field(default_factory=Lock, init=False, repr=False)

    def take(self, order: ReportOrder, now_ms: int, snapshot: bool) -> Report:
        """A new report; ``snapshot`` for a type that is not made anew within half an hour."""
        with self._lock:
            fate, reason = self._fate(order, now_ms, snapshot)
            taken = self._taken[order.seller_id] = self._taken.get(order.seller_id, -1) + 1
            report = self._stopped(
                Report(
                    id=f"{50_000 + taken}0{now_ms // SECOND % 100_000:05d}",
                    order=order,
                    created_ms=now_ms,
                    started_ms=now_ms + int(self.seconds * SECOND / 3),
                    ended_ms=now_ms + int(self.seconds * SECOND),
                    fate=fate,
                    reason=reason,
                ),
                now_ms,
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

    def hold(self, stage: str | None, now_ms: int) -> None:
        """Let reports that are not over go as far as a stage and no further; None lets all go on."""
        with self._lock:
            self._held = stage
            for key, report in self._reports.items():
                self._reports[key] = self._stopped(self._going(report, now_ms), now_ms)

    def _stopped(self, report: Report, now_ms: int) -> Report:
        """The report as the hold that is ordered makes it."""
        if self._held == "IN_QUEUE" and report.waits_at(now_ms):
            return replace(report, started_ms=_NEVER, ended_ms=_NEVER)
        return replace(report, ended_ms=_NEVER) if self._held and not report.over_at(now_ms) else report

    def _going(self, report: Report, now_ms: int) -> Report:
        """The report without a hold."""
        if report.ended_ms < _NEVER:
            return report
        started_ms = now_ms if report.started_ms == _NEVER else report.started_ms
        making_ms = int(self.seconds * SECOND * 2 / 3)
        return replace(report, started_ms=started_ms, ended_ms=max(started_ms, now_ms) + making_ms)

    def find(self, seller_id: str, report_id: str, now_ms: int) -> Report | None:
        """One of the seller's reports; ids of another seller mean nothing here."""
        with self._lock:
            report = self._reports.get((seller_id, report_id))
        if report is None:
            report = next((each for each in self.unasked(seller_id, now_ms) if each.id == report_id), None)
        return None if report is None or report.created_ms < now_ms - KEPT_MS else report

    def of(self, seller_id: str, now_ms: int) -> list[Report]:
        """All reports of a seller, the newest first."""
        with self._lock:
            mine = [each for each in self._reports.values() if each.order.seller_id == seller_id]
        mine += self.unasked(seller_id, now_ms)
        kept = (each for each in mine if each.created_ms >= now_ms - KEPT_MS)
        return sorted(kept, key=lambda report: (report.created_ms, report.id), reverse=True)

    def cancel(self, report: Report, now_ms: int) -> bool:
        """Take one off the queue; False if it is no longer in it."""
        with self._lock:
            current = self._reports.get((report.order.seller_id, report.id), report)
            if not current.waits_at(now_ms):
                return False
            self._reports[report.order.seller_id, report.id] = replace(
                current, started_ms=now_ms, ended_ms=now_ms, fate="CANCELLED", reason="cancelled"
            )
            return True
