"""Asking for a report of the Ads API, following it, and taking its document away."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from domain.ads.accounts import Account, AccountId, AccountStatus, AccountType
from domain.ads.report_checks import AdsReportWish, problems, request_of
from domain.ads.report_planning import fresh_report
from domain.ads.report_work import AdsReportWork
from domain.ads.reports import AdsPurpose, AdsReport, AdsReportId, AdsReportStatus
from domain.clock import Clock
from domain.connections.catalog import alive
from domain.connections.model import Provider
from domain.errors import Conflict, InvalidInput, NotConnected, NotFound
from domain.sync.model import Resource
from domain.users.model import UserId

#: Amazon makes them slowly: more than this in a queue helps nobody.
MOST_OPEN = 100


@dataclass(frozen=True)
class AdsReportDesk:
    """Where users ask for reports. Getting them is background work."""

    work: Callable[[], AdsReportWork]
    look: Callable[[], AdsReportWork]  # the same, for reading only
    clock: Clock

    def ask(self, user_id: UserId, whose: "str | AccountId", wish: AdsReportWish) -> AdsReport:
        """The report that was asked for; one that is under way already, and is the same, instead of a second one.

        ``whose`` is Amazon's id of a profile, or our own id of a profile or an advertiser of DSP.

        Raises:
            InvalidInput: Amazon could not make it; names each bad field.
            NotFound: no such account, or somebody else's.
            NotConnected, ReauthorizationRequired: the connection can't be used.
            Conflict: too many reports are under way, or the account is not synced.
        """
        now = self.clock.now()
        with self.work() as work:
            account = account_meant(work, user_id, whose)
            wrong = problems(wish, account, now)
            if wrong:
                raise InvalidInput(wrong)
            report = fresh_report(account, AdsPurpose.ASKED, request_of(wish), now)
            same = work.ads_reports.same(report)
            if same is None:
                under_way = work.ads_reports.count_open(account.connection_id, AdsPurpose.ASKED)
                if under_way >= MOST_OPEN:
                    raise Conflict(
                        f"{under_way} reports are under way: wait until some of them are finished."
                    )
                work.ads_reports.add([report])
                # Whoever asks for one wants what was set aside to be tried again, too.
                work.sync.ensure(account.connection_id, user_id, (Resource.ADS,), now)
                work.sync.due_now(account.connection_id, Resource.ADS, now)
                work.commit()
        return same or report

    def report(self, user_id: UserId, report_id: AdsReportId) -> AdsReport:
        """Raises NotFound: none, or somebody else's."""
        with self.look() as work:
            return work.ads_reports.get(user_id, report_id)

    def reports(
        self,
        user_id: UserId,
        *,
        profile_id: str | None,
        report_type: str | None,
        status: AdsReportStatus | None,
        purpose: AdsPurpose | None,
        before: tuple[datetime, AdsReportId] | None,
        limit: int,
    ) -> list[AdsReport]:
        """The user's reports, whatever they are for, the newest first."""
        with self.look() as work:
            return work.ads_reports.of_user(
                user_id,
                profile_id=profile_id,
                report_type=report_type,
                status=status,
                purpose=purpose,
                before=before,
                limit=limit,
            )

    def finished(self, user_id: UserId, report_id: AdsReportId) -> AdsReport:
        """A report whose document can be taken away.

        Raises:
            NotFound: none, somebody else's, or one whose rows were taken over and are not kept.
            Conflict: it is not finished, or has failed.
        """
        report = self.report(user_id, report_id)
        if report.status.is_open:
            raise Conflict(f"This report is {report.status.value}: its document is not here yet.")
        if report.status is AdsReportStatus.FAILED:
            raise Conflict("This report has failed; its error says why. Ask for another one.")
        if not has_document(report):
            raise NotFound(
                "The rows of this report were taken over into the figures; its document is not kept."
            )
        return report

    def document(self, report: AdsReport) -> Iterator[bytes]:
        """The rows that are stored of a finished report, part by part, a JSON object and a line end each.

        Raises:
            NotFound: it was erased meanwhile.
        """
        for number in range(report.parts or 0):
            with self.look() as work:
                part = work.ads_reports.part(report.id, number)
            if part is None:
                raise NotFound("The document of this report was erased.")
            yield part


def has_document(report: AdsReport) -> bool:
    """Whether there is something to be taken away, be it empty."""
    return report.status is AdsReportStatus.COMPLETED and not report.purpose.is_imported


def account_meant(work: AdsReportWork, user_id: UserId, whose: "str | AccountId") -> Account:
    """The account of this id, with its connection held: of two equal wishes at once the second finds the first's report.

    Raises:
        NotFound: none, or somebody else's.
        NotConnected, ReauthorizationRequired: the connection can't be used.
        Conflict: the account is not synced.
    """
    if isinstance(whose, str):
        found = [
            account
            for connection in work.connections.of_user(user_id, Provider.AMAZON_ADS)
            for account in [work.ads_accounts.named_by_amazon(connection.id, AccountType.PROFILE, whose)]
            if account is not None
        ]
        if not found and not work.connections.of_user(user_id, Provider.AMAZON_ADS):
            raise NotConnected("No advertising account is connected.", channel="ads")
        if not found:
            raise NotFound("There is no such profile.")
        account = found[0]
    else:
        account = work.ads_accounts.account(user_id, whose)
    alive(work.connections.hold(account.connection_id))
    if account.status is not AccountStatus.ACTIVE:
        raise Conflict(f"This account is {account.status.value}: no reports can be asked for in its name.")
    return account
