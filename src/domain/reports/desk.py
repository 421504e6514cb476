"""Asking for a report, following it, and taking its document away."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

from domain.clock import Clock
from domain.connections.catalog import alive
from domain.connections.model import Connection, ConnectionId, Provider
from domain.errors import Conflict, InvalidInput, NotAllowed, NotConnected, NotFound
from domain.gateway.restricted import is_restricted_report
from domain.reports.model import SETTLEMENT, Purpose, Report, ReportId, ReportRequest, ReportStatus
from domain.reports.work import ReportWork
from domain.sync.model import Resource
from domain.users.model import UserId

#: How far back a report's data may reach.
LONGEST_AGO = timedelta(days=730)
#: Amazon makes one a minute for a seller: more than this in a queue helps nobody.
MOST_OPEN = 100
MOST_OPTIONS = 20
LONGEST_OPTION = 1000
TYPE = re.compile(r"GET_[A-Z0-9_]{1,96}")
#: Documents in XML are kept as they come, and these have buyers' names and addresses in them.
_NAMES_BUYERS_IN_XML = re.compile(r"GET_XML_\w*(?:ORDER|RETURN)\w*")


@dataclass(frozen=True)
class ReportWish:
    """What a user asks for. ``None``: the default connection, all of its marketplaces, and Amazon's choice of times."""

    report_type: str
    connection_id: ConnectionId | None = None
    marketplace_ids: tuple[str, ...] | None = None
    start: datetime | None = None
    end: datetime | None = None
    options: Mapping[str, str] | None = None


@dataclass(frozen=True)
class ReportDesk:
    """Where users ask for reports. Getting them is background work."""

    work: Callable[[], ReportWork]
    look: Callable[[], ReportWork]  # the same, for reading only
    clock: Clock

    def ask(self, user_id: UserId, wish: ReportWish) -> Report:
        """The report that was asked for; one that is under way already, and is the same, instead of a second one.

        Raises:
            InvalidInput: Amazon could not make it; names each bad field.
            NotAllowed: it would name buyers.
            NotFound: no such connection, or somebody else's.
            NotConnected, ReauthorizationRequired: the connection can't be used.
            Conflict: too many reports of this connection are under way.
        """
        insist_free_of_buyers(wish.report_type)
        now = self.clock.now()
        with self.work() as work:
            # Held, so that of two equal wishes at once the second one finds the first one's report.
            connection = work.connections.hold(_chosen(work, user_id, wish.connection_id).id)
            report = _asked(alive(connection), wish, now)
            same = work.reports.same(report)
            if same is None:
                _insist_on_room(work.reports.open_of(connection.id))
                work.reports.add([report])
                # Whoever asks for one wants what was set aside to be tried again, too.
                work.sync.ensure(connection.id, user_id, (Resource.REPORTS,), now)
                work.sync.due_now(connection.id, Resource.REPORTS, now)
                work.commit()
        return same or report

    def report(self, user_id: UserId, report_id: ReportId) -> Report:
        """Raises NotFound: none, or somebody else's."""
        with self.look() as work:
            return work.reports.get(user_id, report_id)

    def reports(
        self,
        user_id: UserId,
        *,
        connection_id: ConnectionId | None,
        report_type: str | None,
        status: ReportStatus | None,
        purpose: Purpose | None,
        before: tuple[datetime, ReportId] | None,
        limit: int,
    ) -> list[Report]:
        """The user's reports, whatever they are for, the newest first.

        Raises:
            NotFound: no such connection, or somebody else's.
        """
        with self.look() as work:
            if connection_id is not None:
                work.connections.get(user_id, connection_id)
            return work.reports.of_user(
                user_id,
                connection_id=connection_id,
                report_type=report_type,
                status=status,
                purpose=purpose,
                before=before,
                limit=limit,
            )

    def finished(self, user_id: UserId, report_id: ReportId) -> Report:
        """A report whose document can be taken away.

        Raises:
            NotFound: none, somebody else's, or one whose document was taken over and is not kept.
            Conflict: it is not finished, or has failed.
        """
        report = self.report(user_id, report_id)
        if report.status.is_open:
            raise Conflict(f"This report is {report.status.value}: its document is not here yet.")
        if report.status is ReportStatus.FAILED:
            cause = f" {report.error.message}" if report.error else ""
            raise Conflict(f"This report has failed, so that there is no document.{cause}")
        if report.purpose.is_imported:
            raise NotFound("The orders of this report were taken over; its document is not kept.")
        return report

    def document(self, report: Report) -> Iterator[bytes]:
        """The stored document, part by part, each read in a transaction of its own.

        Raises:
            NotFound: it was erased meanwhile.
        """
        for number in range(report.parts or 0):
            with self.look() as work:
                part = work.reports.part(report.id, number)
            if part is None:
                raise NotFound("The document of this report was erased.")
            yield part


def has_document(report: Report) -> bool:
    """Whether there is something to be taken away, be it empty."""
    ended_well = report.status in (ReportStatus.COMPLETED, ReportStatus.NO_DATA)
    return ended_well and not report.purpose.is_imported


def insist_free_of_buyers(report_type: str) -> None:
    """Refuse what can't be asked for.

    Raises:
        InvalidInput: no report is called so, or Amazon makes it without being asked.
        NotAllowed: it names buyers.
    """
    if TYPE.fullmatch(report_type) is None:
        problem = "is no report type of SP-API, such as GET_MERCHANT_LISTINGS_ALL_DATA"
        raise InvalidInput({"report_type": problem})
    if is_restricted_report(report_type) or _NAMES_BUYERS_IN_XML.fullmatch(report_type):
        raise NotAllowed(
            f"A report of type {report_type} has buyers' names or addresses in it, and Portside keeps none."
        )
    if report_type.startswith("GET_V2_SETTLEMENT_REPORT_DATA"):
        problem = (
            f"Amazon makes settlements by itself, and Portside collects them: list those of type {SETTLEMENT}"
        )
        raise InvalidInput({"report_type": problem})


def _chosen(work: ReportWork, user_id: UserId, connection_id: ConnectionId | None) -> Connection:
    if connection_id is not None:
        connection = work.connections.get(user_id, connection_id)
        if connection.provider is not Provider.AMAZON_SP:
            raise NotFound("There is no such connection.")
        return connection
    for connection in work.connections.of_user(user_id, Provider.AMAZON_SP):
        return connection
    raise NotConnected("No seller account is connected.")


def _insist_on_room(open_ones: list[Report]) -> None:
    asked = sum(1 for each in open_ones if each.purpose is Purpose.ASKED)
    if asked >= MOST_OPEN:
        raise Conflict(f"{asked} reports of this seller are under way: wait until some of them are finished.")


def _asked(connection: Connection, wish: ReportWish, now: datetime) -> Report:
    problems = {**_bad_places(connection, wish), **_bad_times(wish, now), **_bad_options(wish.options or {})}
    if problems:
        raise InvalidInput(problems)
    # In one order, so that equal wishes are seen to be equal.
    request = ReportRequest(
        wish.report_type,
        tuple(sorted(set(wish.marketplace_ids or connection.marketplace_ids))),
        wish.start,
        wish.end,
        dict(sorted((wish.options or {}).items())),
    )
    return Report(
        id=ReportId(uuid4()),
        connection_id=connection.id,
        user_id=connection.user_id,
        purpose=Purpose.ASKED,
        request=request,
        status=ReportStatus.PENDING,
        created_at=now,
        next_look_at=now,
    )


def _bad_places(connection: Connection, wish: ReportWish) -> dict[str, str]:
    if wish.marketplace_ids is None:
        return {}
    known = ", ".join(connection.marketplace_ids)
    if not wish.marketplace_ids:
        return {"marketplace_ids": f"names no marketplace; leave it out for all of {known}"}
    if set(wish.marketplace_ids) - set(connection.marketplace_ids):
        return {"marketplace_ids": f"are not all of this connection, which has {known}"}
    return {}


def _bad_times(wish: ReportWish, now: datetime) -> dict[str, str]:
    given = {"data_start_time": wish.start, "data_end_time": wish.end}
    problems: dict[str, str] = {}
    for name, moment in given.items():
        if moment is None:
            continue
        if moment > now:
            problems[name] = "is in the future"
        elif moment < now - LONGEST_AGO:
            problems[name] = f"is more than {LONGEST_AGO.days} days ago"
    if wish.end is not None and wish.start is None:
        problems["data_start_time"] = "is missing; data_end_time alone is no period"
    elif wish.start is not None and wish.end is not None and wish.start > wish.end and not problems:
        problems["data_start_time"] = "is after data_end_time"
    return problems


def _bad_options(options: Mapping[str, str]) -> dict[str, str]:
    if len(options) > MOST_OPTIONS:
        return {"report_options": f"are more than {MOST_OPTIONS}"}
    for name, value in options.items():
        if not name or len(name) > LONGEST_OPTION or len(value) > LONGEST_OPTION:
            return {"report_options": f"have an empty name, or more than {LONGEST_OPTION} characters in one"}
        if not (name + value).isprintable():
            return {"report_options": "have characters that can't be printed"}
    return {}
