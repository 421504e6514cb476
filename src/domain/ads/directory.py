"""Refreshing the accounts: every listing to its end, each by itself, and kept page by page.

A listing that fails keeps what it brought until then; nothing counts as gone before a listing has come to its end.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from domain.ads.accounts import (
    Account,
    AccountStatus,
    AccountType,
    FoundAccount,
    FoundPage,
    Scope,
)
from domain.ads.listings import Part, closed, complete, failed, page
from domain.ads.ports import AdsDirectory
from domain.ads.work import RefreshWork
from domain.connections.model import Connection
from domain.errors import (
    AccessDenied,
    ChannelError,
    NotConnected,
    NotFound,
    PortsideError,
    RateLimited,
    ReauthorizationRequired,
    UpstreamRefused,
    UsagePlanEmpty,
)
from domain.gateway.model import Patience
from domain.marketplaces import MARKETPLACES, SELLING_REGIONS, Region

#: Amazon's tokens are not good for ever, nor is what was told.
_PLACE_LASTS = timedelta(hours=1)
#: What concerns the connection as a whole, and is not a listing's to deal with.
_THE_RUNS = (NotConnected, ReauthorizationRequired)
#: What Amazon answers to those who have nothing to do with it.
_NOT_FOR_US = (AccessDenied, NotFound, UpstreamRefused)

#: Where each country's profiles live.
_HOME = {place.country_code: place.region for place in MARKETPLACES.values()}


@dataclass
class _Told:
    """What a listing has told so far, each account once, and how far it is.

    ``listed`` are agencies that were listed to their end, ``denied`` those that may not see DSP; ``agency`` is being
    listed. ``onward`` is where the next page begins.
    """

    ids: set[str] = field(default_factory=set)
    listed: list[str] = field(default_factory=list)
    denied: list[str] = field(default_factory=list)
    agency: str | None = None
    onward: str | None = None

    @classmethod
    def as_left(cls, place: Mapping[str, Any] | None, now: datetime) -> "_Told":
        """As it was left when it had to wait; too long ago, it begins anew."""
        if place is None or now - datetime.fromisoformat(place["at"]) > _PLACE_LASTS:
            return cls()
        return cls(
            set(place["told"]), list(place["listed"]), list(place["denied"]), place["agency"], place["onward"]
        )

    def place(self, at: datetime) -> dict[str, object]:
        """For being kept."""
        return {
            "at": at.isoformat(),
            "told": sorted(self.ids),
            "listed": self.listed,
            "denied": self.denied,
            "agency": self.agency,
            "onward": self.onward,
        }

    def fresh(self, found: FoundPage) -> list[FoundAccount]:
        """Those of a page that were not told before."""
        new = list({each.amazon_id: each for each in found.found if each.amazon_id not in self.ids}.values())
        self.ids.update(each.amazon_id for each in new)
        self.onward = found.onward
        return new


@dataclass(frozen=True)
class Refresh:
    """Lists accounts at Amazon. What a part says is to be committed before the next one is drawn."""

    directory: AdsDirectory
    look: Callable[[], RefreshWork]

    def parts(
        self,
        connection: Connection,
        kind: AccountType,
        now: Callable[[], datetime],
        patience: Patience = Patience.BACKGROUND,
        regions: Sequence[Region] = SELLING_REGIONS,
    ) -> Iterator[Part]:
        """All accounts of a kind; profiles of these regions.

        Raises:
            NotConnected, ReauthorizationRequired, and whatever is no trouble of Amazon's.
        """
        if kind is AccountType.ADS_ACCOUNT:
            return self._ads_accounts(connection, now, patience)
        if kind is AccountType.PROFILE:
            return self._profiles(connection, now, patience, regions)
        return self._advertisers(connection, now, patience)

    def of_agency(
        self, connection: Connection, agency: Account, now: Callable[[], datetime], patience: Patience
    ) -> Iterator[Part]:
        """The advertisers of one agency alone.

        Raises:
            AccessDenied: this profile has no access to DSP.
            ChannelError: any other; what came until then was told.
        """
        told = _Told()
        for told_page in self.directory.dsp_advertisers(connection, agency.found, patience):
            yield page(connection, told.fresh(told_page), now)
        scope = Scope(AccountType.DSP_ADVERTISER, agencies=(agency.found.amazon_id,))
        yield closed(connection, scope, told.ids, now)

    def _ads_accounts(
        self, connection: Connection, now: Callable[[], datetime], patience: Patience
    ) -> Iterator[Part]:
        kind = AccountType.ADS_ACCOUNT
        told = self._as_left(connection, kind, now())
        try:
            for told_page in self.directory.ads_accounts(connection, patience, told.onward):
                yield page(connection, told.fresh(told_page), now)
        except _THE_RUNS:
            raise
        except (UsagePlanEmpty, RateLimited) as error:
            yield failed(connection, kind, Region.WORLD, error, now, told.place(now()))
        except (ChannelError, NotFound) as error:
            yield failed(connection, kind, Region.WORLD, error, now)
        else:
            yield complete(connection, Scope(kind), {Region.WORLD: len(told.ids)}, told.ids, now)

    def _as_left(self, connection: Connection, kind: AccountType, now: datetime) -> _Told:
        """How far the listing came that had to wait for a limit: from there it goes on."""
        with self.look() as work:
            listings = work.ads_accounts.listings(connection.id)
        return _Told.as_left(next((each.place for each in listings if each.type is kind), None), now)

    def _profiles(
        self,
        connection: Connection,
        now: Callable[[], datetime],
        patience: Patience,
        regions: Sequence[Region],
    ) -> Iterator[Part]:
        kind = AccountType.PROFILE
        answers: dict[Region, Sequence[FoundAccount]] = {}
        troubles: dict[Region, PortsideError] = {}
        for region in regions:
            try:
                answers[region] = self.directory.profiles(connection, region, patience)
            except _THE_RUNS:
                raise
            except (ChannelError, NotFound, RateLimited) as error:
                troubles[region] = error
        if answers:
            found = _each_once(answers)
            yield page(connection, found, now)
            told = {each.amazon_id for each in found}
            counts = {region: sum(each.region is region for each in found) for region in answers}
            yield complete(connection, Scope(kind, tuple(answers)), counts, told, now)
        for region, trouble in troubles.items():
            yield failed(connection, kind, region, trouble, now)

    def _advertisers(
        self, connection: Connection, now: Callable[[], datetime], patience: Patience
    ) -> Iterator[Part]:
        kind = AccountType.DSP_ADVERTISER
        told = self._as_left(connection, kind, now())
        troubles: list[PortsideError] = []
        with self.look() as work:
            agencies = work.ads_accounts.agencies(connection.id)
        try:
            for agency in agencies:
                if agency.status is AccountStatus.ACTIVE:
                    yield from self._agency(connection, agency, told, troubles, now, patience)
            managed, are_all = self._managed(connection, patience, troubles)
        except (UsagePlanEmpty, RateLimited) as error:
            yield failed(connection, kind, Region.WORLD, error, now, told.place(now()))
            return
        yield page(connection, told.fresh(FoundPage(tuple(managed), None)), now)
        # Nobody is left who could name the advertisers of a profile that has gone.
        gone = [each.found.amazon_id for each in agencies if each.gone_since is not None]
        scope = Scope(kind, agencies=(*told.listed, *gone, *((None,) if are_all else ())))
        if troubles:
            yield closed(connection, scope, told.ids, now)
            yield failed(connection, kind, Region.WORLD, troubles[0], now)
        else:
            yield complete(connection, scope, {Region.WORLD: len(told.ids)}, told.ids, now)

    def _agency(
        self,
        connection: Connection,
        agency: Account,
        told: _Told,
        troubles: list[PortsideError],
        now: Callable[[], datetime],
        patience: Patience,
    ) -> Iterator[Part]:
        """One agency's advertisers, unless that was done before the listing had to wait."""
        profile_id = agency.found.amazon_id
        if profile_id in (*told.listed, *told.denied):
            return
        if told.agency != profile_id:
            told.agency, told.onward = profile_id, None
        try:
            for told_page in self.directory.dsp_advertisers(connection, agency.found, patience, told.onward):
                yield page(connection, told.fresh(told_page), now)
            told.listed.append(profile_id)
        except (*_THE_RUNS, UsagePlanEmpty, RateLimited):
            raise
        except AccessDenied:
            told.denied.append(profile_id)  # normal for most, and no proof that anything is gone
        except (ChannelError, NotFound) as error:
            troubles.append(error)

    def _managed(
        self, connection: Connection, patience: Patience, troubles: list[PortsideError]
    ) -> tuple[list[FoundAccount], bool]:
        """Advertisers of manager accounts, and whether these are all."""
        found: list[FoundAccount] = []
        are_all = True
        for region in SELLING_REGIONS:
            try:
                found += self.directory.managed_advertisers(connection, region, patience)
            except (*_THE_RUNS, UsagePlanEmpty, RateLimited):
                raise
            except _NOT_FOR_US:
                are_all = False
            except ChannelError as error:
                are_all = False
                troubles.append(error)
        return found, are_all


def _each_once(answers: Mapping[Region, Sequence[FoundAccount]]) -> list[FoundAccount]:
    """Every profile once, by Amazon's id, though several regions may tell it: one address may stand for all of them.

    It belongs where its country is, if that region tells it or was not asked; else where it was told.
    """
    tellers: dict[str, dict[Region, FoundAccount]] = {}
    for region, found in answers.items():
        for each in found:
            tellers.setdefault(each.amazon_id, {})[region] = each
    placed = []
    for told in tellers.values():
        first, each = next(iter(told.items()))
        home = _HOME.get(each.country_code or "")
        is_home = home is not None and (home in told or home not in answers)
        placed.append(
            replace(told.get(home, each) if home else each, region=home if is_home and home else first)
        )
    return placed
