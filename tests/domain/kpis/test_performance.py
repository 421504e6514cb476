"""What advertising cost and brought, and how far that is known, on stored data alone."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from domain.ads.accounts import Account, AccountStatus, FoundAccount, Owner
from domain.ads.coverage import Coverage
from domain.ads.reports import AdProduct, AdsDay, AdsProductDay
from domain.connections.model import Connection, Failure
from domain.errors import InvalidInput, NotConnected, NotFound
from domain.kpis.ads_known import Missing
from domain.kpis.advertising import AdsSums, DayAds, Tacos
from domain.kpis.performance import AdsGroup, AdsQuestion, Performance, PerformanceScreen
from domain.kpis.periods import Period
from domain.money import Money
from domain.orders.counting import book
from tests.fakes.ads_days import (
    DAY,
    a_brand_day,
    a_day,
    a_dsp_day,
    a_product_day,
    advertise,
    all_covered,
    covered,
)
from tests.fakes.ads_things import a_profile, an_ads_connection, an_advertiser
from tests.fakes.clock import HeldClock
from tests.fakes.memory_ads_figures import MemoryAdvertisingFigures
from tests.fakes.memory_store import MemoryStore
from tests.fakes.memory_work import MemoryWork
from tests.fakes.things import DE, NOW, US, a_connection, a_user, an_item, an_order, connected

YESTERDAY = DAY - timedelta(days=1)
LATELY = Period(date(2026, 2, 3), DAY)
WEEK = AdsSums(1000, 10, 250, 2, 1000, 3)


class Bench:
    """One user's advertising; the clock says noon (UTC) of the 4th of March."""

    def __init__(self) -> None:
        self.store = MemoryStore()
        self.user = a_user()
        self.clock = HeldClock(NOW)
        self.sellers: dict[str, Connection] = {}
        self.connection = an_ads_connection(self.user)
        self.performance = Performance(
            lambda: MemoryWork(self.store, reading=True), MemoryAdvertisingFigures(self.store), self.clock
        )

    def grant(self, *found: FoundAccount) -> None:
        connected(self.store, self.user, self.connection)
        with MemoryWork(self.store) as work:
            work.ads_accounts.merge(self.connection, found, NOW)
            work.commit()

    def advertise(self, *rows: AdsDay | AdsProductDay) -> None:
        with MemoryWork(self.store) as work:
            advertise(work, self.connection, *rows)
            work.commit()

    def know(self, *coverage: Coverage) -> None:
        with MemoryWork(self.store) as work:
            work.ads_days.save_coverage(coverage)
            work.commit()

    def account(self, amazon_id: str = "1") -> Account:
        with MemoryWork(self.store, reading=True) as work:
            kept = work.ads_accounts.accounts(self.user.id)
        return next(each for each in kept if each.found.amazon_id == amazon_id)

    def sell(self, seller_id: str, minor: int, marketplace_id: str = US, currency: str = "USD") -> None:
        """A seller who sold for so much today."""
        seller = self.sellers.get(seller_id)
        if seller is None:
            new = replace(a_connection(self.user, marketplace_id), seller_id=seller_id)
            seller = self.sellers[seller_id] = replace(new, is_default=not self.sellers)
            connected(self.store, self.user, seller)
        item = an_item("A", total=Money(minor, currency))
        with MemoryWork(self.store) as work:
            order = an_order(f"O-{minor}", item, marketplace_id=marketplace_id)
            work.orders.save_page(
                seller.id, [book(replace(order, total=Money(minor, currency)), marketplace_id)]
            )
            work.commit()

    def ask(self, **question: object) -> PerformanceScreen:
        return self.performance.of(self.user.id, AdsQuestion(**question))  # type: ignore[arg-type]


@pytest.fixture
def bench() -> Bench:
    return Bench()


# Whose, which days, which currency


def test_without_a_connection_there_are_no_figures(bench: Bench) -> None:
    with pytest.raises(NotConnected) as caught:
        bench.ask()

    assert caught.value.channel == "ads"
    assert bench.performance.beside(bench.user.id, LATELY, "USD") is None


def test_without_dates_the_last_thirty_days_of_the_default_profile_are_meant(bench: Bench) -> None:
    bench.clock.set(datetime(2026, 3, 5, 2, 0, tzinfo=UTC))  # still the 4th in Los Angeles
    bench.grant(a_profile("1"), a_profile("2", country="JP"))

    screen = bench.ask()

    assert (screen.scope.span, screen.scope.currency) == (LATELY, "USD")
    assert [point.day for point in screen.series] == LATELY.each_day()


def test_a_profiles_own_calendar_and_currency_are_meant_where_it_is_asked_for(bench: Bench) -> None:
    bench.clock.set(datetime(2026, 3, 5, 2, 0, tzinfo=UTC))
    tokyo = replace(a_profile("2"), time_zone="Asia/Tokyo", currency_code="JPY")
    bench.grant(a_profile("1"), tokyo)

    screen = bench.ask(profile_id="2")

    assert (screen.scope.span.last, screen.scope.currency) == (date(2026, 3, 5), "JPY")


def test_a_connection_without_accounts_has_zeros(bench: Bench) -> None:
    bench.grant()

    screen = bench.ask()

    assert (screen.sums, screen.scope.currency, screen.window_days) == (AdsSums(), "USD", None)
    assert screen.tacos == Tacos(0, 0, ())
    assert (screen.known.freshness.complete_until, screen.known.missing) == (None, [])


def test_a_profile_that_is_not_there_is_not_found(bench: Bench) -> None:
    bench.grant(a_profile("1"))

    with pytest.raises(NotFound):
        bench.ask(profile_id="9")


@pytest.mark.parametrize(
    "question",
    [{"first": DAY, "last": YESTERDAY}, {"first": date(2023, 1, 1)}, {"currency": "XYZ"}],
)
def test_what_can_not_be_asked_is_refused(bench: Bench, question: dict[str, object]) -> None:
    bench.grant(a_profile("1"))

    with pytest.raises(InvalidInput):
        bench.ask(**question)


def test_currencies_are_never_added(bench: Bench) -> None:
    bench.grant(a_profile("1"))
    bench.advertise(a_day("1"), a_day("1", "101", currency="EUR", spend_minor=7))

    screen = bench.ask(currency="EUR")

    assert screen.sums.spend_minor == 7
    assert {each: sums.spend_minor for each, sums in screen.by_currency.items()} == {"EUR": 7, "USD": 250}
    assert [row.campaign_id for row in screen.campaigns] == ["101"]
    assert screen.series[-1] == DayAds(DAY, screen.sums)


# Windows


def test_the_window_is_named_by_profile_and_by_ad_product(bench: Bench) -> None:
    bench.grant(a_profile("1"), a_profile("2", owner=Owner.VENDOR))
    bench.advertise(a_day("1"), a_brand_day("1"), a_day("2"))

    both, seller, vendor = bench.ask(), bench.ask(profile_id="1"), bench.ask(profile_id="2")

    assert (both.window_days, seller.window_days, vendor.window_days) == (None, 7, 14)
    assert both.windows == {AdProduct.SPONSORED_PRODUCTS: [7, 14], AdProduct.SPONSORED_BRANDS: [14]}
    assert seller.windows == {AdProduct.SPONSORED_PRODUCTS: [7], AdProduct.SPONSORED_BRANDS: [14]}


def test_only_profiles_with_figures_have_a_say_in_the_window(bench: Bench) -> None:
    bench.grant(a_profile("1"), a_profile("2", owner=Owner.VENDOR), a_profile("3", owner=Owner.AGENCY))

    assert bench.ask().window_days is None

    bench.advertise(a_day("1"))

    assert bench.ask().window_days == 7


# All sales


def test_tacos_is_the_spend_of_all_ad_products_beside_all_sales_of_the_same_seller_and_marketplace(
    bench: Bench,
) -> None:
    bench.grant(a_profile("1"))
    bench.advertise(a_day("1"), a_brand_day("1"))
    bench.sell("A1SELLER", 10_000)

    screen = bench.ask()

    assert screen.tacos == Tacos(500, 10_000, (US,))
    assert screen.tacos.value == Decimal("0.05")
    assert [row.tacos for row in screen.profiles] == [screen.tacos]


def test_what_others_sold_or_spent_is_no_part_of_it(bench: Bench) -> None:
    other = replace(a_profile("4"), account_info_id="SOMEBODY")
    bench.grant(a_profile("1"), a_profile("2", owner=Owner.VENDOR), an_advertiser("3"), other)
    bench.advertise(a_day("1"), a_day("2"), a_dsp_day("3"), a_day("4"))
    bench.sell("A1SELLER", 1_000)
    bench.sell("ANOTHER", 7_000)
    bench.sell("A1SELLER", 500, DE, "EUR")

    screen = bench.ask()

    assert screen.sums.spend_minor == 1000
    assert screen.tacos == Tacos(250, 1_000, (US,))
    assert {row.account.found.amazon_id: row.tacos.value for row in screen.profiles} == {
        "1": Decimal("0.25"),
        **dict.fromkeys(["2", "3", "4"]),
    }


def test_sales_count_in_the_period_and_the_currency_that_are_meant(bench: Bench) -> None:
    bench.grant(a_profile("1"))
    bench.advertise(a_day("1"), a_day("1", day=YESTERDAY))
    bench.sell("A1SELLER", 1_000)
    bench.sell("A1SELLER", 70, US, "CAD")

    assert bench.ask(first=DAY, last=DAY).tacos == Tacos(250, 1_000, (US,))
    assert bench.ask(first=YESTERDAY, last=YESTERDAY).tacos == Tacos(250, 0, ())
    assert bench.ask(first=YESTERDAY, last=YESTERDAY).tacos.value is None
    assert bench.ask(currency="CAD").tacos == Tacos(0, 70, (US,))


def test_a_place_that_two_profiles_share_is_counted_once(bench: Bench) -> None:
    bench.grant(a_profile("1"), a_profile("2"))
    bench.advertise(a_day("1"), a_day("2"))
    bench.sell("A1SELLER", 1_000)

    assert bench.ask().tacos == Tacos(500, 1_000, (US,))


def test_where_advertising_is_not_synced_sales_are_left_out(bench: Bench) -> None:
    bench.grant(a_profile("1"), replace(a_profile("2"), marketplace_id=DE))
    bench.sell("A1SELLER", 1_000)
    bench.sell("A1SELLER", 300, DE, "USD")
    with MemoryWork(bench.store) as work:
        work.ads_accounts.save_account(replace(bench.account("2"), status=AccountStatus.DISCONNECTED))
        work.commit()

    assert bench.ask().tacos == Tacos(0, 1_000, (US,))

    bench.advertise(a_day("2"))

    assert bench.ask().tacos == Tacos(250, 1_300, (DE, US) if DE < US else (US, DE))


# Lists


def test_a_group_alone_is_told_page_by_page(bench: Bench) -> None:
    bench.grant(*(a_profile(str(number)) for number in range(5)))
    bench.advertise(*(a_day(str(number), spend_minor=number) for number in range(5)))
    found: list[str] = []
    after, pages = None, 0

    while pages == 0 or after is not None:
        screen = bench.ask(group=AdsGroup.PROFILE, limit=2, after=after)
        found += [row.account.found.amazon_id for row in screen.profiles]
        after, pages = screen.onward.get(AdsGroup.PROFILE), pages + 1

    assert (found, pages) == (["4", "3", "2", "1", "0"], 3)
    assert not any((screen.series, screen.campaigns, screen.products))
    assert screen.sums.spend_minor == 10


def test_all_lists_come_together_each_up_to_the_limit(bench: Bench) -> None:
    bench.grant(a_profile("1"), a_profile("2"))
    bench.advertise(
        *(a_day("1"), a_day("2"), a_brand_day("1")),
        *(a_product_day("1", f"B{number}", spend_minor=number) for number in range(3)),
    )

    screen = bench.ask(limit=2)

    assert set(screen.onward) == {AdsGroup.CAMPAIGN, AdsGroup.PRODUCT}
    assert [row.asin for row in screen.products] == ["B2", "B1"]
    assert [len(rows) for rows in (screen.campaigns, screen.products, screen.profiles)] == [2, 2, 2]
    assert {each: sums.clicks for each, sums in screen.ad_products.items()} == {
        AdProduct.SPONSORED_PRODUCTS: 20,
        AdProduct.SPONSORED_BRANDS: 10,
    }


# How far it is known


def test_days_that_were_to_be_taken_over_and_were_not_are_missing(bench: Bench) -> None:
    bench.clock.advance(timedelta(hours=6))
    bench.grant(a_profile("1"))
    broken = Failure("ads_error", "Amazon answered 500.", NOW)
    known = all_covered([bench.account()], (LATELY.first, YESTERDAY))
    bench.know(
        *known[2:],
        covered(
            bench.account(), "spCampaigns", (LATELY.first, date(2026, 2, 9)), (date(2026, 2, 12), YESTERDAY)
        ),
        covered(
            bench.account(), "sbCampaigns", error=broken, as_of=None, ad_product=AdProduct.SPONSORED_BRANDS
        ),
    )

    found = bench.ask().known

    assert found.missing == [
        Missing(
            "1", AdProduct.SPONSORED_PRODUCTS, "spCampaigns", date(2026, 2, 10), date(2026, 2, 11), 2, None
        ),
        Missing("1", AdProduct.SPONSORED_BRANDS, "sbCampaigns", LATELY.first, YESTERDAY, 29, broken),
    ]
    assert found.freshness.complete_until is None


def test_a_day_is_not_missed_before_it_is_asked_for(bench: Bench) -> None:
    bench.grant(a_profile("1"))
    bench.know(*all_covered([bench.account()], (LATELY.first, YESTERDAY - timedelta(days=1))))

    assert bench.ask().known.missing == []  # four in the morning there

    bench.clock.advance(timedelta(hours=6))

    assert {each.first for each in bench.ask().known.missing} == {YESTERDAY}


def test_figures_are_complete_up_to_the_first_day_that_any_report_lacks(bench: Bench) -> None:
    bench.grant(a_profile("1"), replace(a_profile("2"), time_zone="Asia/Tokyo"))
    first, second = bench.account("1"), bench.account("2")
    older = NOW - timedelta(hours=5)
    bench.know(
        *all_covered([first], (LATELY.first, YESTERDAY), as_of=NOW),
        *all_covered([second], (LATELY.first, YESTERDAY), as_of=older),
    )

    found = bench.ask().known

    assert found.missing == []
    assert found.freshness.data_as_of == older
    assert found.freshness.complete_until == datetime(2026, 3, 3, 15, tzinfo=UTC)  # midnight in Tokyo


def test_television_is_missed_only_where_there_is_some(bench: Bench) -> None:
    bench.grant(a_profile("1"))
    whole = (LATELY.first, YESTERDAY)
    bench.know(*all_covered([bench.account()], whole))
    refused = covered(bench.account(), "stCampaigns", ad_product=AdProduct.SPONSORED_TELEVISION)
    bench.know(refused)

    assert bench.ask().known.missing == []

    bench.know(replace(refused, days=((LATELY.first, LATELY.first),)))

    assert [each.report_type for each in bench.ask().known.missing] == ["stCampaigns"]


def test_what_the_user_does_not_want_is_not_missed(bench: Bench) -> None:
    bench.grant(a_profile("1"), an_advertiser("3"))
    assert {each.report_type for each in bench.ask().known.missing} >= {"spCampaigns", "dspCampaign"}
    with MemoryWork(bench.store) as work:
        for amazon_id in ("1", "3"):
            account = replace(bench.account(amazon_id), status=AccountStatus.DISCONNECTED)
            work.ads_accounts.save_account(account)
        work.commit()

    assert bench.ask().known.missing == []


def test_a_period_is_told_beside_the_one_before(bench: Bench) -> None:
    bench.grant(a_profile("1"))
    bench.advertise(a_day("1"), a_day("1", day=YESTERDAY, spend_minor=100))
    bench.sell("A1SELLER", 2_500)

    found = bench.performance.beside(bench.user.id, Period(DAY, DAY), "USD")

    assert found is not None
    assert (found.current, found.previous.spend_minor) == (WEEK, 100)
    assert (found.tacos.value, found.previous_tacos.value) == (Decimal("0.1"), None)


def test_what_the_period_before_lacks_is_told_of_it_alone(bench: Bench) -> None:
    bench.clock.advance(timedelta(hours=6))
    bench.grant(a_profile("1"))
    bench.know(*all_covered([bench.account()], (YESTERDAY, YESTERDAY)))

    found = bench.performance.beside(bench.user.id, Period(YESTERDAY, YESTERDAY), "USD")

    assert found is not None
    assert found.known.missing == []
    assert {each.first for each in found.previous_known.missing} == {YESTERDAY - timedelta(days=1)}
