"""What every sync book does about work that is asked for again, that is quiet, or that can't be done."""

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import uuid4

import pytest

from domain.connections.model import Connection, Failure
from domain.errors import LeaseLost, NotFound
from domain.sync.model import ASKED, Lease, Progress, Resource, ResourceState, Run, RunId, RunStatus, Task
from tests.contracts.backends import Backend
from tests.contracts.samples import FAILURE, MINUTE, NOW, connected, registered, scheduled

ORDERS, INVENTORY, REPORTS = Resource.ORDERS, Resource.INVENTORY, Resource.REPORTS
LATER = NOW + 60 * MINUTE


@pytest.fixture
def connection(backend: Backend) -> Connection:
    """One whose orders are due."""
    return scheduled(backend, registered(backend))


def claim(backend: Backend, minute: float = 0, limit: int = 10) -> list[Task]:
    now = NOW + minute * MINUTE
    with backend.work() as work:
        tasks = work.sync.claim(now, "w1", now + 5 * MINUTE, limit)
        work.commit()
    return tasks


def claimed(backend: Backend, minute: float = 0) -> Task:
    (task,) = claim(backend, minute)
    return task


def due_now(backend: Backend, connection: Connection, minute: float, resource: Resource = ORDERS) -> None:
    with backend.work() as work:
        work.sync.due_now(connection.id, resource, NOW + minute * MINUTE)
        work.commit()


def advance(backend: Backend, lease: Lease) -> None:
    with backend.work() as work:
        work.sync.advance(lease, {}, Progress(1, 1), NOW + 5 * MINUTE)
        work.commit()


def park(backend: Backend, lease: Lease) -> None:
    with backend.work() as work:
        work.sync.park(lease, LATER)
        work.commit()


def finish(backend: Backend, lease: Lease, quiet: int = 0) -> None:
    with backend.work() as work:
        work.sync.finish(lease, {}, Progress(1, 1), NOW, LATER, None, quiet)
        work.commit()


def fail(backend: Backend, lease: Lease, due: datetime | None = LATER, own: bool = True) -> None:
    with backend.work() as work:
        work.sync.fail(lease, {"page": 3}, FAILURE, due, own)
        work.commit()


def release(backend: Backend, lease: Lease, minute: float = 60) -> None:
    with backend.work() as work:
        work.sync.release(lease, NOW + minute * MINUTE)
        work.commit()


GIVING_BACK = {"park": park, "finish": finish, "fail": fail, "release": release}


def ensure(backend: Backend, connection: Connection, minute: float = 0) -> None:
    with backend.work() as work:
        work.sync.ensure(connection.id, connection.user_id, (ORDERS,), NOW + minute * MINUTE)
        work.commit()


def request(backend: Backend, connection: Connection, minute: float = 0) -> Run:
    run = Run(
        RunId(uuid4()),
        connection.id,
        connection.user_id,
        ORDERS,
        RunStatus.QUEUED,
        Progress(),
        NOW + minute * MINUTE,
    )
    with backend.work() as work:
        answer = work.sync.request(connection.id, ORDERS, run)
        work.commit()
    return answer


def restart(backend: Backend, connection: Connection, minute: float = 0) -> None:
    with backend.work() as work:
        work.sync.restart(connection.id, ORDERS, NOW + minute * MINUTE)
        work.commit()


def stop(backend: Backend, connection: Connection) -> None:
    with backend.work() as work:
        work.sync.stop(connection.id, Failure("amazon_not_connected", "gone", NOW))
        work.commit()


def held(backend: Backend, lease: Lease) -> int:
    with backend.work() as work:
        return work.sync.hold(lease)


def state(backend: Backend, connection: Connection) -> ResourceState:
    with backend.look() as work:
        (only,) = work.sync.states(connection.user_id)
    return only


# Something to do


@pytest.mark.parametrize(("minute", "due"), [(30, 30), (60, 60), (90, 60)])
def test_what_has_something_to_do_is_due_then_if_not_earlier(
    backend: Backend, connection: Connection, minute: int, due: int
) -> None:
    finish(backend, claimed(backend).lease)

    due_now(backend, connection, minute)

    assert state(backend, connection).next_run_at == NOW + due * MINUTE


def test_a_run_that_waits_is_due_then_too(backend: Backend, connection: Connection) -> None:
    task = claimed(backend)
    park(backend, task.lease)

    due_now(backend, connection, 1)

    assert claimed(backend, 1).run.id == task.run.id


@pytest.mark.parametrize("way", GIVING_BACK)
def test_what_is_worked_on_is_due_again_when_it_is_given_back(
    backend: Backend, connection: Connection, way: str
) -> None:
    task = claimed(backend)
    due_now(backend, connection, 1)
    assert claim(backend, 2) == []

    GIVING_BACK[way](backend, task.lease)

    assert state(backend, connection).next_run_at == NOW + MINUTE
    GIVING_BACK[way](backend, claimed(backend, 2).lease)
    assert state(backend, connection).next_run_at == LATER


def test_what_is_due_before_keeps_its_time_when_it_is_given_back(
    backend: Backend, connection: Connection
) -> None:
    task = claimed(backend)
    due_now(backend, connection, 90)

    finish(backend, task.lease)

    assert state(backend, connection).next_run_at == LATER


@pytest.mark.parametrize("minutes", [(1, 5), (5, 1)])
def test_of_several_things_to_do_meanwhile_the_earliest_counts(
    backend: Backend, connection: Connection, minutes: tuple[int, int]
) -> None:
    task = claimed(backend)
    for minute in minutes:
        due_now(backend, connection, minute)

    finish(backend, task.lease)

    assert state(backend, connection).next_run_at == NOW + MINUTE


def test_only_the_named_resource_has_something_to_do(backend: Backend) -> None:
    connection = scheduled(backend, registered(backend), ORDERS, REPORTS, due_at=LATER)
    other = scheduled(backend, registered(backend), REPORTS, due_at=LATER)

    due_now(backend, connection, 0, REPORTS)

    assert [task.lease.resource for task in claim(backend)] == [REPORTS]
    assert state(backend, other).next_run_at == LATER


def test_what_has_stopped_or_is_not_there_stays_so(backend: Backend, connection: Connection) -> None:
    stop(backend, connection)
    bare = connected(backend, registered(backend))

    due_now(backend, connection, 0)
    due_now(backend, bare, 0)

    assert claim(backend) == []
    assert state(backend, connection).next_run_at is None


# What was begun


def test_a_users_runs_that_were_begun_come_before_fresh_ones(backend: Backend) -> None:
    user = registered(backend)
    begun = scheduled(backend, user, due_at=NOW, seller_id="A1")
    release(backend, claimed(backend).lease, minute=0)
    for number in range(3):
        scheduled(backend, user, due_at=NOW - 10 * MINUTE, seller_id=f"B{number}")

    (task,) = claim(backend, limit=1)

    assert task.lease.connection_id == begun.id


def test_what_was_begun_takes_no_turn_from_another_user(backend: Backend) -> None:
    greedy = registered(backend)
    for number in range(3):
        scheduled(backend, greedy, seller_id=f"A{number}")
    for task in claim(backend):
        release(backend, task.lease, minute=0)
    modest = registered(backend)
    scheduled(backend, modest, due_at=NOW + MINUTE)

    order = [task.user_id for task in claim(backend, 1)]

    assert order == [greedy.id, modest.id, greedy.id, greedy.id]


@pytest.mark.parametrize(
    ("resource", "kept_ago", "first"),
    [
        (Resource.INVENTORY, timedelta(seconds=9), True),
        (Resource.INVENTORY, timedelta(seconds=10), False),  # Amazon may be throttling it
        (Resource.INVENTORY, None, False),  # nothing was kept yet
        (Resource.ORDERS, timedelta(seconds=1), False),
    ],
)
def test_only_what_hurries_goes_on_before_everybodys_turns(
    backend: Backend, resource: Resource, kept_ago: timedelta | None, first: bool
) -> None:
    busy = registered(backend)
    begun = scheduled(backend, busy, resource, due_at=NOW)
    release(backend, claimed(backend).lease, minute=1)
    scheduled(backend, busy, Resource.SHOPIFY_ORDERS, due_at=NOW, seller_id="A2")
    finish(backend, claimed(backend).lease)  # somebody who has just had a turn comes behind the others
    for number in range(3):
        scheduled(backend, registered(backend), due_at=NOW - 10 * MINUTE, seller_id=f"B{number}")

    if kept_ago is not None:
        with backend.work() as work:
            work.connections.touch(begun.id, NOW + MINUTE - kept_ago)
            work.commit()

    (task,) = claim(backend, 1, limit=1)

    assert (task.lease.connection_id == begun.id) is first


def test_what_hurries_waits_like_everything_else_before_it_is_begun(backend: Backend) -> None:
    waiting = scheduled(backend, registered(backend), Resource.INVENTORY, due_at=NOW)
    longer = scheduled(backend, registered(backend), due_at=NOW - MINUTE)

    order = [task.lease.connection_id for task in claim(backend)]

    assert order == [longer.id, waiting.id]


# Quiet


def test_how_quiet_a_resource_was_is_told_to_who_holds_it(backend: Backend, connection: Connection) -> None:
    first = claimed(backend)
    assert held(backend, first.lease) == 0

    finish(backend, first.lease, quiet=4)

    assert held(backend, claimed(backend, 60).lease) == 4


@pytest.mark.parametrize(("wake", "quiet"), [(ensure, 0), (request, ASKED), (restart, 0)])
def test_who_asks_for_it_wakes_a_quiet_resource(
    backend: Backend, connection: Connection, wake: Callable[[Backend, Connection], object], quiet: int
) -> None:
    finish(backend, claimed(backend).lease, quiet=4)

    wake(backend, connection)

    assert state(backend, connection).quiet == 0
    assert held(backend, claimed(backend).lease) == quiet


def test_who_asks_while_it_is_worked_on_wakes_it_too(backend: Backend, connection: Connection) -> None:
    finish(backend, claimed(backend).lease, quiet=4)
    task = claimed(backend, 60)

    assert request(backend, connection, 60) == task.run

    assert state(backend, connection).quiet == 0
    assert held(backend, task.lease) == ASKED


def wait(backend: Backend, connection: Connection) -> None:
    """Whoever works on it gives it back, and it is due again at once."""
    release(backend, claimed(backend).lease, 0)


def go_wrong(backend: Backend, connection: Connection) -> None:
    """It is worked on in vain, and due again at once."""
    fail(backend, claimed(backend).lease, NOW)


@pytest.mark.parametrize("then", [ensure, restart, wait, go_wrong])
def test_that_somebody_has_asked_is_known_until_a_run_succeeds(
    backend: Backend, connection: Connection, then: Callable[[Backend, Connection], object]
) -> None:
    request(backend, connection)

    then(backend, connection)

    task = claimed(backend)
    assert held(backend, task.lease) == ASKED
    finish(backend, task.lease, quiet=1)
    assert held(backend, claimed(backend, 60).lease) == 1


def test_a_lease_that_was_taken_over_can_not_be_proven(backend: Backend, connection: Connection) -> None:
    slow = claimed(backend)
    claimed(backend, 5)

    with pytest.raises(LeaseLost):
        held(backend, slow.lease)


# Faults, attempts, setting aside


def test_faults_are_those_failures_that_were_the_works_own(backend: Backend, connection: Connection) -> None:
    fail(backend, claimed(backend).lease, own=True)
    fail(backend, claimed(backend, 60).lease, own=False)

    task = claimed(backend, 60)

    assert (task.failures, task.faults) == (2, 1)
    finish(backend, task.lease)
    again = claimed(backend, 60)
    assert (again.failures, again.faults) == (0, 0)


def test_attempts_count_the_claims_that_came_to_nothing(backend: Backend, connection: Connection) -> None:
    assert [claimed(backend, minute).attempts for minute in (0, 5, 10)] == [1, 2, 3]


@pytest.mark.parametrize("way", [*GIVING_BACK, "advance"])
def test_whoever_lives_to_tell_begins_the_attempts_anew(
    backend: Backend, connection: Connection, way: str
) -> None:
    claimed(backend)
    task = claimed(backend, 5)

    {**GIVING_BACK, "advance": advance}[way](backend, task.lease)

    assert claimed(backend, 60).attempts == 1


def test_what_is_set_aside_is_not_due_and_says_why(backend: Backend, connection: Connection) -> None:
    fail(backend, claimed(backend).lease, due=None)

    told = state(backend, connection)
    assert (told.next_run_at, told.set_aside, told.status) == (None, FAILURE, RunStatus.FAILED)
    assert claim(backend, 10_000) == []
    due_now(backend, connection, 0)
    assert claim(backend, 10_000) == []
    with backend.look() as work:
        assert work.sync.failing(connection.id)


@pytest.mark.parametrize("retry", [ensure, request, restart])
def test_what_was_set_aside_is_tried_again_when_somebody_asks(
    backend: Backend, connection: Connection, retry
) -> None:  # type: ignore[no-untyped-def] # one of three
    fail(backend, claimed(backend).lease, due=None)

    retry(backend, connection, 3)

    task = claimed(backend, 3)
    assert (task.failures, task.faults, task.attempts) == (0, 0, 1)
    assert task.cursor == ({} if retry is restart else {"page": 3})
    assert state(backend, connection).set_aside is None


def test_a_connection_that_stops_has_nothing_set_aside(backend: Backend, connection: Connection) -> None:
    fail(backend, claimed(backend).lease, due=None)

    stop(backend, connection)

    assert state(backend, connection).set_aside is None
    with pytest.raises(NotFound):
        request(backend, connection)


def test_who_was_served_lately_stands_behind_who_was_not(backend: Backend) -> None:
    greedy = registered(backend)
    for number in range(3):
        scheduled(backend, greedy, due_at=NOW - 10 * MINUTE, seller_id=f"A{number}")
    (first,) = claim(backend, limit=1)
    finish(backend, first.lease)
    modest = registered(backend)
    scheduled(backend, modest, ORDERS, INVENTORY, due_at=NOW)

    (next_one,) = claim(backend, 0.5, limit=1)
    release(backend, next_one.lease)
    later = claim(backend, 2, limit=2)

    assert next_one.user_id == modest.id
    assert [task.user_id for task in later] == [greedy.id, modest.id]
