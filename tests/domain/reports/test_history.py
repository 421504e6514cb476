"""Orders from before the connection come in slices of thirty days, the newest first, each once."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from domain.errors import InvalidInput
from domain.orders.counting import book
from domain.reports.history import HistoryProgress
from domain.reports.model import ORDERS_BY_DATE, Purpose, Report, ReportStatus
from domain.sync.model import Resource
from tests.domain.reports.reports_bench import DAY, POLL, ReportsBench, orders_of, truth
from tests.fakes.things import CA, NOW, US, an_order

OVERLAP = timedelta(minutes=1)


@pytest.fixture
def bench() -> ReportsBench:
    return ReportsBench()


def spans(reports: list[Report]) -> list[tuple[float, float]]:
    """From and until how many days ago, the overlap left out; the newest first."""

    def days_ago(moment: datetime | None) -> float:
        assert moment is not None
        return round((NOW - moment) / DAY, 2)

    ordered = sorted(reports, key=lambda report: report.request.end or NOW, reverse=True)
    return [(days_ago(report.request.start), days_ago(report.request.end)) for report in ordered]


def test_a_new_connections_history_is_planned_in_slices(bench: ReportsBench) -> None:
    bench.do(bench.history)

    assert spans(bench.reports) == [(30, 0), (60, 30), (90, 60)]
    assert {report.request.report_type for report in bench.reports} == {ORDERS_BY_DATE}
    assert {report.request.marketplace_ids for report in bench.reports} == {(US, CA)}
    assert bench.reports[1].request.end == NOW - 30 * DAY + OVERLAP


def test_it_is_planned_once(bench: ReportsBench) -> None:
    bench.do(bench.history)
    bench.clock.advance(10 * DAY)

    assert bench.do(bench.history) == []


def test_what_somebody_asks_for_while_it_is_planned_is_not_planned_twice(bench: ReportsBench) -> None:
    (step,) = bench.history.steps(bench.connection, bench.clock.now)
    bench.clock.advance(POLL)
    bench.backfill().request(bench.connection, 120)

    bench.keep(step)

    assert len(bench.reports) == 4


def test_without_backfill_nothing_is_planned() -> None:
    bench = ReportsBench(backfill_days=0)

    assert bench.do(bench.history) == []


def test_the_newest_slice_is_asked_for_first(bench: ReportsBench) -> None:
    bench.do(bench.history, bench.following)

    ends = [request.end for request in bench.channel.created]
    assert ends == sorted(ends, key=lambda end: end or NOW, reverse=True)


def test_the_whole_history_arrives(bench: ReportsBench) -> None:
    bench.channel.orders = [
        *orders_of(30, NOW - 88 * DAY),
        *(replace(order, order_id=f"{order.order_id}-late") for order in orders_of(30, NOW - DAY)),
    ]

    bench.to_the_end(bench.following, bench.history)

    assert bench.sold == truth(bench.channel.orders)


def test_a_marketplace_that_comes_in_later_gets_a_history_of_its_own(bench: ReportsBench) -> None:
    both, bench.connection = bench.connection, replace(bench.connection, marketplace_ids=(US,))
    bench.do(bench.history)
    bench.connection = both
    bench.clock.advance(DAY)

    bench.do(bench.history)

    later = [report for report in bench.reports if report.created_at > NOW]
    assert spans(later) == [(29, -1), (59, 29), (89, 59)]
    assert {report.request.marketplace_ids for report in later} == {(CA,)}


def test_more_days_than_before_add_only_what_is_missing(bench: ReportsBench) -> None:
    bench.do(bench.history)
    bench.backfill_days = 150

    bench.do(bench.history)

    assert spans(bench.reports) == [(30, 0), (60, 30), (90, 60), (120, 90), (150, 120)]


def test_two_years_can_be_asked_for(bench: ReportsBench) -> None:
    bench.do(bench.history)

    added = bench.backfill(retention_days=3660).request(bench.connection, 730)

    assert spans(added)[0] == (120, 90)
    assert spans(added)[-1] == (730, 720)
    assert len(added) == 22


def test_asking_makes_the_reports_due(bench: ReportsBench) -> None:
    with bench.work() as work:
        work.sync.ensure(
            bench.connection.id, bench.user.id, (Resource.REPORTS,), NOW + 20 * timedelta(hours=1)
        )
        work.commit()

    bench.backfill().request(bench.connection, 30)

    assert bench.store.tables.resources[bench.connection.id, Resource.REPORTS].next_run_at == NOW


def test_asking_again_adds_nothing(bench: ReportsBench) -> None:
    backfill = bench.backfill()
    backfill.request(bench.connection, 365)
    bench.clock.advance(DAY)

    assert backfill.request(bench.connection, 365) == []


def test_nothing_is_fetched_that_would_not_be_kept(bench: ReportsBench) -> None:
    added = bench.backfill(retention_days=45).request(bench.connection, 730)

    assert spans(added) == [(30, 0), (45, 30)]


@pytest.mark.parametrize("days", [0, -1, 731])
def test_days_that_amazon_tells_nothing_of_are_refused(bench: ReportsBench, days: int) -> None:
    with pytest.raises(InvalidInput, match="from 1 to 730"):
        bench.backfill().request(bench.connection, days)


def test_asking_again_revives_what_has_failed(bench: ReportsBench) -> None:
    backfill = bench.backfill()
    backfill.request(bench.connection, 60)
    newest = max(bench.reports, key=lambda report: report.request.end or NOW)
    with bench.work() as work:
        work.reports.save(
            replace(newest, status=ReportStatus.FAILED, next_look_at=None, finished_at=NOW, attempts=3)
        )
        work.commit()

    added = backfill.request(bench.connection, 60)

    assert [report.id for report in added] == [newest.id]
    assert bench.kept(newest).status is ReportStatus.PENDING
    assert (bench.kept(newest).attempts, len(bench.reports)) == (0, 2)


def test_progress_tells_how_far_back_nothing_is_missing(bench: ReportsBench) -> None:
    backfill = bench.backfill()
    assert backfill.progress(bench.connection) == HistoryProgress(0, 0, 0, None, None)
    bench.do(bench.history)
    planned = backfill.progress(bench.connection)
    newest, middle, oldest = sorted(bench.reports, key=lambda report: report.request.end or NOW, reverse=True)
    stands = []
    for report, status in (
        (oldest, ReportStatus.NO_DATA),
        (newest, ReportStatus.COMPLETED),
        (middle, ReportStatus.FAILED),
        (middle, ReportStatus.COMPLETED),
    ):
        with bench.work() as work:
            work.reports.save(replace(report, status=status))
            work.commit()
        stands.append(backfill.progress(bench.connection))

    assert planned == HistoryProgress(3, 0, 0, NOW - 90 * DAY, None)
    assert [(stand.done, stand.failed) for stand in stands] == [(1, 0), (2, 0), (2, 1), (3, 0)]
    assert [stand.complete_back_to for stand in stands] == [
        None,
        NOW - 30 * DAY,
        NOW - 30 * DAY,
        NOW - 90 * DAY,
    ]


def test_what_the_api_has_told_of_an_order_stays(bench: ReportsBench) -> None:
    told = an_order("O-1", *orders_of(1)[0].items, created_at=NOW - DAY, updated_at=NOW - DAY)
    with bench.work() as work:
        work.orders.save_page(bench.connection.id, [book(told, US)])
        work.commit()
    bench.channel.orders = [replace(told, status="CANCELLED")]
    bench.report(Purpose.REPAIR)

    bench.to_the_end()

    assert bench.store.tables.orders[bench.connection.id, "O-1"].order.status == "SHIPPED"
    assert bench.clock.now() == NOW + POLL
