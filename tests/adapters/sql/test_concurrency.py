"""Several processes at once, as far as threads with engines of their own can play them."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Barrier
from typing import TypeVar

import pytest
from sqlalchemy import select

from adapters.sql import tables
from adapters.sql.buckets import SqlBuckets
from adapters.sql.engine import make_engine, reading
from domain.connections.model import ConsentState, Provider
from domain.errors import Conflict, LeaseLost
from domain.events.model import Event
from domain.gateway.model import BucketKey
from domain.gateway.usage_plans import UsagePlan
from domain.marketplaces import Region
from domain.sync.desk import SyncDesk
from domain.sync.model import Progress, Resource, Task
from domain.tokens.model import AccessToken, RefreshToken, Renewal
from tests.contracts.backends import SqlBackend
from tests.contracts.samples import FAILURE, MINUTE, NOW, a_connection, connected, registered, scheduled
from tests.fakes.clock import HeldClock
from tests.fakes.things import a_run

T = TypeVar("T")
THREADS = 10


@pytest.fixture
def processes(url: str) -> Iterator[tuple[SqlBackend, SqlBackend]]:
    """Two processes on one database: each has an engine of its own."""
    engines = make_engine(url), make_engine(url)
    yield SqlBackend(engines[0]), SqlBackend(engines[1])
    for engine in engines:
        engine.dispose()


def together(action: Callable[[int], T], threads: int = THREADS) -> list[T]:
    """What the action returns in each of the threads, which all begin at the same moment."""
    start = Barrier(threads)

    def begin(number: int) -> T:
        start.wait()
        return action(number)

    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(begin, range(threads)))


def claim(backend: SqlBackend, owner: str, limit: int = 1, minute: int = 0) -> list[Task]:
    now = NOW + minute * MINUTE
    with backend.work() as work:
        tasks = work.sync.claim(now, owner, now + 5 * MINUTE, limit)
        work.commit()
    return tasks


def test_claimers_never_get_the_same_row_and_leave_none(processes: tuple[SqlBackend, SqlBackend]) -> None:
    for _ in range(4):
        user = registered(processes[0])
        for number in range(5):
            scheduled(processes[0], user, Resource.ORDERS, Resource.INVENTORY, seller_id=f"A{number}")

    def claim_all(number: int) -> list[Task]:
        mine: list[Task] = []
        while tasks := claim(processes[number % 2], f"w{number}", limit=3):
            mine += tasks
        return mine

    tasks = [task for share in together(claim_all, 6) for task in share]

    # A claimer may find all that it looked at locked, and give up; the next tick takes what is left then.
    tasks += claim(processes[0], "last", limit=100)
    rows = [(task.lease.connection_id, task.lease.resource) for task in tasks]
    assert len(rows) == len(set(rows)) == 40
    assert len({task.run.id for task in tasks}) == 40


@pytest.mark.parametrize("url", ["postgres"], indirect=True)  # SQLite has one writer at a time
def test_a_claimer_looks_past_the_rows_that_another_is_just_taking(
    processes: tuple[SqlBackend, SqlBackend],
) -> None:
    first, second = processes
    scheduled(first, registered(first), Resource.ORDERS, Resource.INVENTORY)

    with first.work() as work:
        mine = work.sync.claim(NOW, "w1", NOW + MINUTE, 1)
        theirs = claim(second, "w2")
        work.commit()

    assert len(mine) == len(theirs) == 1
    assert mine[0].lease.resource is not theirs[0].lease.resource


def test_a_run_that_is_asked_for_while_its_row_is_claimed_is_not_left_behind(
    processes: tuple[SqlBackend, SqlBackend],
) -> None:
    user = registered(processes[0])
    connections = [scheduled(processes[0], user, seller_id=f"A{number}") for number in range(60)]

    def act(number: int) -> None:
        if number % 2:
            for _ in range(60):
                claim(processes[1], f"w{number}")
            return
        for connection in connections:
            with processes[0].work() as work:
                work.sync.request(connection.id, Resource.ORDERS, a_run(connection))
                work.commit()

    together(act, 4)

    with reading(processes[0].engine, owning=True) as database:
        run, row = tables.sync_runs.c, tables.sync_resources.c
        orphans = select(run.id).where(
            run.status.in_(["queued", "running"]),
            run.id.not_in(select(row.run_id).where(row.run_id.is_not(None))),
        )
        assert database.scalars(orphans).all() == []


def test_a_process_that_wakes_up_late_changes_nothing(processes: tuple[SqlBackend, SqlBackend]) -> None:
    slow, quick = processes
    connection = scheduled(slow, registered(slow))
    (stale,) = claim(slow, "w1")
    (fresh,) = claim(quick, "w2", minute=5)

    with slow.work() as work:
        work.connections.touch(connection.id, NOW)
        with pytest.raises(LeaseLost):
            work.sync.advance(stale.lease, {"page": 1}, Progress(1, 1, None), NOW + 60 * MINUTE)

    with quick.look() as work:
        assert work.connections.by_id(connection.id).last_used_at is None
        assert work.sync.run(connection.user_id, fresh.run.id).progress == Progress()


def test_a_later_claimer_waits_until_the_page_that_is_being_kept_is_committed(
    processes: tuple[SqlBackend, SqlBackend],
) -> None:
    slow, quick = processes
    connection = scheduled(slow, registered(slow))
    (task,) = claim(slow, "w1")

    with ThreadPoolExecutor(1) as pool:
        with slow.work() as work:
            work.sync.advance(task.lease, {"page": 1}, Progress(1, 1, None), NOW + MINUTE)
            claimed = pool.submit(claim_when_free, quick)
            work.connections.touch(connection.id, NOW)
            work.commit()
        (taken,) = claimed.result()

    assert (taken.cursor, taken.lease.epoch) == ({"page": 1}, task.lease.epoch + 1)


@pytest.mark.parametrize("url", ["postgres"], indirect=True)  # SQLite has one writer at a time
def test_a_long_page_keeps_no_other_lease_from_being_prolonged(
    processes: tuple[SqlBackend, SqlBackend],
) -> None:
    slow, beating = processes
    user = registered(slow)
    for number in range(2):
        scheduled(slow, user, seller_id=f"A{number}")
    tasks = claim(slow, "w1", limit=2)
    first, second = sorted(tasks, key=lambda task: task.lease.connection_id)

    with slow.work() as work:
        work.sync.hold(first.lease)  # whatever a page writes then takes its time
        with beating.work() as other:
            other.sync.beat([first.lease, second.lease], NOW + 20 * MINUTE)
            other.commit()

    assert [task.lease.connection_id for task in claim(beating, "w2", 2, minute=6)] == [
        first.lease.connection_id
    ]


@pytest.mark.parametrize("url", ["postgres"], indirect=True)  # SQLite has one writer at a time
def test_those_who_ask_for_a_sync_never_wait_for_each_other_in_a_circle(
    processes: tuple[SqlBackend, SqlBackend],
) -> None:
    user = registered(processes[0])
    resources = (Resource.ORDERS, Resource.INVENTORY)
    for number in range(10):
        scheduled(processes[0], user, *resources, seller_id=f"A{number}")
    clock = HeldClock(NOW)

    def act(number: int) -> int:
        backend = processes[number % 2]
        desk = SyncDesk(backend.work, backend.look, clock)
        return sum(len(desk.request(user.id, None, resources[:: 1 - number % 2 * 2])) for _ in range(10))

    assert together(act) == [200] * THREADS


def claim_when_free(backend: SqlBackend) -> list[Task]:
    """Claimers skip rows that are locked, so they come back for them."""
    while not (tasks := claim(backend, "w2", minute=5)):
        pass
    return tasks


def test_stopping_a_connection_and_keeping_its_pages_never_wait_for_each_other_in_a_circle(
    processes: tuple[SqlBackend, SqlBackend],
) -> None:
    connection = scheduled(processes[0], registered(processes[0]))
    (task,) = claim(processes[0], "w1")

    def act(number: int) -> str:
        if number % 2:
            return keep_pages(processes[0], task)
        with processes[1].work() as work:
            work.connections.save(replace(connection, last_error=FAILURE))
            work.connections.touch(connection.id, NOW)
            if number == 8:
                work.sync.stop(connection.id, FAILURE)
            work.commit()
        return "saved"

    answers = together(act)

    assert answers.count("saved") == 5
    assert set(answers) <= {"saved", "kept", "lost"}


def keep_pages(backend: SqlBackend, task: Task) -> str:
    for page in range(10):
        with backend.work() as work:
            try:
                work.sync.advance(task.lease, {"page": page}, Progress(page, page, None), NOW + MINUTE)
            except LeaseLost:
                return "lost"
            work.connections.touch(task.lease.connection_id, NOW)
            work.commit()
    return "kept"


def test_of_many_who_bring_the_same_state_one_gets_it(processes: tuple[SqlBackend, SqlBackend]) -> None:
    user = registered(processes[0])
    state = ConsentState("s1", user.id, Provider.AMAZON_SP, Region.NA, "ATVPDKIKX0DER", "b1", NOW + MINUTE)
    with processes[0].work() as work:
        work.states.keep(state)
        work.commit()

    def take(number: int) -> ConsentState | None:
        with processes[number % 2].work() as work:
            taken = work.states.take(user.id, "s1", NOW)
            work.commit()
        return taken

    assert [taken for taken in together(take) if taken is not None] == [state]


def test_guesses_at_the_same_moment_do_not_slip_through(processes: tuple[SqlBackend, SqlBackend]) -> None:
    subjects = ("email:ann@example.com", "address:192.0.2.1")

    def guess(number: int) -> bool:
        # The subjects come in any order.
        named = subjects if number % 3 else subjects[::-1]
        with processes[number % 2].work() as work:
            refused = work.guesses.admit(named, NOW + timedelta(microseconds=number), NOW - MINUTE, 4)
            work.commit()
        return refused is None

    assert sum(together(guess)) == 4


def test_of_many_who_want_to_renew_a_token_one_may(processes: tuple[SqlBackend, SqlBackend]) -> None:
    connection = connected(processes[0], registered(processes[0]))
    with processes[0].work() as work:
        work.vault.keep(connection.id, RefreshToken("Atzr|one"), None)
        work.commit()

    def renew(number: int) -> bool:
        with processes[number % 2].work() as work:
            held = work.vault.claim(connection.id, 1, f"p{number}", NOW, NOW + MINUTE)
            work.commit()
        if held is None:
            return False
        with processes[number % 2].work() as work:
            renewed = work.vault.renew(connection.id, held, Renewal(AccessToken(f"Atza|{number}", NOW)))
            work.commit()
        return renewed

    assert sum(together(renew)) == 1


def test_a_bucket_never_gives_more_than_it_holds(processes: tuple[SqlBackend, SqlBackend]) -> None:
    key, plan = BucketKey("app", "na", "A1", "getOrders"), UsagePlan(rate=0.0001, burst=20)

    def take(number: int) -> int:
        buckets = SqlBuckets(processes[number % 2].engine)
        return sum(buckets.take(key, plan, NOW, 0) == 0 for _ in range(5))

    assert sum(together(take, 8)) == 20


def test_the_same_email_registers_once(processes: tuple[SqlBackend, SqlBackend]) -> None:
    def register(number: int) -> str:
        try:
            registered(processes[number % 2], f"{'Ann' if number % 3 else 'ANN'}@example.com")
        except Conflict:
            return "taken"
        return "registered"

    answers = together(register)

    assert sorted(answers) == ["registered"] + ["taken"] * 9


def test_a_user_gets_one_default_connection(processes: tuple[SqlBackend, SqlBackend]) -> None:
    user = registered(processes[0])

    def connect(number: int) -> str:
        try:
            with processes[number % 2].work() as work:
                work.connections.add(a_connection(user, f"A{number}", is_default=True))
                work.commit()
        except Conflict:
            return "refused"
        return "connected"

    assert sorted(together(connect)) == ["connected"] + ["refused"] * 9


def test_events_are_committed_in_the_order_of_their_ids(processes: tuple[SqlBackend, SqlBackend]) -> None:
    """A listener that goes on after the last id it saw misses nothing."""
    user = registered(processes[0])
    seen: list[int] = []

    def listen() -> None:
        with reading(processes[0].engine) as connection:
            newer = select(tables.events.c.id).where(tables.events.c.id > max(seen, default=0))
            seen.extend(connection.scalars(newer.order_by(tables.events.c.id)))

    def write(number: int) -> None:
        for _ in range(5):
            with processes[number % 2].work() as work:
                work.outbox.append(Event(user.id, "sync.progress", NOW, {"thread": number}))
                work.users.record_login(user.id, NOW)
                work.commit()

    with ThreadPoolExecutor(1) as pool:
        writing = pool.submit(together, write)
        while not writing.done():
            listen()
        listen()

    assert len(seen) == len(set(seen)) == 5 * THREADS


def test_readers_do_not_wait_for_a_writer(processes: tuple[SqlBackend, SqlBackend]) -> None:
    user = registered(processes[0])

    with processes[0].work() as work:
        work.users.record_login(user.id, NOW)
        with processes[1].look() as look:
            seen = look.users.get(user.id)

    assert seen == user


def test_a_writer_does_not_wait_for_a_reader(processes: tuple[SqlBackend, SqlBackend]) -> None:
    user = registered(processes[0])

    with processes[1].look() as look:
        look.users.get(user.id)
        with processes[0].work() as work:
            work.users.record_login(user.id, NOW)
            work.commit()
        seen = look.users.get(user.id)

    assert seen == user
