"""What every book of advertising's days does."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from adapters.sql import tables
from adapters.sql.engine import reading
from domain.ads.accounts import Account
from domain.ads.coverage import Coverage
from domain.ads.reports import AdProduct, AdsPurpose, AdsReport
from tests.contracts.backends import Backend, MemoryBackend, SqlBackend
from tests.contracts.samples import FAILURE, MINUTE, NOW, registered
from tests.contracts.test_ads_reports_contract import REQUEST, a_report, an_account
from tests.fakes.ads_days import a_brand_day, a_day, a_product_day

DAY = timedelta(days=1)
FIRST = date(2026, 3, 1)


@pytest.fixture
def account(backend: Backend) -> Account:
    return an_account(backend, registered(backend))


def report_of(account: Account, first: date = FIRST, last: date = FIRST, **changes: Any) -> AdsReport:
    return a_report(account, AdsPurpose.DAILY, request=replace(REQUEST, start=first, end=last, **changes))


def told(backend: Backend, table: str = "ads_daily") -> list[tuple[date, str, int, int, int | None]]:
    """Day, campaign, clicks, spend and a week's sales of what is kept, in order."""
    names = ("day", "campaign_id", "clicks", "spend_minor", "sales_7d_minor")
    if isinstance(backend, MemoryBackend):
        kept: Any = (
            backend.store.tables.ads_days if table == "ads_daily" else backend.store.tables.ads_product_days
        )
        return sorted(tuple(getattr(row, name) for name in names) for row, _report in kept.values())
    assert isinstance(backend, SqlBackend)
    columns = tables.metadata.tables[table].c
    with reading(backend.engine) as database:
        rows = database.execute(select(*(columns[name] for name in names)))
        return sorted(tuple(row) for row in rows)


def test_rows_are_kept_and_closed_by_day(backend: Backend, account: Account) -> None:
    first, second = report_of(account, FIRST, FIRST + DAY), report_of(account)
    with backend.work() as work:
        rows = [a_day("1", name, day) for name in ("a", "b") for day in (FIRST, FIRST + DAY)]
        work.ads_days.save_days(first, rows)
        none_gone = work.ads_days.close_days(first)
        work.ads_days.save_days(second, [a_day("1", "a", FIRST, clicks=99)])
        gone = work.ads_days.close_days(second)
        work.commit()

    assert (none_gone, gone) == (0, 1)
    assert [row[:3] for row in told(backend)] == [
        (FIRST, "a", 99),
        (FIRST + DAY, "a", 10),
        (FIRST + DAY, "b", 10),
    ]


def test_what_the_same_report_says_twice_is_added_up(backend: Backend, account: Account) -> None:
    before, report = report_of(account), report_of(account)
    with backend.work() as work:
        work.ads_days.save_days(before, [a_day("1", "a", FIRST), a_brand_day("1", "b", FIRST)])
        for _part in range(2):
            work.ads_days.save_days(report, [a_day("1", "a", FIRST), a_brand_day("1", "b", FIRST)])
        work.commit()

    assert told(backend) == [(FIRST, "a", 20, 500, 2000), (FIRST, "b", 20, 500, None)]


def test_what_an_attempt_said_gives_way_to_the_next_one(backend: Backend, account: Account) -> None:
    report, other = report_of(account), report_of(account)
    with backend.work() as work:
        work.ads_days.save_days(report, [a_day("1", name, FIRST) for name in ("a", "b")])
        work.ads_days.save_days(other, [a_brand_day("1", "c", FIRST)])
        work.ads_days.disown(report)
        for _part in range(2):
            work.ads_days.save_days(report, [a_day("1", "a", FIRST)])
            work.ads_days.save_days(other, [a_brand_day("1", "c", FIRST)])
        gone = work.ads_days.close_days(report)
        work.commit()

    assert gone == 1
    assert [row[:3] for row in told(backend)] == [(FIRST, "a", 20), (FIRST, "c", 30)]


def test_closing_touches_neither_other_profiles_nor_other_ad_products(
    backend: Backend, account: Account
) -> None:
    other = an_account(backend, registered(backend), "2")
    with backend.work() as work:
        work.ads_days.save_days(report_of(account), [a_day("1", "a", FIRST), a_brand_day("1", "b", FIRST)])
        work.ads_days.save_days(report_of(other), [a_day("2", "c", FIRST)])
        work.ads_days.save_product_days(report_of(account), [a_product_day("1", "B1", day=FIRST)])
        gone = work.ads_days.close_days(report_of(account))
        work.commit()

    assert gone == 1
    assert [row[1] for row in told(backend)] == ["b", "c"]
    assert len(told(backend, "ads_product_daily")) == 1


def test_products_have_days_of_their_own(backend: Backend, account: Account) -> None:
    report, fresh = (report_of(account, report_type="spAdvertisedProduct") for _ in range(2))
    with backend.work() as work:
        work.ads_days.save_days(report_of(account), [a_day("1", "a", FIRST)])
        work.ads_days.save_product_days(report, [a_product_day("1", "B1", day=FIRST)])
        work.ads_days.save_product_days(report, [a_product_day("1", "B1", day=FIRST)])
        work.ads_days.save_product_days(report, [a_product_day("1", "B2", day=FIRST)])
        work.commit()
    clicks = [row[2] for row in told(backend, "ads_product_daily")]

    with backend.work() as work:
        gone = work.ads_days.close_days(fresh)
        work.commit()

    assert (clicks, gone) == ([5, 10], 2)
    assert told(backend, "ads_product_daily") == []
    assert len(told(backend)) == 1


def test_a_large_page_of_rows_is_kept_in_one_go(backend: Backend, account: Account) -> None:
    report = report_of(account)
    with backend.work() as work:
        work.ads_days.save_days(report, [a_day("1", f"{number:05}", FIRST) for number in range(2000)])
        work.commit()

    assert len(told(backend)) == 2000


def test_nothing_is_known_at_first(backend: Backend, account: Account) -> None:
    report = report_of(account)

    with backend.look() as work:
        known = work.ads_days.coverage_of(report)
        assert work.ads_days.coverage(account.connection_id) == []
    assert (known.account_id, known.profile_id, known.report_type) == (account.id, "1", "spCampaigns")
    assert (known.ad_product, known.days, known.as_of) == (AdProduct.SPONSORED_PRODUCTS, (), None)


def test_what_is_known_is_kept_as_it_is(backend: Backend, account: Account) -> None:
    report = report_of(account)
    known = replace(
        Coverage.empty(report),
        days=((FIRST, FIRST + DAY), (FIRST + 5 * DAY, FIRST + 9 * DAY)),
        as_of=NOW,
        daily_on=FIRST,
        weekly_on=FIRST - DAY,
        monthly_on=FIRST - 2 * DAY,
        rest_until=NOW + MINUTE,
        error=FAILURE,
    )
    bare = replace(Coverage.empty(report), report_type="sbCampaigns")

    with backend.work() as work:
        work.ads_days.save_coverage([Coverage.empty(report), bare])
        work.ads_days.save_coverage([known])
        work.ads_days.save_coverage([])
        work.commit()

    with backend.look() as work:
        assert work.ads_days.coverage(account.connection_id) == [bare, known]
        assert work.ads_days.coverage_of(report) == known


def test_asking_again_makes_the_latest_days_due_and_ends_a_rest(backend: Backend, account: Account) -> None:
    other = an_account(backend, registered(backend), "2")
    rest: dict[str, Any] = {"daily_on": FIRST, "weekly_on": FIRST, "rest_until": NOW, "error": FAILURE}
    mine, theirs = (replace(Coverage.empty(report_of(each)), **rest) for each in (account, other))
    with backend.work() as work:
        work.ads_days.save_coverage([mine, theirs])
        counts = [
            work.ads_days.ask_again(account.user_id, [account.id, other.id]),
            work.ads_days.ask_again(account.user_id, []),
        ]
        work.commit()

    assert counts == [1, 0]
    with backend.look() as work:
        assert work.ads_days.coverage(account.connection_id) == [
            replace(mine, daily_on=None, rest_until=None)
        ]
        assert work.ads_days.coverage(other.connection_id) == [theirs]
