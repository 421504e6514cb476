"""What every retention book finds, keeps for good and removes; and that what was counted stays counted."""

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import uuid4

import pytest

from domain.connections.model import Connection
from domain.kpis.model import DailySales
from domain.ledger.model import DayCount
from domain.operations.retention import Cutoffs, Leaving
from domain.reports.model import Purpose
from domain.sync.model import Progress, Resource, Run, RunId, RunStatus
from domain.users.model import User
from tests.contracts.backends import Backend
from tests.contracts.sales import order, sales, save, statuses
from tests.contracts.samples import NOW, connected, registered, scheduled
from tests.fakes.things import US, a_report

DAY = timedelta(days=1)
CUTOFFS = Cutoffs.at(NOW, keep=100 * DAY)
OLD, YOUNG = CUTOFFS.orders - timedelta(seconds=1), CUTOFFS.orders


@pytest.fixture
def user(backend: Backend) -> User:
    return registered(backend)


@pytest.fixture
def connection(backend: Backend, user: User) -> Connection:
    return scheduled(backend, user)


def due(backend: Backend) -> list[object]:
    with backend.look() as work:
        return list(work.retention.due(CUTOFFS))


def decide(
    backend: Backend, connection: Connection, cutoffs: Cutoffs = CUTOFFS, now: datetime = NOW
) -> Leaving | None:
    with backend.work() as work:
        leaving = work.retention.decide(connection.id, cutoffs, now)
        work.commit()
    return leaving


def remove(backend: Backend, connection: Connection, limit: int = 100, cutoffs: Cutoffs = CUTOFFS) -> int:
    with backend.work() as work:
        gone = work.retention.remove_some(connection.id, cutoffs, limit)
        work.commit()
    return gone


def ran(backend: Backend, connection: Connection, at: datetime) -> Run:
    """A run of the orders that was begun at a moment, and is over."""
    queued = Run(
        RunId(uuid4()),
        connection.id,
        connection.user_id,
        Resource.ORDERS,
        RunStatus.QUEUED,
        Progress(),
        at,
    )
    with backend.work() as work:
        work.sync.request(connection.id, Resource.ORDERS, queued)
        (task,) = work.sync.claim(at, "w", at + DAY, 1)
        work.sync.finish(task.lease, {}, Progress(), at, at, None)
        work.commit()
    return task.run


def test_what_is_younger_stays(backend: Backend, connection: Connection) -> None:
    save(backend, connection, order(created_at=YOUNG))

    assert due(backend) == []


def test_orders_go_and_the_daily_sums_stay(backend: Backend, user: User, connection: Connection) -> None:
    save(backend, connection, order("O-1", created_at=OLD), order("O-2", created_at=YOUNG))

    assert due(backend) == [connection.id]
    assert decide(backend, connection) == Leaving(user.id, orders=1, reports=0, ledger_days=0, runs=0)
    assert (remove(backend, connection), remove(backend, connection)) == (1, 0)
    assert due(backend) == []


def test_nothing_goes_before_it_was_decided(backend: Backend, connection: Connection) -> None:
    save(backend, connection, order(created_at=OLD))

    assert remove(backend, connection) == 0
    assert due(backend) == [connection.id]


def test_it_is_decided_once_a_day(backend: Backend, connection: Connection) -> None:
    save(backend, connection, order(created_at=OLD))

    first, again = decide(backend, connection), decide(backend, connection, now=NOW + timedelta(hours=1))
    tomorrow = decide(backend, connection, Cutoffs.at(NOW + DAY, 100 * DAY), NOW + DAY)

    assert (first is None, again is None, tomorrow is None) == (False, True, False)


def test_a_shorter_retention_is_decided_at_once(backend: Backend, connection: Connection) -> None:
    save(backend, connection, order(created_at=OLD + 50 * DAY))
    decide(backend, connection)

    shorter = decide(backend, connection, Cutoffs.at(NOW, 10 * DAY))

    assert shorter is not None
    assert shorter.orders == 1


def test_orders_go_piece_by_piece(backend: Backend, connection: Connection) -> None:
    save(backend, connection, *(order(f"O-{number}", created_at=OLD) for number in range(5)))
    decide(backend, connection)

    assert [remove(backend, connection, limit=2) for _ in range(4)] == [2, 2, 1, 0]


def test_an_order_from_before_the_cutoff_is_not_taken_in_any_more(
    backend: Backend, connection: Connection
) -> None:
    kept = order("O-1", minor=100, created_at=OLD)
    save(backend, connection, kept)
    decide(backend, connection)
    before_removal = save(backend, connection, replace(kept, updated_at=kept.updated_at + DAY))
    remove(backend, connection)

    after_removal = save(
        backend, connection, kept, order("O-2", created_at=OLD), order("O-3", created_at=YOUNG)
    )

    assert (before_removal, after_removal) == (0, 1)


def test_a_longer_retention_brings_nothing_back(backend: Backend, connection: Connection) -> None:
    save(backend, connection, order(created_at=OLD))
    decide(backend, connection)
    remove(backend, connection)

    decide(backend, connection, Cutoffs.at(NOW + DAY, 500 * DAY), NOW + DAY)

    assert save(backend, connection, order(created_at=OLD)) == 0


def test_old_days_of_the_ledger_go(backend: Backend, connection: Connection) -> None:
    days = (CUTOFFS.ledger - DAY, CUTOFFS.ledger)
    with backend.work() as work:
        work.ledger.asked(connection.id, [DayCount(US, day, 1, 1, 100, "USD") for day in days], NOW)
        work.commit()

    leaving = decide(backend, connection)
    removed = remove(backend, connection)

    assert leaving is not None
    assert (leaving.ledger_days, removed) == (1, 1)
    with backend.look() as work:
        assert [line.amazon.day for line in work.ledger.lines(connection.id)] == [CUTOFFS.ledger]


def test_old_runs_go_but_the_latest_of_each_resource(backend: Backend, connection: Connection) -> None:
    days = [CUTOFFS.runs - number * DAY for number in (3, 2, 1)]
    _first, _second, latest = [ran(backend, connection, at) for at in days]

    leaving = decide(backend, connection)
    removed = remove(backend, connection)

    assert leaving is not None
    assert (leaving.runs, removed) == (2, 2)
    with backend.look() as work:
        assert [run.id for run in work.sync.runs(connection.user_id)] == [latest.id]


def test_old_reports_are_counted_but_for_slices_of_history(backend: Backend, connection: Connection) -> None:
    with backend.work() as work:
        work.reports.add(
            [
                a_report(connection, purpose=purpose, created_at=OLD, finished_at=at)
                for purpose in (Purpose.DAILY, Purpose.HISTORY)
                for at in (OLD, YOUNG)
            ]
        )
        work.commit()

    leaving = decide(backend, connection)

    assert due(backend) == [connection.id]
    assert leaving is not None
    assert leaving.reports == 1


def test_other_connections_are_left_alone(backend: Backend, user: User, connection: Connection) -> None:
    other = connected(backend, user, "SELLER2")
    for each in (connection, other):
        save(backend, each, order(created_at=OLD))
    decide(backend, connection)
    remove(backend, connection)

    assert due(backend) == [other.id]
    assert remove(backend, other) == 0


def test_what_is_being_erased_is_not_purged(backend: Backend, user: User) -> None:
    leaving = connected(backend, user, "SELLER3", erasing_at=NOW)
    save(backend, leaving, order(created_at=OLD))

    assert due(backend) == []
    assert decide(backend, leaving) is None


@pytest.mark.parametrize(
    "backend", ["sqlite", "postgres"], indirect=True
)  # memory counts anew from its orders
def test_figures_of_purged_orders_stay_and_are_not_counted_twice(
    backend: Backend, user: User, connection: Connection
) -> None:
    old = order("O-1", minor=100, quantity=2, created_at=OLD)
    save(backend, connection, old, order("O-2", minor=50, created_at=OLD))
    before: list[DailySales] = sales(backend, user)
    by_status = statuses(backend, user)
    decide(backend, connection)
    remove(backend, connection)

    save(backend, connection, old, replace(old, status="CANCELLED", updated_at=old.updated_at + DAY))

    assert [(day.orders, day.revenue_minor) for day in before] == [(2, 150)]
    assert sales(backend, user) == before
    assert by_status == statuses(backend, user) == {("USD", "SHIPPED"): 2}
