"""What every store of figures tells of advertising."""

from collections import defaultdict
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.sql.engine import make_engine
from domain.acting import in_background
from domain.ads.accounts import FoundAccount, Owner
from domain.ads.reports import AdProduct, AdsDay, AdsProductDay
from domain.connections.model import Connection, Provider
from domain.kpis.advertising import (
    AdsMark,
    AdsScope,
    AdsSums,
    CampaignAds,
    DayAds,
    ProductAds,
    ProfileAds,
    SellerSales,
    added,
)
from domain.kpis.periods import Period
from domain.users.model import User
from tests import databases
from tests.contracts.backends import Backend, MemoryBackend, SqlBackend
from tests.contracts.furnished import leaving
from tests.contracts.sales import NOON, order, save
from tests.contracts.samples import NOW, connected, registered
from tests.fakes.ads_days import DAY, a_brand_day, a_day, a_dsp_day, a_product_day, advertise
from tests.fakes.ads_things import a_profile, an_advertiser
from tests.fakes.things import DE, US

MARCH = Period(date(2026, 3, 1), date(2026, 3, 31))
DOLLARS = AdsScope(MARCH, "USD")
#: Of ``a_day``, of a seller and of a vendor.
WEEK, FORTNIGHT = AdsSums(1000, 10, 250, 2, 1000, 3), AdsSums(1000, 10, 250, 3, 1200, 4)
YESTERDAY = DAY - timedelta(days=1)


@pytest.fixture
def user(backend: Backend) -> User:
    return registered(backend)


@pytest.fixture
def connection(backend: Backend, user: User) -> Connection:
    """With the profile 1 of a seller and 2 of a vendor."""
    return grant(backend, user, a_profile("1"), a_profile("2", owner=Owner.VENDOR))


def grant(backend: Backend, user: User, *found: FoundAccount) -> Connection:
    """A user's grant, with these accounts."""
    connection = connected(
        backend, user, "amazon-ads", provider=Provider.AMAZON_ADS, marketplace_id="", marketplace_ids=()
    )
    with backend.work() as work:
        work.ads_accounts.merge(connection, found, NOW)
        work.commit()
    return connection


def told(backend: Backend, connection: Connection, *rows: AdsDay | AdsProductDay) -> None:
    with backend.work() as work:
        advertise(work, connection, *rows)
        work.commit()


def profiles(backend: Backend, user: User, *spans: Period, profile_id: str | None = None) -> list[ProfileAds]:
    found = backend.figures().advertising.by_profile(user.id, spans or (MARCH,), profile_id)
    return sorted(found, key=lambda row: (row.span.first, row.profile_id, row.ad_product, row.currency))


def campaigns(
    backend: Backend, user: User, scope: AdsScope = DOLLARS, after: AdsMark | None = None, limit: int = 50
) -> list[CampaignAds]:
    return backend.figures().advertising.campaigns(user.id, scope, after, limit)


def test_sellers_sponsored_products_count_a_week_and_all_else_two(
    backend: Backend, user: User, connection: Connection
) -> None:
    told(backend, connection, a_day("1"), a_brand_day("1"), a_day("2"), a_brand_day("2"))

    sponsored, brands = AdProduct.SPONSORED_PRODUCTS, AdProduct.SPONSORED_BRANDS
    assert profiles(backend, user) == [
        ProfileAds(MARCH, "1", brands, "USD", FORTNIGHT),
        ProfileAds(MARCH, "1", sponsored, "USD", WEEK),
        ProfileAds(MARCH, "2", brands, "USD", FORTNIGHT),
        ProfileAds(MARCH, "2", sponsored, "USD", FORTNIGHT),
    ]


def test_currencies_and_periods_stay_apart(backend: Backend, user: User, connection: Connection) -> None:
    told(
        backend,
        connection,
        a_day("1", "100"),
        a_day("1", "101", currency="CAD"),
        a_day("1", "100", day=MARCH.before().first),
        a_day("1", "100", day=MARCH.before().first - timedelta(days=1)),
        a_day("1", "100", day=date(2026, 4, 1)),
    )

    before = MARCH.before()
    assert [(row.span, row.currency, row.sums) for row in profiles(backend, user, MARCH, before)] == [
        (before, "USD", WEEK),
        (MARCH, "CAD", WEEK),
        (MARCH, "USD", WEEK),
    ]
    assert [row.sums for row in backend.figures().advertising.daily(user.id, DOLLARS)] == [WEEK]


def test_one_profile_may_be_asked_for(backend: Backend, user: User, connection: Connection) -> None:
    told(backend, connection, a_day("1"), a_day("2", "201"), a_product_day("1"), a_product_day("2", "B2"))

    scope, figures = replace(DOLLARS, profile_id="2"), backend.figures().advertising

    assert [row.profile_id for row in profiles(backend, user, profile_id="2")] == ["2"]
    assert figures.daily(user.id, scope) == [DayAds(DAY, FORTNIGHT)]
    assert [row.campaign_id for row in campaigns(backend, user, scope)] == ["201"]
    assert [row.asin for row in figures.products(user.id, scope, None, 50)] == ["B2"]


def test_days_are_added_up_over_profiles_and_campaigns(
    backend: Backend, user: User, connection: Connection
) -> None:
    told(
        backend,
        connection,
        *(a_day("1"), a_day("1", "101"), a_day("2"), a_day("1", day=YESTERDAY)),
        a_day("1", "102", currency="CAD"),
    )

    found = backend.figures().advertising.daily(user.id, DOLLARS)

    assert found == [DayAds(YESTERDAY, WEEK), DayAds(DAY, WEEK + WEEK + FORTNIGHT)]


def test_the_most_expensive_campaigns_come_first_and_equals_by_their_names(
    backend: Backend, user: User, connection: Connection
) -> None:
    told(
        backend,
        connection,
        *(a_day("2", "9"), a_day("1", "10"), a_day("1", "9"), a_brand_day("1", "9")),
        *(a_day("1", "1", spend_minor=0), a_day("2", "8", spend_minor=300)),
    )

    found = campaigns(backend, user)

    assert [(row.profile_id, row.ad_product.value[10], row.campaign_id) for row in found] == [
        ("2", "P", "8"),
        ("1", "B", "9"),
        ("1", "P", "10"),
        ("1", "P", "9"),
        ("2", "P", "9"),
        ("1", "P", "1"),
    ]


def test_a_list_goes_on_behind_any_of_its_rows(backend: Backend, user: User, connection: Connection) -> None:
    rows = [a_day("1", str(number), spend_minor=number % 3) for number in range(7)]
    products = [a_product_day("1", f"B{number}", spend_minor=number % 2) for number in range(5)]
    told(backend, connection, *rows, *products)
    whole = campaigns(backend, user)
    figures = backend.figures().advertising
    all_products = figures.products(user.id, DOLLARS, None, 50)

    for place, row in enumerate(whole):
        assert campaigns(backend, user, after=row.mark, limit=2) == whole[place + 1 : place + 3]
    for place, one in enumerate(all_products):
        assert figures.products(user.id, DOLLARS, one.mark, 2) == all_products[place + 1 : place + 3]


def test_a_campaign_is_called_what_it_was_called_last(
    backend: Backend, user: User, connection: Connection
) -> None:
    told(
        backend,
        connection,
        a_day("1", "1", campaign_name="A new name", campaign_status="PAUSED"),
        a_day("1", "1", day=YESTERDAY, campaign_name="Its old name"),
        a_day("1", "2", campaign_name=None, campaign_status=None),
        a_day("1", "2", day=YESTERDAY, campaign_name="Still known"),
        a_day("1", "3", campaign_name=None),
    )

    found = {row.campaign_id: (row.name, row.status) for row in campaigns(backend, user)}

    assert found == {
        "1": ("A new name", "PAUSED"),
        "2": ("Still known", "ENABLED"),
        "3": (None, "ENABLED"),
    }


def test_products_are_added_up_over_campaigns_and_profiles(
    backend: Backend, user: User, connection: Connection
) -> None:
    told(
        backend,
        connection,
        *(a_product_day("1"), a_product_day("1", campaign_id="101"), a_product_day("2")),
        *(a_product_day("1", sku="SKU-2"), a_product_day("2", "B2", "")),
        a_product_day("1", campaign_id="102", currency="CAD"),
        a_product_day("1", day=date(2026, 4, 1)),
    )

    week, fortnight = AdsSums(500, 5, 125, 1, 500, 1), AdsSums(500, 5, 125, 2, 600, 2)
    assert backend.figures().advertising.products(user.id, DOLLARS, None, 50) == [
        ProductAds("B1", "SKU-1", week + week + fortnight),
        ProductAds("B1", "SKU-2", week),
        ProductAds("B2", "", fortnight),
    ]


def test_ids_of_profiles_and_of_advertisers_are_good_within_their_kind(backend: Backend, user: User) -> None:
    connection = grant(backend, user, a_profile("7"), an_advertiser("7"))
    told(backend, connection, a_day("7"), a_dsp_day("7"))

    found = profiles(backend, user)

    assert [(row.ad_product, row.sums) for row in found] == [
        (AdProduct.DSP, FORTNIGHT),
        (AdProduct.SPONSORED_PRODUCTS, WEEK),
    ]


def test_large_sums_are_exact(backend: Backend, user: User, connection: Connection) -> None:
    large = 10**15 + 1
    told(
        backend,
        connection,
        *(a_day("1", str(number), spend_minor=large, sales_7d_minor=large) for number in range(9)),
    )

    (row,) = profiles(backend, user)

    assert (row.sums.spend_minor, row.sums.sales_minor) == (9 * large, 9 * large)


def test_what_a_gone_account_advertised_stays(backend: Backend, user: User, connection: Connection) -> None:
    told(backend, connection, a_day("1"))
    with backend.work() as work:
        account = work.ads_accounts.accounts(user.id)[0]
        work.ads_accounts.save_account(replace(account, gone_since=NOW))
        work.commit()

    assert [row.sums for row in profiles(backend, user)] == [WEEK]


def test_other_users_ads_and_those_of_an_erased_connection_are_not_seen(
    backend: Backend, user: User, connection: Connection
) -> None:
    stranger = registered(backend)
    theirs = grant(backend, stranger, a_profile("1"))
    told(backend, connection, a_day("1"), a_product_day("1"))
    told(backend, theirs, a_day("1", spend_minor=7), a_product_day("1"))
    leaving(backend, connection)
    figures = backend.figures().advertising

    assert [row.sums.spend_minor for row in profiles(backend, stranger)] == [7]
    assert (profiles(backend, user), campaigns(backend, user)) == ([], [])
    assert (figures.daily(user.id, DOLLARS), figures.products(user.id, DOLLARS, None, 50)) == ([], [])


def test_all_sales_are_told_by_seller_marketplace_and_currency(backend: Backend, user: User) -> None:
    first, second = connected(backend, user, "A1"), connected(backend, user, "A2")
    for connection in (first, second):
        save(
            backend,
            connection,
            order("O-1", minor=1000),
            order("O-2", minor=50, created_at=NOON - timedelta(days=1)),
            order("O-3", minor=300, currency="EUR", marketplace_id=DE),
            order("O-4", minor=9, status="CANCELLED"),
        )
    save(backend, second, order("O-5", minor=7))
    today = Period(DAY, DAY)

    found = backend.figures().advertising.sales_of_sellers(user.id, (today, today.before()))

    assert sorted(found, key=lambda row: (-row.span.first.toordinal(), row.seller_id, row.currency)) == [
        SellerSales(today, "A1", DE, "EUR", 300),
        SellerSales(today, "A1", US, "USD", 1000),
        SellerSales(today, "A2", DE, "EUR", 300),
        SellerSales(today, "A2", US, "USD", 1007),
        SellerSales(today.before(), "A1", US, "USD", 50),
        SellerSales(today.before(), "A2", US, "USD", 50),
    ]


# The same as in plain Python


@st.composite
def some_days(draw: st.DrawFn) -> list[AdsDay]:
    rows = {}
    for _ in range(draw(st.integers(0, 25))):
        small, many = st.integers(0, 5), st.integers(0, 10**12)
        make = draw(st.sampled_from([a_day, a_brand_day]))
        row = make(
            draw(st.sampled_from(["1", "2"])),
            draw(st.sampled_from(["8", "9", "10"])),
            DAY + timedelta(days=draw(st.integers(-3, 3))),
            currency=draw(st.sampled_from(["USD", "JPY"])),
            impressions=draw(many),
            clicks=draw(small),
            spend_minor=draw(small | many),
            purchases=draw(small),
            sales_minor=draw(many),
            units=draw(small),
        )
        if make is a_day:
            row = replace(row, purchases_7d=draw(small), sales_7d_minor=draw(many), units_7d=draw(small))
        rows[row.profile_id, row.ad_product, row.day, row.campaign_id] = row
    return list(rows.values())


def plain(rows: list[AdsDay], span: Period, currency: str) -> dict[tuple[str, str, str], list[int]]:
    """Sums by campaign, without any code of ours: profile 1 is a seller's, 2 a vendor's."""
    found: dict[tuple[str, str, str], list[int]] = defaultdict(lambda: [0] * 6)
    for row in rows:
        if span.first <= row.day <= span.last and row.currency == currency:
            week = row.profile_id == "1" and row.ad_product.value == "SPONSORED_PRODUCTS"
            sold = [row.purchases_7d, row.sales_7d_minor, row.units_7d]
            if not week:
                sold = [row.purchases, row.sales_minor, row.units]
            sums = found[row.profile_id, row.ad_product.value, row.campaign_id]
            for place, each in enumerate([row.impressions, row.clicks, row.spend_minor, *sold]):
                assert each is not None
                sums[place] += each
    return found


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=some_days(), length=st.integers(1, 5), limit=st.integers(1, 4))
def test_sums_are_those_of_plain_python(tmp_path_factory, rows, length, limit):  # type: ignore[no-untyped-def]
    span = Period(DAY - timedelta(days=length - 1), DAY)
    with in_background():
        engine = make_engine(databases.sqlite_database(tmp_path_factory.mktemp("ads")))
        try:
            for backend in (SqlBackend(engine), MemoryBackend()):
                user = registered(backend)
                connection = grant(backend, user, a_profile("1"), a_profile("2", owner=Owner.VENDOR))
                told(backend, connection, *rows)
                for currency in ("USD", "JPY"):
                    agrees(backend, user, AdsScope(span, currency), plain(rows, span, currency), limit)
        finally:
            engine.dispose()


def agrees(
    backend: Backend,
    user: User,
    scope: AdsScope,
    expected: dict[tuple[str, str, str], list[int]],
    limit: int,
) -> None:
    """Every figure of a scope, the list of campaigns page by page."""
    found: list[CampaignAds] = []
    after = None
    while page := campaigns(backend, user, scope, after, limit):
        found += page
        after = page[-1].mark
    ranked = sorted(expected, key=lambda key: (-expected[key][2], key))
    assert [((row.profile_id, row.ad_product.value, row.campaign_id), row.sums) for row in found] == [
        (key, AdsSums(*expected[key])) for key in ranked
    ]
    whole = added(row.sums for row in found)
    by_profile = [row for row in profiles(backend, user, scope.span) if row.currency == scope.currency]
    assert added(row.sums for row in by_profile) == whole
    assert added(row.sums for row in backend.figures().advertising.daily(user.id, scope)) == whole
