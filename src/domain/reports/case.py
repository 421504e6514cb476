"""One report while it is worked on: where it stands, and what is kept of that with each step."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import Enum, auto
from typing import Any

from domain.connections.model import Connection, Failure
from domain.reports.model import SETTLEMENT, Place, Purpose, Report, ReportStatus
from domain.sync.ports import SyncWork
from domain.sync.steps import Step, nothing

#: As often is a report asked for that nobody waits for, before it has failed.
_ATTEMPTS = 3
_BEFORE_THE_NEXT_ATTEMPT = timedelta(minutes=30)


class Need(Enum):
    """What a report needs next; each has a usage plan of its own, or none."""

    CREATE = auto()
    FIND = auto()  # was it created?
    LOOK = auto()
    FETCH = auto()
    IMPORT = auto()


def need_of(report: Report) -> Need:
    """What an open report needs next."""
    if report.amazon_id is None:
        return Need.CREATE if report.asked_at is None else Need.FIND
    if report.document_id is None:
        return Need.LOOK
    return Need.FETCH if report.parts is None else Need.IMPORT


@dataclass
class Case:
    """A report in hand. ``report`` is as it was kept last; ``need`` is what is being done about it."""

    connection: Connection
    report: Report
    now: Callable[[], datetime]
    need: Need = field(init=False)
    is_first_try: bool = False  # to create it: nobody has asked Amazon for it before

    def __post_init__(self) -> None:
        self.need = need_of(self.report)

    def keep(
        self,
        also: Callable[[SyncWork], int] = nothing,
        *,
        brought: int = 0,
        to_come: int | None = None,
        **changes: Any,
    ) -> Step:
        """The step that keeps the report with these fields, and whatever else is written along with it.

        ``brought`` is how many orders came with it, ``to_come`` how many the run will still bring.
        """
        report = self.report = replace(self.report, **changes)

        def save(work: SyncWork) -> int:
            changed = also(work)
            work.reports.save(report)
            return changed

        return Step({}, brought, save, to_come=to_come)

    def finish(self, status: ReportStatus, also: Callable[[SyncWork], int] = nothing, **changes: Any) -> Step:
        """The step that brings the report to its end."""
        over: dict[str, Any] = {"next_look_at": None, "finished_at": self.now(), "failures": 0, "error": None}
        return self.keep(also, status=status, **{**over, **changes})

    def fail(self, failure: Failure, failures: int = 0) -> Step:
        """The step that gives the report up, after so many failures in a row."""
        return self.finish(ReportStatus.FAILED, self.drop, failures=failures, error=failure)

    def come_to_nothing(
        self, failure: Failure, is_final: bool = False, wait: timedelta = _BEFORE_THE_NEXT_ATTEMPT
    ) -> Step:
        """What there is at Amazon is no good: ask again later, or give up where that is pointless or was tried."""
        report, attempts = self.report, self.report.attempts + 1
        somebody_waits = report.purpose is Purpose.ASKED
        can_be_asked = report.request.report_type != SETTLEMENT
        if is_final or somebody_waits or not can_be_asked or attempts >= _ATTEMPTS:
            return self.fail(failure)
        return self.keep(
            self.drop,
            **anew(self.now() + wait),
            attempts=attempts,
            error=failure,
        )

    def drop(self, work: SyncWork) -> int:
        """Writes that the document is forgotten."""
        work.reports.drop_parts(self.report.id)
        return 0


def anew(due_at: datetime) -> dict[str, Any]:
    """The fields of a report that Amazon is asked for once more."""
    return {
        "status": ReportStatus.PENDING,
        "next_look_at": due_at,
        "asked_at": None,
        "amazon_id": None,
        "document_id": None,
        "looks": 0,
        "failures": 0,
        "media": None,
        "parts": None,
        "size": 0,
        "lines": 0,
        "place": Place(),
        "records": 0,
        "finished_at": None,
    }
