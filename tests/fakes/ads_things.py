"""Advertising accounts and registrations with sensible values, for tests that care about one of them."""

from dataclasses import replace
from datetime import datetime
from uuid import uuid4

from domain.ads.accounts import AccountStatus, AccountType, FoundAccount, Owner
from domain.ads.registration import Registration, RegistrationId, RegistrationStatus, RegistrationWish
from domain.connections.model import Connection, ConnectionId, ConnectionStatus, Provider
from domain.marketplaces import Region
from domain.users.model import User
from tests.fakes.things import NOW, US


def an_ads_connection(user: User, status: ConnectionStatus = ConnectionStatus.CONNECTED) -> Connection:
    """A grant to advertising, given on the American page."""
    return Connection(
        id=ConnectionId(uuid4()),
        user_id=user.id,
        provider=Provider.AMAZON_ADS,
        seller_id="amazon-ads",
        region=Region.NA,
        marketplace_id="",
        marketplace_ids=(),
        status=status,
        is_default=True,
        connected_at=NOW,
        authorized_at=NOW,
    )


def an_ads_account(amazon_id: str = "amzn1.ads-account.g.1", name: str | None = "Global") -> FoundAccount:
    """A global account that is ready for use."""
    return FoundAccount(
        type=AccountType.ADS_ACCOUNT,
        amazon_id=amazon_id,
        region=Region.WORLD,
        name=name,
        amazon_status="CREATED",
        status=AccountStatus.ACTIVE,
    )


def a_profile(
    amazon_id: str = "1", *, region: Region = Region.NA, owner: Owner = Owner.SELLER, country: str = "US"
) -> FoundAccount:
    """An American seller's profile, unless said otherwise."""
    return FoundAccount(
        type=AccountType.PROFILE,
        amazon_id=amazon_id,
        region=region,
        name=f"Profile {amazon_id}",
        amazon_status="edit",
        status=AccountStatus.ACTIVE,
        country_code=country,
        currency_code="USD",
        time_zone="America/Los_Angeles",
        marketplace_id=US,
        owner=owner,
        account_info_id="A1SELLER",
    )


def an_advertiser(amazon_id: str = "77", agency: str | None = "5") -> FoundAccount:
    """An advertiser of DSP, seen through an agency's profile."""
    return FoundAccount(
        type=AccountType.DSP_ADVERTISER,
        amazon_id=amazon_id,
        region=Region.NA,
        name=f"Advertiser {amazon_id}",
        amazon_status="advertiser",
        status=AccountStatus.ACTIVE,
        country_code="US",
        currency_code="USD",
        time_zone="America/New_York",
        agency_profile_id=agency,
    )


def a_registration(
    connection: Connection,
    status: RegistrationStatus = RegistrationStatus.PENDING,
    created_at: datetime = NOW,
    **changes: object,
) -> Registration:
    """A registration that Amazon was not asked for yet."""
    registration = Registration(
        id=RegistrationId(uuid4()),
        connection_id=connection.id,
        user_id=connection.user_id,
        wish=RegistrationWish("My brand", ("US",), seller_id="A1SELLER"),
        status=status,
        created_at=created_at,
        next_look_at=created_at,
    )
    return replace(registration, **changes)  # type: ignore[arg-type] # callers name fields of Registration
