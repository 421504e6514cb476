"""Reports that users want time and again."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from domain.ads.accounts import AccountStatus
from domain.ads.report_checks import AdsReportWish
from domain.ads.reports import AdsPurpose, AdsReportStatus
from domain.ads.schedule_desk import MOST_SCHEDULES, ScheduleChange, ScheduleWish
from domain.connections.model import ConnectionStatus
from domain.errors import Conflict, InvalidInput, NotConnected, NotFound, ReauthorizationRequired
from tests.domain.ads.ads_reports_bench import DAY, AdsReportsBench
from tests.fakes.ads_report_channel import campaign_rows
from tests.fakes.things import NOW, a_user

YESTERDAY = date(2026, 3, 3)
REPORT = AdsReportWish(
    "spCampaigns",
    "SPONSORED_PRODUCTS",
    YESTERDAY,
    YESTERDAY,
    "SUMMARY",
    ("campaign",),
    ("startDate", "endDate", "campaignId", "cost"),
)
WISH = ScheduleWish("Weekly", REPORT, days=7, every_days=7)


@pytest.fixture
def bench() -> AdsReportsBench:
    bench = AdsReportsBench()
    bench.channel.rows = campaign_rows(lambda campaign, _day: campaign)
    return bench


def scheduled(bench: AdsReportsBench) -> list[tuple[date, date]]:
    return [
        (each.request.start, each.request.end)
        for each in bench.reports
        if each.purpose is AdsPurpose.SCHEDULED
    ]


def test_a_new_schedule_has_its_first_report_at_once(bench: AdsReportsBench) -> None:
    schedule = bench.schedule_desk.add(bench.user.id, "111", WISH)
    assert bench.is_due_at() == NOW

    bench.do(bench.schedules)

    assert scheduled(bench) == [(YESTERDAY - 6 * DAY, YESTERDAY)]
    kept = bench.schedule_desk.schedule(bench.user.id, schedule.id)
    assert (kept.next_at, kept.last_report_id) == (NOW + 7 * DAY, bench.reports[0].id)
    assert bench.reports[0].schedule_id == schedule.id
    assert bench.schedules.due_at(bench.connection, NOW) == NOW + 7 * DAY


def test_it_comes_again_after_so_many_days_with_other_days_in_it(bench: AdsReportsBench) -> None:
    bench.schedule_desk.add(bench.user.id, "111", WISH)
    bench.to_the_end(bench.following, bench.schedules)
    bench.clock.set(NOW + 7 * DAY)

    bench.to_the_end(bench.following, bench.schedules)

    assert scheduled(bench)[-1] == (YESTERDAY + DAY, YESTERDAY + 7 * DAY)
    assert {each.status for each in bench.reports} == {AdsReportStatus.COMPLETED}
    assert bench.document(bench.reports[-1]).count(b"\n") == bench.reports[-1].rows > 0


def test_what_was_missed_is_not_made_up_for(bench: AdsReportsBench) -> None:
    bench.schedule_desk.add(bench.user.id, "111", WISH)
    bench.to_the_end(bench.following, bench.schedules)
    bench.clock.set(NOW + 30 * DAY)

    bench.do(bench.schedules)

    assert len(scheduled(bench)) == 2
    assert bench.schedules.due_at(bench.connection, NOW) == NOW + 35 * DAY


def test_a_report_that_is_still_under_way_is_not_doubled(bench: AdsReportsBench) -> None:
    for _ in range(2):
        bench.schedule_desk.add(bench.user.id, "111", WISH)

    bench.do(bench.schedules)

    assert len(scheduled(bench)) == 1
    kept = bench.schedule_desk.schedules(bench.user.id, before=None, limit=10)
    assert {each.last_report_id for each in kept} == {bench.reports[0].id}


def test_of_an_account_that_is_not_synced_none_comes(bench: AdsReportsBench) -> None:
    bench.schedule_desk.add(bench.user.id, "111", WISH)
    with bench.work() as work:
        work.ads_accounts.save_account(replace(bench.account, status=AccountStatus.DISCONNECTED))
        work.commit()

    bench.do(bench.schedules)

    assert scheduled(bench) == []
    assert bench.schedules.due_at(bench.connection, NOW) == NOW + 7 * DAY


def test_a_paused_schedule_waits_until_it_goes_on(bench: AdsReportsBench) -> None:
    desk, user_id = bench.schedule_desk, bench.user.id
    schedule = desk.add(user_id, "111", WISH)
    desk.change(user_id, schedule.id, ScheduleChange(paused=True))

    bench.do(bench.schedules)
    none, due = scheduled(bench), bench.schedules.due_at(bench.connection, NOW)
    desk.change(user_id, schedule.id, ScheduleChange(paused=False))
    bench.do(bench.schedules)

    assert (none, due) == ([], None)
    assert len(scheduled(bench)) == 1


def test_name_and_times_can_be_changed(bench: AdsReportsBench) -> None:
    schedule = bench.schedule_desk.add(bench.user.id, "111", WISH)

    changed = bench.schedule_desk.change(
        bench.user.id, schedule.id, ScheduleChange(name="Daily", days=2, every_days=1)
    )

    assert (changed.name, changed.days, changed.every_days) == ("Daily", 2, 1)
    bench.do(bench.schedules)
    assert scheduled(bench) == [(YESTERDAY - DAY, YESTERDAY)]


@pytest.mark.parametrize(("every_days", "wait"), [(1, DAY), (31, 7 * DAY)])
def test_who_wants_it_more_often_does_not_wait_as_long_as_before(
    bench: AdsReportsBench, every_days: int, wait: timedelta
) -> None:
    schedule = bench.schedule_desk.add(bench.user.id, "111", WISH)
    bench.do(bench.schedules)

    changed = bench.schedule_desk.change(bench.user.id, schedule.id, ScheduleChange(every_days=every_days))

    assert changed.next_at == NOW + wait


def test_a_change_while_its_report_is_being_asked_for_is_not_undone(bench: AdsReportsBench) -> None:
    schedule = bench.schedule_desk.add(bench.user.id, "111", WISH)
    (step,) = bench.schedules.steps(bench.connection, bench.clock.now)
    bench.schedule_desk.change(bench.user.id, schedule.id, ScheduleChange(paused=True))

    bench.keep(step)

    assert scheduled(bench) == []
    assert bench.schedule_desk.schedule(bench.user.id, schedule.id).next_at is None


def test_a_removed_schedule_leaves_its_reports(bench: AdsReportsBench) -> None:
    schedule = bench.schedule_desk.add(bench.user.id, "111", WISH)
    bench.do(bench.schedules)

    bench.schedule_desk.remove(bench.user.id, schedule.id)

    assert len(bench.reports) == 1
    with pytest.raises(NotFound):
        bench.schedule_desk.schedule(bench.user.id, schedule.id)


@pytest.mark.parametrize(
    ("wish", "fields"),
    [
        (replace(WISH, name=" "), {"name"}),
        (replace(WISH, name="bell \x07"), {"name"}),
        (replace(WISH, days=0, every_days=0), {"days", "every_days"}),
        (replace(WISH, days=32), {"days"}),
        (replace(WISH, every_days=32), {"every_days"}),
        (replace(WISH, report=replace(REPORT, columns=("acos",))), {"columns"}),
        (replace(WISH, report=replace(REPORT, report_type="x"), days=900), {"report_type"}),
    ],
)
def test_what_can_not_be_is_named(bench: AdsReportsBench, wish: ScheduleWish, fields: set[str]) -> None:
    with pytest.raises(InvalidInput) as refusal:
        bench.schedule_desk.add(bench.user.id, "111", wish)

    assert set(refusal.value.fields) == fields


def test_a_change_that_can_not_be_is_named(bench: AdsReportsBench) -> None:
    schedule = bench.schedule_desk.add(bench.user.id, "111", WISH)

    with pytest.raises(InvalidInput) as refusal:
        bench.schedule_desk.change(bench.user.id, schedule.id, ScheduleChange(days=40, every_days=99))

    assert set(refusal.value.fields) == {"days", "every_days"}


def test_there_are_only_so_many(bench: AdsReportsBench) -> None:
    for _ in range(MOST_SCHEDULES):
        bench.schedule_desk.add(bench.user.id, "111", WISH)

    with pytest.raises(Conflict):
        bench.schedule_desk.add(bench.user.id, "111", WISH)


def test_somebody_elses_schedule_is_not_found(bench: AdsReportsBench) -> None:
    schedule, stranger = bench.schedule_desk.add(bench.user.id, "111", WISH), a_user("eve@example.com")

    for ask in (
        lambda: bench.schedule_desk.schedule(stranger.id, schedule.id),
        lambda: bench.schedule_desk.change(stranger.id, schedule.id, ScheduleChange(name="Mine")),
        lambda: bench.schedule_desk.remove(stranger.id, schedule.id),
    ):
        with pytest.raises(NotFound):
            ask()


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (ConnectionStatus.REAUTHORIZATION_REQUIRED, ReauthorizationRequired),
        (ConnectionStatus.DISCONNECTED, NotConnected),
    ],
)
def test_without_a_consent_nothing_is_scheduled(
    bench: AdsReportsBench, status: ConnectionStatus, error: type[Exception]
) -> None:
    bench.store.tables.connections[bench.connection.id] = replace(bench.connection, status=status)

    with pytest.raises(error):
        bench.schedule_desk.add(bench.user.id, "111", WISH)
