"""Counting calls in memory, and bringing them into the database."""

from dataclasses import dataclass
from datetime import date, timedelta

from domain.connections.model import Connection
from domain.errors import Unavailable
from domain.gateway.metering import FLUSH_EVERY, Metering
from domain.gateway.usage import DailyUsage
from tests.fakes.clock import HeldClock
from tests.fakes.memory_store import MemoryStore
from tests.fakes.memory_work import MemoryWork
from tests.fakes.things import NOW, a_connection, a_user

TODAY = date(2026, 3, 4)


@dataclass
class Bench:
    """A meter over a store that holds one connection; ``away`` is a database that can't be reached."""

    away: bool = False

    def __post_init__(self) -> None:
        self.clock = HeldClock(NOW)
        self.store = MemoryStore()
        self.connection: Connection = a_connection(a_user())
        self.works = 0
        self.metering = Metering(self.work, self.clock)
        with MemoryWork(self.store) as work:
            work.connections.add(self.connection)
            work.commit()

    def work(self) -> MemoryWork:
        self.works += 1
        if self.away:
            raise Unavailable("away")
        return MemoryWork(self.store)

    def count(self, operation: str = "getThings", method: str = "GET", status: int | None = 200) -> None:
        self.metering.count(self.connection, operation, method, status)

    def kept(self) -> list[DailyUsage]:
        with MemoryWork(self.store, reading=True) as work:
            return work.usage.daily(None, date(2000, 1, 1), date(2100, 1, 1), None, 100)


def usage(operation: str, calls: int, gets: int, throttled: int, day: date = TODAY) -> DailyUsage:
    return DailyUsage(day, "SELLER1", operation, calls, gets, throttled)


def test_calls_are_added_up_by_operation_and_written_at_once() -> None:
    bench = Bench()
    for status in (200, 429, None):
        bench.count(status=status)
    bench.count("createThing", "POST")

    bench.metering.flush()

    assert bench.kept() == [usage("createThing", 1, 0, 0), usage("getThings", 3, 3, 1)]
    assert bench.works == 1


def test_nothing_counted_is_nothing_written() -> None:
    bench = Bench()

    bench.metering.flush()

    assert bench.works == 0


def test_whoever_counts_after_a_while_writes() -> None:
    bench = Bench()
    bench.count()
    bench.clock.advance(FLUSH_EVERY - timedelta(seconds=1))
    bench.count()
    assert bench.kept() == []

    bench.clock.advance(timedelta(seconds=1))
    bench.count()

    assert bench.kept() == [usage("getThings", 3, 3, 0)]


def test_a_day_is_utcs() -> None:
    bench = Bench()
    bench.count()
    bench.clock.advance(timedelta(days=1))
    bench.count()
    bench.metering.flush()

    tomorrow = TODAY + timedelta(days=1)
    assert bench.kept() == [usage("getThings", 1, 1, 0, tomorrow), usage("getThings", 1, 1, 0)]


def test_what_the_database_did_not_take_is_written_later() -> None:
    bench = Bench(away=True)
    bench.count()
    bench.metering.flush()
    bench.count()

    bench.away = False
    bench.metering.flush()

    assert bench.kept() == [usage("getThings", 2, 2, 0)]


def test_counts_of_an_erased_connection_hold_nobody_up() -> None:
    bench = Bench()
    bench.metering.count(a_connection(a_user(), seller_id="GONE"), "getThings", "GET", 200)
    bench.count()

    bench.metering.flush()

    assert bench.kept() == [usage("getThings", 1, 1, 0)]
