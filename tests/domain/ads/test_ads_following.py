"""Every report of the Ads API is brought to its end by itself: asked for once, followed by schedule."""

from collections import deque
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

import pytest

from domain.ads.accounts import Account
from domain.ads.columns import FIGURES
from domain.ads.reports import AdProduct, AdsPurpose, AdsReportRequest, AdsReportStatus, TimeUnit
from domain.errors import (
    AccessDenied,
    NotFound,
    ReauthorizationRequired,
    StalePage,
    UpstreamFailed,
    UpstreamRefused,
    UpstreamTimedOut,
    UsagePlanEmpty,
    WrongAnswer,
)
from domain.marketplaces import Region
from tests.domain.ads.ads_reports_bench import DAY, POLL, AdsReportsBench, a_profile
from tests.fakes.ads_report_channel import campaign_rows
from tests.fakes.things import NOW

FIRST, LAST = date(2026, 3, 1), date(2026, 3, 2)
REQUEST = AdsReportRequest(
    AdProduct.SPONSORED_PRODUCTS,
    "spCampaigns",
    FIRST,
    LAST,
    TimeUnit.DAILY,
    ("campaign",),
    ("date", "campaignId", "clicks"),
)
FOR_FIGURES = replace(REQUEST, columns=FIGURES["spCampaigns"].columns)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def bench() -> AdsReportsBench:
    bench = AdsReportsBench()
    bench.channel.rows = campaign_rows(lambda campaign, _day: campaign)
    return bench


def test_a_report_is_asked_for_followed_and_stored(bench: AdsReportsBench) -> None:
    report = bench.report(REQUEST)

    bench.to_the_end()

    done = bench.kept(report)
    assert bench.channel.created == [("111", REQUEST)]
    assert (done.status, done.amazon_id, done.next_look_at) == (AdsReportStatus.COMPLETED, "A-1", None)
    assert (done.parts, done.rows, done.finished_at) == (1, 4, NOW + 3 * POLL)
    assert bench.document(report).splitlines()[0] == b'{"date": "2026-03-01", "campaignId": "1", "clicks": 1}'


def test_that_amazon_is_about_to_be_asked_is_kept_before(bench: AdsReportsBench) -> None:
    report = bench.report(REQUEST)

    bench.keep(next(bench.following.steps(bench.connection, bench.clock.now)))

    assert bench.channel.asked == 0
    assert bench.kept(report).asked_at == NOW


def test_looks_are_a_minute_apart_at_first_and_five_in_the_end(bench: AdsReportsBench) -> None:
    bench.report(REQUEST)
    bench.channel.statuses = deque(["PENDING"] * 4 + ["PROCESSING"] * 4)

    bench.to_the_end()

    moments = [NOW, *(at for _report, at in bench.channel.looked)]
    waits = [(later - earlier) / MINUTE for earlier, later in pairwise(moments)]
    assert waits[:3] == [1, 1.5, 2.25]
    assert waits[-1] == waits[-2] == 5


def test_a_status_that_nobody_knows_is_a_failure_in_amazons_words(bench: AdsReportsBench) -> None:
    report = bench.report(REQUEST)
    bench.channel.ends.append("CANCELLED")

    bench.to_the_end()

    error = bench.kept(report).error
    assert error is not None
    assert (error.code, "CANCELLED" in error.message) == ("ads_error", True)


def test_without_an_address_there_was_nothing_to_tell(bench: AdsReportsBench) -> None:
    report = bench.report(REQUEST)
    bench.channel.rows = campaign_rows(lambda _campaign, _day: 0)

    bench.to_the_end()

    done = bench.kept(report)
    assert (done.status, done.parts, done.rows, done.error) == (AdsReportStatus.COMPLETED, 0, 0, None)
    assert bench.channel.opened == []


def test_a_report_that_amazon_could_not_make_has_failed_for_who_waits_for_it(bench: AdsReportsBench) -> None:
    report = bench.report(REQUEST)
    bench.channel.ends.append("FAILED")

    bench.to_the_end()

    failed = bench.kept(report)
    assert failed.status is AdsReportStatus.FAILED
    assert failed.error is not None
    assert "Internal Server Error" in failed.error.message
    assert bench.channel.asked == 1


def test_for_the_figures_it_is_asked_for_three_times_half_an_hour_apart(bench: AdsReportsBench) -> None:
    report = bench.report(FOR_FIGURES, AdsPurpose.DAILY)
    bench.channel.ends.extend(["FAILED", "FAILED"])

    bench.to_the_end()

    assert bench.kept(report).status is AdsReportStatus.COMPLETED
    assert bench.channel.asked == 3
    assert bench.clock.now() - NOW == 2 * timedelta(minutes=30) + 9 * POLL


def test_what_amazon_does_not_make_within_four_hours_is_given_up(bench: AdsReportsBench) -> None:
    report = bench.report(REQUEST)
    bench.channel.statuses = deque(["PENDING"] * 1000)

    bench.to_the_end()

    failed = bench.kept(report)
    assert failed.status is AdsReportStatus.FAILED
    assert failed.error is not None
    assert "more than 4 hours" in failed.error.message
    assert failed.finished_at is not None
    assert timedelta(hours=4) < failed.finished_at - NOW <= timedelta(hours=4, minutes=5)


def test_after_a_lost_answer_the_same_report_is_taken_up(bench: AdsReportsBench) -> None:
    report = bench.report(REQUEST)
    bench.channel.lost_answers.append(UpstreamTimedOut("No answer.", channel="ads"))

    bench.to_the_end()

    assert (bench.kept(report).amazon_id, bench.channel.asked, len(bench.channel.created)) == ("A-1", 2, 1)
    assert bench.kept(report).status is AdsReportStatus.COMPLETED


@pytest.mark.parametrize(
    "error",
    [
        AccessDenied("Not authorized to access scope 111.", channel="ads"),
        UpstreamRefused("configuration columns includes invalid values.", channel="ads"),
        NotFound("No such profile."),
    ],
)
def test_a_refused_request_has_failed_at_once(bench: AdsReportsBench, error: Exception) -> None:
    report = bench.report(REQUEST)
    bench.channel.trouble["create"] = deque([error])

    bench.to_the_end()

    failed = bench.kept(report)
    assert failed.status is AdsReportStatus.FAILED
    assert failed.error is not None
    assert failed.error.message == str(error)
    assert bench.channel.asked == 1


def test_one_reports_trouble_is_its_own(bench: AdsReportsBench) -> None:
    first, second = bench.report(REQUEST), bench.report(replace(REQUEST, start=LAST))
    bench.channel.trouble["create"] = deque([UpstreamFailed("Amazon answered 500.", channel="ads")])

    bench.do()

    troubled = [each for each in (first, second) if bench.kept(each).failures == 1]
    well = [each for each in (first, second) if bench.kept(each).amazon_id is not None]
    assert (len(troubled), len(well)) == (1, 1)


def test_who_is_told_to_come_back_later_keeps_the_others_of_the_region_waiting_too(
    bench: AdsReportsBench,
) -> None:
    reports = [bench.report(replace(REQUEST, time_unit=unit)) for unit in TimeUnit]
    bench.account = bench.found(a_profile("222", region=Region.EU))
    european = bench.report(replace(REQUEST, start=FIRST - DAY, end=FIRST - DAY))
    until = NOW + 45 * timedelta(seconds=1)
    bench.channel.trouble["create"] = deque([UsagePlanEmpty("Not before then.", until, channel="ads")])

    bench.do()

    assert [bench.kept(each).next_look_at for each in reports] == [until, until]
    assert bench.kept(european).amazon_id == "A-1"
    assert bench.channel.asked == 2


def test_a_limit_on_asking_does_not_hold_up_looking(bench: AdsReportsBench) -> None:
    made = bench.report(REQUEST)
    bench.do()
    bench.clock.advance(3 * POLL)
    bench.report(replace(REQUEST, start=LAST))
    until = bench.clock.now() + MINUTE
    bench.channel.trouble["create"] = deque([UsagePlanEmpty("Not before then.", until, channel="ads")])

    bench.do()

    assert bench.kept(made).status is AdsReportStatus.COMPLETED


def test_an_address_that_has_run_out_is_asked_for_anew(bench: AdsReportsBench) -> None:
    report = bench.report(REQUEST)
    bench.channel.trouble["document"] = deque([StalePage("Run out.", channel="ads")])

    bench.to_the_end()

    assert bench.kept(report).status is AdsReportStatus.COMPLETED
    assert len(bench.channel.looked) == 2
    assert bench.channel.asked == 1


def test_a_document_that_breaks_off_is_fetched_from_its_beginning(bench: AdsReportsBench) -> None:
    report = bench.report(REQUEST)
    bench.channel.rows_in_a_part = 1
    bench.channel.broken_at = deque([(3, UpstreamFailed("Broken off.", channel="ads"))])

    bench.to_the_end()

    assert bench.document(report).count(b"\n") == bench.kept(report).rows == 4
    assert bench.channel.asked == 1


def test_a_document_that_is_no_list_is_not_fetched_again_and_again(bench: AdsReportsBench) -> None:
    report = bench.report(REQUEST)
    bench.channel.trouble["document"] = deque([WrongAnswer("No list.", channel="ads")])

    bench.to_the_end()

    assert (bench.kept(report).status, bench.channel.opened) == (AdsReportStatus.FAILED, ["A-1"])


def test_refused_access_while_a_report_is_made_is_looked_at_again(bench: AdsReportsBench) -> None:
    report = bench.report(REQUEST)
    bench.channel.trouble["look"] = deque([AccessDenied("401.", channel="ads")] * 2)

    bench.to_the_end()

    assert bench.kept(report).status is AdsReportStatus.COMPLETED


def test_a_withdrawn_consent_is_the_runs_to_deal_with(bench: AdsReportsBench) -> None:
    bench.report(REQUEST)
    bench.channel.trouble["create"] = deque([ReauthorizationRequired("Withdrawn.", channel="ads")])

    with pytest.raises(ReauthorizationRequired):
        bench.do()


def test_what_users_wait_for_comes_before_the_figures(bench: AdsReportsBench) -> None:
    bench.report(FOR_FIGURES, AdsPurpose.DAILY)
    bench.clock.advance(DAY)
    bench.report(REQUEST)

    bench.do()

    assert [request.columns for _profile, request in bench.channel.created] == [
        REQUEST.columns,
        FOR_FIGURES.columns,
    ]


def test_rows_become_figures_in_minor_units(bench: AdsReportsBench) -> None:
    bench.report(FOR_FIGURES, AdsPurpose.DAILY)

    bench.to_the_end()

    day = next(each for each in bench.days if (each.day, each.campaign_id) == (LAST, "2"))
    assert (day.profile_id, day.ad_product, day.currency) == ("111", AdProduct.SPONSORED_PRODUCTS, "USD")
    assert (day.impressions, day.clicks, day.spend_minor) == (200, 2, 100)
    assert (day.purchases, day.sales_minor, day.units) == (2, 2000, 2)
    assert (day.purchases_7d, day.sales_7d_minor, day.units_7d) == (2, 2000, 2)
    assert (day.campaign_name, day.campaign_status) == ("Campaign 2", "ENABLED")
    assert bench.store.tables.ads_report_parts == {}


def test_a_fresh_report_takes_the_place_of_what_was_known_of_its_days(bench: AdsReportsBench) -> None:
    bench.report(replace(FOR_FIGURES, start=FIRST - DAY), AdsPurpose.DAILY)
    bench.to_the_end()
    bench.channel.rows = campaign_rows(lambda campaign, day: 7 if (campaign, day) == (1, "2026-03-01") else 0)
    bench.report(FOR_FIGURES, AdsPurpose.DAILY)

    bench.to_the_end()

    sp = AdProduct.SPONSORED_PRODUCTS
    before = FIRST - DAY
    assert bench.clicks() == {(sp, before, "1"): 1, (sp, before, "2"): 2, (sp, FIRST, "1"): 7}


def test_several_ads_for_one_product_are_added_up_wherever_parts_are_cut(bench: AdsReportsBench) -> None:
    bench.channel.rows_in_a_part = 1
    kind = FIGURES["spAdvertisedProduct"]
    request = replace(
        FOR_FIGURES, report_type=kind.report_type, group_by=(kind.group,), columns=kind.columns, start=LAST
    )
    bench.report(request, AdsPurpose.DAILY)

    bench.to_the_end()

    rows = [row for row, _report in bench.store.tables.ads_product_days.values()]
    assert {(row.campaign_id, row.asin): (row.clicks, row.spend_minor) for row in rows} == {
        ("1", "B01"): (2, 100),
        ("1", "B02"): (1, 50),
        ("2", "B01"): (4, 200),
        ("2", "B02"): (2, 100),
    }


def test_what_was_taken_over_is_known_and_dated(bench: AdsReportsBench) -> None:
    bench.report(FOR_FIGURES, AdsPurpose.DAILY)

    bench.to_the_end()

    known = bench.coverage()
    assert (known.days, known.as_of, known.error) == (((FIRST, LAST),), bench.clock.now(), None)
    with bench.look() as work:
        assert work.ads_accounts.account(bench.user.id, bench.account.id).last_synced_at == known.as_of
        assert work.connections.by_id(bench.connection.id).last_synced_at == known.as_of
        assert work.figures.of(bench.user.id) > 0


def test_a_row_that_can_not_be_right_fails_its_report_and_says_so_with_the_account(
    bench: AdsReportsBench,
) -> None:
    bench.channel.rows = lambda _account, _request: [{"date": "2026-03-01", "campaignId": None}]
    report = bench.report(FOR_FIGURES, AdsPurpose.DAILY)

    bench.to_the_end()

    failed = bench.kept(report)
    assert (failed.status, failed.attempts) == (AdsReportStatus.FAILED, 2)
    assert failed.error is not None
    assert "campaignId" in failed.error.message
    with bench.look() as work:
        assert work.ads_accounts.account(bench.user.id, bench.account.id).last_error == failed.error
    assert bench.coverage().error == failed.error


def test_what_an_attempt_took_over_that_came_to_nothing_is_not_counted_again(bench: AdsReportsBench) -> None:
    good = campaign_rows(lambda campaign, _day: campaign)
    bench.channel.rows_in_a_part = 1

    def rows(account: Account, request: AdsReportRequest) -> list[dict[str, object]]:
        found = good(account, request)
        return found if len(bench.channel.created) > 1 else [*found[:3], found[3] | {"campaignId": None}]

    bench.channel.rows = rows
    report = bench.report(FOR_FIGURES, AdsPurpose.DAILY)

    bench.to_the_end()

    sp = AdProduct.SPONSORED_PRODUCTS
    assert (bench.kept(report).status, bench.kept(report).attempts) == (AdsReportStatus.COMPLETED, 1)
    assert bench.clicks() == {(sp, day, name): int(name) for day in (FIRST, LAST) for name in ("1", "2")}
