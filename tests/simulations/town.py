"""Any number of sellers, one process of Portside, and an Amazon with usage plans, on a clock that jumps.

The real runner, pullers, schedule and claims do the work. A call to Amazon takes its time on the clock; the places of
the process work side by side, as its threads do. Nothing sleeps.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from heapq import heapify, heapreplace
from typing import Self
from uuid import UUID

from adapters.memory.buckets import MemoryBuckets
from domain.connections.health import Health
from domain.connections.model import Connection, ConnectionId
from domain.connections.participations import Memberships
from domain.errors import RateLimited, UsagePlanEmpty
from domain.gateway.model import BucketKey, Operation, Patience
from domain.gateway.operations import INVENTORY_SUMMARIES, SEARCH_ORDERS
from domain.inventory.model import StockPage
from domain.orders.model import OrderPage, OrderWindow
from domain.sync.model import Progress, Resource, Run, RunId, RunStatus
from domain.sync.pull_inventory import InventoryPuller
from domain.sync.pull_orders import OrderPuller
from domain.sync.run import Runner
from domain.sync.schedule import next_run, pace, phase
from domain.sync.shift import Shift
from domain.users.model import User, UserId
from tests.fakes.amazon import ScriptedAmazon
from tests.fakes.chance import EvenChance
from tests.fakes.clock import HeldClock
from tests.fakes.memory_stock import MemoryStockBook
from tests.fakes.memory_store import MemoryStore, ResourceRow
from tests.fakes.memory_work import MemoryWork
from tests.fakes.things import NOW, a_connection, a_level, a_user, an_order
from tests.simulations.index import Index, IndexedSyncBook

SECOND, MINUTE, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(days=1)
INTERVAL = 15 * MINUTE
SYNCED = (Resource.ORDERS, Resource.INVENTORY)


class TownStock(MemoryStockBook):
    """Stock whose sums nobody asks for: this memory looks through everybody's rows to add one seller's up."""

    def keep_day(
        self, connection_id: ConnectionId, user_id: UserId, day: date, demand_from: date, counted_at: datetime
    ) -> None:
        """Nothing is kept."""


class TownWork(MemoryWork):
    """A transaction that is never rolled back, since one thread works and nothing fails: it changes the rows as they are."""

    def __init__(self, index: Index) -> None:
        super().__init__(MemoryStore(), reading=True)
        super().__enter__()
        self.tables = self._tables
        self.sync = IndexedSyncBook(self.tables, index)
        self.stock = TownStock(self.tables)

    def __enter__(self) -> Self:
        return self

    def commit(self) -> None:
        """It is kept already."""


@dataclass
class PlannedAmazon:
    """Orders that arrive evenly, stock that moves with them, and a count of who asked too often.

    Portside's buckets decide whether a call goes out; Amazon's own ones refuse, and what they refuse is counted.
    """

    clock: HeldClock
    latency: timedelta
    every: dict[ConnectionId, timedelta] = field(default_factory=dict)  # how often a seller sells
    calls: dict[ConnectionId, int] = field(default_factory=lambda: defaultdict(int))
    refused: int = 0
    listing_pages: int = 1  # of a full listing of stock
    listed: int = 0  # pages of full listings that were asked for
    throttles_stock: bool = False  # whatever the plan says
    ours: MemoryBuckets = field(default_factory=MemoryBuckets)
    theirs: dict[tuple[str, str], tuple[float, float]] = field(default_factory=dict)

    def page(
        self,
        connection: Connection,
        window: OrderWindow,
        token: str | None,
        patience: Patience = Patience.BACKGROUND,
    ) -> OrderPage:
        self._call(connection, SEARCH_ORDERS)
        changed = [
            an_order(f"{connection.seller_id}-{number}", created_at=at, updated_at=at)
            for number, at in self._sales(connection, window.after, window.before)
        ]
        return OrderPage(tuple(changed), None, window.before)

    def estimate(
        self, connection: Connection, window: OrderWindow, patience: Patience = Patience.BACKGROUND
    ) -> int:
        return len(self._sales(connection, window.after, window.before))

    def stock(self, connection: Connection, since: datetime | None, token: str | None) -> StockPage:
        self._call(connection, INVENTORY_SUMMARIES)
        if self.throttles_stock:
            raise RateLimited("Amazon answered 429.", 0.5)
        now = self.clock.now()
        if since is None and self.listing_pages > 1:
            self.listed += 1
            page = int(token or 1)
            onward = str(page + 1) if page < self.listing_pages else None
            return StockPage((a_level(f"SKU-{page}", page, updated_at=now),), onward)
        sales = self._sales(connection, since or now - DAY, now)
        return StockPage(
            tuple(a_level(f"SKU-{number % 5}", number % 97, updated_at=at) for number, at in sales), None
        )

    def _sales(self, connection: Connection, after: datetime, before: datetime) -> list[tuple[int, datetime]]:
        every = self.every[connection.id]
        offset = NOW - DAY + (connection.id.int % 997) / 997 * every
        first, last = -((offset - after) // every), (before - offset) // every
        return [(number, offset + number * every) for number in range(max(first, last - 50), last + 1)]

    def _call(self, connection: Connection, operation: Operation) -> None:
        now = self.clock.now()
        key = BucketKey("app", "na", connection.seller_id, operation.name)
        wait = self.ours.take(key, operation.plan, now, 0)
        if wait:
            raise UsagePlanEmpty("plan", now + timedelta(seconds=wait))
        self.calls[connection.id] += 1
        self._meter(connection, operation, now.timestamp())
        self.clock.advance(self.latency)

    def _meter(self, connection: Connection, operation: Operation, at: float) -> None:
        """Amazon's own meter: the time at which the bucket will be full again says all."""
        key = connection.seller_id, operation.name
        plan = operation.plan
        full_at = max(at, self.theirs.get(key, (at, at))[0]) + 1 / plan.rate
        self.refused += full_at - at > plan.burst / plan.rate + 1e-6
        self.theirs[key] = (full_at, at)


@dataclass
class _StockOf:
    amazon: PlannedAmazon

    def page(
        self,
        connection: Connection,
        marketplace_id: str,
        since: datetime | None,
        token: str | None,
        patience: Patience = Patience.BACKGROUND,
    ) -> StockPage:
        return self.amazon.stock(connection, since, token)


@dataclass
class Diary:
    """When what was claimed, and for how long each seller's data stayed as it was."""

    claims: list[datetime] = field(default_factory=list)
    gaps: dict[tuple[ConnectionId, Resource], list[timedelta]] = field(
        default_factory=lambda: defaultdict(list)
    )
    late: list[timedelta] = field(default_factory=list)  # by how much each gap was longer than its pace

    def loads(self, window: timedelta, since: datetime, until: datetime) -> list[int]:
        """How much was claimed in each window of time."""
        counts = [0] * ((until - since) // window)
        for at in self.claims:
            if since <= at < since + len(counts) * window:
                counts[(at - since) // window] += 1
        return counts


class Town:
    """Sellers, Portside's process with so many places, and Amazon."""

    def __init__(
        self, places: int = 8, latency: timedelta = 0.25 * SECOND, interval: timedelta = INTERVAL
    ) -> None:
        self.clock = HeldClock(NOW)
        self.index = Index()
        self._work = TownWork(self.index)
        self.tables = self._work.tables
        self.amazon = PlannedAmazon(self.clock, latency)
        self.diary = Diary()
        self.interval = interval
        self._free = [NOW] * places
        heapify(self._free)
        self._shift = Shift(self.work, self.clock, "town", 5 * MINUTE)
        self._runner = Runner(
            work=self.work,
            look=self.work,
            pullers={
                Resource.ORDERS: OrderPuller(self.amazon),
                Resource.INVENTORY: InventoryPuller(_StockOf(self.amazon)),
            },
            memberships=Memberships(self.work, ScriptedAmazon().accounts, self.clock),
            health=Health(self.work, self.clock),
            clock=self.clock,
            chance=EvenChance(),
            interval=interval,
            lease_time=5 * MINUTE,
        )

    def work(self) -> TownWork:
        return self._work

    def user(self) -> User:
        user = a_user(f"u{len(self.tables.users)}@example.com")
        self.tables.users[user.id] = user
        return user

    def connect(self, user: User, sells_every: timedelta, quiet: int | None = None) -> Connection:
        """A seller whose first sync is due now; or one of long standing, who has been quiet for so many runs."""
        number = len(self.tables.connections)
        now = self.clock.now()
        connection = replace(
            a_connection(user, seller_id=f"S{number}", participations_at=now + 100 * DAY),
            id=ConnectionId(UUID(int=number * 7919 + 1)),
        )
        self.tables.connections[connection.id] = connection
        self.amazon.every[connection.id] = sells_every
        self._work.sync.ensure(connection.id, user.id, SYNCED, now)
        if quiet is not None:
            for resource in SYNCED:
                self._settle(connection, resource, quiet)
        return connection

    def demand(self, connection: Connection) -> None:
        """The seller asks for a sync of everything."""
        for resource in SYNCED:
            run = Run(
                RunId(UUID(int=len(self.tables.runs) + 1)),
                connection.id,
                connection.user_id,
                resource,
                RunStatus.QUEUED,
                Progress(),
                self.clock.now(),
            )
            self._work.sync.request(connection.id, resource, run)

    def live(self, until: datetime) -> None:
        """Let time pass: a tick each second, and a look whenever a place becomes free while there is a queue."""
        now, more = self.clock.now(), False
        while now < until:
            self.clock.set(now)
            free = sum(at <= now for at in self._free)
            tasks = self._shift.claim(free) if free else []
            more = len(tasks) == free if free else more
            for task in tasks:
                self.clock.set(now)
                before = self.tables.resources[task.lease.connection_id, task.lease.resource]
                self._runner.run(task, lambda: False)
                heapreplace(self._free, self.clock.now())
                self._note(before, now)
            now = self._next_look(now, more)
        self.clock.set(until)

    def _next_look(self, now: datetime, more: bool) -> datetime:
        soon = now + timedelta(milliseconds=1)
        if more:
            return max(self._free[0], soon)
        if self.index.ready:
            return tick_at(max(self._free[0], soon))
        due = self.index.due_next()
        return tick_at(now + MINUTE if due is None else max(due, soon))

    def _settle(self, connection: Connection, resource: Resource, quiet: int) -> None:
        """The row of somebody who has come at the place of their own for long."""
        usual = pace(self.interval, quiet)
        due = next_run(self.clock.now(), usual, phase(connection.id, resource))
        at = due - usual
        row = self.tables.resources[connection.id, resource]
        seen = {"full_at": at.isoformat(), "seen_at": at.isoformat()}
        cursors: Mapping[Resource, Mapping[str, object]] = {
            Resource.ORDERS: {"done_until": at.isoformat(), "covered": list(connection.marketplace_ids)},
            Resource.INVENTORY: {"done": {connection.marketplace_id: seen}},
        }
        self._work.sync._keep(
            replace(row, cursor=cursors[resource], synced_at=at, quiet=quiet, next_run_at=due)
        )

    def _note(self, before: ResourceRow, began: datetime) -> None:
        key = before.connection_id, before.resource
        after = self.tables.resources[key]
        self.diary.claims.append(began)
        if after.synced_at is None or after.synced_at == before.synced_at or before.synced_at is None:
            return
        gap = after.synced_at - before.synced_at
        self.diary.gaps[key].append(gap)
        self.diary.late.append(gap - pace(self.interval, before.quiet))


def tick_at(time: datetime) -> datetime:
    """The process's tick at that time, or the next one after it."""
    return NOW - (NOW - time) // SECOND * SECOND


def jain(values: Sequence[float]) -> float:
    """Jain's index of fairness: 1 when all have the same, 1/n when one has everything."""
    return sum(values) ** 2 / (len(values) * sum(value * value for value in values))


def mean_staleness(town: Town) -> dict[UserId, float]:
    """By user: how old the data was on average, in seconds, between the first and the last look."""
    gaps: defaultdict[UserId, list[float]] = defaultdict(list)
    for (connection_id, _resource), each in town.diary.gaps.items():
        gaps[town.tables.connections[connection_id].user_id] += [gap.total_seconds() for gap in each]
    return {user_id: sum(gap * gap for gap in each) / (2 * sum(each)) for user_id, each in gaps.items()}
