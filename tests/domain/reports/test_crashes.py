"""Wherever a process is killed, the orders are the same in the end, and Amazon was asked for each report once."""

from collections.abc import Callable
from datetime import timedelta
from random import Random

import pytest

from domain.reports.model import Purpose, ReportRequest, ReportStatus
from domain.sync.back_office import BackOffice
from tests.domain.reports.reports_bench import DAY, ReportsBench, orders_of, truth
from tests.fakes.things import NOW, US

ANY = ReportRequest("GET_ANY", (US,), NOW - DAY, NOW)


def prepared() -> ReportsBench:
    """Two slices of history with parts of a few lines each, and a report that somebody asked for."""
    bench = ReportsBench(backfill_days=60)
    bench.channel.orders = orders_of(25)
    bench.channel.part_size = 900
    bench.channel.texts["GET_ANY"] = ("text/tab-separated-values", "sku\n" + "a thing\n" * 200)
    bench.report(Purpose.ASKED, request=ANY)
    return bench


def lived_through(bench: ReportsBench, dies: Callable[[int], bool], before_it_is_kept: bool) -> int:
    """Everything to the end, while the process dies at these steps; returns how many steps there were.

    A step that is drawn and not kept is what a process leaves that is killed after it has asked Amazon.
    """
    office, number = BackOffice((bench.following, bench.history)), 0
    for _life in range(1_000):
        for step in office.steps(bench.connection, {}, bench.clock.now):
            number += 1
            died = dies(number)
            if not (died and before_it_is_kept):
                bench.keep(step)
            if died:
                break
            if step.finished:
                return number
            if step.again_at is not None:
                bench.clock.set(max(step.again_at, bench.clock.now()))
        else:
            continue
        bench.clock.advance(timedelta(seconds=20))  # somebody else takes over
    raise AssertionError("it never came to its end")


def assert_as_if_undisturbed(bench: ReportsBench) -> None:
    assert bench.sold == truth(bench.channel.orders)
    assert {report.status for report in bench.reports} == {ReportStatus.COMPLETED}
    asked = [(request.report_type, request.start) for request in bench.channel.created]
    assert len(asked) == len(set(asked)) == len(bench.reports) == 3
    with bench.look() as work:
        for report in bench.reports:
            kept = [work.reports.part(report.id, number) for number in range(report.parts or 0)]
            assert (None in kept) is report.purpose.is_imported
            assert not report.purpose.is_imported or report.records in (0, 25)


STEPS = lived_through(prepared(), lambda _number: False, before_it_is_kept=False)


@pytest.mark.parametrize("before_it_is_kept", [True, False])
def test_one_death_at_any_step_changes_nothing(before_it_is_kept: bool) -> None:
    for last in range(1, STEPS + 1):
        bench = prepared()

        lived_through(bench, lambda number, last=last: number == last, before_it_is_kept)  # type: ignore[misc]

        assert_as_if_undisturbed(bench)


@pytest.mark.parametrize("seed", range(10))
def test_deaths_again_and_again_change_nothing(seed: int) -> None:
    bench, chance = prepared(), Random(seed)

    lived_through(bench, lambda _number: chance.random() < 0.15, before_it_is_kept=seed % 2 == 0)

    assert_as_if_undisturbed(bench)
