"""What every book of the Ads API's reports does, and every one of schedules."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest

from domain.ads.accounts import Account, AccountType
from domain.ads.report_planning import fresh_report
from domain.ads.reports import (
    AdProduct,
    AdsPurpose,
    AdsReport,
    AdsReportId,
    AdsReportRequest,
    AdsReportStatus,
    Schedule,
    ScheduleId,
    TimeUnit,
)
from domain.connections.model import Connection, Provider
from domain.errors import NotFound
from domain.marketplaces import Region
from domain.users.model import User
from tests.contracts.backends import Backend
from tests.contracts.furnished import leaving
from tests.contracts.samples import FAILURE, MINUTE, NOW, connected, registered
from tests.fakes.ads_things import a_profile

DAY = timedelta(days=1)
TODAY = date(2026, 3, 29)
REQUEST = AdsReportRequest(
    AdProduct.SPONSORED_PRODUCTS,
    "spCampaigns",
    TODAY - 2 * DAY,
    TODAY - DAY,
    TimeUnit.DAILY,
    ("campaign",),
    ("date", "clicks"),
    (("campaignStatus", ("ENABLED", "PAUSED")),),
)


@pytest.fixture
def account(backend: Backend) -> Account:
    return an_account(backend, registered(backend))


def an_account(backend: Backend, user: User, amazon_id: str = "1", region: Region = Region.NA) -> Account:
    """A profile of a connection of its own."""
    kinds = {"provider": Provider.AMAZON_ADS, "marketplace_id": "", "marketplace_ids": ()}
    return another(backend, connected(backend, user, f"ads-{amazon_id}", **kinds), amazon_id, region)


def another(backend: Backend, connection: Connection, amazon_id: str, region: Region = Region.NA) -> Account:
    """A profile of this connection."""
    with backend.work() as work:
        work.ads_accounts.merge(connection, [a_profile(amazon_id, region=region)], NOW)
        found = work.ads_accounts.named_by_amazon(connection.id, AccountType.PROFILE, amazon_id)
        work.commit()
    assert found is not None
    return found


def a_report(account: Account, purpose: AdsPurpose = AdsPurpose.ASKED, **changes: Any) -> AdsReport:
    return replace(fresh_report(account, purpose, REQUEST, NOW), **changes)


def over(account: Account, minutes: int, purpose: AdsPurpose = AdsPurpose.ASKED) -> AdsReport:
    """A report that was finished so many minutes from now."""
    at = NOW + minutes * MINUTE
    status = AdsReportStatus.COMPLETED
    return a_report(account, purpose, status=status, next_look_at=None, finished_at=at)


def kept(backend: Backend, *reports: AdsReport) -> None:
    with backend.work() as work:
        work.ads_reports.add(reports)
        work.commit()


def test_a_report_is_kept_as_it_is(backend: Backend, account: Account) -> None:
    fresh = a_report(account)
    fetched = replace(
        fresh,
        status=AdsReportStatus.FAILED,
        next_look_at=None,
        asked_at=NOW + MINUTE,
        amazon_id="A-1",
        looks=3,
        failures=2,
        attempts=1,
        parts=4,
        size=5_000_000_000,
        rows=6,
        imported=5,
        finished_at=NOW + 2 * MINUTE,
        error=FAILURE,
    )
    bare = replace(a_report(account), request=replace(REQUEST, filters=()), schedule_id=ScheduleId(uuid4()))
    kept(backend, fresh, bare)

    with backend.work() as work:
        work.ads_reports.save(fetched)
        work.commit()

    with backend.look() as work:
        assert work.ads_reports.get(account.user_id, fresh.id) == fetched
        assert work.ads_reports.get(account.user_id, bare.id) == bare


def test_a_report_that_is_gone_is_not_saved(backend: Backend, account: Account) -> None:
    with backend.work() as work, pytest.raises(NotFound):
        work.ads_reports.save(a_report(account))


def test_somebody_elses_report_is_not_found(backend: Backend, account: Account) -> None:
    report = a_report(account)
    kept(backend, report)
    stranger = registered(backend)

    with backend.look() as work:
        for user_id, report_id in ((stranger.id, report.id), (account.user_id, AdsReportId(uuid4()))):
            with pytest.raises(NotFound):
                work.ads_reports.get(user_id, report_id)


def test_an_open_report_that_asks_the_same_is_found_in_whatever_order_it_names_things(
    backend: Backend, account: Account
) -> None:
    report = a_report(account)
    kept(backend, report, replace(over(account, 0), request=replace(REQUEST, time_unit=TimeUnit.SUMMARY)))
    again = replace(report, id=AdsReportId(uuid4()))
    filters = (("campaignStatus", ("PAUSED", "ENABLED")),)
    turned = replace(again, request=replace(REQUEST, columns=("clicks", "date"), filters=filters))
    others = [
        replace(again, purpose=AdsPurpose.DAILY),
        replace(again, request=replace(REQUEST, start=REQUEST.end)),
        replace(again, request=replace(REQUEST, filters=())),
        replace(again, request=replace(REQUEST, time_unit=TimeUnit.SUMMARY)),
        replace(again, account_id=an_account(backend, registered(backend), "2").id),
    ]

    with backend.look() as work:
        assert work.ads_reports.same(turned) == report
        assert [work.ads_reports.same(other) for other in others] == [None] * len(others)


def test_due_reports_come_in_the_order_of_their_turn(backend: Backend, account: Account) -> None:
    old = replace(REQUEST, start=TODAY - 40 * DAY, end=TODAY - 10 * DAY)
    history = a_report(account, AdsPurpose.DAILY, request=old)
    newest = a_report(account, AdsPurpose.DAILY)
    scheduled = a_report(account, AdsPurpose.SCHEDULED, request=old)
    asked = a_report(account, request=old, created_at=NOW + MINUTE)
    later = a_report(account, next_look_at=NOW + 2 * MINUTE)
    kept(backend, history, newest, scheduled, asked, later, over(account, 0))
    kept(backend, a_report(an_account(backend, registered(backend), "2")))
    owner = account.connection_id

    with backend.look() as work:
        books = work.ads_reports
        assert books.due_of(owner, NOW + MINUTE, 10) == [asked, scheduled, newest, history]
        assert books.due_of(owner, NOW, 2) == [asked, scheduled]
        assert books.next_due(owner) == NOW
        assert books.count_open(owner, AdsPurpose.DAILY) == 2
        assert books.count_open(owner, AdsPurpose.ASKED) == 2


def test_without_open_reports_nothing_is_due(backend: Backend, account: Account) -> None:
    kept(backend, over(account, 0))

    with backend.look() as work:
        assert work.ads_reports.next_due(account.connection_id) is None
        assert work.ads_reports.due_of(account.connection_id, NOW + DAY, 10) == []


def test_open_reports_for_the_figures_tell_their_days(backend: Backend, account: Account) -> None:
    report = a_report(account, AdsPurpose.DAILY)
    kept(backend, report, a_report(account), over(account, 0, AdsPurpose.DAILY))

    with backend.look() as work:
        found = work.ads_reports.open_days(account.connection_id)
    assert found == [(account.id, "spCampaigns", REQUEST.start, REQUEST.end)]


def test_reports_of_a_region_are_put_off_by_what_they_need(backend: Backend, account: Account) -> None:
    until = NOW + 5 * MINUTE
    unasked, made = a_report(account), a_report(account, amazon_id="A-1")
    stored = a_report(account, amazon_id="A-2", parts=1)
    later = a_report(account, next_look_at=until + MINUTE)
    elsewhere = a_report(account, region=Region.EU)
    reports = [unasked, made, stored, later, elsewhere]
    kept(backend, *reports, over(account, 0))

    with backend.work() as work:
        owner = account.connection_id
        counts = [
            work.ads_reports.put_off(owner, Region.NA, until, made=False),
            work.ads_reports.put_off(owner, Region.NA, until - MINUTE, made=True),
        ]
        work.commit()

    assert counts == [1, 1]
    with backend.look() as work:
        dues = [work.ads_reports.get(account.user_id, each.id).next_look_at for each in reports]
    assert dues == [until, until - MINUTE, NOW, until + MINUTE, NOW]


def test_the_users_reports_are_listed_by_what_is_asked_for(backend: Backend) -> None:
    user = registered(backend)
    one, two = an_account(backend, user, "1"), an_account(backend, user, "2")
    first = a_report(one)
    by_product = replace(REQUEST, report_type="spAdvertisedProduct")
    second = a_report(two, AdsPurpose.DAILY, request=by_product, created_at=NOW + MINUTE)
    third = replace(over(one, 0), created_at=NOW + 2 * MINUTE)
    kept(backend, first, second, third)
    kept(backend, a_report(an_account(backend, registered(backend), "3")))

    with backend.look() as work:
        of = work.ads_reports.of_user
        assert of(user.id) == [third, second, first]
        assert of(user.id, limit=1) == [third]
        assert of(user.id, before=(second.created_at, second.id)) == [first]
        assert of(user.id, profile_id="2") == [second]
        assert of(user.id, report_type="spAdvertisedProduct") == [second]
        assert of(user.id, status=AdsReportStatus.COMPLETED) == [third]
        assert of(user.id, purpose=AdsPurpose.ASKED) == [third, first]


def test_what_belongs_to_a_connection_that_is_being_erased_is_out_of_sight(
    backend: Backend, account: Account
) -> None:
    report, schedule = a_report(account), a_schedule(account)
    kept(backend, report)
    with backend.work() as work:
        work.ads_schedules.add(schedule)
        connection = work.connections.get(account.user_id, account.connection_id)
        work.commit()

    leaving(backend, connection)

    with backend.look() as work:
        assert work.ads_reports.of_user(account.user_id) == []
        assert work.ads_schedules.of_user(account.user_id) == []
        with pytest.raises(NotFound):
            work.ads_reports.get(account.user_id, report.id)
        with pytest.raises(NotFound):
            work.ads_schedules.get(account.user_id, schedule.id)


def test_parts_are_given_back_as_they_came_until_they_are_dropped(backend: Backend, account: Account) -> None:
    report, other = a_report(account), a_report(account)
    kept(backend, report, other)
    whole = bytes(range(256)) * 1024

    with backend.work() as work:
        work.ads_reports.put_part(report, 0, b"interrupted")
        work.ads_reports.put_part(report, 0, whole)
        work.ads_reports.put_part(report, 1, b"")
        work.ads_reports.put_part(other, 0, b"other")
        found = [work.ads_reports.part(report.id, number) for number in range(3)]
        dropped = work.ads_reports.drop_parts(report.id), work.ads_reports.drop_parts(report.id)
        work.commit()

    assert found == [whole, b"", None]
    assert dropped == (2, 0)
    with backend.look() as work:
        assert work.ads_reports.part(report.id, 0) is None
        assert work.ads_reports.part(other.id, 0) == b"other"


def test_those_for_the_figures_are_forgotten_sooner(backend: Backend, account: Account) -> None:
    old, young = over(account, 0), over(account, 60)
    daily, fresh = over(account, 60, AdsPurpose.DAILY), over(account, 120, AdsPurpose.DAILY)
    kept(backend, old, young, daily, fresh, a_report(account))
    with backend.work() as work:
        work.ads_reports.put_part(old, 0, b"old")
        work.commit()

    portions = []
    for _ in range(3):
        with backend.work() as work:
            portions.append(work.ads_reports.forget_before(NOW + 30 * MINUTE, NOW + 90 * MINUTE, limit=1))
            left = {report.id for report in work.ads_reports.of_user(account.user_id)}
            work.commit()

    assert portions == [1, 1, 0]
    assert old.id not in left
    assert daily.id not in left
    assert {young.id, fresh.id} < left
    with backend.look() as work:
        assert work.ads_reports.part(old.id, 0) is None


def a_schedule(account: Account, **changes: Any) -> Schedule:
    schedule = Schedule(
        id=ScheduleId(uuid4()),
        user_id=account.user_id,
        connection_id=account.connection_id,
        account_id=account.id,
        name="Every Monday",
        request=REQUEST,
        days=7,
        every_days=7,
        next_at=NOW,
        created_at=NOW,
    )
    return replace(schedule, **changes)


def test_a_schedule_is_kept_as_it_is_and_its_last_report_beside_it(
    backend: Backend, account: Account
) -> None:
    schedule, report_id = a_schedule(account), AdsReportId(uuid4())
    paused = replace(schedule, name="Never", days=3, every_days=1, next_at=None)

    with backend.work() as work:
        work.ads_schedules.add(schedule)
        first = work.ads_schedules.get(account.user_id, schedule.id)
        work.ads_schedules.told(schedule.id, report_id)
        work.ads_schedules.save(paused)
        work.commit()

    assert first == schedule
    with backend.look() as work:
        found = work.ads_schedules.get(account.user_id, schedule.id)
    assert found == replace(paused, last_report_id=report_id)


def test_a_schedule_is_due_when_its_time_has_come(backend: Backend, account: Account) -> None:
    later, first = a_schedule(account, next_at=NOW + DAY), a_schedule(account, next_at=NOW - DAY)
    paused, present = a_schedule(account, next_at=None), a_schedule(account)
    with backend.work() as work:
        for schedule in (later, first, paused, present):
            work.ads_schedules.add(schedule)
        work.commit()

    with backend.look() as work:
        assert work.ads_schedules.due_of(account.connection_id, NOW) == [first, present]
        assert work.ads_schedules.next_due(account.connection_id) == NOW - DAY


def test_a_schedule_that_was_changed_meanwhile_is_not_moved_on(backend: Backend, account: Account) -> None:
    schedule = a_schedule(account)
    with backend.work() as work:
        work.ads_schedules.add(schedule)
        work.ads_schedules.save(replace(schedule, days=3))
        work.commit()

    with backend.work() as work:
        moved = [
            work.ads_schedules.move_on(schedule, NOW + DAY),
            work.ads_schedules.move_on(replace(schedule, days=3), NOW + DAY),
            work.ads_schedules.move_on(a_schedule(account), NOW + DAY),
        ]
        work.commit()

    assert moved == [False, True, False]
    with backend.look() as work:
        assert work.ads_schedules.next_due(account.connection_id) == NOW + DAY


def test_schedules_are_listed_the_newest_first_and_removed_by_their_user_alone(
    backend: Backend, account: Account
) -> None:
    old, new = a_schedule(account), a_schedule(account, created_at=NOW + MINUTE)
    stranger = registered(backend)
    with backend.work() as work:
        for schedule in (old, new):
            work.ads_schedules.add(schedule)
        with pytest.raises(NotFound):
            work.ads_schedules.remove(stranger.id, old.id)
        work.commit()

    with backend.work() as work:
        books = work.ads_schedules
        assert books.of_user(account.user_id) == [new, old]
        assert books.of_user(account.user_id, before=(new.created_at, new.id)) == [old]
        assert books.of_user(account.user_id, limit=1) == [new]
        assert books.of_user(stranger.id) == []
        books.remove(account.user_id, old.id)
        with pytest.raises(NotFound):
            books.save(old)
        work.commit()

    with backend.look() as work:
        assert work.ads_schedules.of_user(account.user_id) == [new]
