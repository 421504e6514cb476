"""Advertising accounts, as Amazon names them and as we keep them.

Source: Amazon Ads API, "Accounts", "Profiles" and "DSP advertisers".
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NewType
from uuid import UUID

from domain.connections.model import ConnectionId, Failure
from domain.marketplaces import Region
from domain.users.model import UserId

AccountId = NewType("AccountId", UUID)


class AccountType(StrEnum):
    """What kind of account it is. Amazon's ids are good within a kind only."""

    ADS_ACCOUNT = "ads_account"  # global, sponsored ads
    PROFILE = "profile"  # one country of an advertiser, at the host of its region
    DSP_ADVERTISER = "dsp_advertiser"  # seen through a profile of an agency


class Owner(StrEnum):
    """Whose advertising a profile is for (``accountInfo.type``)."""

    SELLER = "seller"
    VENDOR = "vendor"
    AGENCY = "agency"


class AccountStatus(StrEnum):
    """How an account is for us; what Amazon says of it stands in ``amazon_status``."""

    ACTIVE = "connected"  # in the API's word
    PENDING = "pending"  # Amazon is still making it, or a part of it
    DISABLED = "disabled"  # Amazon has refused or closed it
    GONE = "gone"  # Amazon does not name it any more
    DISCONNECTED = "disconnected"  # the user does not want it synced


#: The sub-type of profiles that are used for attribution alone: no campaigns, no figures.
NO_FIGURES = "AMAZON_ATTRIBUTION"


@dataclass(frozen=True)
class LinkedProfile:
    """One country of a global account: the profile and the entity that Amazon names for it, in an entry each."""

    country_code: str
    profile_id: str | None
    entity_id: str | None


@dataclass(frozen=True)
class FoundAccount:
    """An account as Amazon tells it. Ids are texts: some are numbers too large for a browser.

    ``region`` is ``WORLD`` for a global account. ``account_info_id`` is the seller or entity behind a profile, and not
    unique. ``agency_profile_id`` is through which profile an advertiser of DSP is seen. ``problems`` are Amazon's words
    to countries that are not usable.
    """

    type: AccountType
    amazon_id: str
    region: Region
    name: str | None
    amazon_status: str
    status: AccountStatus
    country_code: str | None = None
    currency_code: str | None = None
    time_zone: str | None = None
    marketplace_id: str | None = None
    owner: Owner | None = None
    sub_type: str | None = None
    account_info_id: str | None = None
    agency_profile_id: str | None = None
    linked: tuple[LinkedProfile, ...] = ()
    countries: tuple[str, ...] = ()
    problems: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Account:
    """An account that is kept: what Amazon said last, and what the user has made of it.

    ``name_given`` is the user's own name for it. ``gone_since``: Amazon has not named it since then; its data stays.
    """

    id: AccountId
    connection_id: ConnectionId
    user_id: UserId
    found: FoundAccount
    status: AccountStatus
    is_default: bool
    created_at: datetime
    seen_at: datetime
    name_given: str | None = None
    gone_since: datetime | None = None
    last_synced_at: datetime | None = None
    last_error: Failure | None = None

    @property
    def name(self) -> str:
        """What it is called: the user's name for it, else Amazon's, else its id."""
        return self.name_given or self.found.name or self.found.amazon_id

    @property
    def has_figures(self) -> bool:
        """Whether spend and sales are fetched of it: of advertisers, not of agencies, global accounts or Attribution."""
        if self.found.type is AccountType.PROFILE:
            return self.found.owner in (Owner.SELLER, Owner.VENDOR) and self.found.sub_type != NO_FIGURES
        return self.found.type is AccountType.DSP_ADVERTISER

    @property
    def attribution_days(self) -> int:
        """How long after a click a sale counts as the ad's: 7 days for sellers' sponsored products, else 14."""
        return 7 if self.found.owner is Owner.SELLER else 14


@dataclass(frozen=True)
class Listing:
    """One listing of accounts at Amazon: when it was last read to its end, and when it is read again.

    Profiles are listed by region; whatever is listed for all regions at once has ``WORLD``. ``error`` is of the latest
    attempt, ``failures`` counts those in a row. ``place`` is how far a listing came that waits for a limit.
    """

    connection_id: ConnectionId
    user_id: UserId
    type: AccountType
    region: Region
    next_at: datetime
    listed_at: datetime | None = None
    found: int = 0
    failures: int = 0
    error: Failure | None = None
    place: Mapping[str, object] | None = None


@dataclass(frozen=True)
class FoundPage:
    """A page of a listing; ``onward`` is where the next one begins, in Amazon's terms; ``None``: it was the last."""

    found: tuple[FoundAccount, ...]
    onward: str | None


@dataclass(frozen=True)
class Scope:
    """What was listed to its end, so that what was not told is gone. ``None``: all of it.

    ``agencies`` are the profiles through which advertisers are seen; ``None`` among them stands for manager accounts.
    """

    type: AccountType
    regions: tuple[Region, ...] | None = None
    agencies: tuple[str | None, ...] | None = None


#: What Amazon says of ads accounts; all else it may say is taken for usable.
_TOLD = {
    "PENDING": AccountStatus.PENDING,
    "PARTIALLY_CREATED": AccountStatus.PENDING,
    "DISABLED": AccountStatus.DISABLED,
}


def status_told(amazon_status: str) -> AccountStatus:
    """What Amazon's word means for us."""
    return _TOLD.get(amazon_status, AccountStatus.ACTIVE)
