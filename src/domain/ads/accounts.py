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

    ACTIVE = "active"
    PENDING = "pending"  # Amazon is still making it, or a part of it
    DISABLED = "disabled"  # Amazon has refused or closed it
    GONE = "gone"  # Amazon does not name it any more
    DISCONNECTED = "disconnected"  # the user does not want it synced


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
    def attribution_days(self) -> int:
        """How long after a click a sale counts as the ad's: 7 days for sellers' sponsored products, else 14."""
        return 7 if self.found.owner is Owner.SELLER else 14


@dataclass(frozen=True)
class Refreshed:
    """What a refresh of the accounts changed."""

    found: int
    added: int
    changed: int
    gone: int
