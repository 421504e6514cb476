"""What the advertising subject asks of the world."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import date, datetime
from typing import Protocol

from domain.ads.accounts import Account, AccountId, AccountType, FoundAccount
from domain.ads.registration import Registration, RegistrationId, RegistrationWish
from domain.ads.reports import (
    AdProduct,
    AdsDay,
    AdsLook,
    AdsProductDay,
    AdsReport,
    AdsReportId,
    AdsReportRequest,
    AdsReportStatus,
    Schedule,
    ScheduleId,
)
from domain.connections.model import Connection, ConnectionId
from domain.marketplaces import Region
from domain.users.model import UserId


class AdsDirectory(Protocol):
    """The accounts that a grant can see. Every listing is fetched to its last page, and fails where one page does."""

    def ads_accounts(self, connection: Connection) -> Iterator[Sequence[FoundAccount]]:
        """Global accounts, page by page (``POST /adsAccounts/list``). Raises ChannelError."""

    def profiles(self, connection: Connection, region: Region) -> Sequence[FoundAccount]:
        """The profiles at one region's host (``GET /v2/profiles``). Raises ChannelError."""

    def dsp_advertisers(
        self, connection: Connection, agency: FoundAccount
    ) -> Iterator[Sequence[FoundAccount]]:
        """The advertisers of an agency's profile, page by page (``GET /dsp/advertisers``).

        Raises:
            AccessDenied: this profile has no access to DSP: normal for most.
            ChannelError: any other.
        """


class AdsRegistrar(Protocol):
    """Registers ads accounts (``POST /termsTokens``, ``POST /adsAccounts``)."""

    def terms(self, connection: Connection) -> tuple[str, str]:
        """A terms token, and the address at which the user accepts the terms. Raises ChannelError."""

    def terms_accepted(self, connection: Connection, terms_token: str) -> bool:
        """Whether they were. Raises ChannelError."""

    def register(self, connection: Connection, wish: RegistrationWish) -> FoundAccount:
        """Ask for the account; not to be repeated blindly. Raises ChannelError."""

    def account(self, connection: Connection, ads_account_id: str) -> FoundAccount:
        """How it gets on. Raises NotFound, ChannelError."""


class AdsReportChannel(Protocol):
    """Reporting v3, for background work. Everything raises the gateway's errors (``ChannelError`` and kin)."""

    def create(self, connection: Connection, account: Account, request: AdsReportRequest) -> str:
        """Ask for a report; returns Amazon's id. A duplicate that Amazon names instead (425) is adopted when it is
        just this request and has not failed; UsagePlanEmpty says when to ask again.
        """

    def look(self, connection: Connection, account: Account, amazon_id: str) -> AdsLook:
        """How it stands. Raises NotFound."""

    def document(self, look: AdsLook) -> AbstractContextManager[Iterator[bytes]]:
        """The unpacked document, in pieces, fetched without our token. Raises StalePage: the address has run out."""


class AdsBook(Protocol):
    """Accounts, registrations, reports and daily rows, as they are kept."""

    # Accounts

    def merge(
        self,
        connection: Connection,
        found: Iterable[FoundAccount],
        scope: Sequence[tuple[AccountType, Region]],
        at: datetime,
    ) -> "tuple[int, int, int]":
        """Keep what Amazon told, set-based: writes only what changed. Accounts of the fully listed ``scope`` that were
        not told are marked as gone; what returns is there again. Returns how many were added, changed, and have gone.
        """

    def account(self, user_id: UserId, account_id: AccountId) -> Account:
        """Raises NotFound: none, or somebody else's."""

    def accounts(
        self,
        user_id: UserId,
        *,
        type: AccountType | None = None,  # noqa: A002 - the field's name
        after: tuple[str, AccountId] | None = None,
        limit: int | None = None,
    ) -> list[Account]:
        """The user's accounts, by name and id; ``after`` such a pair where a page goes on."""

    def save_account(self, account: Account) -> None:
        """Replace what the user has made of an account (name, default, status), and how it does."""

    def profiles_to_sync(self, connection_id: ConnectionId) -> list[Account]:
        """Profiles that can have figures: active, and not an agency's."""

    # Registrations

    def add_registration(self, registration: Registration) -> None:
        """Keep a new one."""

    def save_registration(self, registration: Registration) -> None:
        """Replace it."""

    def registration(self, user_id: UserId, registration_id: RegistrationId) -> Registration:
        """Raises NotFound."""

    def open_registrations(self, connection_id: ConnectionId) -> list[Registration]:
        """Those of which something is still to come."""

    # Reports

    def add_reports(self, reports: Sequence[AdsReport]) -> None:
        """Keep new ones."""

    def save_report(self, report: AdsReport) -> None:
        """Replace one. Raises NotFound."""

    def same(self, report: AdsReport) -> AdsReport | None:
        """An open report of the same profile and purpose that asks the same."""

    def report(self, user_id: UserId, report_id: AdsReportId) -> AdsReport:
        """Raises NotFound."""

    def reports(
        self,
        user_id: UserId,
        *,
        account_id: AccountId | None = None,
        status: AdsReportStatus | None = None,
        before: tuple[datetime, AdsReportId] | None = None,
        limit: int = 50,
    ) -> list[AdsReport]:
        """The user's, the newest first."""

    def open_reports(self, connection_id: ConnectionId) -> list[AdsReport]:
        """In the order in which they are to be worked on."""

    def put_part(self, report: AdsReport, number: int, data: bytes) -> None:
        """Keep (or replace) a part of a document, packed."""

    def part(self, report_id: AdsReportId, number: int) -> bytes | None:
        """A part as it was given."""

    def drop_parts(self, report_id: AdsReportId) -> int:
        """Forget the document."""

    # Schedules

    def save_schedule(self, schedule: Schedule) -> None:
        """Keep or replace one."""

    def schedules(self, user_id: UserId) -> list[Schedule]:
        """The user's."""

    def due_schedules(self, connection_id: ConnectionId, now: datetime) -> list[Schedule]:
        """Those whose time has come."""

    def remove_schedule(self, user_id: UserId, schedule_id: ScheduleId) -> None:
        """Raises NotFound."""

    # Daily rows

    def save_days(self, report: AdsReport, rows: Sequence[AdsDay]) -> int:
        """Keep rows, in place of older ones of the same campaign and day; returns how many were new or other."""

    def save_product_days(self, report: AdsReport, rows: Sequence[AdsProductDay]) -> int:
        """The same for products."""

    def close_days(self, report: AdsReport, ad_product: AdProduct, first: date, last: date) -> int:
        """A report of these days has been taken over: rows that it did not have are gone. Returns how many."""

    def days_known(self, connection_id: ConnectionId, profile_id: str, ad_product: AdProduct) -> date | None:
        """The last day that a report was taken over for."""
