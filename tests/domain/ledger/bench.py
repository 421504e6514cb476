"""The ledger's chore over a seller whose orders the test knows, with a sync that can be made to lose some of them."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from domain.connections.model import Connection
from domain.ledger.keeping import LedgerKeeping
from domain.ledger.model import LedgerDay, Verdict
from domain.money import Money
from domain.operations.retention import Cutoffs
from domain.orders.counting import book
from domain.orders.model import Order
from domain.reports.model import Purpose, Report, ReportStatus
from domain.sync.model import Resource
from domain.users.model import User
from tests.fakes.clock import HeldClock
from tests.fakes.memory_store import MemoryStore
from tests.fakes.memory_work import MemoryWork
from tests.fakes.sales import ScriptedSales
from tests.fakes.things import US, a_connection, a_report, a_user, an_item, an_order, connected

#: Noon in Los Angeles.
NOW = datetime(2026, 3, 4, 20, 0, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
TODAY = date(2026, 3, 4)


class Bench:
    """``sell`` makes orders at Amazon, ``read`` brings what changed, ``work`` does all that the ledger has to do."""

    def __init__(self, *marketplace_ids: str, connected_at: datetime = NOW - 10 * DAY) -> None:
        self.clock = HeldClock(NOW)
        self.store = MemoryStore()
        self.truth: dict[str, Order] = {}
        self.sales = ScriptedSales(lambda _connection: self.truth.values())
        self.user: User = a_user()
        self.connection: Connection = a_connection(
            self.user, *(marketplace_ids or (US,)), connected_at=connected_at
        )
        connected(self.store, self.user, self.connection)
        self.chore = LedgerKeeping(self.sales, self.look, reach=500 * DAY)
        self.lost: set[str] = set()  # orders that no sync and no report brings
        self.read()

    def look(self) -> MemoryWork:
        return MemoryWork(self.store, reading=True)

    def sell(self, *orders: Order) -> None:
        """These orders are at Amazon, and come with the next reading."""
        self.truth.update({order.order_id: order for order in orders})

    def read(self, until: datetime | None = None) -> None:
        """The orders are read up to now, except for those that get lost."""
        self._bring(self.truth.values())
        key = (self.connection.id, Resource.ORDERS)
        row = self.store.tables.resources[key]
        self.store.tables.resources[key] = replace(row, complete_until=until or self.clock.now())

    def work(self) -> int:
        """All that is due now, as a run does it: each step is committed. Returns how many there were."""
        steps = 0
        for step in self.chore.steps(self.connection, self.clock.now):
            with MemoryWork(self.store) as work:
                step.save(work)
                work.commit()
            steps += 1
        return steps

    def check(self) -> None:
        """Amazon is asked, the orders are read to the moment of its answer, the two are compared."""
        self.work()
        self.clock.advance(HOUR)
        self.read()
        self.work()

    def repair(self) -> list[Report]:
        """All repairs that are open come to their end: what is not lost is here. Returns them."""
        opened = [report for report in self.repairs() if report.status.is_open]
        for report in opened:
            start, end = report.request.start, report.request.end
            assert start is not None
            assert end is not None
            self._bring(order for order in self.truth.values() if start <= order.created_at < end)
            done = replace(
                report, status=ReportStatus.COMPLETED, next_look_at=None, finished_at=self.clock.now()
            )
            self.store.tables.reports[report.id] = done
        return opened

    def purge(self, keep: timedelta) -> None:
        """Orders are let go that are older than this."""
        cutoffs = Cutoffs.at(self.clock.now(), keep)
        with MemoryWork(self.store) as work:
            work.retention.decide(self.connection.id, cutoffs, self.clock.now())
            work.retention.remove_some(self.connection.id, cutoffs, 1000)
            work.commit()

    def repairs(self) -> list[Report]:
        return [one for one in self.store.tables.reports.values() if one.purpose is Purpose.REPAIR]

    def history(self, first: datetime, last: datetime, status: ReportStatus) -> Report:
        """A slice of history, as it was planned."""
        report = a_report(self.connection, created_at=NOW, status=status)
        request = replace(report.request, start=first, end=last)
        kept = replace(report, request=request)
        self.store.tables.reports[kept.id] = kept
        return kept

    def lines(self) -> dict[date, LedgerDay]:
        """The ledger of the first marketplace."""
        with self.look() as work:
            return {
                line.amazon.day: line
                for line in work.ledger.lines(self.connection.id)
                if line.amazon.marketplace_id == self.connection.marketplace_ids[0]
            }

    def verdicts(self) -> set[Verdict]:
        return {line.verdict for line in self.lines().values()}

    def wrong(self) -> dict[date, Verdict]:
        """Days that don't agree."""
        return {day: line.verdict for day, line in self.lines().items() if line.verdict is not Verdict.AGREES}

    def _bring(self, orders: Iterable[Order]) -> None:
        with MemoryWork(self.store) as work:
            brought = [order for order in orders if order.order_id not in self.lost]
            home = self.connection.marketplace_id
            work.orders.save_page(self.connection.id, [book(order, home) for order in brought])
            work.commit()


def sold(
    order_id: str,
    days_ago: int,
    *,
    quantity: int = 1,
    minor: int | None = 1000,
    status: str = "SHIPPED",
    updated_at: datetime | None = None,
    marketplace_id: str | None = US,
    currency: str = "USD",
) -> Order:
    """An order of noon, so many days ago, which has not changed since."""
    created_at = NOW - days_ago * DAY
    goods = None if minor is None else Money(minor, currency)
    line = replace(an_item(f"SKU-{order_id}", quantity), goods=goods)
    return an_order(
        order_id,
        line,
        marketplace_id=marketplace_id,
        created_at=created_at,
        updated_at=updated_at or created_at,
        status=status,
        total=goods,
    )
