"""Two hundred threads that ask for a thousand calls at once, on a clock that runs only while everybody waits.

The simulator has Amazon's usage plans and the same clock, so a call that comes too early is refused as Amazon would.
"""

from __future__ import annotations

import heapq
import random
from collections import Counter, deque
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from threading import Condition

from adapters.amazon.addresses import AmazonAddresses
from adapters.amazon.lwa import Lwa
from adapters.amazon.sigv4 import SigV4Signer
from adapters.amazon.sp_api import SpApiWire
from adapters.http import Outbound
from adapters.system import SystemChance, SystemStopwatch
from domain.connections.model import Connection
from domain.credentials.application import ApplicationClient
from domain.credentials.pace import Pace
from domain.credentials.shelf import SecretShelf
from domain.errors import RateLimited
from domain.gateway import operations
from domain.gateway.call import Gateway
from domain.gateway.model import Call, Operation, Patience
from domain.gateway.ports import Buckets
from domain.tokens.access import AccessTokens
from domain.tokens.model import RefreshToken
from entrypoints.simulator.config import SimulatorConfig
from entrypoints.simulator.server import SimulatorServer
from tests.fakes.calls import RememberingCallLog, RememberingMeter
from tests.fakes.memory_store import MemoryStore
from tests.fakes.memory_work import MemoryWork
from tests.fakes.roles import ScriptedRoles
from tests.fakes.things import a_connection, a_user

START = datetime(2026, 10, 15, 12, tzinfo=UTC)
#: How often each seller's operations are asked for; some more often than a full bucket allows.
MIX: Mapping[Operation, int] = {
    operations.SEARCH_ORDERS: 22,
    operations.INVENTORY_SUMMARIES: 8,
    operations.ORDER_METRICS: 14,
    operations.MARKETPLACE_PARTICIPATIONS: 6,
}


@dataclass
class SimulatedTime:
    """A clock and a pause. When all ``threads`` wait, it jumps to the moment at which the first of them goes on."""

    threads: int
    _now: datetime = START
    _sleepers: list[datetime] = field(default_factory=list)
    _changed: Condition = field(default_factory=Condition)

    def now(self) -> datetime:
        """The present."""
        return self._now

    def wait(self, seconds: float) -> None:
        """Sleep for so long."""
        with self._changed:
            until = self._now + timedelta(seconds=seconds)
            heapq.heappush(self._sleepers, until)
            self.threads -= 1
            self._go_on()
            while self._now < until:
                self._changed.wait()

    def leave(self) -> None:
        """One thread less that the others wait for."""
        with self._changed:
            self.threads -= 1
            self._go_on()

    def _go_on(self) -> None:
        if self.threads > 0 or not self._sleepers:
            return
        self._now = self._sleepers[0]
        while self._sleepers and self._sleepers[0] <= self._now:
            heapq.heappop(self._sleepers)
            self.threads += 1
        self._changed.notify_all()


@dataclass(frozen=True)
class Outcome:
    """How it went. ``share``: calls that went through, of those that the plans allowed in the same time, counted where
    more was asked for than a full bucket holds.
    """

    calls: int
    throttled: int
    share: float
    simulated_seconds: float


def asked_at_once(threads: int, sellers: int, buckets: Callable[[], Buckets]) -> Outcome:
    """Every seller's calls of ``MIX``, in any order, by so many threads."""
    time = SimulatedTime(threads)
    config = SimulatorConfig(
        seller_count=sellers, orders_per_day=1, history_days=3, sku_count=10, now=time.now
    )
    outbound = Outbound.with_pool(60.0, threads)
    with SimulatorServer(config) as amazon, closing(outbound.adapter):
        crowd = _Crowd(amazon, time, _gateway(amazon, outbound, time, buckets()))
        with ThreadPoolExecutor(threads) as pool:
            for done in [pool.submit(crowd.work) for _ in range(threads)]:
                done.result()
        said = amazon.simulator.reception.calls.as_json()
    return crowd.outcome(said["throttled"])


class _Crowd:
    """The calls that are still to be made, and when the last one of each bucket went through."""

    def __init__(self, amazon: SimulatorServer, time: SimulatedTime, gateway: _Gateway) -> None:
        self.time, self.gateway = time, gateway
        self.last: dict[tuple[Connection, Operation], datetime] = {}
        connections = [
            gateway.connect(amazon, number) for number in range(len(amazon.simulator.config.sellers))
        ]
        calls = [(each, one) for each in connections for one, count in MIX.items() for _ in range(count)]
        random.Random(7).shuffle(calls)
        self.asked, self.waiting = Counter(calls), deque(calls)

    def work(self) -> None:
        """One thread: takes calls until there are none left, and comes back when it is told to."""
        try:
            while self.waiting:
                try:
                    connection, operation = self.waiting.popleft()
                except IndexError:  # another thread was quicker
                    return
                self._insist(connection, operation)
        finally:
            self.time.leave()

    def _insist(self, connection: Connection, operation: Operation) -> None:
        call = Call(operation, _query(operation, connection))
        while True:
            try:
                self.gateway.gateway.call(connection, call, lambda body: body, Patience.INTERACTIVE)
            except RateLimited as error:
                self.time.wait(error.retry_after)
            else:
                self.last[connection, operation] = self.time.now()
                return

    def outcome(self, throttled: int) -> Outcome:
        """The figures."""
        made = allowed = 0.0
        for (connection, operation), count in self.asked.items():
            if count > operation.plan.burst:
                seconds = (self.last[connection, operation] - START).total_seconds()
                made += count
                allowed += operation.plan.burst + operation.plan.rate * seconds
        ended = (self.time.now() - START).total_seconds()
        return Outcome(self.asked.total(), throttled, made / allowed, ended)


@dataclass(frozen=True)
class _Gateway:
    """A gateway, and the store that its tokens are in."""

    gateway: Gateway
    store: MemoryStore

    def connect(self, amazon: SimulatorServer, number: int) -> Connection:
        """A connection to that seller."""
        seller = amazon.simulator.config.sellers[number]
        connection = a_connection(
            a_user(f"{number}@example.com"), *seller.marketplace_ids, seller_id=seller.id
        )
        with MemoryWork(self.store) as work:
            work.vault.keep(connection.id, RefreshToken(amazon.simulator.refresh_token(seller.id)), None)
            work.commit()
        return connection


def _gateway(amazon: SimulatorServer, outbound: Outbound, time: SimulatedTime, buckets: Buckets) -> _Gateway:
    addresses = AmazonAddresses(f"{amazon.base_url}/auth/o2/token", f"{amazon.base_url}/{{region}}")
    store, config, chance = MemoryStore(), amazon.simulator.config, SystemChance()

    def work() -> MemoryWork:
        return MemoryWork(store)

    def look() -> MemoryWork:
        return MemoryWork(store, reading=True)

    shelf = SecretShelf(work, look, time, config.client_id, (config.client_secret,))
    exchange = ApplicationClient(Lwa(addresses, outbound, time), shelf, Pace(buckets, time, chance), time)
    tokens = AccessTokens(
        work=work,
        look=look,
        exchange=exchange,
        clock=time,
        pause=time,
        owner="crowd",
        claim_seconds=125,
        revoked=lambda _connection, _version: None,
    )
    gateway = Gateway(
        wire=SpApiWire(addresses, outbound, time, SigV4Signer(ScriptedRoles(time), None)),
        tokens=tokens,
        buckets=buckets,
        clock=time,
        pause=time,
        chance=chance,
        stopwatch=SystemStopwatch(),
        log=RememberingCallLog(),
        meter=RememberingMeter(),
        application=config.client_id,
    )
    return _Gateway(gateway, store)


def _query(operation: Operation, connection: Connection) -> dict[str, str]:
    home = connection.marketplace_id
    queries = {
        operations.SEARCH_ORDERS: {"createdAfter": "2026-10-14T00:00:00Z", "marketplaceIds": home},
        operations.INVENTORY_SUMMARIES: {
            "granularityType": "Marketplace",
            "granularityId": home,
            "marketplaceIds": home,
        },
        operations.ORDER_METRICS: {
            "marketplaceIds": home,
            "interval": "2026-10-14T00:00:00Z--2026-10-15T00:00:00Z",
            "granularity": "Total",
        },
    }
    return queries.get(operation, {})
