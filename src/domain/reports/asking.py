"""A report comes about at Amazon: asked for once, looked for before it is asked for again, looked at until it is over."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.connections.model import Failure
from domain.errors import ChannelError, NotFound, RateLimited
from domain.reports.case import Case, Need
from domain.reports.model import Look, ReportRequest, ReportStatus, Stage
from domain.reports.ports import ReportChannel
from domain.sync.ports import SyncWork
from domain.sync.steps import Step

#: How far Amazon's clock may be behind ours.
_CLOCKS_DIFFER = timedelta(minutes=2)
#: What is not made by then will not be made.
_LONGEST = timedelta(hours=24)
_GROWTH, _SLOWEST = 1.5, 15


@dataclass(frozen=True)
class Asking:
    """The way to a document. ``poll`` is the first wait; it grows to 15 times that."""

    channel: ReportChannel
    look: Callable[[], SyncWork]
    poll: timedelta

    def steps(self, case: Case) -> Iterator[Step]:
        """On with it, as far as it goes at present."""
        if case.report.amazon_id is None:
            yield from self._ask(case)
        if case.need is Need.LOOK:
            yield self._look(case)

    def _ask(self, case: Case) -> Iterator[Step]:
        if case.report.asked_at is None:
            case.is_first_try = True
            # Kept before Amazon is asked: should we not live to hear the answer, the report is looked for.
            yield case.keep(asked_at=case.now())
        else:
            found = self._found(case)
            if found is not None:
                yield self._under_way(case, found.amazon_id, case.now())
                case.need = Need.LOOK
                return
        case.need = Need.CREATE
        amazon_id = self.channel.create(case.connection, case.report.request)
        yield self._under_way(case, amazon_id, case.now() + self.poll)

    def _found(self, case: Case) -> Look | None:
        """The report that an earlier attempt has made, if it came to that."""
        report = case.report
        since = (report.asked_at or report.created_at) - _CLOCKS_DIFFER
        looks = self.channel.recent(case.connection, report.request.report_type, since)
        with self.look() as work:
            known = work.reports.amazon_ids(report.connection_id, report.request.report_type)
        unclaimed = (look for look in looks if look.amazon_id not in known)
        same = [look for look in unclaimed if _asks_the_same(look.request, report.request)]
        return min(same, key=lambda look: look.created_at, default=None)

    def _under_way(self, case: Case, amazon_id: str, look_at: datetime) -> Step:
        return case.keep(
            status=ReportStatus.PROCESSING,
            amazon_id=amazon_id,
            looks=0,
            failures=0,
            error=None,
            next_look_at=look_at,
        )

    def _look(self, case: Case) -> Step:
        report, now = case.report, case.now()
        look = self.channel.look(case.connection, report.amazon_id or "")
        if look.stage is Stage.FATAL:
            return case.come_to_nothing(self._fatal(case, look, now))
        if look.stage is Stage.CANCELLED or (look.stage is Stage.DONE and look.document_id is None):
            return case.finish(ReportStatus.NO_DATA)
        if look.stage is Stage.DONE:
            return case.keep(
                document_id=look.document_id, looks=report.looks + 1, failures=0, error=None, next_look_at=now
            )
        if now - (report.asked_at or report.created_at) > _LONGEST:
            return case.come_to_nothing(_endless(look, now))
        wait = self.poll * min(_GROWTH ** min(report.looks + 1, _SLOWEST), _SLOWEST)
        return case.keep(looks=report.looks + 1, failures=0, error=None, next_look_at=now + wait)

    def _fatal(self, case: Case, look: Look, now: datetime) -> Failure:
        words = ""
        if look.document_id is not None:
            try:
                words = self.channel.explanation(case.connection, look.document_id).strip()
            except (ChannelError, NotFound, RateLimited):
                # That the report has failed is known anyhow; a wait for the reason would hide it.
                words = ""
        said = (
            f"Amazon could not make this report: {words}" if words else "Amazon could not make this report."
        )
        often = " Often it was asked for too soon after the last one: ask again in a few hours, or for other days."
        return Failure("amazon_error", said + often, now)


def _asks_the_same(one: ReportRequest, other: ReportRequest) -> bool:
    """As far as Amazon tells: neither options nor fractions of seconds."""
    return (
        set(one.marketplace_ids) == set(other.marketplace_ids)
        and _same_moment(one.start, other.start)
        and _same_moment(one.end, other.end)
    )


def _same_moment(told: datetime | None, asked: datetime | None) -> bool:
    """Where we left it to Amazon, any will do."""
    return asked is None or (told is not None and abs(told - asked) < timedelta(seconds=1))


def _endless(look: Look, now: datetime) -> Failure:
    hours = _LONGEST // timedelta(hours=1)
    message = f"Amazon has had this report {look.stage.value} for more than {hours} hours. Ask for it again."
    return Failure("amazon_error", message, now)
