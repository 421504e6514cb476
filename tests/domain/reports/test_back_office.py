"""The chores take turns until none has anything to do; then the run waits for what is open, or ends."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest

from domain.connections.model import Connection
from domain.errors import AccessDenied
from domain.reports.model import Purpose
from domain.sync.back_office import BackOffice
from domain.sync.chores import Chore
from domain.sync.steps import Step
from tests.domain.reports.reports_bench import DAY, POLL, ReportsBench
from tests.fakes.things import NOW


@dataclass
class Refused:
    """A chore that Amazon refuses."""

    asked: int = 0

    def steps(self, connection: Connection, now: Callable[[], datetime]) -> Iterator[Step]:
        self.asked += 1
        raise AccessDenied("no role", role="Sales")

    def due_at(self, connection: Connection, now: datetime) -> datetime:
        return now

    def is_busy(self, connection: Connection) -> bool:
        return False


def round_of(bench: ReportsBench, *more: Chore) -> list[Step]:
    """One run, or a part of one, kept step by step."""
    office, done = BackOffice((bench.following, bench.history, bench.daily, *more)), []
    for step in office.steps(bench.connection, {}, bench.clock.now):
        bench.keep(step)
        done.append(step)
    return done


def test_what_one_chore_plans_another_one_begins_in_the_same_run() -> None:
    bench = ReportsBench()

    last = round_of(bench)[-1]

    assert len(bench.channel.created) == 3  # of history, for which the first daily one waits
    assert [report.purpose for report in bench.reports] == [*[Purpose.HISTORY] * 3, Purpose.DAILY]
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


def test_what_is_refused_to_one_chore_does_not_slow_the_others_down() -> None:
    bench, refused = ReportsBench(), Refused()

    last = round_of(bench, refused)[-1]

    assert (last.again_at, last.finished) == (NOW + POLL, False)
    assert refused.asked == 1


def test_what_was_refused_is_told_when_the_others_have_come_to_rest() -> None:
    bench, refused = ReportsBench(), Refused()
    bench.to_the_end(bench.following, bench.history, bench.daily)

    with pytest.raises(AccessDenied, match="no role"):
        round_of(bench, refused)
