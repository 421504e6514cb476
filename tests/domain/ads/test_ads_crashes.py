"""Wherever a process is killed, the figures are the same in the end, and Amazon has made each report once."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from random import Random

import pytest

from domain.ads.columns import FIGURES
from domain.ads.reports import AdProduct, AdsPurpose, AdsReportRequest, AdsReportStatus, TimeUnit
from domain.sync.back_office import BackOffice
from tests.domain.ads.ads_reports_bench import AdsReportsBench
from tests.fakes.ads_report_channel import campaign_rows

CAMPAIGNS = 3
FIRST, LAST = date(2026, 2, 1), date(2026, 2, 4)


def prepared() -> AdsReportsBench:
    """A report that somebody asked for, and two for the figures: by campaign and by product, in small parts."""
    bench = AdsReportsBench()
    bench.channel.rows_in_a_part = 5
    bench.channel.rows = campaign_rows(lambda campaign, _day: campaign, CAMPAIGNS)
    kind = FIGURES["spCampaigns"]
    request = AdsReportRequest(
        AdProduct.SPONSORED_PRODUCTS,
        kind.report_type,
        FIRST,
        LAST,
        TimeUnit.DAILY,
        (kind.group,),
        kind.columns,
    )
    products = FIGURES["spAdvertisedProduct"]
    bench.report(replace(request, columns=("date", "clicks")))
    bench.report(request, AdsPurpose.DAILY)
    by_product = replace(
        request, report_type=products.report_type, group_by=(products.group,), columns=products.columns
    )
    bench.report(by_product, AdsPurpose.DAILY)
    return bench


def lived_through(bench: AdsReportsBench, dies: Callable[[int], bool], before_it_is_kept: bool) -> int:
    """Everything to the end, while the process dies at these steps; returns how many steps there were.

    A step that is drawn and not kept is what a process leaves that is killed after it has asked Amazon.
    """
    office, number = BackOffice((bench.following,)), 0
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


def assert_as_if_undisturbed(bench: AdsReportsBench) -> None:
    assert {report.status for report in bench.reports} == {AdsReportStatus.COMPLETED}
    assert len(bench.channel.created) == len(bench.reports) == 3
    assert {(day.day.day, day.campaign_id): day.clicks for day in bench.days} == {
        (day, f"{campaign}"): campaign for day in range(1, 5) for campaign in range(1, CAMPAIGNS + 1)
    }
    products = [row for row, _report in bench.store.tables.ads_product_days.values()]
    assert sum(row.clicks for row in products) == 4 * 3 * sum(range(1, CAMPAIGNS + 1))
    for report in bench.reports:
        if report.purpose is AdsPurpose.ASKED:
            assert bench.document(report).count(b"\n") == report.rows == 4 * CAMPAIGNS
        else:
            assert report.imported == report.rows
    assert {report_id for report_id, _number in bench.store.tables.ads_report_parts} == {
        report.id for report in bench.reports if report.purpose is AdsPurpose.ASKED
    }


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
