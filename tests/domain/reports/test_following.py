"""Every report is brought to its end by itself: asked for once, followed by schedule."""

from collections import deque
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest

from domain.errors import (
    AccessDenied,
    RateLimited,
    ReauthorizationRequired,
    UpstreamFailed,
    UpstreamRefused,
    UpstreamTimedOut,
    UpstreamUnreachable,
    UsagePlanEmpty,
    WrongAnswer,
)
from domain.reports.model import (
    ORDERS_BY_DATE,
    SALES_AND_TRAFFIC,
    Purpose,
    ReportStatus,
    Stage,
)
from tests.domain.reports.reports_bench import ANY, DAY, POLL, ReportsBench, truth
from tests.fakes.things import NOW

HALF_AN_HOUR = timedelta(minutes=30)
HOUR = timedelta(hours=1)


def test_a_report_is_asked_for_followed_and_stored(bench: ReportsBench) -> None:
    report = bench.asked()

    bench.to_the_end()

    done = bench.kept(report)
    assert bench.channel.created == [ANY]
    assert (done.status, done.amazon_id, done.next_look_at) == (ReportStatus.COMPLETED, "R-1", None)
    assert (done.media, done.parts, done.size, done.lines) == ("text/tab-separated-values", 1, 21, 2)
    assert done.finished_at == NOW + POLL
    assert bench.document(report) == b"sku\tname\n1\tOne\n2\tTwo\n"


def test_that_amazon_is_about_to_be_asked_is_kept_before(bench: ReportsBench) -> None:
    report = bench.asked()

    steps = bench.following.steps(bench.connection, bench.clock.now)
    bench.keep(next(steps))

    assert bench.channel.created == []
    assert bench.kept(report).asked_at == NOW


def test_looks_are_spaced_further_and_further_up_to_fifteen_times(bench: ReportsBench) -> None:
    bench.asked()
    bench.channel.stages = deque([Stage.IN_QUEUE] * 2 + [Stage.IN_PROGRESS] * 8)

    bench.to_the_end()

    moments = [NOW, *(at for _report, at in bench.channel.looked)]
    waits = [(later - earlier) / POLL for earlier, later in pairwise(moments)]
    assert waits[:3] == [1, 1.5, 2.25]
    assert waits[-1] == waits[-2] == 15
    assert waits == sorted(waits)


def test_while_a_report_is_open_its_run_waits_for_it(bench: ReportsBench) -> None:
    bench.asked()
    bench.do()

    assert bench.following.is_busy(bench.connection)
    assert bench.following.due_at(bench.connection, NOW) == NOW + POLL


def test_a_cancelled_report_has_no_data(bench: ReportsBench) -> None:
    report = bench.asked()
    bench.channel.ends.append(Stage.CANCELLED)

    bench.to_the_end()

    assert (bench.kept(report).status, bench.kept(report).error) == (ReportStatus.NO_DATA, None)


def test_an_empty_document_is_no_data(bench: ReportsBench) -> None:
    report = bench.asked()
    bench.channel.texts["GET_ANY"] = ("text/plain", "")

    bench.to_the_end()

    assert bench.kept(report).status is ReportStatus.NO_DATA


def test_a_fatal_report_that_was_asked_for_fails_at_once_with_amazons_words(bench: ReportsBench) -> None:
    report = bench.asked()
    bench.channel.ends.append(Stage.FATAL)

    bench.to_the_end()

    failed = bench.kept(report)
    assert failed.status is ReportStatus.FAILED
    assert failed.error is not None
    assert "Too many requests for this report." in failed.error.message
    assert "ask again" in failed.error.message
    assert len(bench.channel.created) == 1


def test_that_amazon_does_not_explain_itself_hides_no_failure(bench: ReportsBench) -> None:
    report = bench.asked()
    bench.channel.ends.append(Stage.FATAL)
    bench.channel.trouble["explanation"] = deque([UsagePlanEmpty("Empty.", NOW + HOUR)])

    bench.to_the_end()

    assert bench.kept(report).status is ReportStatus.FAILED


def test_a_fatal_slice_is_asked_for_again_after_half_an_hour(bench: ReportsBench) -> None:
    report = bench.report()
    bench.channel.ends.extend([Stage.FATAL, Stage.FATAL])

    bench.to_the_end()

    assert bench.kept(report).status is ReportStatus.COMPLETED
    moments = [look.created_at for look in bench.channel.made]
    assert [later - earlier for earlier, later in pairwise(moments)] == [HALF_AN_HOUR + POLL] * 2
    assert bench.sold == truth(bench.channel.orders)


def test_a_slice_that_is_fatal_three_times_has_failed(bench: ReportsBench) -> None:
    report = bench.report()
    bench.channel.ends.extend([Stage.FATAL] * 3)

    bench.to_the_end()

    assert bench.kept(report).status is ReportStatus.FAILED
    assert len(bench.channel.created) == 3


def test_a_report_that_stays_in_the_queue_for_a_day_has_failed(bench: ReportsBench) -> None:
    report = bench.asked()
    bench.channel.stages.extend([Stage.IN_QUEUE] * 1000)

    bench.to_the_end()

    failed = bench.kept(report)
    assert failed.error is not None
    assert "IN_QUEUE for more than 24 hours" in failed.error.message
    assert failed.finished_at is not None
    assert DAY < failed.finished_at - NOW < DAY + HOUR


def test_a_report_that_amazon_does_not_know_any_more_has_failed(bench: ReportsBench) -> None:
    report = bench.report(Purpose.ASKED, request=ANY, status=ReportStatus.PROCESSING, amazon_id="R-77")

    bench.to_the_end()

    assert bench.kept(report).status is ReportStatus.FAILED


def test_after_an_answer_that_got_lost_the_report_is_found_instead_of_made_again(bench: ReportsBench) -> None:
    report = bench.asked()
    bench.channel.lost_answers.append(UpstreamTimedOut("No answer."))

    bench.to_the_end()

    assert len(bench.channel.created) == 1
    assert bench.channel.listed == [("GET_ANY", NOW - timedelta(minutes=2))]
    assert (bench.kept(report).status, bench.kept(report).amazon_id) == (ReportStatus.COMPLETED, "R-1")


def test_what_belongs_to_another_report_is_not_adopted(bench: ReportsBench) -> None:
    first = bench.asked()
    bench.do()
    second = bench.report(Purpose.DAILY, request=ANY, asked_at=NOW)
    other_day = replace(ANY, start=NOW - 2 * DAY, end=NOW - DAY)
    third = bench.report(Purpose.DAILY, request=other_day, asked_at=NOW)

    bench.to_the_end()

    assert {bench.kept(report).amazon_id for report in (first, second, third)} == {"R-1", "R-2", "R-3"}
    assert len(bench.channel.created) == 3


@pytest.mark.parametrize(
    "error",
    [
        UpstreamUnreachable("No connection."),
        UsagePlanEmpty("Empty.", NOW + timedelta(minutes=5)),
        RateLimited("Too many.", 60, "amazon"),
    ],
)
def test_where_nothing_was_sent_nothing_is_looked_for(bench: ReportsBench, error: Exception) -> None:
    report = bench.asked()
    bench.channel.trouble["create"] = deque([error])

    bench.to_the_end()

    assert bench.kept(report).status is ReportStatus.COMPLETED
    assert bench.channel.listed == []


def test_an_empty_usage_plan_puts_off_those_that_need_it_and_nobody_else(bench: ReportsBench) -> None:
    made = bench.report(Purpose.ASKED, request=ANY)
    bench.do()
    waiting = [bench.report(), bench.report()]
    until = NOW + timedelta(minutes=5)
    bench.channel.trouble["create"] = deque([UsagePlanEmpty("Empty.", until)])
    bench.clock.advance(POLL)

    bench.do()

    assert bench.kept(made).status is ReportStatus.COMPLETED
    assert [bench.kept(report).next_look_at for report in waiting] == [until, until]
    assert len(bench.channel.created) == 1
    assert bench.channel.trouble["create"] == deque()


def test_users_come_before_history(bench: ReportsBench) -> None:
    bench.report()
    bench.asked()

    bench.do()

    assert [request.report_type for request in bench.channel.created] == ["GET_ANY", ORDERS_BY_DATE]


def test_a_refused_request_fails_at_once(bench: ReportsBench) -> None:
    report = bench.asked()
    bench.channel.trouble["create"] = deque([UpstreamRefused("Unknown report type.")])

    bench.to_the_end()

    failed = bench.kept(report)
    assert failed.status is ReportStatus.FAILED
    assert failed.error is not None
    assert "Unknown report type." in failed.error.message


def test_a_daily_report_that_is_not_allowed_fails_at_once(bench: ReportsBench) -> None:
    report = bench.report(Purpose.DAILY, request=replace(ANY, report_type=SALES_AND_TRAFFIC))
    bench.channel.trouble["create"] = deque([AccessDenied("Denied.", role="Brand Analytics")])

    bench.to_the_end()

    failed = bench.kept(report)
    assert failed.error is not None
    assert (failed.status, failed.error.code) == (ReportStatus.FAILED, "amazon_access_denied")


def test_amazons_own_failures_are_waited_out(bench: ReportsBench) -> None:
    report = bench.asked()
    bench.channel.trouble["look"] = deque([UpstreamFailed("Amazon answered 503.")] * 12)

    bench.to_the_end()

    assert bench.kept(report).status is ReportStatus.COMPLETED
    assert (bench.kept(report).failures, bench.kept(report).error) == (0, None)


def test_a_document_that_cant_be_kept_is_not_fetched_again_and_again(bench: ReportsBench) -> None:
    report = bench.asked()
    bench.channel.trouble["document"] = deque([WrongAnswer("The report tells of buyers.")] * 100)

    bench.to_the_end()

    assert bench.kept(report).status is ReportStatus.FAILED
    assert len(bench.channel.opened) == 1


def test_a_defect_in_one_report_stops_it_after_five_times_and_nobody_else(bench: ReportsBench) -> None:
    broken, sound = bench.report(amazon_id="R-9", status=ReportStatus.PROCESSING), bench.asked()
    bench.channel.trouble["look"] = deque(
        [ZeroDivisionError("A defect."), None, *[ZeroDivisionError("A defect.")] * 4]
    )

    bench.to_the_end()

    failed = bench.kept(broken)
    assert failed.error is not None
    assert (failed.status, failed.failures, failed.error.code) == (ReportStatus.FAILED, 5, "internal_error")
    assert bench.kept(sound).status is ReportStatus.COMPLETED


def test_what_concerns_the_connection_is_the_runs_to_deal_with(bench: ReportsBench) -> None:
    report = bench.asked()
    bench.channel.trouble["create"] = deque([ReauthorizationRequired("Revoked.")])

    with pytest.raises(ReauthorizationRequired):
        bench.do()

    assert bench.kept(report).status is ReportStatus.PENDING


def test_what_is_collected_daily_leaves_the_documents_of_a_minute_to_history(bench: ReportsBench) -> None:
    made = bench.report(
        Purpose.DAILY, status=ReportStatus.PROCESSING, amazon_id="S-1", document_id="D-1", request=ANY
    )
    history = bench.report()

    bench.do(bench.following)

    assert (bench.channel.opened, bench.kept(made).next_look_at) == ([], NOW + POLL)
    bench.clock.advance(POLL)
    bench.do(bench.following)
    assert bench.kept(history).parts is not None
    bench.to_the_end()
    assert bench.kept(made).status is ReportStatus.COMPLETED


def test_what_is_collected_daily_does_not_wait_for_ever(bench: ReportsBench) -> None:
    made = bench.report(
        Purpose.DAILY, status=ReportStatus.PROCESSING, amazon_id="S-1", document_id="D-1", request=ANY
    )
    bench.clock.advance(HOUR)
    bench.report()

    bench.do(bench.following)

    assert bench.kept(made).status is ReportStatus.COMPLETED


def test_a_report_that_amazon_has_forgotten_is_soon_asked_for_again(bench: ReportsBench) -> None:
    history = bench.report(
        status=ReportStatus.PROCESSING, asked_at=NOW - 2 * POLL, amazon_id="gone with the old process"
    )

    bench.do(bench.following)

    assert bench.kept(history).status is ReportStatus.PENDING
    assert bench.kept(history).next_look_at == NOW + 3 * POLL
    bench.to_the_end()
    assert bench.kept(history).status is ReportStatus.COMPLETED
