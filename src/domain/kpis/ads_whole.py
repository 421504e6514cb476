"""All of a user's advertising in some periods, by profile, beside what the same sellers sold."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from domain.ads.accounts import Account, AccountType, Owner
from domain.ads.reports import AdProduct
from domain.kpis.ads_known import AdsHouse
from domain.kpis.advertising import AdsMark, AdsSums, ProfileAds, SellerSales, Tacos, added, window
from domain.kpis.periods import Period

#: A profile or advertiser: whether it is one of DSP, and its id, which is good within its kind only.
Key = tuple[bool, str]


@dataclass(frozen=True)
class ProfileSum:
    """One profile's (or DSP advertiser's) ads in a period."""

    account: Account
    sums: AdsSums
    tacos: Tacos

    @property
    def mark(self) -> AdsMark:
        """Where it stands in the list."""
        return AdsMark(self.sums.spend_minor, (self.account.found.amazon_id, self.account.found.type.value))


@dataclass(frozen=True)
class SpanAds:
    """One period in one currency. ``sellers`` are those whose orders are synced, too."""

    house: AdsHouse
    sellers: frozenset[str]
    rows: Sequence[ProfileAds]
    sales: Sequence[SellerSales]

    @property
    def sums(self) -> AdsSums:
        """All of it."""
        return added(row.sums for row in self.rows)

    @property
    def ad_products(self) -> dict[AdProduct, AdsSums]:
        """By ad product, those that there are."""
        there = {row.ad_product for row in self.rows}
        return {
            each: added(row.sums for row in self.rows if row.ad_product is each)
            for each in AdProduct
            if each in there
        }

    @property
    def tacos(self) -> Tacos:
        """Of all accounts. What is not synced and has no ads in the period is left out."""
        return self._tacos(
            [
                account
                for account in self.house.accounts
                if account.id in self.house.synced or key_of(account) in self._by_key
            ]
        )

    @property
    def profiles(self) -> list[ProfileSum]:
        """Each account that has ads in the period, the most expensive one first."""
        found = [
            ProfileSum(account, self._by_key[key], self._tacos([account]))
            for key, account in ((key_of(each), each) for each in self.house.accounts)
            if key in self._by_key
        ]
        return sorted(found, key=lambda one: one.mark.rank)

    @property
    def windows(self) -> dict[AdProduct, Sequence[int]]:
        """How many days after a click a sale counts, by ad product."""
        owners = {key_of(account): account.found.owner for account in self.house.accounts}
        found: dict[AdProduct, set[int]] = {}
        for row in self.rows:
            found.setdefault(row.ad_product, set()).add(window(owners.get(_key(row)), row.ad_product))
        return {each: sorted(found[each]) for each in AdProduct if each in found}

    @property
    def window_days(self) -> int | None:
        """That of the profiles that have ads, or of all where none has; ``None`` where they have several."""
        accounts = [one for one in self.house.accounts if one.found.owner is not Owner.AGENCY]
        profiles = [one for one in accounts if one.found.type is AccountType.PROFILE]
        having = [one for one in profiles if key_of(one) in self._by_key]
        days = {one.attribution_days for one in having or profiles or accounts}
        return days.pop() if len(days) == 1 else None

    def _tacos(self, accounts: Sequence[Account]) -> Tacos:
        """Only what a seller advertised whose orders are synced has all sales beside it.

        Vendors sell nothing themselves, and of an advertiser of DSP, Amazon does not tell whose it is.
        """
        places = {
            key_of(account): (account.found.account_info_id, account.found.marketplace_id)
            for account in accounts
            if account.found.owner is Owner.SELLER and account.found.account_info_id in self.sellers
        }
        spend = sum(self._by_key[key].spend_minor for key in places if key in self._by_key)
        sold = {place: self._by_place[place] for place in set(places.values()) if place in self._by_place}
        return Tacos(spend, sum(sold.values()), tuple(sorted({name for _, name in sold if name})))

    @cached_property
    def _by_key(self) -> Mapping[Key, AdsSums]:
        found: dict[Key, AdsSums] = {}
        for row in self.rows:
            found[_key(row)] = found.get(_key(row), AdsSums()) + row.sums
        return found

    @cached_property
    def _by_place(self) -> Mapping[tuple[str | None, str | None], int]:
        return {(sale.seller_id, sale.marketplace_id): sale.revenue_minor for sale in self.sales}


@dataclass(frozen=True)
class AdsWhole:
    """Several periods in all currencies."""

    house: AdsHouse
    sellers: frozenset[str]
    rows: Sequence[ProfileAds]
    sales: Sequence[SellerSales]

    def at(self, span: Period, currency: str) -> SpanAds:
        """One of them in one currency."""
        return SpanAds(
            self.house,
            self.sellers,
            [row for row in self.rows if row.span == span and row.currency == currency],
            [sale for sale in self.sales if sale.span == span and sale.currency == currency],
        )

    @property
    def by_currency(self) -> dict[str, AdsSums]:
        """All periods together, by currency."""
        return {
            each: added(row.sums for row in self.rows if row.currency == each)
            for each in sorted({row.currency for row in self.rows})
        }


def key_of(account: Account) -> Key:
    """What names an account beside its figures."""
    return account.found.type is AccountType.DSP_ADVERTISER, account.found.amazon_id


def _key(row: ProfileAds) -> Key:
    return row.ad_product is AdProduct.DSP, row.profile_id
