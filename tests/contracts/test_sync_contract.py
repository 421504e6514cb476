"""What every sync book does."""

from collections import Counter
from dataclasses import replace
from datetime import datetime
from uuid import uuid4

import pytest

from domain.connections.model import Connection, ConnectionId, ConnectionStatus
from domain.errors import LeaseLost, NotFound
from domain.sync.model import Lease, Progress, Resource, ResourceState, Run, RunId, RunStatus, Task
from domain.users.model import User
from tests.contracts.backends import Backend
from tests.contracts.samples import FAILURE, MINUTE, NOW, connected, registered, scheduled

ORDERS, INVENTORY = Resource.ORDERS, Resource.INVENTORY
CURSOR = {"after": "2026-01-01T00:00:00+00:00", "pages": [1, 2], "token": None}
LATER = NOW + 60 * MINUTE


def claim(backend: Backend, minute: float = 0, limit: int = 10, owner: str = "w1") -> list[Task]:
    """Claim for five minutes, so many minutes after NOW."""
    now = NOW + minute * MINUTE
    with backend.work() as work:
        tasks = work.sync.claim(now, owner, now + 5 * MINUTE, limit)
        work.commit()
    return tasks


def claimed(backend: Backend, minute: float = 0) -> Task:
    """The only task that is due."""
    (task,) = claim(backend, minute)
    return task


def ensure(backend: Backend, connection: Connection, *resources: Resource, due_at: datetime = NOW) -> None:
    with backend.work() as work:
        work.sync.ensure(connection.id, connection.user_id, resources or (ORDERS,), due_at)
        work.commit()


def advance(backend: Backend, lease: Lease) -> None:
    with backend.work() as work:
        work.sync.advance(lease, CURSOR, Progress(1, 100, 250), NOW + 30 * MINUTE)
        work.commit()


def park(backend: Backend, lease: Lease) -> None:
    with backend.work() as work:
        work.sync.park(lease, NOW + 10 * MINUTE)
        work.commit()


def finish(backend: Backend, lease: Lease, complete_until: datetime | None = None) -> None:
    with backend.work() as work:
        work.sync.finish(lease, CURSOR, Progress(2, 150, 250), NOW + MINUTE, LATER, complete_until)
        work.commit()


def fail(backend: Backend, lease: Lease) -> None:
    with backend.work() as work:
        work.sync.fail(lease, CURSOR, FAILURE, LATER)
        work.commit()


def release(backend: Backend, lease: Lease) -> None:
    with backend.work() as work:
        work.sync.release(lease, NOW + MINUTE)
        work.commit()


def stop(backend: Backend, connection: Connection) -> None:
    with backend.work() as work:
        work.sync.stop(connection.id, FAILURE)
        work.commit()


def a_run(connection: Connection, resource: Resource = ORDERS, minute: int = 0) -> Run:
    return Run(
        id=RunId(uuid4()),
        connection_id=connection.id,
        user_id=connection.user_id,
        resource=resource,
        status=RunStatus.QUEUED,
        progress=Progress(),
        created_at=NOW + minute * MINUTE,
    )


def request(backend: Backend, run: Run) -> Run:
    with backend.work() as work:
        answer = work.sync.request(run.connection_id, run.resource, run)
        work.commit()
    return answer


def state(backend: Backend, connection: Connection) -> ResourceState:
    """How the connection's only resource is doing."""
    with backend.look() as work:
        (only,) = work.sync.states(connection.user_id)
    return only


def run_of(backend: Backend, task: Task) -> Run:
    with backend.look() as work:
        return work.sync.run(task.user_id, task.run.id)


# Scheduling


def test_a_new_resource_begins_without_a_cursor(backend: Backend) -> None:
    connection = scheduled(backend, registered(backend))

    task = claimed(backend)

    assert task.lease == Lease(connection.id, ORDERS, "w1", task.lease.epoch)
    assert (task.user_id, task.cursor, task.failures) == (connection.user_id, {}, 0)


def test_nothing_is_due_before_its_time(backend: Backend) -> None:
    scheduled(backend, registered(backend), due_at=NOW + MINUTE)

    assert claim(backend, 0.99) == []
    assert len(claim(backend, 1)) == 1


def test_scheduling_again_keeps_the_cursor(backend: Backend) -> None:
    connection = scheduled(backend, registered(backend))
    finish(backend, claimed(backend).lease)

    ensure(backend, connection)

    assert claimed(backend).cursor == CURSOR


def test_scheduling_again_brings_a_later_time_forward(backend: Backend) -> None:
    connection = scheduled(backend, registered(backend), due_at=LATER)

    ensure(backend, connection, due_at=NOW)

    assert state(backend, connection).next_run_at == NOW


def test_scheduling_again_keeps_an_earlier_time(backend: Backend) -> None:
    connection = scheduled(backend, registered(backend), due_at=NOW)

    ensure(backend, connection, due_at=LATER)

    assert state(backend, connection).next_run_at == NOW


def test_scheduling_again_does_not_disturb_whoever_works_on_it(backend: Backend) -> None:
    connection = scheduled(backend, registered(backend))
    task = claimed(backend)

    ensure(backend, connection, due_at=NOW - MINUTE)

    assert claim(backend) == []
    advance(backend, task.lease)


def test_scheduling_again_after_a_stop_starts_it(backend: Backend) -> None:
    connection = scheduled(backend, registered(backend))
    stop(backend, connection)

    ensure(backend, connection, due_at=NOW + MINUTE)

    assert state(backend, connection).next_run_at == NOW + MINUTE
    assert claimed(backend, 1).lease.connection_id == connection.id


def test_scheduling_again_forgets_failures(backend: Backend) -> None:
    connection = scheduled(backend, registered(backend))
    fail(backend, claimed(backend).lease)

    ensure(backend, connection)

    assert claimed(backend).failures == 0


# Claiming


def test_a_claimed_row_is_nobody_elses_until_its_lease_ends(backend: Backend) -> None:
    scheduled(backend, registered(backend))
    first = claimed(backend)

    assert claim(backend, 4.99) == []
    second = claimed(backend, 5)

    assert second.lease.epoch > first.lease.epoch


def test_a_new_run_begins_where_none_is_open(backend: Backend) -> None:
    connection = scheduled(backend, registered(backend))

    task = claimed(backend)

    begun = replace(a_run(connection), id=task.run.id, status=RunStatus.RUNNING, started_at=NOW)
    assert task.run == run_of(backend, task) == begun


def test_the_open_run_of_a_lost_lease_goes_on(backend: Backend) -> None:
    scheduled(backend, registered(backend))
    first = claimed(backend)
    with backend.work() as work:
        work.sync.advance(first.lease, CURSOR, Progress(1, 100, 250), NOW + MINUTE)
        work.commit()

    second = claimed(backend, 2)

    assert second.cursor == CURSOR
    assert second.run == replace(first.run, progress=Progress(1, 100, 250))


def test_a_run_that_has_ended_is_followed_by_a_new_one(backend: Backend) -> None:
    scheduled(backend, registered(backend))
    first = claimed(backend)
    finish(backend, first.lease)

    second = claimed(backend, 60)

    assert second.run.id != first.run.id
    assert run_of(backend, first).status is RunStatus.SUCCEEDED


@pytest.mark.parametrize("status", list(ConnectionStatus))
def test_only_usable_connections_are_worked_on(backend: Backend, status: ConnectionStatus) -> None:
    connection = connected(backend, registered(backend), status=status)
    ensure(backend, connection)

    assert bool(claim(backend)) is status.usable


def test_no_more_than_the_limit_is_claimed(backend: Backend) -> None:
    user = registered(backend)
    for number in range(5):
        scheduled(backend, user, ORDERS, INVENTORY, seller_id=f"A{number}")

    assert [len(claim(backend, limit=4)) for _ in range(4)] == [4, 4, 2, 0]


def test_what_is_due_longest_comes_first(backend: Backend) -> None:
    user = registered(backend)
    late = scheduled(backend, user, due_at=NOW - MINUTE, seller_id="A1")
    later = scheduled(backend, user, due_at=NOW - 2 * MINUTE, seller_id="A2")
    latest = scheduled(backend, user, due_at=NOW - 3 * MINUTE, seller_id="A3")

    order = [task.lease.connection_id for task in claim(backend)]

    assert order == [latest.id, later.id, late.id]


def test_users_take_turns_however_much_one_of_them_wants(backend: Backend) -> None:
    greedy = registered(backend)
    for number in range(6):
        scheduled(backend, greedy, ORDERS, due_at=NOW - 10 * MINUTE, seller_id=f"A{number}")
    modest = registered(backend)
    scheduled(backend, modest, ORDERS, INVENTORY, due_at=NOW)

    tasks = claim(backend, limit=4)

    assert [task.user_id for task in tasks] == [greedy.id, modest.id, greedy.id, modest.id]


def test_who_holds_leases_already_waits_for_the_others(backend: Backend) -> None:
    greedy = registered(backend)
    for number in range(6):
        scheduled(backend, greedy, ORDERS, due_at=NOW - 10 * MINUTE, seller_id=f"A{number}")
    held = claim(backend, limit=2)
    modest = registered(backend)
    scheduled(backend, modest, ORDERS, INVENTORY)

    tasks = claim(backend, limit=3)

    assert Counter(task.user_id for task in held) == {greedy.id: 2}
    assert [task.user_id for task in tasks] == [modest.id, modest.id, greedy.id]


def test_what_was_claimed_without_commit_is_free_again(backend: Backend) -> None:
    scheduled(backend, registered(backend))

    with backend.work() as work:
        work.sync.claim(NOW, "w1", NOW + 5 * MINUTE, 10)

    assert len(claim(backend)) == 1


# Working


def test_a_page_keeps_cursor_and_progress_and_prolongs_the_lease(backend: Backend) -> None:
    scheduled(backend, registered(backend))
    task = claimed(backend)

    advance(backend, task.lease)

    assert run_of(backend, task) == replace(task.run, progress=Progress(1, 100, 250))
    assert claim(backend, 29) == []
    assert claimed(backend, 30).cursor == CURSOR


def test_a_beat_prolongs_leases_and_leaves_lost_ones_lost(backend: Backend) -> None:
    user = registered(backend)
    scheduled(backend, user, ORDERS, INVENTORY)
    first, second = claim(backend)
    (retaken,) = claim(backend, 5, limit=1)
    mine = second if retaken.lease.resource is first.lease.resource else first

    with backend.work() as work:
        work.sync.beat([first.lease, second.lease], NOW + 20 * MINUTE)
        work.commit()

    due = [task.lease.resource for task in claim(backend, 10)]
    assert due == [retaken.lease.resource]
    advance(backend, mine.lease)


def test_no_leases_need_no_beat(backend: Backend) -> None:
    with backend.work() as work:
        work.sync.beat([], NOW)
        work.commit()

    assert claim(backend) == []


def test_a_parked_run_waits_and_goes_on(backend: Backend) -> None:
    connection = scheduled(backend, registered(backend))
    task = claimed(backend)

    park(backend, task.lease)

    waiting = replace(task.run, status=RunStatus.WAITING, waiting_until=NOW + 10 * MINUTE)
    assert run_of(backend, task) == waiting
    assert state(backend, connection).next_run_at == NOW + 10 * MINUTE
    assert claim(backend, 9) == []
    assert claimed(backend, 10).run == task.run


def test_a_good_run_forgets_failures_and_is_due_again_later(backend: Backend) -> None:
    connection = scheduled(backend, registered(backend))
    fail(backend, claimed(backend).lease)
    task = claimed(backend, 60)

    finish(backend, task.lease, complete_until=NOW - MINUTE)

    ended = replace(
        task.run, status=RunStatus.SUCCEEDED, progress=Progress(2, 150, 250), finished_at=NOW + MINUTE
    )
    assert run_of(backend, task) == ended
    assert state(backend, connection) == ResourceState(
        connection_id=connection.id,
        resource=ORDERS,
        status=RunStatus.SUCCEEDED,
        last_run_at=NOW + MINUTE,
        next_run_at=LATER,
        records=150,
        synced_at=NOW + MINUTE,
        complete_until=NOW - MINUTE,
        run_id=task.run.id,
    )
    assert (claimed(backend, 60).failures, claim(backend, 60)) == (0, [])


def test_a_run_that_proves_nothing_complete_keeps_what_was_proven(backend: Backend) -> None:
    connection = scheduled(backend, registered(backend))
    finish(backend, claimed(backend).lease, complete_until=NOW)

    finish(backend, claimed(backend, 60).lease, complete_until=None)

    assert state(backend, connection).complete_until == NOW


def test_a_failed_run_tells_why_and_counts(backend: Backend) -> None:
    connection = scheduled(backend, registered(backend))
    task = claimed(backend)

    fail(backend, task.lease)

    assert run_of(backend, task) == replace(
        task.run, status=RunStatus.FAILED, finished_at=FAILURE.at, error=FAILURE
    )
    assert state(backend, connection).next_run_at == LATER
    again = claimed(backend, 60)
    assert (again.cursor, again.failures) == (CURSOR, 1)


def test_a_released_run_is_queued_for_whoever_comes(backend: Backend) -> None:
    scheduled(backend, registered(backend))
    task = claimed(backend)

    release(backend, task.lease)

    assert run_of(backend, task) == replace(task.run, status=RunStatus.QUEUED)
    assert claim(backend, 0.5) == []
    assert claimed(backend, 1).run == task.run


def test_a_connection_is_failing_until_each_resource_has_had_a_good_run(backend: Backend) -> None:
    connection = scheduled(backend, registered(backend), ORDERS, INVENTORY)
    seen = [failing(backend, connection)]

    for task in claim(backend):
        fail(backend, task.lease)
    seen.append(failing(backend, connection))
    for task in claim(backend, 60):
        finish(backend, task.lease)
        seen.append(failing(backend, connection))

    assert seen == [False, True, True, False]


def failing(backend: Backend, connection: Connection) -> bool:
    with backend.look() as work:
        return work.sync.failing(connection.id)


# Fencing

WAYS = {
    "advance": advance,
    "park": park,
    "finish": finish,
    "fail": fail,
    "release": release,
}


@pytest.mark.parametrize("way", WAYS)
def test_a_lease_that_was_taken_over_changes_nothing(backend: Backend, way: str) -> None:
    connection = scheduled(backend, registered(backend))
    slow = claimed(backend)
    owner = claimed(backend, 5)

    with pytest.raises(LeaseLost):
        WAYS[way](backend, slow.lease)

    assert state(backend, connection).next_run_at == NOW
    assert run_of(backend, owner) == owner.run
    advance(backend, owner.lease)


@pytest.mark.parametrize("way", WAYS)
def test_a_lease_that_has_run_out_is_good_until_somebody_else_claims(backend: Backend, way: str) -> None:
    scheduled(backend, registered(backend))
    task = claimed(backend)
    long_ago = replace(task.lease)
    with backend.work() as work:
        work.sync.beat([task.lease], NOW - 60 * MINUTE)
        work.commit()

    WAYS[way](backend, long_ago)

    assert run_of(backend, task) != task.run


@pytest.mark.parametrize("way", ["park", "finish", "fail", "release"])
def test_a_lease_that_was_given_back_is_lost(backend: Backend, way: str) -> None:
    scheduled(backend, registered(backend))
    task = claimed(backend)
    WAYS[way](backend, task.lease)

    with pytest.raises(LeaseLost):
        advance(backend, task.lease)


def test_a_lost_lease_takes_its_page_with_it(backend: Backend) -> None:
    connection = scheduled(backend, registered(backend))
    slow = claimed(backend)
    claimed(backend, 5)

    with backend.work() as work:
        work.connections.touch(connection.id, NOW)
        with pytest.raises(LeaseLost):
            work.sync.advance(slow.lease, CURSOR, Progress(1, 1, None), LATER)

    with backend.look() as work:
        assert work.connections.by_id(connection.id).last_used_at is None


def test_stopping_voids_leases_and_fails_open_runs(backend: Backend) -> None:
    connection = scheduled(backend, registered(backend), ORDERS, INVENTORY)
    tasks = claim(backend)
    other = scheduled(backend, registered(backend))

    stop(backend, connection)

    for task in tasks:
        stopped = replace(task.run, status=RunStatus.FAILED, finished_at=FAILURE.at, error=FAILURE)
        assert run_of(backend, task) == stopped
        with pytest.raises(LeaseLost):
            advance(backend, task.lease)
    assert [task.lease.connection_id for task in claim(backend, 60)] == [other.id]


def test_stopping_tells_which_runs_it_ended_and_how_far_they_were(backend: Backend) -> None:
    connection = scheduled(backend, registered(backend), ORDERS, INVENTORY, Resource.REPORTS)
    tasks = {task.lease.resource: task for task in claim(backend)}
    advance(backend, tasks[ORDERS].lease)
    park(backend, tasks[INVENTORY].lease)
    finish(backend, tasks[Resource.REPORTS].lease)
    scheduled(backend, registered(backend))
    claim(backend)

    with backend.work() as work:
        ended = work.sync.stop(connection.id, FAILURE)
        again = work.sync.stop(connection.id, FAILURE)
        work.commit()

    assert ended == [run_of(backend, tasks[INVENTORY]), run_of(backend, tasks[ORDERS])]
    assert [run.progress.records for run in ended] == [0, 100]
    assert {(run.status, run.waiting_until, run.error) for run in ended} == {
        (RunStatus.FAILED, None, FAILURE)
    }
    assert again == []


def test_stopping_leaves_runs_that_have_ended_as_they_were(backend: Backend) -> None:
    connection = scheduled(backend, registered(backend))
    task = claimed(backend)
    finish(backend, task.lease)

    stop(backend, connection)

    assert run_of(backend, task).status is RunStatus.SUCCEEDED


def test_after_a_stop_epochs_count_on(backend: Backend) -> None:
    connection = scheduled(backend, registered(backend))
    before = claimed(backend)
    stop(backend, connection)
    ensure(backend, connection)

    after = claimed(backend)

    assert after.lease.epoch > before.lease.epoch
    with pytest.raises(LeaseLost):
        advance(backend, before.lease)


# Asking for a run


def test_a_requested_run_is_due_at_once_and_becomes_the_run_that_is_worked_on(backend: Backend) -> None:
    connection = scheduled(backend, registered(backend), due_at=LATER)
    run = a_run(connection)

    assert request(backend, run) == run

    assert state(backend, connection).status is RunStatus.QUEUED
    assert claimed(backend).run == replace(run, status=RunStatus.RUNNING, started_at=NOW)


@pytest.mark.parametrize("way", ["running", "park", "release"])
def test_a_run_under_way_is_returned_instead_of_a_second_one(backend: Backend, way: str) -> None:
    connection = scheduled(backend, registered(backend))
    task = claimed(backend)
    if way != "running":
        WAYS[way](backend, task.lease)
    before, schedule = run_of(backend, task), state(backend, connection)

    answer = request(backend, a_run(connection))

    assert (answer, run_of(backend, task), state(backend, connection)) == (before, before, schedule)


def test_asking_twice_queues_one_run(backend: Backend) -> None:
    connection = scheduled(backend, registered(backend), due_at=LATER)
    first = request(backend, a_run(connection))

    assert request(backend, a_run(connection, minute=1)) == first


def test_what_is_not_scheduled_can_not_be_asked_for(backend: Backend) -> None:
    user = registered(backend)
    connection = scheduled(backend, user)
    stopped = scheduled(backend, user, seller_id="A2")
    stop(backend, stopped)

    for run in (a_run(connection, INVENTORY), a_run(stopped), unknown_run(user)):
        with pytest.raises(NotFound):
            request(backend, run)


def unknown_run(user: User) -> Run:
    return Run(RunId(uuid4()), ConnectionId(uuid4()), user.id, ORDERS, RunStatus.QUEUED, Progress(), NOW)


# Looking


def test_somebody_elses_run_is_not_found(backend: Backend) -> None:
    scheduled(backend, registered(backend))
    task = claimed(backend)
    stranger = registered(backend)

    with backend.look() as work, pytest.raises(NotFound):
        work.sync.run(stranger.id, task.run.id)
    with backend.look() as work, pytest.raises(NotFound):
        work.sync.run(task.user_id, RunId(uuid4()))


def many_runs(backend: Backend) -> tuple[User, list[Run]]:
    """Six runs of one user, the newest first; two of them begin at the same moment. A stranger has one too."""
    user = registered(backend)
    connections = [
        scheduled(backend, user, ORDERS, INVENTORY, due_at=LATER, seller_id=f"A{n}") for n in range(3)
    ]
    runs = [
        request(backend, a_run(connection, resource, minute=minute))
        for minute, connection in enumerate(connections)
        for resource in (ORDERS, INVENTORY)
    ]
    request(backend, a_run(scheduled(backend, registered(backend))))
    return user, sorted(runs, key=lambda run: (run.created_at, run.id), reverse=True)


def test_runs_are_listed_the_newest_first(backend: Backend) -> None:
    user, runs = many_runs(backend)

    with backend.look() as work:
        assert work.sync.runs(user.id) == runs


def test_runs_can_be_turned_over_page_by_page(backend: Backend) -> None:
    user, runs = many_runs(backend)

    pages: list[Run] = []
    with backend.look() as work:
        page = work.sync.runs(user.id, limit=1)
        while page:
            pages += page
            page = work.sync.runs(user.id, before=(page[-1].created_at, page[-1].id), limit=1)

    assert pages == runs


def test_runs_can_be_chosen(backend: Backend) -> None:
    user, runs = many_runs(backend)
    connection_id = runs[0].connection_id
    (task,) = claim(backend, minute=0, limit=1)

    with backend.look() as work:
        of_one = work.sync.runs(user.id, connection_id=connection_id)
        orders = work.sync.runs(user.id, resource=ORDERS)
        running = work.sync.runs(task.user_id, status=RunStatus.RUNNING)

    assert of_one == [run for run in runs if run.connection_id == connection_id]
    assert orders == [run for run in runs if run.resource is ORDERS]
    assert running == [task.run]


def test_states_are_listed_by_connection_and_name(backend: Backend) -> None:
    user = registered(backend)
    second = connected(backend, user, "A2", connected_at=NOW + MINUTE)
    first = connected(backend, user, "A1", connected_at=NOW)
    for connection in (second, first):
        ensure(backend, connection, ORDERS, INVENTORY)
    scheduled(backend, registered(backend))

    with backend.look() as work:
        states = work.sync.states(user.id)

    never = ResourceState(first.id, INVENTORY, None, None, NOW, 0, None, None)
    assert states == [
        never,
        replace(never, resource=ORDERS),
        replace(never, connection_id=second.id),
        replace(never, connection_id=second.id, resource=ORDERS),
    ]
