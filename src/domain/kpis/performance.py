"""What advertising cost and brought: in all, by day, campaign, product and profile, and beside all sales."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from typing import Protocol, TypeVar

from domain.ads.accounts import Account, AccountStatus, AccountType
from domain.ads.listings import REGIONS
from domain.ads.ports import AccountBook
from domain.ads.report_checks import zone_of
from domain.ads.report_ports import AdsDayBook
from domain.ads.reports import AdProduct
from domain.clock import Clock
from domain.connections.model import Connection, Provider
from domain.connections.ports import ConnectionBook
from domain.errors import NotConnected, NotFound
from domain.kpis import periods
from domain.kpis.ads_known import AdsHouse, AdsKnown
from domain.kpis.ads_whole import AdsWhole, ProfileSum, SpanAds
from domain.kpis.advertising import (
    AdsMark,
    AdsScope,
    AdsSums,
    CampaignAds,
    DayAds,
    ProductAds,
    Tacos,
)
from domain.kpis.home import Home, currency_or, home_at, home_of
from domain.kpis.ports import AdvertisingFigures
from domain.marketplaces import DEFAULT_MARKETPLACE_ID
from domain.users.model import UserId
from domain.work import Work

Row = TypeVar("Row", CampaignAds, ProductAds, ProfileSum)


class AdsGroup(StrEnum):
    """By what the figures are added up."""

    DAY = "day"
    CAMPAIGN = "campaign"
    PRODUCT = "product"
    PROFILE = "profile"
    AD_PRODUCT = "ad_product"


#: Those that may be long, and are told page by page.
PAGED = (AdsGroup.CAMPAIGN, AdsGroup.PRODUCT, AdsGroup.PROFILE)


@dataclass(frozen=True)
class AdsQuestion:
    """What may be asked; ``None`` for the default. ``after`` is where the list of ``group`` goes on."""

    first: date | None = None
    last: date | None = None
    profile_id: str | None = None
    currency: str | None = None
    group: AdsGroup | None = None  # None: all of them
    after: AdsMark | None = None
    limit: int = 50


@dataclass(frozen=True)
class PerformanceScreen:
    """Advertising in a period, in one currency. Lists that were not asked for are empty.

    ``windows`` are how many days after a click a sale counts, by ad product; ``window_days`` that of the profiles, and
    ``None`` where sellers' and vendors' are in one sum. ``onward`` is where each list goes on that has more rows.
    """

    scope: AdsScope
    sums: AdsSums
    tacos: Tacos
    by_currency: Mapping[str, AdsSums]
    ad_products: Mapping[AdProduct, AdsSums]
    windows: Mapping[AdProduct, Sequence[int]]
    window_days: int | None
    known: AdsKnown
    series: Sequence[DayAds] = ()
    campaigns: Sequence[CampaignAds] = ()
    products: Sequence[ProductAds] = ()
    profiles: Sequence[ProfileSum] = ()
    onward: Mapping[AdsGroup, AdsMark] = field(default_factory=dict)


@dataclass(frozen=True)
class AdsComparison:
    """Advertising in a period, beside the equal one before it."""

    current: AdsSums
    previous: AdsSums
    tacos: Tacos
    previous_tacos: Tacos
    known: AdsKnown
    previous_known: AdsKnown
    window_days: int | None  # as in ``PerformanceScreen``


class AdsHouseWork(Work, Protocol):
    """The transaction in which it is looked up what is advertised at all."""

    @property
    def connections(self) -> ConnectionBook: ...

    @property
    def ads_accounts(self) -> AccountBook: ...

    @property
    def ads_days(self) -> AdsDayBook: ...


@dataclass(frozen=True)
class Performance:
    """Answers from what is stored; Amazon is never asked."""

    look: Callable[[], AdsHouseWork]
    figures: AdvertisingFigures
    clock: Clock

    def of(self, user_id: UserId, question: AdsQuestion) -> PerformanceScreen:
        """The figures of a period, in one currency (default: the profile's; without one, the default profile's).

        Raises:
            NotConnected: the user never connected advertising.
            NotFound: there is no such profile.
            InvalidInput: a period or currency that can't be.
        """
        house, sellers = self._house(user_id)
        here = house.only(question.profile_id)
        if question.profile_id is not None and not here.accounts:
            raise NotFound("There is no such profile.")
        now, home = self.clock.now(), _home(here.accounts, sellers)
        span = periods.period(question.first, question.last, home.day_of(now))
        scope = AdsScope(span, currency_or(question.currency, home.currency), question.profile_id)
        whole = self._whole(user_id, here, sellers, (span,), question.profile_id)
        ads = whole.at(span, scope.currency)
        screen = PerformanceScreen(
            scope=scope,
            sums=ads.sums,
            tacos=ads.tacos,
            by_currency=whole.by_currency,
            ad_products=ads.ad_products,
            windows=ads.windows,
            window_days=ads.window_days,
            known=here.known(span, now),
        )
        return self._with_lists(user_id, screen, question, ads)

    def beside(self, user_id: UserId, span: periods.Period, currency: str) -> AdsComparison | None:
        """A period beside the one before; ``None`` where advertising was never connected."""
        try:
            house, sellers = self._house(user_id)
        except NotConnected:
            return None
        before = span.before()
        whole = self._whole(user_id, house, sellers, (span, before), None)
        now, then = whole.at(span, currency), whole.at(before, currency)
        moment = self.clock.now()
        return AdsComparison(
            current=now.sums,
            previous=then.sums,
            tacos=now.tacos,
            previous_tacos=then.tacos,
            known=house.known(span, moment),
            previous_known=house.known(before, moment),
            window_days=now.window_days,
        )

    def _with_lists(
        self, user_id: UserId, screen: PerformanceScreen, question: AdsQuestion, ads: SpanAds
    ) -> PerformanceScreen:
        """The screen with the lists that are asked for, each up to its limit."""
        scope, more, asked = screen.scope, question.limit + 1, question.group
        after = question.after
        onward: dict[AdsGroup, AdsMark] = {}

        def page(group: AdsGroup, rows: Callable[[], Sequence[Row]]) -> Sequence[Row]:
            if asked not in (None, group):
                return ()
            found = rows()
            if len(found) == more:
                onward[group] = found[-2].mark
            return found[: question.limit]

        return replace(
            screen,
            series=self._series(user_id, scope) if asked in (None, AdsGroup.DAY) else (),
            campaigns=page(AdsGroup.CAMPAIGN, lambda: self.figures.campaigns(user_id, scope, after, more)),
            products=page(AdsGroup.PRODUCT, lambda: self.figures.products(user_id, scope, after, more)),
            profiles=page(AdsGroup.PROFILE, lambda: _behind(ads.profiles, after)[:more]),
            onward=onward,
        )

    def _series(self, user_id: UserId, scope: AdsScope) -> list[DayAds]:
        """Every day of the period, also those without any ad."""
        found = {row.day: row for row in self.figures.daily(user_id, scope)}
        return [found.get(day) or DayAds(day, AdsSums()) for day in scope.span.each_day()]

    def _house(self, user_id: UserId) -> tuple[AdsHouse, Sequence[Connection]]:
        """What is advertised, and the user's seller accounts."""
        with self.look() as work:
            connections = work.connections.of_user(user_id, Provider.AMAZON_ADS)
            if not connections:
                raise NotConnected(
                    "Advertising is not connected: connect it to see what it costs.",
                    channel=Provider.AMAZON_ADS.channel,
                )
            sellers = work.connections.of_user(user_id, Provider.AMAZON_SP)
            profiles = work.ads_accounts.accounts(user_id, type=AccountType.PROFILE)
            advertisers = work.ads_accounts.accounts(user_id, type=AccountType.DSP_ADVERTISER)
            synced = {
                account.id for each in connections for account in work.ads_accounts.profiles_to_sync(each.id)
            } | {account.id for account in advertisers if account.status is AccountStatus.ACTIVE}
            coverage = [one for each in connections for one in work.ads_days.coverage(each.id)]
            listings = [one for each in connections for one in work.ads_accounts.listings(each.id)]
        listed = {one.region for one in listings if one.type is AccountType.PROFILE and one.listed_at}
        house = AdsHouse(
            [*profiles, *advertisers],
            frozenset(synced),
            coverage,
            listed.issuperset(REGIONS[AccountType.PROFILE]),
        )
        return house, sellers

    def _whole(
        self,
        user_id: UserId,
        house: AdsHouse,
        sellers: Sequence[Connection],
        spans: Sequence[periods.Period],
        profile_id: str | None,
    ) -> AdsWhole:
        return AdsWhole(
            house,
            frozenset(each.seller_id for each in sellers),
            self.figures.by_profile(user_id, spans, profile_id),
            self.figures.sales_of_sellers(user_id, spans) if sellers else (),
        )


def _behind(profiles: Sequence[ProfileSum], after: AdsMark | None) -> Sequence[ProfileSum]:
    return [one for one in profiles if after is None or one.mark.rank > after.rank]


def _home(accounts: Sequence[Account], sellers: Sequence[Connection]) -> Home:
    """Whose day and currency are meant: the default profile's, else the first one's that has a currency."""
    ranked = sorted(
        accounts, key=lambda account: (not account.is_default, account.found.type is not AccountType.PROFILE)
    )
    for account in ranked:
        if account.found.currency_code is not None:
            return Home(zone_of(account).key, account.found.currency_code)
    return home_of(sellers) if sellers else home_at(DEFAULT_MARKETPLACE_ID)
