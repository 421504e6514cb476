"""The chores take turns until none has anything to do; then the run waits for what is open, or ends."""

from datetime import timedelta

from domain.reports.model import Purpose
from domain.sync.back_office import BackOffice
from domain.sync.steps import Step
from tests.domain.reports.reports_bench import DAY, POLL, ReportsBench
from tests.fakes.things import NOW


def round_of(bench: ReportsBench) -> list[Step]:
    """One run, or a part of one, kept step by step."""
    office, done = BackOffice((bench.following, bench.history, bench.daily)), []
    for step in office.steps(bench.connection, {}, bench.clock.now):
        bench.keep(step)
        done.append(step)
    return done


def test_what_one_chore_plans_another_one_begins_in_the_same_run() -> None:
    bench = ReportsBench()

    last = round_of(bench)[-1]

    assert (
        len(bench.channel.created) == len(bench.reports) == 5
    )  # three slices, and a day of either marketplace
    assert (last.again_at, last.finished) == (NOW + POLL, False)


def test_a_run_with_nothing_open_ends_and_says_when_there_is_more() -> None:
    bench = ReportsBench()
    bench.to_the_end(bench.following, bench.history, bench.daily)

    (last,) = round_of(bench)

    assert (last.finished, last.again_at) == (True, None)
    assert last.next_at == bench.daily.due_at(bench.connection, bench.clock.now())


def test_however_little_there_is_to_do_it_is_looked_at_once_a_day() -> None:
    bench = ReportsBench(backfill_days=0)

    (last,) = BackOffice((bench.following, bench.history)).steps(bench.connection, {}, bench.clock.now)

    assert (last.finished, last.next_at) == (True, NOW + DAY)


def test_nothing_is_asked_for_again_at_once() -> None:
    bench = ReportsBench(backfill_days=0)
    bench.report(Purpose.ASKED, next_look_at=NOW + timedelta(milliseconds=1))

    (last,) = BackOffice((bench.following,)).steps(bench.connection, {}, bench.clock.now)

    assert last.again_at == NOW + timedelta(milliseconds=200)
