"""Advertising accounts, their listings and registrations as rows."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from adapters.sql.rows import failure_of, failure_values
from domain.ads.accounts import (
    Account,
    AccountId,
    AccountStatus,
    AccountType,
    FoundAccount,
    LinkedProfile,
    Listing,
    Owner,
    status_told,
)
from domain.ads.registration import Registration, RegistrationId, RegistrationStatus, RegistrationWish
from domain.connections.model import ConnectionId
from domain.marketplaces import Region
from domain.users.model import UserId

#: What Amazon tells of an account. The rest of the row is the user's, or ours.
TOLD = (
    "region",
    "name",
    "amazon_status",
    "country_code",
    "currency_code",
    "time_zone",
    "marketplace_id",
    "owner",
    "sub_type",
    "account_info_id",
    "agency_profile_id",
    "linked",
    "countries",
    "problems",
)
#: What the user makes of an account.
OURS = ("name_given", "status")


def told_values(found: FoundAccount) -> dict[str, Any]:
    """The columns that hold Amazon's words."""
    return {
        "region": found.region.value,
        "name": found.name,
        "amazon_status": found.amazon_status,
        "country_code": found.country_code,
        "currency_code": found.currency_code,
        "time_zone": found.time_zone,
        "marketplace_id": found.marketplace_id,
        "owner": found.owner.value if found.owner else None,
        "sub_type": found.sub_type,
        "account_info_id": found.account_info_id,
        "agency_profile_id": found.agency_profile_id,
        "linked": [[each.country_code, each.profile_id, each.entity_id] for each in found.linked],
        "countries": list(found.countries),
        "problems": dict(found.problems),
    }


def our_values(account: Account) -> dict[str, Any]:
    """The columns that hold what the user makes of it."""
    return {"name_given": account.name_given, "status": account.status.value}


def account_of(row: Mapping[Any, Any]) -> Account:
    """The account in a row."""
    return Account(
        id=AccountId(row["id"]),
        connection_id=ConnectionId(row["connection_id"]),
        user_id=UserId(row["user_id"]),
        found=_found_of(row),
        status=AccountStatus(row["status"]),
        is_default=bool(row["is_default"]),
        created_at=row["created_at"],
        seen_at=row["seen_at"],
        name_given=row["name_given"],
        gone_since=row["gone_since"],
        last_synced_at=row["last_synced_at"],
        last_error=failure_of(row),
    )


def _found_of(row: Mapping[Any, Any]) -> FoundAccount:
    return FoundAccount(
        type=AccountType(row["type"]),
        amazon_id=row["amazon_id"],
        region=Region(row["region"]),
        name=row["name"],
        amazon_status=row["amazon_status"],
        status=status_told(row["amazon_status"]),
        country_code=row["country_code"],
        currency_code=row["currency_code"],
        time_zone=row["time_zone"],
        marketplace_id=row["marketplace_id"],
        owner=Owner(row["owner"]) if row["owner"] else None,
        sub_type=row["sub_type"],
        account_info_id=row["account_info_id"],
        agency_profile_id=row["agency_profile_id"],
        linked=tuple(LinkedProfile(*each) for each in row["linked"]),
        countries=tuple(row["countries"]),
        problems=row["problems"],
    )


def listing_values(listing: Listing) -> dict[str, Any]:
    """All columns of a listing."""
    return {
        "connection_id": listing.connection_id,
        "type": listing.type.value,
        "region": listing.region.value,
        "user_id": listing.user_id,
        "next_at": listing.next_at,
        "listed_at": listing.listed_at,
        "found": listing.found,
        "failures": listing.failures,
        "place": listing.place,
        **failure_values(listing.error),
    }


def listing_of(row: Mapping[Any, Any]) -> Listing:
    """The listing in a row."""
    return Listing(
        connection_id=ConnectionId(row["connection_id"]),
        user_id=UserId(row["user_id"]),
        type=AccountType(row["type"]),
        region=Region(row["region"]),
        next_at=row["next_at"],
        listed_at=row["listed_at"],
        found=row["found"],
        failures=row["failures"],
        error=failure_of(row),
        place=row["place"],
    )


def registration_values(registration: Registration) -> dict[str, Any]:
    """All columns of a registration."""
    wish = asdict(registration.wish)
    return {
        "id": registration.id,
        "connection_id": registration.connection_id,
        "user_id": registration.user_id,
        "wish": {**wish, "country_codes": list(registration.wish.country_codes)},
        "status": registration.status.value,
        "created_at": registration.created_at,
        "next_look_at": registration.next_look_at,
        "terms_token": registration.terms_token,
        "terms_url": registration.terms_url,
        "asked_at": registration.asked_at,
        "ads_account_id": registration.ads_account_id,
        "looks": registration.looks,
        "finished_at": registration.finished_at,
        **failure_values(registration.error),
    }


def registration_of(row: Mapping[Any, Any]) -> Registration:
    """The registration in a row."""
    wish = row["wish"]
    return Registration(
        id=RegistrationId(row["id"]),
        connection_id=ConnectionId(row["connection_id"]),
        user_id=UserId(row["user_id"]),
        wish=RegistrationWish(**{**wish, "country_codes": tuple(wish["country_codes"])}),
        status=RegistrationStatus(row["status"]),
        created_at=row["created_at"],
        next_look_at=row["next_look_at"],
        terms_token=row["terms_token"],
        terms_url=row["terms_url"],
        asked_at=row["asked_at"],
        ads_account_id=row["ads_account_id"],
        looks=row["looks"],
        finished_at=row["finished_at"],
        error=failure_of(row),
    )
