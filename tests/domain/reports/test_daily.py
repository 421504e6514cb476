"""Sales and traffic of every marketplace's day, and every settlement, are collected without being asked for."""

from collections import deque
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from domain.errors import AccessDenied, UpstreamFailed, UsagePlanEmpty
from domain.reports.model import SALES_AND_TRAFFIC, SETTLEMENT, Purpose, Report, ReportStatus, Stage
from tests.domain.reports.reports_bench import DAY, ReportsBench
from tests.fakes.report_channel import settlement
from tests.fakes.things import CA, JP, NOW, US, a_connection, connected

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
#: The day before yesterday, in Los Angeles as well as in UTC.
NEWEST = date(2026, 3, 2)


@pytest.fixture
def bench() -> ReportsBench:
    bench = ReportsBench()
    bench.channel.texts[SALES_AND_TRAFFIC] = ("application/json", '{"salesAndTrafficByDate": []}')
    bench.channel.texts[SETTLEMENT] = ("text/tab-separated-values", "settlement-id\n1\n")
    return bench


def days(bench: ReportsBench) -> list[tuple[str, date]]:
    """Marketplaces and days of the reports of sales and traffic."""
    found = []
    for report in bench.reports:
        if report.request.report_type == SALES_AND_TRAFFIC:
            assert report.request.start is not None
            found.append((report.request.marketplace_ids[0], report.request.start.date()))
    return sorted(found)


def of_type(bench: ReportsBench, report_type: str) -> list[Report]:
    return [report for report in bench.reports if report.request.report_type == report_type]


def test_the_day_before_yesterday_of_each_marketplace_is_asked_for(bench: ReportsBench) -> None:
    bench.to_the_end(bench.following, bench.daily)

    assert days(bench) == [(CA, NEWEST), (US, NEWEST)]
    assert {report.status for report in bench.reports} == {ReportStatus.COMPLETED}
    first = bench.channel.created[0]
    assert first.marketplace_ids == (US,)
    assert first.options == {"asinGranularity": "SKU", "dateGranularity": "DAY"}
    assert (first.start, first.end) == (
        datetime(2026, 3, 2, tzinfo=UTC),
        datetime(2026, 3, 2, 23, 59, 59, tzinfo=UTC),
    )


def test_a_marketplaces_day_is_its_own() -> None:
    bench = ReportsBench()
    bench.connection = a_connection(bench.user, JP, seller_id="S2", is_default=False)
    connected(bench.store, bench.user, bench.connection)
    bench.clock.set(datetime(2026, 3, 4, 17, tzinfo=UTC))  # two in the morning of the fifth in Tokyo

    bench.do(bench.daily)

    assert days(bench) == [(JP, date(2026, 3, 3))]


def test_the_next_day_is_due_after_it_has_begun_in_the_marketplace(bench: ReportsBench) -> None:
    bench.to_the_end(bench.following, bench.daily)

    due = bench.daily.due_at(bench.connection, bench.clock.now())

    begin = datetime(2026, 3, 5, 8, tzinfo=UTC)  # midnight in Los Angeles
    assert begin <= due < begin + 2 * HOUR
    bench.clock.set(due - timedelta(seconds=1))
    assert bench.do(bench.daily) == []
    bench.clock.set(due)
    assert days(bench) == [(CA, NEWEST), (US, NEWEST)]
    assert bench.do(bench.daily) != []


def test_all_sellers_of_a_marketplace_are_not_due_at_once(bench: ReportsBench) -> None:
    sellers = [
        a_connection(bench.user, US, seller_id=f"S{number}", is_default=False) for number in range(200)
    ]
    for seller in sellers:
        connected(bench.store, bench.user, seller)
        for step in bench.daily.steps(seller, bench.clock.now):
            bench.keep(step)

    dues = sorted(bench.daily.due_at(seller, bench.clock.now()) for seller in sellers)

    ten_minutes = [sum(due <= other < due + 10 * MINUTE for other in dues) for due in dues]
    assert max(ten_minutes) < 2 * len(sellers) / 12 + 10


def test_days_that_were_missed_are_caught_up_with_for_a_week(bench: ReportsBench) -> None:
    bench.to_the_end(bench.following, bench.daily)
    bench.clock.advance(10 * DAY)

    bench.to_the_end(bench.following, bench.daily)

    missed = [day for marketplace_id, day in days(bench) if marketplace_id == US]
    assert missed == [NEWEST, *(NEWEST + number * DAY for number in range(4, 11))]


def test_one_report_finds_out_whether_they_are_allowed(bench: ReportsBench) -> None:
    bench.channel.trouble["create"] = deque([AccessDenied("Denied.", role="Brand Analytics")])

    bench.to_the_end(bench.following, bench.daily)

    (denied,) = of_type(bench, SALES_AND_TRAFFIC)
    assert denied.error is not None
    assert (denied.status, denied.error.code) == (ReportStatus.FAILED, "amazon_access_denied")


def test_what_is_not_allowed_is_tried_once_a_day_and_stays_one_report(bench: ReportsBench) -> None:
    bench.channel.trouble["create"] = deque([AccessDenied("Denied.")] * 3)

    asked = []
    for _hour in range(75):
        bench.to_the_end(bench.following, bench.daily)
        asked.append(3 - len(bench.channel.trouble["create"]))
        bench.clock.advance(HOUR)

    assert [asked[hour] for hour in (0, 23, 24, 48, 74)] == [1, 1, 2, 3, 3]
    assert len([report for report in bench.reports if report.status is ReportStatus.FAILED]) == 0
    assert (US, NEWEST + 3 * DAY) in days(bench)
    assert len(bench.channel.created) > 2  # allowed by now: the days between are caught up with


def test_a_role_that_is_withdrawn_later_leaves_few_failed_reports(bench: ReportsBench) -> None:
    bench.to_the_end(bench.following, bench.daily)
    bench.channel.trouble["create"] = deque([AccessDenied("Denied.")] * 100)

    for _day in range(8):
        bench.clock.advance(DAY)
        bench.to_the_end(bench.following, bench.daily)

    assert len([report for report in bench.reports if report.status is ReportStatus.FAILED]) <= 2


def test_each_settlement_is_taken_up_once(bench: ReportsBench) -> None:
    bench.channel.made += [
        settlement(1, NOW - 20 * DAY),
        settlement(2, NOW - 6 * DAY),
        settlement(3, NOW - HOUR, Stage.IN_PROGRESS),
    ]
    bench.to_the_end(bench.following, bench.daily)
    bench.channel.made[2] = settlement(3, NOW - HOUR)
    bench.clock.advance(DAY)

    bench.to_the_end(bench.following, bench.daily)

    settlements = of_type(bench, SETTLEMENT)
    assert sorted(report.amazon_id or "" for report in settlements) == ["S-1", "S-2", "S-3"]
    assert {report.status for report in settlements} == {ReportStatus.COMPLETED}
    assert {report.purpose for report in settlements} == {Purpose.DAILY}
    assert SETTLEMENT not in {request.report_type for request in bench.channel.created}


def test_settlements_are_listed_once_a_day(bench: ReportsBench) -> None:
    for _hour in range(47):
        bench.to_the_end(bench.following, bench.daily)
        bench.clock.advance(HOUR)

    assert [report_type for report_type, _since in bench.channel.listed] == [SETTLEMENT] * 3
    assert bench.channel.listed[0][1] == NOW - 89 * DAY


@pytest.mark.parametrize("kept_for", [3 * DAY, 30 * DAY])
def test_what_was_kept_for_long_enough_is_not_collected_again(kept_for: timedelta) -> None:
    bench = ReportsBench(kept_for=kept_for)
    bench.channel.texts[SALES_AND_TRAFFIC] = ("application/json", '{"salesAndTrafficByDate": []}')
    bench.channel.texts[SETTLEMENT] = ("text/tab-separated-values", "settlement-id\n1\n")
    bench.channel.made.append(settlement(1, NOW - HOUR))
    for _day in range(40):
        bench.to_the_end(bench.following, bench.daily)
        bench.clock.advance(DAY)
        with bench.work() as work:
            work.reports.forget_before(bench.clock.now().replace(hour=0) - kept_for, 100)
            work.commit()

    assert bench.channel.opened.count("SD-1") == 1
    asked = [(request.marketplace_ids, request.start) for request in bench.channel.created]
    assert len(asked) == len(set(asked)) == 2 * 40


def test_settlements_that_are_not_allowed_are_one_report_whatever_the_days(bench: ReportsBench) -> None:
    bench.channel.trouble["recent"] = deque([AccessDenied("Denied.", role="Finance and Accounting")] * 20)

    for _day in range(5):
        bench.to_the_end(bench.following, bench.daily)
        bench.clock.advance(DAY)

    (denied,) = of_type(bench, SETTLEMENT)
    assert denied.error is not None
    assert (denied.status, denied.error.code) == (ReportStatus.FAILED, "amazon_access_denied")
    assert denied.error.at > NOW + 3 * DAY
    assert len(days(bench)) == 10


def test_amazons_trouble_with_the_list_of_settlements_holds_nothing_up(bench: ReportsBench) -> None:
    bench.channel.made.append(settlement(1, NOW - 20 * DAY))
    bench.channel.trouble["recent"] = deque([UpstreamFailed("Amazon answered 503.")])

    bench.to_the_end(bench.following, bench.daily)
    after_the_first_day = len(of_type(bench, SETTLEMENT))
    bench.clock.advance(DAY)
    bench.to_the_end(bench.following, bench.daily)

    assert after_the_first_day == 0
    assert len(days(bench)) == 4
    assert len(of_type(bench, SETTLEMENT)) == 1


def test_an_empty_usage_plan_puts_the_day_off(bench: ReportsBench) -> None:
    bench.channel.trouble["recent"] = deque([UsagePlanEmpty("Empty.", NOW + HOUR)])

    with pytest.raises(UsagePlanEmpty):
        bench.do(bench.daily)

    assert bench.reports == []
    assert bench.daily.due_at(bench.connection, NOW) == NOW


def test_a_marketplace_we_dont_know_has_no_days(bench: ReportsBench) -> None:
    bench.connection = replace(bench.connection, marketplace_id="A0", marketplace_ids=("A0",))

    assert bench.do(bench.daily) == []
    assert bench.daily.due_at(bench.connection, NOW) is None
