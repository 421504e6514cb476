"""What each person sees of the advertisers at a moment: hidden, renamed and registered ones included."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from threading import Lock

from entrypoints.simulator.ads.people import Account, Advertiser, Everybody, Person, Profile, Size
from entrypoints.simulator.config import SimulatorConfig


@dataclass
class Directory:
    """Answers who sees what. What was ordered by hand is forgotten when the process ends."""

    config: SimulatorConfig
    #: Accounts that were registered since, and their profiles, at a moment.
    registered: Callable[[Person], list[tuple[Account, list[Profile]]]] = field(default=lambda _person: [])
    _everybody: Everybody = field(init=False)
    _hidden: frozenset[str] = field(default=frozenset(), init=False)
    _names: dict[str, str] = field(default_factory=dict, init=False)
    _lock: Lock = field(default_factory=Lock, init=False, repr=False)

    def __post_init__(self) -> None:
        ads = self.config.ads
        self.resize(Size(ads.accounts, ads.profiles, ads.advertisers))

    @property
    def everybody(self) -> Everybody:
        return self._everybody

    def resize(self, size: Size) -> None:
        """Let there be so many from now on."""
        self._everybody = Everybody(self.config, size)

    def hide(self, ids: frozenset[str]) -> None:
        """Nobody is told of these any more: accounts, profiles, advertisers."""
        with self._lock:
            self._hidden |= ids

    def show(self, ids: frozenset[str] | None) -> None:
        """Tell of them again; of all without ids."""
        with self._lock:
            self._hidden = frozenset() if ids is None else self._hidden - ids

    def rename(self, some_id: str, name: str) -> None:
        with self._lock:
            self._names[some_id] = name

    def accounts(self, person: Person) -> list[Account]:
        own = (
            each for each in self._everybody.accounts if person.sees_all or each.owner_id in person.seller_ids
        )
        found = [*own, *(account for account, _ in self.registered(person))]
        return [self._named(each) for each in found if each.id not in self._hidden]

    def profiles(self, person: Person, region: str | None = None) -> list[Profile]:
        """Those of a region's host; of all where one address serves all."""
        return [each for each in self._profiles(person) if region in (None, each.region)]

    def profile(self, person: Person, profile_id: str) -> Profile | None:
        return next((each for each in self._profiles(person) if str(each.id) == profile_id), None)

    def advertisers(self, agency: Profile) -> list[Advertiser]:
        """Those of an agency's profile."""
        everyone = self._everybody.advertisers
        found = (each for each in everyone if each.agency is not None and each.agency.id == agency.id)
        return [
            replace(each, name=self._names.get(each.id, each.name)) for each in found if self._shows(each.id)
        ]

    def lent_advertisers(self) -> list[Advertiser]:
        """Those that only lend their reports to a manager account."""
        return [each for each in self._everybody.advertisers if each.agency is None and self._shows(each.id)]

    def advertised(self) -> list[Profile]:
        """Every profile with campaigns, whoever sees it."""
        return [each for each in self._everybody.profiles if each.active]

    def _profiles(self, person: Person) -> Iterator[Profile]:
        for each in self._everybody.profiles:
            mine = each.seller is not None and each.seller.id in person.seller_ids
            if (person.sees_all or mine) and self._shows(str(each.id)):
                yield replace(each, name=self._names.get(str(each.id), each.name))
        for _, profiles in self.registered(person):
            yield from (each for each in profiles if self._shows(str(each.id)))

    def _shows(self, some_id: str) -> bool:
        return some_id not in self._hidden

    def _named(self, account: Account) -> Account:
        return replace(account, name=self._names.get(account.id, account.name))
