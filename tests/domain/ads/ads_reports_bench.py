"""Reports of the Ads API and those who work on them, on fakes and a clock that tests move."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from adapters.ads.wire.report_figures import AdsRows
from domain.ads.accounts import Account, AccountStatus, AccountType, FoundAccount, Owner
from domain.ads.coverage import Coverage
from domain.ads.report_desk import AdsReportDesk
from domain.ads.report_following import Following
from domain.ads.report_planning import Planning, fresh_report
from domain.ads.report_schedules import Schedules
from domain.ads.reports import AdsDay, AdsPurpose, AdsReport, AdsReportRequest
from domain.ads.schedule_desk import ScheduleDesk
from domain.connections.model import Connection, Provider
from domain.marketplaces import Region
from domain.sync.back_office import BackOffice
from domain.sync.chores import Chore
from domain.sync.model import Resource
from domain.sync.steps import Step
from domain.users.model import User
from tests.fakes.ads_report_channel import ScriptedAdsReports
from tests.fakes.clock import HeldClock
from tests.fakes.memory_store import MemoryStore
from tests.fakes.memory_work import MemoryWork
from tests.fakes.things import NOW, US, a_connection, a_user, connected

#: A third of the first wait.
POLL = timedelta(seconds=20)
DAY = timedelta(days=1)


def a_profile(amazon_id: str = "111", **changes: object) -> FoundAccount:
    """An American seller's profile."""
    found = FoundAccount(
        type=AccountType.PROFILE,
        amazon_id=amazon_id,
        region=Region.NA,
        name="Acme",
        amazon_status="CREATED",
        status=AccountStatus.ACTIVE,
        country_code="US",
        currency_code="USD",
        time_zone="America/Los_Angeles",
        marketplace_id=US,
        owner=Owner.SELLER,
    )
    return replace(found, **changes)  # type: ignore[arg-type] # callers name fields of FoundAccount


@dataclass
class AdsReportsBench:
    """One user with one profile, and a scripted Amazon."""

    kept_for: timedelta = 548 * DAY
    store: MemoryStore = field(default_factory=MemoryStore)
    clock: HeldClock = field(default_factory=lambda: HeldClock(NOW))
    user: User = field(default_factory=a_user)
    connection: Connection = field(init=False)
    account: Account = field(init=False)
    channel: ScriptedAdsReports = field(init=False)

    def __post_init__(self) -> None:
        self.connection = replace(
            a_connection(self.user, seller_id="amazon-ads"), provider=Provider.AMAZON_ADS, marketplace_id=""
        )
        connected(self.store, self.user, self.connection)
        self.account = self.found(a_profile())
        self.channel = ScriptedAdsReports(self.clock)

    def found(self, account: FoundAccount) -> Account:
        """The account as it is kept, once Amazon has told of it."""
        with self.work() as work:
            work.ads_accounts.merge(self.connection, [account], self.clock.now())
            work.commit()
        with self.look() as work:
            kept = work.ads_accounts.named_by_amazon(self.connection.id, account.type, account.amazon_id)
        assert kept is not None
        return kept

    def work(self) -> MemoryWork:
        return MemoryWork(self.store)

    def look(self) -> MemoryWork:
        return MemoryWork(self.store, reading=True)

    @property
    def following(self) -> Following:
        return Following(self.channel, AdsRows(), self.look, POLL)

    @property
    def planning(self) -> Planning:
        return Planning(self.look, self.kept_for)

    @property
    def schedules(self) -> Schedules:
        return Schedules(self.look)

    @property
    def desk(self) -> AdsReportDesk:
        return AdsReportDesk(self.work, self.look, self.clock)

    @property
    def schedule_desk(self) -> ScheduleDesk:
        return ScheduleDesk(self.work, self.look, self.clock)

    def keep(self, step: Step) -> None:
        """Commit a step, as the runner does."""
        with self.work() as work:
            step.save(work)
            work.commit()

    def do(self, *chores: Chore) -> list[Step]:
        """All that these chores have to do at present, kept step by step."""
        done = []
        for step in self._steps(chores or (self.following,)):
            self.keep(step)
            done.append(step)
        return done

    def to_the_end(self, *chores: Chore, for_at_most: timedelta = timedelta(days=3)) -> list[Step]:
        """Run after run, each when it is due, until nothing is open any more."""
        office, until, done = BackOffice(chores or (self.following,)), self.clock.now() + for_at_most, []
        while self.clock.now() <= until:
            for step in office.steps(self.connection, {}, self.clock.now):
                self.keep(step)
                done.append(step)
            if done[-1].again_at is None:
                return done
            self.clock.set(max(done[-1].again_at, self.clock.now()))
        raise AssertionError("reports were still open in the end")

    def report(self, request: AdsReportRequest, purpose: AdsPurpose = AdsPurpose.ASKED) -> AdsReport:
        """A report that is kept, due at once."""
        report = fresh_report(self.account, purpose, request, self.clock.now())
        with self.work() as work:
            work.ads_reports.add([report])
            work.commit()
        return report

    def document(self, report: AdsReport) -> bytes:
        """What is stored of it; ``?`` where a part is missing."""
        with self.look() as work:
            numbers = range(self.kept(report).parts or 0)
            return b"".join(work.ads_reports.part(report.id, number) or b"?" for number in numbers)

    def kept(self, report: AdsReport) -> AdsReport:
        """A report as it is kept now."""
        return self.store.tables.ads_reports[report.id]

    @property
    def reports(self) -> list[AdsReport]:
        return list(self.store.tables.ads_reports.values())

    def coverage(self, report_type: str = "spCampaigns", profile_id: str = "111") -> Coverage:
        return self.store.tables.ads_coverage[self.connection.id, profile_id, report_type]

    @property
    def days(self) -> list[AdsDay]:
        return [day for day, _report in self.store.tables.ads_days.values()]

    def clicks(self) -> dict[tuple[str, date, str], int]:
        """By ad product, day and campaign."""
        return {(each.ad_product, each.day, each.campaign_id): each.clicks for each in self.days}

    def is_due_at(self) -> datetime | None:
        """When the sync of advertising is due."""
        row = self.store.tables.resources.get((self.connection.id, Resource.ADS))
        return row.next_run_at if row else None

    def _steps(self, chores: Sequence[Chore]) -> Iterator[Step]:
        for chore in chores:
            yield from chore.steps(self.connection, self.clock.now)
