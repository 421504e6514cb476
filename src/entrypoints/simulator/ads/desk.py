"""Reports of ads that were asked for: the process remembers them, the clock makes them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from threading import Lock
from typing import Any
from uuid import uuid4

from entrypoints.simulator.ads.people import Profile
from entrypoints.simulator.moments import DAY, SECOND

KEPT_MS = 90 * DAY
#: How a report may be made to end, and where it may be held.
FATES = ("FAILED",)
STAGES = ("PENDING", "PROCESSING")
_NEVER = 1 << 62


@dataclass(frozen=True)
class Wish:
    """What was asked for.

    Attributes:
        owner: the profile's id, or the advertiser's who lent its reports.
        profile: in whose zone the days are.
        advertiser_ids: of DSP: whose campaigns.
        body: as it was sent, for the echo.
    """

    owner: str
    profile: Profile
    kind: str
    days: tuple[date, date]
    group_by: tuple[str, ...]
    columns: tuple[str, ...]
    summary: bool
    filters: tuple[tuple[str, tuple[str, ...]], ...]
    advertiser_ids: tuple[str, ...]
    body: Mapping[str, Any] = field(compare=False)

    @property
    def key(self) -> str:
        """The same for the same request; the name does not count."""
        told = {name: value for name, value in self.body.items() if name != "name"}
        return json.dumps([self.owner, told], sort_keys=True)


@dataclass(frozen=True)
class AdReport:
    """A report and its way to its end."""

    id: str
    wish: Wish
    created_ms: int
    started_ms: int
    ended_ms: int
    fate: str = "COMPLETED"
    reason: str | None = None

    def status(self, now_ms: int) -> str:
        if now_ms < self.started_ms:
            return "PENDING"
        return "PROCESSING" if now_ms < self.ended_ms else self.fate


@dataclass(frozen=True)
class DocumentForm:
    """How documents are handed out from now on.

    Attributes:
        url_seconds: how long an address is good.
        packed: whether they are gzip, as they should be.
        empty: a report without rows: ``array`` has a document, ``null`` no address; ``mixed`` has both kinds.
    """

    url_seconds: float = 3600
    packed: bool = True
    empty: str = "mixed"


@dataclass
class AdReportDesk:
    """Takes orders for reports, and knows them again.

    Attributes:
        seconds: how long one takes to make, a third of it pending.
    """

    seconds: float
    form: DocumentForm = field(default_factory=DocumentForm, init=False)
    _held: str | None = field(default=None, init=False)
    _reports: dict[str, AdReport] = field(default_factory=dict, init=False)
    _fates: list[str] = field(default_factory=list, init=False)
    _lock: Lock = field(default_factory=Lock, init=False, repr=False)

    def take(self, wish: Wish, now_ms: int) -> tuple[AdReport, bool]:
        """A new report; or the one that is being made to just this wish, and False."""
        with self._lock:
            for report in self._reports.values():
                if now_ms < report.ended_ms and report.wish.key == wish.key:
                    return report, False
            fate = self._fates.pop(0) if self._fates else "COMPLETED"
            started_ms, ended_ms = (
                now_ms + int(self.seconds * SECOND / 3),
                now_ms + int(self.seconds * SECOND),
            )
            reason = "Report generation failed." if fate == "FAILED" else None
            report = AdReport(str(uuid4()), wish, now_ms, started_ms, ended_ms, fate, reason)
            self._reports[report.id] = report = self._stopped(report, now_ms)
            return report, True

    def made(self) -> list[AdReport]:
        """All that were asked for and not cancelled."""
        with self._lock:
            return list(self._reports.values())

    def find(self, report_id: str, now_ms: int) -> AdReport | None:
        report = self._reports.get(report_id)
        return None if report is None or report.created_ms < now_ms - KEPT_MS else report

    def cancel(self, report: AdReport, now_ms: int) -> bool:
        """Forget a report; False if it is not pending any more."""
        with self._lock:
            if self._reports.get(report.id, report).status(now_ms) != "PENDING":
                return False
            self._reports.pop(report.id, None)
            return True

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

    def _stopped(self, report: AdReport, now_ms: int) -> AdReport:
        if self._held == "PENDING" and now_ms < report.started_ms:
            return replace(report, started_ms=_NEVER, ended_ms=_NEVER)
        return replace(report, ended_ms=_NEVER) if self._held and now_ms < report.ended_ms else report

    def _going(self, report: AdReport, now_ms: int) -> AdReport:
        if report.ended_ms < _NEVER:
            return report
        started_ms = now_ms if report.started_ms == _NEVER else report.started_ms
        making_ms = int(self.seconds * SECOND * 2 / 3)
        return replace(report, started_ms=started_ms, ended_ms=max(started_ms, now_ms) + making_ms)
