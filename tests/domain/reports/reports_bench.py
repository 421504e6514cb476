"""Reports and those who work on them, on fakes and a clock that tests move."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from adapters.amazon.wire.order_report import FlatFileOrders
from domain.connections.model import Connection
from domain.money import Money
from domain.orders.model import Order
from domain.reports.daily import Daily
from domain.reports.following import Following
from domain.reports.history import Backfill, History
from domain.reports.model import Purpose, Report, ReportId, ReportRequest
from domain.reports.ports import OrderReader
from domain.sync.back_office import BackOffice
from domain.sync.chores import Chore
from domain.sync.steps import Step
from domain.users.model import User
from tests.fakes.clock import HeldClock
from tests.fakes.memory_store import MemoryStore
from tests.fakes.memory_work import MemoryWork
from tests.fakes.report_channel import ScriptedReports
from tests.fakes.things import CA, NOW, US, a_connection, a_report, a_user, an_item, an_order, connected

POLL = timedelta(seconds=20)
DAY = timedelta(days=1)
#: A report of no particular kind.
ANY = ReportRequest("GET_ANY", (US,), NOW - DAY, NOW, {"custom": "true"})


@dataclass
class ReportsBench:
    """One seller of two marketplaces, and a scripted Amazon."""

    backfill_days: int = 90
    kept_for: timedelta = 548 * DAY
    store: MemoryStore = field(default_factory=MemoryStore)
    clock: HeldClock = field(default_factory=lambda: HeldClock(NOW))
    user: User = field(default_factory=a_user)
    connection: Connection = field(init=False)
    channel: ScriptedReports = field(init=False)
    reader: OrderReader = field(default_factory=FlatFileOrders)

    def __post_init__(self) -> None:
        self.connection = a_connection(self.user, US, CA)
        connected(self.store, self.user, self.connection)
        self.channel = ScriptedReports(self.clock)

    def work(self) -> MemoryWork:
        return MemoryWork(self.store)

    def look(self) -> MemoryWork:
        return MemoryWork(self.store, reading=True)

    @property
    def following(self) -> Following:
        return Following(self.channel, self.reader, self.look, POLL)

    @property
    def history(self) -> History:
        return History(self.look, self.backfill_days)

    @property
    def daily(self) -> Daily:
        return Daily(self.channel, self.look, self.kept_for)

    def backfill(self, retention_days: int = 548) -> Backfill:
        return Backfill(self.work, self.look, self.clock, retention_days)

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

    def report(self, purpose: Purpose = Purpose.HISTORY, **changes: object) -> Report:
        """A report that is kept, due at once."""
        report = replace(a_report(self.connection, purpose, created_at=self.clock.now()), **changes)  # type: ignore[arg-type] # callers name fields of Report
        with self.work() as work:
            work.reports.add([report])
            work.commit()
        return report

    def asked(self) -> Report:
        """A report that a user asked for."""
        return self.report(Purpose.ASKED, request=ANY)

    def document(self, report: Report) -> bytes:
        """What is stored of it; ``?`` where a part is missing."""
        parts = self.kept(report).parts or 0
        with self.look() as work:
            return b"".join(work.reports.part(report.id, number) or b"?" for number in range(parts))

    def kept(self, report: Report | ReportId) -> Report:
        """A report as it is kept now."""
        return self.store.tables.reports[report.id if isinstance(report, Report) else report]

    @property
    def reports(self) -> list[Report]:
        return list(self.store.tables.reports.values())

    @property
    def sold(self) -> dict[str, list[tuple[str, int]]]:
        """SKUs and quantities of every order that is kept."""
        return {
            order_id: sorted((item.sku or "", item.quantity) for item in booked.order.items)
            for (_connection, order_id), booked in self.store.tables.orders.items()
        }

    def _steps(self, chores: Sequence[Chore]) -> Iterator[Step]:
        for chore in chores:
            yield from chore.steps(self.connection, self.clock.now)


def orders_of(
    count: int, since: datetime = NOW - 5 * DAY, lines: Callable[[int], int] = lambda n: 1 + n % 3
) -> list[Order]:
    """Orders with one to three lines each, a minute apart."""
    found = []
    for number in range(count):
        items = [
            an_item(f"SKU-{number}-{line}", line + 1, Money(1000, "USD"), item_id=str(line))
            for line in range(lines(number))
        ]
        at = since + timedelta(minutes=number)
        found.append(an_order(f"O-{number}", *items, created_at=at, updated_at=at + timedelta(hours=1)))
    return found


def truth(orders: Sequence[Order]) -> dict[str, list[tuple[str, int]]]:
    """What ``ReportsBench.sold`` says when all of these orders are kept."""
    return {
        order.order_id: sorted((item.sku or "", item.quantity) for item in order.items) for order in orders
    }
