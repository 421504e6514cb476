"""Registering an ads account with Amazon, from the terms to its end.

Source: Amazon Ads API, "Create accounts".
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NewType
from uuid import UUID

from domain.connections.model import ConnectionId, Failure
from domain.users.model import UserId

RegistrationId = NewType("RegistrationId", UUID)


class RegistrationStatus(StrEnum):
    """Where a registration stands."""

    TERMS_REQUIRED = "terms_required"  # the user has to accept Amazon's terms at ``terms_url``
    PENDING = "pending"  # asked for; Amazon is making it
    PARTIALLY_CREATED = "partially_created"
    CREATED = "created"
    DISABLED = "disabled"  # Amazon refused it
    FAILED = "failed"

    @property
    def is_open(self) -> bool:
        """Whether something will still happen."""
        return self in (
            RegistrationStatus.TERMS_REQUIRED,
            RegistrationStatus.PENDING,
            RegistrationStatus.PARTIALLY_CREATED,
        )


@dataclass(frozen=True)
class RegistrationWish:
    """What to register. One association at most; ``seller_id`` is the merchant of a seller's own account.

    ``business`` are name, phone, website and address of a business in the United States, in Amazon's field names.
    """

    account_name: str
    country_codes: tuple[str, ...]
    seller_id: str | None = None
    vendor_group: str | None = None
    author_email: str | None = None
    business: Mapping[str, str] | None = None
    terms_token: str | None = None


@dataclass(frozen=True)
class Registration:
    """One registration and its way to its end. ``asked_at`` is written before Amazon is asked.

    With ``asked_at`` and without ``ads_account_id`` it is not known whether Amazon got the wish.
    """

    id: RegistrationId
    connection_id: ConnectionId
    user_id: UserId
    wish: RegistrationWish
    status: RegistrationStatus
    created_at: datetime
    next_look_at: datetime | None
    terms_token: str | None = None
    terms_url: str | None = None
    asked_at: datetime | None = None
    ads_account_id: str | None = None
    looks: int = 0
    finished_at: datetime | None = None
    error: Failure | None = None
