"""One report of the Ads API while it is worked on: where it stands, and what is kept of that with each step."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import Enum, auto
from typing import Any

from domain.ads.accounts import Account
from domain.ads.columns import FIGURES
from domain.ads.reports import AdsPurpose, AdsReport, AdsReportStatus
from domain.connections.model import Connection, Failure
from domain.sync.ports import SyncWork
from domain.sync.steps import Step, nothing

#: As often is a report asked for that nobody waits for, before it has failed.
_ATTEMPTS = 3
_BEFORE_THE_NEXT_ATTEMPT = timedelta(minutes=30)
#: After a refusal, figures of this type are not asked for again for so long; after another failure for so long.
_REST_AFTER_REFUSAL, _REST_AFTER_FAILURE = timedelta(hours=24), timedelta(hours=6)


class Need(Enum):
    """What a report needs next; Amazon limits the first two, each by itself."""

    CREATE = auto()
    LOOK = auto()
    FETCH = auto()
    IMPORT = auto()


def need_of(report: AdsReport) -> Need:
    """What an open report needs next. Before it is fetched it is looked at: addresses run out."""
    if report.amazon_id is None:
        return Need.CREATE
    return Need.LOOK if report.parts is None else Need.IMPORT


@dataclass
class Case:
    """A report in hand. ``report`` is as it was kept last; ``need`` is what is being done about it."""

    connection: Connection
    account: Account
    report: AdsReport
    now: Callable[[], datetime]
    need: Need = field(init=False)

    def __post_init__(self) -> None:
        self.need = need_of(self.report)

    def keep(self, also: Callable[[SyncWork], int] = nothing, *, brought: int = 0, **changes: Any) -> Step:
        """The step that keeps the report with these fields, and whatever else is written along with it."""
        report = self.report = replace(self.report, **changes)

        def save(work: SyncWork) -> int:
            changed = also(work)
            work.ads_reports.save(report)
            return changed

        return Step({}, brought, save)

    def finish(
        self,
        status: AdsReportStatus,
        also: Callable[[SyncWork], int] = nothing,
        *,
        brought: int = 0,
        **changes: Any,
    ) -> Step:
        """The step that brings the report to its end."""
        over: dict[str, Any] = {"next_look_at": None, "finished_at": self.now(), "failures": 0, "error": None}
        return self.keep(also, brought=brought, status=status, **{**over, **changes})

    def fail(self, failure: Failure, failures: int = 0, *, refused: bool = False) -> Step:
        """The step that gives the report up. Where it was for the figures, they are known to lack its days."""
        rest = _REST_AFTER_REFUSAL if refused else _REST_AFTER_FAILURE

        def also(work: SyncWork) -> int:
            work.ads_reports.drop_parts(self.report.id)
            if self.report.purpose.is_imported:
                known = work.ads_days.coverage_of(self.report)
                work.ads_days.save_coverage([replace(known, rest_until=self.now() + rest, error=failure)])
                if not FIGURES[self.report.request.report_type].is_rare:
                    work.ads_accounts.note_sync(self.report.account_id, None, failure)
                work.figures.changed(self.report.user_id)
            return 0

        return self.finish(AdsReportStatus.FAILED, also, failures=failures, error=failure)

    def come_to_nothing(
        self, failure: Failure, *, refused: bool = False, wait: timedelta = _BEFORE_THE_NEXT_ATTEMPT
    ) -> Step:
        """What there is at Amazon is no good: ask again later, or give up where that is pointless or was tried."""
        attempts = self.report.attempts + 1
        if refused or self.report.purpose is AdsPurpose.ASKED or attempts >= _ATTEMPTS:
            return self.fail(failure, refused=refused)
        anew: dict[str, Any] = {
            "status": AdsReportStatus.PENDING,
            "next_look_at": self.now() + wait,
            **dict.fromkeys(("asked_at", "amazon_id", "parts")),
            **dict.fromkeys(("looks", "failures", "size", "rows", "imported"), 0),
        }
        begun = self.report.imported > 0

        def also(work: SyncWork) -> int:
            if begun:
                work.ads_days.disown(self.report)
            return self.drop(work)

        return self.keep(also, attempts=attempts, error=failure, **anew)

    def drop(self, work: SyncWork) -> int:
        """Writes that the document is forgotten."""
        work.ads_reports.drop_parts(self.report.id)
        return 0
