"""What the runner makes of a puller's steps: in which order, in which transaction, and what is told of it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest

from domain.connections.model import Connection, ConnectionStatus, Failure
from domain.errors import LeaseLost, UpstreamFailed, UsagePlanEmpty
from domain.sync.desk import SyncDesk
from domain.sync.model import Cursor, Progress, Resource, RunId, RunStatus, Task
from domain.sync.ports import SyncWork
from domain.sync.steps import Step, nothing
from tests.domain.sync.bench import LEASE, Bench
from tests.fakes.memory_work import MemoryWork
from tests.fakes.things import NOW

LATER = NOW + timedelta(minutes=7)


@dataclass
class Scripted:
    """Hands out these steps, raises these errors; remembers whether it was closed."""

    script: list[Step | Exception]
    drawn: int = 0
    closed: int = 0
    cursors: list[Cursor] = field(default_factory=list)

    def steps(self, connection: Connection, cursor: Cursor, now: Callable[[], datetime]) -> Iterator[Step]:
        self.cursors.append(cursor)
        try:
            for each in self.script:
                self.drawn += 1
                if isinstance(each, Exception):
                    raise each
                yield each
        finally:
            self.closed += 1

    def after_failure(self, cursor: Cursor, error: Exception) -> Cursor:
        return cursor


def a_step(number: int = 1, changed: int = 0, records: int = 0, **more: object) -> Step:
    return Step({"step": number}, records, lambda _work: changed, **more)  # type: ignore[arg-type] # fields of Step


@pytest.fixture
def bench() -> Bench:
    return Bench()


def sync(
    bench: Bench, *script: Step | Exception, resource: Resource = Resource.ORDERS
) -> tuple[Task, Scripted]:
    puller = Scripted(list(script))
    task = bench.claim(resource)
    bench.runner({resource: puller}).run(task, bench.stopping)
    return task, puller


def test_what_the_steps_changed_is_added_up(bench: Bench) -> None:
    task, _ = sync(bench, a_step(1, 2, 5), a_step(2, 1, 5, finished=True))

    assert bench.run(task).progress == Progress(2, 10, None, changed=3)


@pytest.mark.parametrize(
    ("steps", "totals"),
    [
        ([{"total_estimate": 12}, {}], [12, 12]),
        ([{"total_estimate": 12}, {"total_estimate": 14}], [12, 14]),
        ([{"total_estimate": 9}, {}], [9, 10]),
        ([{"to_come": 4}, {"to_come": 3}, {"to_come": 0}], [5 + 4, 10 + 3, 15]),
        ([{"to_come": 0}, {}], [5, 10]),
        ([{}, {}], [None, None]),
    ],
)
def test_the_estimate_is_the_latest_one_and_never_less_than_what_has_come(
    bench: Bench, steps: list[dict[str, int]], totals: list[int | None]
) -> None:
    sync(bench, *[a_step(records=5, **step) for step in steps], a_step(finished=True))

    assert [event.data["total_estimate"] for event in bench.events[:-1]] == totals


def test_however_long_a_page_takes_to_be_written_its_lease_is_whole_afterwards(bench: Bench) -> None:
    leases: list[datetime | None] = []

    def slow(_work: SyncWork) -> int:
        bench.clock.advance(2 * LEASE)
        return 1

    def looking(_work: SyncWork) -> int:
        leases.append(bench.row().lease_until)
        return 0

    sync(bench, Step({}, 1, slow), Step({}, 1, looking, finished=True))

    assert leases == [bench.clock.now() + LEASE]


def test_a_look_at_the_reports_heals_the_connection_but_makes_no_figure_younger(bench: Bench) -> None:
    with bench.work() as work:
        work.connections.degraded(bench.connection.id, Failure("amazon_error", "x", NOW))
        work.sync.ensure(bench.connection.id, bench.user.id, (Resource.REPORTS,), NOW)
        work.commit()

    sync(bench, a_step(finished=True), resource=Resource.REPORTS)

    assert (bench.kept.status, bench.kept.last_synced_at) == (ConnectionStatus.CONNECTED, None)


def test_the_lease_is_proven_before_anything_is_saved(bench: Bench) -> None:
    saved: list[str] = []

    def save(_work: SyncWork) -> int:
        saved.append("a page")
        return 1

    task = bench.claim()
    bench.clock.advance(timedelta(minutes=6))
    bench.claim(owner="worker-2")
    bench.runner({Resource.ORDERS: Scripted([Step({}, 1, save)])}).run(task, bench.stopping)

    assert saved == []


def test_a_step_that_waits_is_kept_and_parked_at_once(bench: Bench) -> None:
    commits: list[tuple[Cursor, RunStatus]] = []

    class Watched(MemoryWork):
        def commit(self) -> None:
            super().commit()
            row = bench.row()
            assert row.run_id is not None
            commits.append((row.cursor, bench.store.tables.runs[row.run_id].status))

    task = bench.claim()
    puller = Scripted([a_step(1, 1, 1), a_step(2, 1, 1, again_at=LATER)])
    bench.runner({Resource.ORDERS: puller}, work=lambda: Watched(bench.store)).run(task, bench.stopping)

    run, row = bench.run(task), bench.row()
    assert commits == [({"step": 1}, RunStatus.RUNNING), ({"step": 2}, RunStatus.WAITING)]
    assert (run.waiting_until, row.next_run_at, row.lease_owner) == (LATER, LATER, None)
    assert run.progress == Progress(2, 2, None, changed=2)


def test_a_last_step_may_say_when_the_next_run_is_due(bench: Bench) -> None:
    sync(bench, a_step(finished=True, next_at=LATER))

    assert bench.row().next_run_at == LATER


def test_steps_that_end_without_a_last_one_are_a_defect_that_says_so(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    task, _ = sync(bench, a_step())

    run = bench.run(task)
    (line,) = [line for line in caplog.records if line.levelname == "WARNING"]
    assert run.status is RunStatus.FAILED
    assert line.exc_info is not None
    assert "none of them said that it was the last" in str(line.exc_info[1])
    assert bench.row().cursor == {"step": 1}


ENDINGS: dict[str, list[Step | Exception]] = {
    "finished": [a_step(finished=True), a_step(2)],
    "waiting": [a_step(again_at=LATER), a_step(2)],
    "plan": [a_step(), UsagePlanEmpty("plan", LATER)],
    "failure": [a_step(), UpstreamFailed("503")],
    "defect of the page": [Step({}, 1, lambda _work: 1 // 0), a_step(2)],
}


@pytest.mark.parametrize("ending", ENDINGS)
def test_the_steps_are_closed_however_the_run_ends(bench: Bench, ending: str) -> None:
    _, puller = sync(bench, *ENDINGS[ending])

    assert puller.closed == 1


def test_the_steps_are_closed_when_the_process_leaves(bench: Bench) -> None:
    bench.stop_after = 1

    _, puller = sync(bench, a_step(), a_step(2))

    assert (puller.closed, puller.drawn) == (1, 1)


def test_the_steps_are_closed_when_the_lease_is_lost(bench: Bench) -> None:
    def lost(_work: SyncWork) -> int:
        raise LeaseLost("Another worker has taken this over.")

    _, puller = sync(bench, Step({}, 1, lost), a_step(2))

    assert (puller.closed, puller.drawn) == (1, 1)


def test_steps_that_can_not_be_closed_undo_nothing(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    class Stuck(Scripted):
        def steps(
            self, connection: Connection, cursor: Cursor, now: Callable[[], datetime]
        ) -> Iterator[Step]:
            try:
                yield from self.script  # type: ignore[misc] # no errors in it
            finally:
                raise OSError("the stream is stuck")

    task = bench.claim()
    bench.runner({Resource.ORDERS: Stuck([a_step(finished=True)])}).run(task, bench.stopping)

    assert bench.run(task).status is RunStatus.SUCCEEDED
    assert [record.getMessage() for record in caplog.records if record.exc_info] == [
        "the steps of a run could not be closed"
    ]


def test_a_step_that_keeps_nothing_is_no_news(bench: Bench) -> None:
    sync(bench, a_step(), a_step(2, changed=1), a_step(3, records=4), a_step(4, finished=True))

    kinds = [(event.kind, event.data["pages"]) for event in bench.events]
    assert kinds == [("sync.progress", 2), ("sync.progress", 3), ("sync.completed", 4)]


def chores(bench: Bench, resource: Resource) -> None:
    """The connection has these chores as well."""
    with bench.work() as work:
        work.sync.ensure(bench.connection.id, bench.user.id, (resource,), NOW)
        work.commit()


def ask(bench: Bench) -> RunId:
    """The user asks for a look at the reports; returns the run that the answer names."""
    desk = SyncDesk(bench.work, bench.look, bench.clock)
    (run,) = desk.request(bench.user.id, bench.connection.id, [Resource.REPORTS])
    return run.id


@pytest.mark.parametrize("resource", [Resource.REPORTS, Resource.ADS])
@pytest.mark.parametrize(("changed", "told"), [(0, []), (1, ["sync.completed"])])
def test_a_look_at_the_chores_is_told_when_something_was_done(
    bench: Bench, resource: Resource, changed: int, told: list[str]
) -> None:
    chores(bench, resource)

    sync(bench, a_step(1, changed, finished=True), resource=resource)

    assert [event.kind for event in bench.events] == told


def test_a_look_at_the_chores_after_a_busy_one_is_no_news_either(bench: Bench) -> None:
    chores(bench, Resource.REPORTS)
    sync(bench, a_step(1, 1, finished=True, next_at=NOW), resource=Resource.REPORTS)
    before = len(bench.events)

    sync(bench, a_step(1, finished=True), resource=Resource.REPORTS)

    assert bench.events[before:] == []


def test_who_has_asked_for_a_look_at_the_chores_is_told_its_end_whatever_it_brought(bench: Bench) -> None:
    chores(bench, Resource.REPORTS)
    wanted = ask(bench)

    sync(bench, a_step(finished=True, next_at=NOW), resource=Resource.REPORTS)
    sync(bench, a_step(finished=True), resource=Resource.REPORTS)

    assert [(event.kind, event.data["run_id"]) for event in bench.events] == [("sync.completed", str(wanted))]
    assert bench.row(Resource.REPORTS).quiet == 2


def test_who_is_answered_with_a_run_under_way_is_told_its_end_too(bench: Bench) -> None:
    chores(bench, Resource.REPORTS)
    task, _ = sync(bench, a_step(again_at=LATER), resource=Resource.REPORTS)
    assert ask(bench) == task.run.id
    bench.clock.set(LATER)

    sync(bench, a_step(finished=True), resource=Resource.REPORTS)

    assert [(event.kind, event.data["run_id"]) for event in bench.events] == [
        ("sync.completed", str(task.run.id))
    ]


def status_told(bench: Bench) -> list[tuple[str, object]]:
    """The events, each with what it says of the connection's status."""
    return [(event.kind, event.data.get("status")) for event in bench.events]


def test_that_a_connection_is_degraded_is_told_once_and_that_it_is_well_again_too(bench: Bench) -> None:
    for ending in (
        UpstreamFailed("503"),
        UpstreamFailed("503"),
        a_step(finished=True),
        a_step(finished=True),
    ):
        sync(bench, ending)
        bench.clock.advance(timedelta(hours=1))

    assert status_told(bench) == [
        ("connection.changed", "degraded"),
        ("sync.failed", None),
        ("sync.failed", None),
        ("connection.changed", "connected"),
        ("sync.completed", None),
        ("sync.completed", None),
    ]
    assert bench.events[0].data == {"connection_id": str(bench.connection.id), "status": "degraded"}


def test_a_look_at_the_chores_that_heals_the_connection_tells_that_it_is_well(bench: Bench) -> None:
    chores(bench, Resource.REPORTS)
    with bench.work() as work:
        work.connections.degraded(bench.connection.id, Failure("amazon_error", "x", NOW))
        work.commit()

    sync(bench, a_step(finished=True), resource=Resource.REPORTS)

    assert status_told(bench) == [("connection.changed", "connected")]


def test_the_cursor_of_a_step_is_where_the_next_run_goes_on(bench: Bench) -> None:
    sync(bench, a_step(1, 1, 1), a_step(2, 1, 1, again_at=LATER))
    bench.clock.set(LATER)

    _, puller = sync(bench, Step({}, 0, nothing, finished=True))

    assert puller.cursors == [{"step": 2}]
