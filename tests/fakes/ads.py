"""The accounts at Amazon Ads, playing a script: listed as a test says, and failing where it says."""

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from domain.ads.accounts import AccountStatus, AccountType, FoundAccount, FoundPage, status_told
from domain.ads.registration import RegistrationWish
from domain.connections.model import Connection
from domain.errors import AccessDenied, NotFound
from domain.gateway.model import Patience
from domain.marketplaces import Region


@dataclass
class ScriptedAdsDirectory:
    """``accounts`` come in pages of ``page_size``; profiles by region, advertisers by the profile of their agency.

    ``trouble`` is raised, one for each page asked for under that name (``ads_accounts``, ``na``, ``eu``, ``fe``, an
    agency's profile id, ``managers``); ``None`` lets a page through.
    """

    accounts: list[FoundAccount] = field(default_factory=list)
    regional: dict[Region, list[FoundAccount]] = field(default_factory=dict)
    advertisers: dict[str, list[FoundAccount]] = field(default_factory=dict)
    managed: dict[Region, list[FoundAccount]] = field(default_factory=dict)
    page_size: int = 100
    trouble: dict[str, deque[Exception | None]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def ads_accounts(
        self, connection: Connection, patience: Patience = Patience.BACKGROUND, place: str | None = None
    ) -> Iterator[FoundPage]:
        yield from self._pages("ads_accounts", self.accounts, place)

    def profiles(
        self, connection: Connection, region: Region, patience: Patience = Patience.BACKGROUND
    ) -> Sequence[FoundAccount]:
        self._suffer(region.value)
        return list(self.regional.get(region, []))

    def dsp_advertisers(
        self,
        connection: Connection,
        agency: FoundAccount,
        patience: Patience = Patience.BACKGROUND,
        place: str | None = None,
    ) -> Iterator[FoundPage]:
        if agency.amazon_id not in self.advertisers:
            self.asked.append(agency.amazon_id)
            raise AccessDenied("This profile has no access to DSP.", channel="ads")
        yield from self._pages(agency.amazon_id, self.advertisers[agency.amazon_id], place)

    def managed_advertisers(
        self, connection: Connection, region: Region, patience: Patience = Patience.BACKGROUND
    ) -> Sequence[FoundAccount]:
        self._suffer("managers")
        return list(self.managed.get(region, []))

    def _pages(self, name: str, found: list[FoundAccount], place: str | None) -> Iterator[FoundPage]:
        for start in range(int(place or 0), len(found) or 1, self.page_size):
            self._suffer(name)
            end = start + self.page_size
            yield FoundPage(tuple(found[start:end]), str(end) if end < len(found) else None)

    def _suffer(self, name: str) -> None:
        self.asked.append(name)
        waiting = self.trouble.get(name)
        error = waiting.popleft() if waiting else None
        if error is not None:
            raise error


@dataclass
class ScriptedRegistrar:
    """Terms ``T-1``, ``T-2``, … and accounts ``G-1``, ``G-2``, …, which are made at once unless ``stages`` says how.

    ``trouble`` is raised, one for each call of that name (``terms``, ``terms_status``, ``register``, ``account``).
    After one in ``lost_answers`` the account was registered all the same, and is told by ``directory``.
    """

    directory: ScriptedAdsDirectory
    stages: deque[str] = field(default_factory=deque)
    problems: dict[str, str] = field(default_factory=dict)
    accepted: set[str] = field(default_factory=set)
    redeemed: set[str] = field(default_factory=set)
    trouble: dict[str, deque[Exception | None]] = field(default_factory=dict)
    lost_answers: deque[Exception] = field(default_factory=deque)
    wishes: list[RegistrationWish] = field(default_factory=list)
    made: dict[str, FoundAccount] = field(default_factory=dict)
    _terms: int = 0

    def terms(self, connection: Connection, patience: Patience = Patience.BACKGROUND) -> tuple[str, str]:
        self._suffer("terms")
        self._terms += 1
        return f"T-{self._terms}", f"https://advertising.example.com/terms/T-{self._terms}"

    def terms_status(
        self, connection: Connection, terms_token: str, patience: Patience = Patience.BACKGROUND
    ) -> str:
        self._suffer("terms_status")
        if terms_token in self.redeemed:
            return "REDEEMED"
        return "ACCEPTED" if terms_token in self.accepted else "CREATED"

    def register(
        self, connection: Connection, wish: RegistrationWish, patience: Patience = Patience.BACKGROUND
    ) -> FoundAccount:
        self._suffer("register")
        self.wishes.append(wish)
        if wish.terms_token is not None:
            self.redeemed.add(wish.terms_token)
        identity = f"G-{len(self.wishes)}"
        found = FoundAccount(
            AccountType.ADS_ACCOUNT,
            identity,
            Region.WORLD,
            wish.account_name,
            "PENDING",
            AccountStatus.PENDING,
            countries=wish.country_codes,
        )
        self.made[identity] = found
        if self.lost_answers:
            self.directory.accounts.append(found)
            raise self.lost_answers.popleft()
        return self._told(found)

    def account(self, connection: Connection, ads_account_id: str) -> FoundAccount:
        self._suffer("account")
        if ads_account_id not in self.made:
            raise NotFound("Amazon does not know this account.")
        return self._told(self.made[ads_account_id])

    def _told(self, found: FoundAccount) -> FoundAccount:
        status = self.stages.popleft() if self.stages else "CREATED"
        return replace(found, amazon_status=status, status=status_told(status), problems=dict(self.problems))

    def _suffer(self, name: str) -> None:
        waiting = self.trouble.get(name)
        error = waiting.popleft() if waiting else None
        if error is not None:
            raise error
