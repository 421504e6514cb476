"""Two years of orders under the official usage plans, on a clock that jumps: by reports, and by paging with searchOrders.

The real chores, puller, runner, claims and buckets do the work. On the clock, a call takes a quarter of a second, Amazon
makes a report in ten minutes, and orders are written as quickly as was measured. Amazon has buckets of its own, and a call
that these would refuse ends the benchmark.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from adapters.amazon.wire.order_report import FlatFileOrders
from adapters.memory.buckets import MemoryBuckets
from domain.connections.health import Health
from domain.connections.model import Connection, ConnectionId
from domain.connections.participations import Memberships
from domain.errors import UsagePlanEmpty
from domain.gateway.model import BucketKey, Operation, Patience
from domain.gateway.operations import (
    CREATE_REPORT,
    GET_REPORT,
    GET_REPORT_DOCUMENT,
    GET_REPORTS,
    SEARCH_ORDERS,
)
from domain.gateway.usage_plans import background_reserve
from domain.money import Money
from domain.orders.model import BookedOrder, Order, OrderItem, OrderPage, OrderWindow
from domain.reports.following import Following
from domain.reports.history import LONGEST_DAYS, History
from domain.reports.model import Look, ReportRequest, Stage
from domain.reports.ports import Document
from domain.sync.back_office import BackOffice
from domain.sync.model import Cursor, Resource
from domain.sync.pull_orders import OrderPuller
from domain.sync.run import Runner
from domain.sync.shift import Shift
from domain.sync.steps import Puller, Step
from tests.fakes.amazon import ScriptedAmazon
from tests.fakes.chance import EvenChance
from tests.fakes.clock import HeldClock
from tests.fakes.memory_orders import MemoryOrderBook
from tests.fakes.memory_store import Tables
from tests.fakes.report_channel import HEADER
from tests.fakes.things import NOW, US, a_connection, a_user
from tests.simulations.index import Index
from tests.simulations.town import TownWork

ORDERS = 500_000
_PAGE = 100
_PART = 3_000  # lines; well below a mebibyte
_LATENCY, _MAKING, _POLL = timedelta(seconds=0.25), timedelta(minutes=10), timedelta(seconds=20)
_BACK = timedelta(days=LONGEST_DAYS)
_LEASE = timedelta(minutes=5)


@dataclass(frozen=True)
class Backfill:
    """How long each way took on the clock, and how many calls."""

    orders: int
    by_reports: timedelta
    report_calls: int
    by_paging: timedelta
    paging_calls: int

    @property
    def times_sooner(self) -> float:
        return self.by_paging / self.by_reports

    def __str__(self) -> str:
        title = f"{self.orders:,} orders by reports : by paging, simulated hours"
        hour = timedelta(hours=1)
        words = f"(goal ≥ 20 times sooner)  {self.report_calls} : {self.paging_calls} calls"
        return (
            f"{title:<58} {self.by_reports / hour:9.2f} h  {self.by_paging / hour:9.2f} h   "
            f"×{self.times_sooner:6.0f}  {words}"
        )


def compared(rows_a_second: float, orders: int = ORDERS) -> Backfill:
    """Both ways, each from nothing; an order and its line are two rows."""
    shops = [_Shop(orders, timedelta(seconds=2 / rows_a_second)) for _way in range(2)]
    times = [_by_reports(shops[0]), _by_paging(shops[1])]
    for shop in shops:
        assert len(shop.book.known) == orders, (len(shop.book.known), orders)
    return Backfill(orders, times[0], shops[0].calls, times[1], shops[1].calls)


class _CountedOrders(MemoryOrderBook):
    """Keeps no more of an order than that it is there; writing takes time on the clock."""

    def __init__(self, clock: HeldClock, an_order_takes: timedelta) -> None:
        super().__init__(Tables())
        self.known: set[str] = set()
        self._clock = clock
        self._an_order_takes = an_order_takes

    def save_page(self, connection_id: ConnectionId, orders: Sequence[BookedOrder]) -> int:
        before = len(self.known)
        self.known.update(booked.order.order_id for booked in orders)
        self._clock.advance(len(orders) * self._an_order_takes)
        return len(self.known) - before


@dataclass
class _Shop:
    """A seller whose orders came evenly over two years, an Amazon that knows them, and a Portside that does not yet."""

    orders: int
    an_order_takes: timedelta
    calls: int = 0
    clock: HeldClock = field(default_factory=lambda: HeldClock(NOW))
    made: list[Look] = field(default_factory=list)
    _ours: MemoryBuckets = field(default_factory=MemoryBuckets)
    _theirs: MemoryBuckets = field(default_factory=MemoryBuckets)

    def __post_init__(self) -> None:
        self.book = _CountedOrders(self.clock, self.an_order_takes)
        self._work = TownWork(Index())
        self._work.orders = self.book
        self.user = a_user()
        self.connection = a_connection(
            self.user, US, connected_at=NOW, participations_at=NOW + timedelta(days=100)
        )
        self._work.users.add(self.user, None)
        self._work.connections.add(self.connection)

    def work(self) -> TownWork:
        return self._work

    def call(self, operation: Operation) -> None:
        """One call as the gateway lets it through for background work, and as Amazon counts it."""
        now, plan = self.clock.now(), operation.plan
        key = BucketKey("app", "na", self.connection.seller_id, operation.name)
        wait = self._ours.take(key, plan, now, background_reserve(plan))
        if wait:
            raise UsagePlanEmpty(f"plan of {operation.name}", now + timedelta(seconds=wait))
        assert not self._theirs.take(key, plan, now, 0), f"Amazon would refuse {operation.name}"
        self.calls += 1
        self.clock.advance(_LATENCY)

    def moment(self, number: int) -> datetime:
        """When an order was placed; the youngest is old enough for the search to tell of it."""
        return NOW - timedelta(hours=1) - (_BACK - timedelta(hours=2)) * number / self.orders

    def placed(self, start: datetime, end: datetime) -> range:
        """The orders of a time, the newest first."""
        spacing = (_BACK - timedelta(hours=2)) / self.orders
        newest = NOW - timedelta(hours=1)
        return range(
            max(0, (newest - end) // spacing), min(self.orders, max(0, (newest - start) // spacing + 2))
        )

    def live(self, resource: Resource, puller: Puller, is_over: Callable[[], bool]) -> timedelta:
        """Let the background work until it is over; how long that took."""
        shift = Shift(self.work, self.clock, "bench", _LEASE)
        runner = Runner(
            work=self.work,
            look=self.work,
            pullers={resource: puller},
            memberships=Memberships(self.work, ScriptedAmazon().accounts, self.clock),
            health=Health(self.work, self.clock),
            clock=self.clock,
            chance=EvenChance(),
            interval=timedelta(minutes=30),
            lease_time=_LEASE,
        )
        self._work.sync.ensure(self.connection.id, self.user.id, (resource,), NOW)
        while True:
            for task in shift.claim(1):
                runner.run(task, lambda: False)
            if is_over():
                return self.clock.now() - NOW
            (state,) = self._work.sync.states(self.user.id)
            assert state.next_run_at is not None, state.set_aside
            self.clock.set(max(state.next_run_at, self.clock.now()))


def _by_reports(shop: _Shop) -> timedelta:
    channel = _Reports(shop)
    chores = BackOffice(
        (Following(channel, FlatFileOrders(), shop.work, _POLL), History(shop.work, LONGEST_DAYS))
    )
    return shop.live(Resource.REPORTS, chores, lambda: len(shop.book.known) >= shop.orders)


def _by_paging(shop: _Shop) -> timedelta:
    puller = _FromLongAgo(OrderPuller(_Search(shop)))
    return shop.live(Resource.ORDERS, puller, lambda: len(shop.book.known) >= shop.orders)


@dataclass(frozen=True)
class _FromLongAgo:
    """The orders' puller with a first window that reaches two years back instead of two days."""

    puller: OrderPuller

    def steps(self, connection: Connection, cursor: Cursor, now: Callable[[], datetime]) -> Iterator[Step]:
        window: Mapping[str, object] = {
            "after": (NOW - _BACK).isoformat(),
            "before": NOW.isoformat(),
            "marketplace_ids": list(connection.marketplace_ids),
        }
        return self.puller.steps(connection, cursor or window, now)

    def after_failure(self, cursor: Cursor, error: Exception) -> Cursor:
        return self.puller.after_failure(cursor, error)


@dataclass(frozen=True)
class _Reports:
    """See ``domain.reports.ports.ReportChannel``."""

    shop: _Shop

    def create(self, connection: Connection, request: ReportRequest) -> str:
        self.shop.call(CREATE_REPORT)
        made = self.shop.made
        made.append(Look(str(len(made)), Stage.IN_PROGRESS, None, request, self.shop.clock.now()))
        return made[-1].amazon_id

    def recent(self, connection: Connection, report_type: str, since: datetime) -> list[Look]:
        self.shop.call(GET_REPORTS)
        return []

    def look(self, connection: Connection, amazon_id: str) -> Look:
        self.shop.call(GET_REPORT)
        found = self.shop.made[int(amazon_id)]
        if self.shop.clock.now() < found.created_at + _MAKING:
            return found
        return replace(found, stage=Stage.DONE, document_id=amazon_id)

    @contextmanager
    def document(
        self, connection: Connection, document_id: str, request: ReportRequest
    ) -> Iterator[Document]:
        self.shop.call(GET_REPORT_DOCUMENT)
        yield Document("text/tab-separated-values", self._parts(request))

    def explanation(self, connection: Connection, document_id: str) -> str:
        return ""

    def _parts(self, request: ReportRequest) -> Iterator[bytes]:
        assert request.start is not None
        assert request.end is not None
        numbers = self.shop.placed(request.start, request.end)
        yield f"{HEADER}\n".encode()
        for first in range(numbers.start, numbers.stop, _PART):
            lines = (self._line(number) for number in range(first, min(first + _PART, numbers.stop)))
            yield "".join(lines).encode()

    def _line(self, number: int) -> str:
        at = self.shop.moment(number).isoformat(timespec="seconds")
        return f"{number}\t{at}\t{at}\tShipped\tAmazon\tAmazon.com\tA thing\tSKU\tB000000001\t1\tUSD\t9.99\n"


@dataclass(frozen=True)
class _Search:
    """See ``domain.orders.ports.OrderFeed``. The window holds all orders."""

    shop: _Shop

    def page(
        self,
        connection: Connection,
        window: OrderWindow,
        token: str | None,
        patience: Patience = Patience.BACKGROUND,
    ) -> OrderPage:
        self.shop.call(SEARCH_ORDERS)
        first = int(token or 0)
        last = min(first + _PAGE, self.shop.orders)
        orders = tuple(self._order(number) for number in range(first, last))
        return OrderPage(orders, str(last) if last < self.shop.orders else None, window.before)

    def estimate(
        self, connection: Connection, window: OrderWindow, patience: Patience = Patience.BACKGROUND
    ) -> int:
        return self.shop.orders

    def _order(self, number: int) -> Order:
        at, price = self.shop.moment(number), Money(999, "USD")
        item = OrderItem(f"{number}1", "SKU", "B000000001", "A thing", 1, price)
        return Order(str(number), US, at, at, "SHIPPED", "AMAZON", price, (item,))
