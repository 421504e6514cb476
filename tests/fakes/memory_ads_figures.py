"""Figures of advertising, added up in plain Python from the rows that are kept."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from domain.ads.accounts import Account, AccountType, Owner
from domain.ads.reports import AdProduct, AdsDay, AdsProductDay
from domain.connections.model import Provider
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
    window,
)
from domain.kpis.periods import Period
from domain.users.model import UserId
from tests.fakes.memory_figures import connections_of, counting
from tests.fakes.memory_store import MemoryStore

Row = TypeVar("Row", AdsDay, AdsProductDay)
Key = TypeVar("Key")
Ranked = TypeVar("Ranked", CampaignAds, ProductAds)


class MemoryAdvertisingFigures:
    """What was advertised each day."""

    def __init__(self, store: MemoryStore) -> None:
        self._store = store

    def by_profile(
        self, user_id: UserId, spans: Sequence[Period], profile_id: str | None = None
    ) -> list[ProfileAds]:
        groups: dict[tuple[Period, str, AdProduct, str], list[AdsSums]] = defaultdict(list)
        for row, owner in self._of(user_id, self._days(), profile_id):
            for span in spans:
                if span.holds(row.day):
                    key = (span, row.profile_id, row.ad_product, row.currency)
                    groups[key].append(_sums(row, owner))
        return [ProfileAds(*key, added(each)) for key, each in groups.items()]

    def daily(self, user_id: UserId, scope: AdsScope) -> list[DayAds]:
        groups = self._grouped(user_id, scope, self._days(), lambda row: row.day)
        return [DayAds(day, added(sums for _, sums in groups[day])) for day in sorted(groups)]

    def campaigns(
        self, user_id: UserId, scope: AdsScope, after: AdsMark | None, limit: int
    ) -> list[CampaignAds]:
        groups = self._grouped(
            user_id, scope, self._days(), lambda row: (row.profile_id, row.ad_product, row.campaign_id)
        )
        found = []
        for key, rows in groups.items():
            latest = max((row for row, _ in rows), key=lambda row: (row.campaign_name is not None, row.day))
            sums = added(each for _, each in rows)
            found.append(CampaignAds(*key, latest.campaign_name, latest.campaign_status, sums))
        return _page(found, after, limit)

    def products(
        self, user_id: UserId, scope: AdsScope, after: AdsMark | None, limit: int
    ) -> list[ProductAds]:
        kept = self._store.tables.ads_product_days.items()
        rows = [(key, row) for key, (row, _report) in kept]
        groups = self._grouped(user_id, scope, rows, lambda row: (row.asin, row.sku))
        return _page(
            [ProductAds(*key, added(each for _, each in rows)) for key, rows in groups.items()], after, limit
        )

    def sales_of_sellers(self, user_id: UserId, spans: Sequence[Period]) -> list[SellerSales]:
        found: dict[tuple[Period, str, str, str], int] = defaultdict(int)
        for connection_id, booked in counting(self._store, user_id):
            seller = self._store.tables.connections[connection_id]
            for span in spans:
                if seller.provider is Provider.AMAZON_SP and span.holds(booked.day):
                    total = booked.order.total
                    key = (span, seller.seller_id, booked.marketplace_id, booked.currency)
                    found[key] += 0 if total is None else total.minor
        return [SellerSales(*key, minor) for key, minor in found.items()]

    def _days(self) -> list[tuple[tuple[object, ...], AdsDay]]:
        return [(key, row) for key, (row, _report) in self._store.tables.ads_days.items()]

    def _grouped(
        self,
        user_id: UserId,
        scope: AdsScope,
        rows: "Sequence[tuple[tuple[object, ...], Row]]",
        key: "Callable[[Row], Key]",
    ) -> "dict[Key, list[tuple[Row, AdsSums]]]":
        groups: dict[Key, list[tuple[Row, AdsSums]]] = defaultdict(list)
        for row, owner in self._of(user_id, rows, scope.profile_id):
            if row.currency == scope.currency and scope.span.holds(row.day):
                groups[key(row)].append((row, _sums(row, owner)))
        return groups

    def _of(
        self, user_id: UserId, rows: "Sequence[tuple[tuple[object, ...], Row]]", profile_id: str | None
    ) -> "Iterator[tuple[Row, Owner | None]]":
        """The user's rows, each with whose profile it is of."""
        mine = connections_of(self._store, user_id)
        accounts = {_key(each): each for each in self._store.tables.ads_accounts.values()}
        for (connection_id, *_rest), row in rows:
            account = accounts.get((connection_id, row.ad_product is AdProduct.DSP, row.profile_id))
            if connection_id in mine and account is not None and profile_id in (None, row.profile_id):
                yield row, account.found.owner


def _key(account: Account) -> tuple[object, bool, str]:
    return account.connection_id, account.found.type is AccountType.DSP_ADVERTISER, account.found.amazon_id


def _sums(row: AdsDay | AdsProductDay, owner: Owner | None) -> AdsSums:
    sold = (row.purchases, row.sales_minor, row.units)
    if window(owner, row.ad_product) == 7:
        short = (row.purchases_7d, row.sales_7d_minor, row.units_7d)
        return AdsSums(
            row.impressions,
            row.clicks,
            row.spend_minor,
            *(usual if known is None else known for known, usual in zip(short, sold, strict=True)),
        )
    return AdsSums(row.impressions, row.clicks, row.spend_minor, *sold)


def _page(found: "list[Ranked]", after: AdsMark | None, limit: int) -> "list[Ranked]":
    ranked = sorted(found, key=lambda one: one.mark.rank)
    return [one for one in ranked if after is None or one.mark.rank > after.rank][:limit]
