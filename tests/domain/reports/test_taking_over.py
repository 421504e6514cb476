"""Documents are stored whole, and every order in them is taken over once."""

from collections import deque
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from domain.errors import (
    NotFound,
    UpstreamFailed,
)
from domain.reports.model import (
    ORDERS_BY_DATE,
    Purpose,
    ReportRequest,
    ReportStatus,
)
from tests.domain.reports.reports_bench import ANY, DAY, ReportsBench, orders_of, truth
from tests.fakes.report_channel import HEADER
from tests.fakes.things import NOW, an_order


def test_an_interrupted_fetch_begins_again_and_leaves_nothing_behind(bench: ReportsBench) -> None:
    report = bench.asked()
    lines = [f"{number}\tThing" for number in range(100)]
    bench.channel.texts["GET_ANY"] = ("text/tab-separated-values", "\n".join(["sku\tname", *lines]))
    bench.channel.part_size = 100
    bench.channel.broken_at.append((7, UpstreamFailed("The stream broke off.")))

    bench.to_the_end()

    assert bench.document(report) == "\n".join(["sku\tname", *lines]).encode()
    assert (bench.kept(report).lines, bench.channel.opened) == (100, ["D-1", "D-1"])


def test_parts_that_a_longer_attempt_left_behind_are_dropped(bench: ReportsBench) -> None:
    report = bench.report(
        Purpose.ASKED, request=ANY, status=ReportStatus.PROCESSING, amazon_id="R-1", document_id="D-1"
    )
    with bench.work() as work:
        work.reports.put_part(report, 5, b"of an earlier attempt")
        work.commit()

    bench.to_the_end()

    with bench.look() as work:
        assert work.reports.part(report.id, 5) is None


@pytest.mark.parametrize("part_size", [1, 150, 2**20])
def test_orders_are_taken_over_wherever_the_parts_end(bench: ReportsBench, part_size: int) -> None:
    bench.channel.part_size = part_size
    report = bench.report()

    steps = bench.to_the_end()

    assert bench.sold == truth(bench.channel.orders)
    done = bench.kept(report)
    assert (done.status, done.records, done.lines) == (ReportStatus.COMPLETED, 20, 39)
    assert sum(step.records for step in steps) == 20
    assert bench.store.tables.report_parts == {}


def test_a_thousand_orders_are_written_at_a_time(bench: ReportsBench) -> None:
    bench.channel.orders = orders_of(2_500, lines=lambda _number: 1)
    bench.report()

    steps = [step for step in bench.to_the_end() if step.records]

    assert [step.records for step in steps] == [1000, 1000, 500]
    assert [step.to_come for step in steps] == [1500, 500, 0]
    assert len(bench.sold) == 2_500


def test_a_document_of_the_same_kind_that_is_not_here_yet_is_expected_to_bring_as_much(
    bench: ReportsBench,
) -> None:
    bench.channel.orders = orders_of(20, lines=lambda _number: 1)
    bench.report()
    bench.report(next_look_at=NOW + DAY)
    bench.report(Purpose.REPAIR, next_look_at=NOW + 2 * DAY)

    steps = [step for step in bench.to_the_end() if step.records]

    assert [(step.records, step.to_come) for step in steps] == [(20, 20), (20, 0), (20, 0)]


def test_lines_of_an_order_that_dont_stand_together_are_all_kept(bench: ReportsBench) -> None:
    one, two = orders_of(2, lines=lambda _number: 2)
    one = replace(one, items=(*one.items, one.items[0]))  # the same thing twice
    apart = [replace(one, items=(item,)) for item in one.items]
    bench.channel.orders = [apart[0], two, apart[1], apart[2]]
    bench.report()

    bench.to_the_end()

    assert bench.sold == truth([one, two])
    kept = bench.store.tables.orders[bench.connection.id, one.order_id].order
    assert kept.total is not None
    assert kept.total.minor == 3000


def test_lines_that_are_thousands_of_orders_apart_are_all_kept(bench: ReportsBench) -> None:
    one, *others = orders_of(1_200, lines=lambda _number: 2)
    first, second = (replace(one, items=(item,)) for item in one.items)
    bench.channel.orders = [first, *others, second]
    bench.report()

    bench.to_the_end()

    assert bench.sold == truth([one, *others])


def test_the_same_order_told_again_with_its_lines_together_is_not_doubled(bench: ReportsBench) -> None:
    one, two = orders_of(2, lines=lambda _number: 1)
    whole = replace(one, items=(one.items[0], one.items[0]))  # the same thing twice
    bench.channel.orders = [one, two, one]
    bench.report()
    bench.to_the_end()
    bench.channel.orders = [whole, two]
    bench.report(Purpose.REPAIR)

    bench.to_the_end()

    assert bench.sold == truth([whole, two])


def test_an_order_that_no_calendar_knows_is_its_reports_own_trouble(bench: ReportsBench) -> None:
    bench.channel.orders = [an_order("O-1", *orders_of(1)[0].items, created_at=datetime(1, 1, 1, tzinfo=UTC))]
    report = bench.report(request=ReportRequest(ORDERS_BY_DATE, bench.connection.marketplace_ids))

    bench.to_the_end()

    assert bench.kept(report).status is ReportStatus.FAILED


def test_a_table_without_lines_is_taken_over(bench: ReportsBench) -> None:
    bench.channel.orders = []
    report = bench.report()

    bench.to_the_end()

    assert (bench.kept(report).status, bench.kept(report).records) == (ReportStatus.COMPLETED, 0)
    assert bench.kept(report).size == len(HEADER) + 1


def test_a_document_that_cant_be_right_is_asked_for_again_and_given_up_with_its_cause(
    bench: ReportsBench,
) -> None:
    bench.channel.orders = [an_order("O-1", *orders_of(1)[0].items, created_at=NOW - DAY, status="")]
    report = bench.report()

    bench.to_the_end()

    failed = bench.kept(report)
    assert failed.status is ReportStatus.FAILED
    assert failed.error is not None
    assert "order-status" in failed.error.message
    assert len(bench.channel.created) == 3
    assert bench.store.tables.report_parts == {}


def test_a_stored_part_that_went_missing_is_fetched_with_a_new_report(bench: ReportsBench) -> None:
    report = bench.report(
        status=ReportStatus.PROCESSING, amazon_id="R-0", document_id="D-0", parts=2, size=10, lines=3
    )

    bench.to_the_end()

    assert bench.kept(report).status is ReportStatus.COMPLETED
    assert bench.sold == truth(bench.channel.orders)


def test_a_settlement_is_never_asked_for(bench: ReportsBench) -> None:
    request = replace(ANY, report_type="GET_V2_SETTLEMENT_REPORT_DATA_FLAT_FILE_V2")
    report = bench.report(
        Purpose.DAILY, request=request, status=ReportStatus.PROCESSING, amazon_id="S-1", document_id="SD-1"
    )
    bench.channel.trouble["document"] = deque([NotFound("Gone.")])

    bench.to_the_end()

    assert bench.kept(report).status is ReportStatus.FAILED
    assert bench.channel.created == []
