"""A report comes about at Amazon: asked for, looked at until it is over."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from domain.ads.report_case import Case, Need
from domain.ads.report_ports import AdsReportChannel
from domain.ads.reports import AdsLook, AdsReportStatus
from domain.connections.model import Failure
from domain.errors import UpstreamFailed
from domain.sync.steps import Step

#: The first wait is three times the setting's (a minute, where nothing else is set); then it grows to five times that.
FIRST_WAIT, _SLOWEST, _GROWTH = 3, 5, 1.5
#: Amazon documents up to three hours. What is not made by then is given up.
LONGEST = timedelta(hours=4)
_UNDER_WAY = ("PENDING", "PROCESSING")


@dataclass(frozen=True)
class Asking:
    """The way to a document. ``poll`` is a third of the first wait."""

    channel: AdsReportChannel
    poll: timedelta

    def ask(self, case: Case) -> Iterator[Step]:
        """Ask, and keep Amazon's id. Whoever asks twice gets the same report again, while Amazon makes it."""
        # Kept before Amazon is asked: should we not live to hear the answer, the report is asked for once more, and
        # Amazon names the one that it makes already.
        yield case.keep(asked_at=case.now())
        amazon_id = self.channel.create(case.connection, case.account, case.report.request)
        yield case.keep(
            status=AdsReportStatus.PROCESSING,
            amazon_id=amazon_id,
            next_look_at=case.now() + FIRST_WAIT * self.poll,
            looks=0,
            failures=0,
            error=None,
        )

    def look(self, case: Case) -> tuple[AdsLook | None, Step | None]:
        """Amazon's finished report; or else the step that says what became of it, or when to look again.

        Raises:
            UpstreamFailed: it is finished, and there is no telling where.
        """
        report, now = case.report, case.now()
        look = self.channel.look(case.connection, case.account, report.amazon_id or "")
        if look.status == "COMPLETED":
            if look.url is None and look.size:
                raise UpstreamFailed("Amazon names no address for a finished report.", channel="ads")
            case.need = Need.FETCH
            return look, None
        if look.status not in _UNDER_WAY:
            return None, case.come_to_nothing(_failed(look, case))
        if now - (report.asked_at or report.created_at) > LONGEST:
            return None, case.come_to_nothing(_endless(look, case), wait=FIRST_WAIT * self.poll)
        wait = FIRST_WAIT * self.poll * min(_GROWTH ** min(report.looks + 1, _SLOWEST), _SLOWEST)
        changes: dict[str, Any] = {"failures": 0, "error": None, "next_look_at": now + wait}
        return None, case.keep(looks=report.looks + 1, **changes)


def _failed(look: AdsLook, case: Case) -> Failure:
    words = f": {look.failure_reason}" if look.failure_reason else "."
    message = f"Amazon could not make this report ({look.status}){words}"
    return Failure("ads_error", message[:1000], case.now())


def _endless(look: AdsLook, case: Case) -> Failure:
    hours = LONGEST // timedelta(hours=1)
    message = f"Amazon has had this report {look.status} for more than {hours} hours. Ask for it again."
    return Failure("ads_error", message, case.now())
