"""The reports that the figures are made of are planned: new days, days from before, and restated ones again."""

from collections import deque
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest

from domain.ads.accounts import AccountStatus, AccountType, FoundAccount, Owner
from domain.ads.columns import KINDS
from domain.ads.coverage import days_of, joined, slices, without
from domain.ads.reports import AdsPurpose, AdsReport, AdsReportStatus
from domain.errors import AccessDenied
from domain.marketplaces import Region
from tests.domain.ads.ads_reports_bench import DAY, AdsReportsBench, a_profile
from tests.fakes.ads_report_channel import campaign_rows
from tests.fakes.things import NOW

#: In Los Angeles it is four in the morning of the fourth: the third came in an hour or less ago, or comes in soon.
NOON = NOW + timedelta(hours=4)
YESTERDAY = date(2026, 3, 3)
TYPES = ["spCampaigns", "sbCampaigns", "sdCampaigns", "spAdvertisedProduct", "stCampaigns"]


@pytest.fixture
def bench() -> AdsReportsBench:
    bench = AdsReportsBench()
    bench.clock.set(NOON)
    bench.channel.rows = campaign_rows(lambda campaign, _day: campaign)
    return bench


def spans(bench: AdsReportsBench, report_type: str = "spCampaigns") -> list[tuple[date, date]]:
    """First and last days of the reports of a type that are open."""
    return [
        (each.request.start, each.request.end)
        for each in bench.reports
        if each.request.report_type == report_type and each.status.is_open
    ]


def planned(bench: AdsReportsBench) -> list[tuple[date, date]]:
    """The spans that are planned once all of today's work is done, for campaigns of sponsored products."""
    bench.do(bench.planning)
    found = spans(bench)
    bench.to_the_end(bench.following, bench.planning)
    return found


def advanced_to(bench: AdsReportsBench, days: int) -> None:
    """So many days after the first one."""
    bench.clock.set(NOON + days * DAY)


def test_the_newest_days_of_each_type_show_whether_the_account_may_have_them(bench: AdsReportsBench) -> None:
    bench.do(bench.planning)

    assert sorted(each.request.report_type for each in bench.reports) == sorted(TYPES)
    assert spans(bench) == [(YESTERDAY - 30 * DAY, YESTERDAY)]
    report = bench.reports[0]
    assert (report.purpose, report.profile_id, report.region) == (AdsPurpose.DAILY, "111", Region.NA)
    assert "date" in report.request.columns


def test_planning_twice_plans_once(bench: AdsReportsBench) -> None:
    bench.do(bench.planning)

    assert bench.do(bench.planning) == []


def test_the_whole_history_that_amazon_keeps_comes_in_slices(bench: AdsReportsBench) -> None:
    bench.to_the_end(bench.following, bench.planning)

    for report_type in TYPES:
        reports = [each for each in bench.reports if each.request.report_type == report_type]
        days = [day for each in reports for day in days_of((each.request.start, each.request.end))]
        assert len(days) == len(set(days)) == KINDS[report_type].look_back - 1
        assert max((each.request.end - each.request.start).days for each in reports) == 30
        assert bench.coverage(report_type).days == ((min(days), YESTERDAY),)
        ends = [each.request.end for each in sorted(reports, key=lambda each: each.asked_at or NOW)]
        assert ends == sorted(ends, reverse=True)


def test_no_day_from_longer_ago_than_is_kept_is_asked_for() -> None:
    bench = AdsReportsBench(kept_for=10 * DAY)
    bench.clock.set(NOON)

    bench.to_the_end(bench.following, bench.planning)

    assert bench.coverage().days == ((YESTERDAY - 10 * DAY, YESTERDAY),)


def test_a_new_day_brings_itself_and_the_fourteen_before(bench: AdsReportsBench) -> None:
    bench.to_the_end(bench.following, bench.planning)
    advanced_to(bench, 1)

    assert planned(bench) == [(YESTERDAY - 13 * DAY, YESTERDAY + DAY)]
    assert bench.do(bench.planning) == []


def test_a_week_later_six_weeks_come_again_and_a_month_later_sixty_days(bench: AdsReportsBench) -> None:
    bench.to_the_end(bench.following, bench.planning)

    lengths = []
    for day in range(1, 31):
        advanced_to(bench, day)
        lengths.append(sum(len(list(days_of(span))) for span in planned(bench)))

    weekly = [day for day, length in enumerate(lengths, start=1) if length == 42]
    assert weekly == [7, 14, 21, 28]
    assert [day for day, length in enumerate(lengths, start=1) if length == 60] == [30]
    assert lengths.count(15) == 25


def test_days_that_were_missed_while_nobody_worked_are_fetched_too(bench: AdsReportsBench) -> None:
    bench.to_the_end(bench.following, bench.planning)
    advanced_to(bench, 50)

    bench.to_the_end(bench.following, bench.planning)

    (span,) = bench.coverage().days
    assert span[1] == YESTERDAY + 50 * DAY


def test_days_that_are_being_asked_for_are_not_asked_for_again(bench: AdsReportsBench) -> None:
    bench.to_the_end(bench.following, bench.planning)
    advanced_to(bench, 1)
    bench.do(bench.planning)
    advanced_to(bench, 2)

    bench.do(bench.planning)

    assert spans(bench) == [
        (YESTERDAY - 13 * DAY, YESTERDAY + DAY),
        (YESTERDAY + 2 * DAY, YESTERDAY + 2 * DAY),
    ]


def test_a_type_that_amazon_refuses_is_asked_for_once_a_day(bench: AdsReportsBench) -> None:
    denied = AccessDenied("Not authorized to manage this profile.", channel="ads")
    bench.channel.trouble["create"] = deque([denied] * len(TYPES))

    bench.to_the_end(bench.following, bench.planning)

    assert {each.status for each in bench.reports} == {AdsReportStatus.FAILED}
    assert len(bench.reports) == len(TYPES)
    known = bench.coverage()
    assert known.error is not None
    assert (known.error.code, known.rest_until) == ("ads_access_denied", bench.clock.now() + DAY)
    assert bench.planning.due_at(bench.connection, bench.clock.now()) is not None
    bench.clock.advance(DAY)
    bench.to_the_end(bench.following, bench.planning)
    assert bench.coverage().error is None


def test_that_television_is_refused_is_no_trouble_of_the_account(bench: AdsReportsBench) -> None:
    bench.do(bench.planning)
    television = next(each for each in bench.reports if each.request.report_type == "stCampaigns")
    bench.store.tables.ads_reports = {television.id: television}
    bench.channel.trouble["create"] = deque([AccessDenied("Closed.", channel="ads")])

    bench.do()

    with bench.look() as work:
        assert work.ads_accounts.account(bench.user.id, bench.account.id).last_error is None


@pytest.mark.parametrize(
    "found",
    [
        a_profile(owner=Owner.AGENCY),
        a_profile(sub_type="AMAZON_ATTRIBUTION"),
        a_profile(status=AccountStatus.DISABLED, amazon_status="DISABLED"),
    ],
)
def test_profiles_without_sponsored_ads_have_no_reports(found: FoundAccount, bench: AdsReportsBench) -> None:
    bench.found(found)

    bench.do(bench.planning)

    assert bench.reports == []


def test_advertisers_of_dsp_have_reports_of_their_orders(bench: AdsReportsBench) -> None:
    bench.found(a_profile(owner=Owner.AGENCY))
    advertiser = a_profile("777", type=AccountType.DSP_ADVERTISER, owner=None, agency_profile_id="111")
    bench.found(advertiser)

    bench.to_the_end(bench.following, bench.planning)

    assert {(each.profile_id, each.request.report_type) for each in bench.reports} == {("777", "dspCampaign")}
    assert {day.profile_id for day in bench.days} == {"777"}
    day = bench.days[0]
    assert (day.campaign_name, day.spend_minor, day.sales_7d_minor) == ("Order 1", 50, None)


def test_days_are_the_accounts_own(bench: AdsReportsBench) -> None:
    bench.clock.set(datetime(2026, 3, 4, 22, 0, tzinfo=UTC))  # seven in the morning of the fifth in Tokyo
    bench.found(a_profile("81", time_zone="Asia/Tokyo", currency_code="JPY"))

    bench.do(bench.planning)

    ends = {each.profile_id: each.request.end for each in bench.reports}
    assert ends == {"81": date(2026, 3, 4), "111": date(2026, 3, 3)}


def test_the_next_look_is_when_the_next_day_comes_in(bench: AdsReportsBench) -> None:
    bench.to_the_end(bench.following, bench.planning)

    due = bench.planning.due_at(bench.connection, bench.clock.now())

    assert due is not None
    midnight = datetime(2026, 3, 5, 8, tzinfo=UTC)
    assert midnight + timedelta(hours=3) <= due <= midnight + timedelta(hours=5)
    bench.clock.set(due)
    assert bench.do(bench.planning) != []


def test_who_asks_again_has_the_latest_days_fetched_at_once(bench: AdsReportsBench) -> None:
    bench.to_the_end(bench.following, bench.planning)
    with bench.work() as work:
        work.ads_days.ask_again(bench.user.id, [bench.account.id])
        work.commit()

    bench.do(bench.planning)

    assert spans(bench) == [(YESTERDAY - 14 * DAY, YESTERDAY)]


def test_restated_days_change_the_figures(bench: AdsReportsBench) -> None:
    bench.to_the_end(bench.following, bench.planning)
    before = bench.clicks()
    bench.channel.rows = campaign_rows(lambda campaign, _day: 100 * campaign)
    advanced_to(bench, 1)

    bench.to_the_end(bench.following, bench.planning)

    after = bench.clicks()
    changed = {day for key, day in ((key, key[1]) for key in after) if before.get(key) != after[key]}
    assert changed == set(days_of((YESTERDAY - 13 * DAY, YESTERDAY + DAY)))


def test_a_withdrawn_report_leaves_a_hole_that_is_filled_later(bench: AdsReportsBench) -> None:
    bench.to_the_end(bench.following, bench.planning)
    known = bench.coverage()
    hole = YESTERDAY - 40 * DAY
    with bench.work() as work:
        broken = ((known.days[0][0], hole - DAY), (hole + DAY, YESTERDAY))
        work.ads_days.save_coverage([replace(known, days=broken)])
        work.commit()

    bench.do(bench.planning)

    assert spans(bench) == [(hole, hole)]


def a_day(number: int) -> date:
    return date(2026, 1, 1) + number * DAY


def test_spans_that_touch_or_overlap_are_one() -> None:
    spans = ((a_day(1), a_day(3)), (a_day(10), a_day(12)))

    assert joined(spans, (a_day(4), a_day(4))) == ((a_day(1), a_day(4)), (a_day(10), a_day(12)))
    assert joined(spans, (a_day(2), a_day(11))) == ((a_day(1), a_day(12)),)
    assert joined(spans, (a_day(6), a_day(7))) == ((a_day(1), a_day(3)), (a_day(6), a_day(7)), spans[1])
    assert joined((), spans[0]) == (spans[0],)


def test_slices_have_no_holes_and_come_newest_first() -> None:
    days = without(set(days_of((a_day(1), a_day(70)))), [(a_day(50), a_day(52))])

    found = slices(days, 31)

    assert found == [
        (a_day(53), a_day(70)),
        (a_day(19), a_day(49)),
        (a_day(1), a_day(18)),
    ]
    assert all(later[0] > earlier[1] for later, earlier in pairwise(found))


def test_reports_are_followed_in_the_order_of_the_days(bench: AdsReportsBench) -> None:
    bench.to_the_end(bench.following, bench.planning)

    def asked(report: AdsReport) -> datetime:
        return report.asked_at or NOW

    mine = [each for each in bench.reports if each.request.report_type == "spCampaigns"]
    assert [each.request.end for each in sorted(mine, key=asked)] == sorted(
        (each.request.end for each in mine), reverse=True
    )
