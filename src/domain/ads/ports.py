"""What the advertising subject asks of the world."""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import Protocol

from domain.ads.accounts import Account, AccountId, AccountType, FoundAccount, FoundPage, Listing, Scope
from domain.ads.registration import Registration, RegistrationId, RegistrationWish
from domain.connections.model import Connection, ConnectionId, Failure
from domain.gateway.model import Patience
from domain.marketplaces import Region
from domain.users.model import UserId


class AdsDirectory(Protocol):
    """The accounts that a grant can see. Every listing is fetched to its last page, and fails where one page does."""

    def ads_accounts(
        self, connection: Connection, patience: Patience = Patience.BACKGROUND, place: str | None = None
    ) -> Iterator[FoundPage]:
        """Global accounts, page by page (``POST /adsAccounts/list``); from ``place`` on, where one is given.

        Raises ChannelError, NotFound.
        """

    def profiles(
        self, connection: Connection, region: Region, patience: Patience = Patience.BACKGROUND
    ) -> Sequence[FoundAccount]:
        """The profiles at one region's host (``GET /v2/profiles``). Raises ChannelError, NotFound."""

    def dsp_advertisers(
        self,
        connection: Connection,
        agency: FoundAccount,
        patience: Patience = Patience.BACKGROUND,
        place: str | None = None,
    ) -> Iterator[FoundPage]:
        """The advertisers of an agency's profile, page by page (``GET /dsp/advertisers``), likewise.

        Raises:
            AccessDenied: this profile has no access to DSP: normal for most.
            ChannelError, NotFound: any other.
        """

    def managed_advertisers(
        self, connection: Connection, region: Region, patience: Patience = Patience.BACKGROUND
    ) -> Sequence[FoundAccount]:
        """Advertisers of DSP that are linked to a manager account (``GET /managerAccounts``).

        Raises:
            AccessDenied: the user has none: normal for most.
            ChannelError, NotFound: any other.
        """


class AdsRegistrar(Protocol):
    """Registers ads accounts (``POST /termsTokens``, ``POST /adsAccounts``)."""

    def terms(self, connection: Connection, patience: Patience = Patience.BACKGROUND) -> tuple[str, str]:
        """A terms token, and the address at which the user accepts the terms. Raises ChannelError."""

    def terms_status(
        self, connection: Connection, terms_token: str, patience: Patience = Patience.BACKGROUND
    ) -> str:
        """``CREATED``, ``ACCEPTED`` or ``REDEEMED``. Raises NotFound, ChannelError."""

    def register(
        self, connection: Connection, wish: RegistrationWish, patience: Patience = Patience.BACKGROUND
    ) -> FoundAccount:
        """Ask for the account; not to be repeated blindly. Raises ChannelError."""

    def account(self, connection: Connection, ads_account_id: str) -> FoundAccount:
        """How it gets on. Raises NotFound, ChannelError."""


class AccountBook(Protocol):
    """Accounts as they are kept. Those of a connection that is being erased are seen by nobody.

    Whoever changes a user's accounts waits for whoever else does, until the transaction ends. Who wakes the sync in the
    same transaction does that first.
    """

    def merge(self, connection: Connection, found: Sequence[FoundAccount], at: datetime) -> tuple[int, int]:
        """Keep what Amazon told, set-based: writes only what changed. What had gone is there again.

        Returns how many were added, and how many changed.
        """

    def mark_gone(self, connection: Connection, scope: Scope, told: Collection[str], at: datetime) -> int:
        """Accounts of the scope, listed to its end, that were not told are gone; all that is kept of them stays.

        Returns how many.
        """

    def account(self, user_id: UserId, account_id: AccountId) -> Account:
        """Raises NotFound: none, or somebody else's."""

    def these(self, user_id: UserId, account_ids: Sequence[AccountId]) -> list[Account]:
        """Those of them that are there and the user's, in any order."""

    def accounts(
        self,
        user_id: UserId,
        *,
        type: AccountType | None = None,  # noqa: A002 - the field's name
        agency: str | None = None,
        after: tuple[str, AccountId] | None = None,
        limit: int | None = None,
    ) -> list[Account]:
        """The user's accounts, by name and id; ``after`` such a pair where a page goes on.

        ``agency``: those that are seen through this profile.
        """

    def named_by_amazon(
        self, connection_id: ConnectionId, kind: AccountType, amazon_id: str
    ) -> Account | None:
        """The account with Amazon's id, if it is kept."""

    def agencies(self, connection_id: ConnectionId) -> list[Account]:
        """Profiles of agencies, whatever their status."""

    def profiles_to_sync(self, connection_id: ConnectionId) -> list[Account]:
        """Profiles that can have figures: active, a seller's or vendor's, and not for attribution alone."""

    def hold(self, user_id: UserId) -> None:
        """Nobody else changes this user's accounts until the transaction ends: for who reads before writing."""

    def save_account(self, account: Account) -> None:
        """Replace what the user has made of an account: name and status. Raises NotFound."""

    def save_accounts(self, accounts: Sequence[Account]) -> None:
        """The same for many, set-based; what is not there is passed over."""

    def note_sync(self, account_id: AccountId, at: datetime | None, error: Failure | None) -> None:
        """How the sync of an account went: its figures are as of ``at`` (``None``: of when they were), and its latest
        trouble. What is not there is passed over.
        """

    def settle_defaults(self, user_id: UserId, kind: AccountType, wanted: AccountId | None = None) -> None:
        """One usable account of the type is the default one: the wanted one, else the present one, else the one that
        was found first.
        """

    def listings(self, connection_id: ConnectionId) -> list[Listing]:
        """All that were ever tried."""

    def save_listing(self, listing: Listing) -> None:
        """Keep or replace it."""

    def list_again(self, connection_id: ConnectionId, types: Collection[AccountType], at: datetime) -> None:
        """These listings are due at ``at``, if not earlier."""


class RegistrationBook(Protocol):
    """Registrations as they are kept."""

    def add(self, registration: Registration) -> None:
        """Keep a new one."""

    def save(self, registration: Registration, was: Registration) -> bool:
        """Replace it, unless somebody else has since it was so: then nothing happens, and the answer is ``False``."""

    def get(self, user_id: UserId, registration_id: RegistrationId) -> Registration:
        """Raises NotFound: none, or somebody else's."""

    def open_of(self, connection_id: ConnectionId) -> list[Registration]:
        """Those of which something is still to come, the oldest first."""
