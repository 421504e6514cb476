"""The secrets of the installation's own LWA client: two of them may be good at once, and none lives for ever.

Source: SP-API documentation, "Rotating your application's client credentials": a secret lives for 180 days; once a new
one is made, the old one goes on working for seven.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

SECRET_LIFE = timedelta(days=180)
#: How long the old secret goes on working beside the new one.
OVERLAP = timedelta(days=7)
#: How long before the end the operator is asked to rotate.
ROTATION_NOTICE = timedelta(days=30)
_DAY = timedelta(days=1)


class Source(StrEnum):
    """Where the text of a secret is."""

    SETTINGS = "settings"  # with the operator; of it, the database knows the fingerprint only
    KEPT = "kept"  # in the database, sealed: Amazon sent it in a notification


@dataclass(frozen=True)
class ClientSecret:
    """What is known of one secret.

    ``first_seen_at`` is when Amazon issued a kept one, and when Portside first met one of the settings: then it may be
    older. ``expires_at`` is ``None`` until Amazon has said it; ``refused_at``: since when LWA does not accept it.
    ``closed``: it is kept, but the key ring does not open it, so that it can't be sent.
    """

    fingerprint: str  # SHA-256, in hex
    text: str | None = field(repr=False)  # None: the settings hold it, or it is closed
    first_seen_at: datetime
    expires_at: datetime | None = None
    refused_at: datetime | None = None
    closed: bool = False

    @property
    def source(self) -> Source:
        """Where its text is."""
        return Source.SETTINGS if self.text is None and not self.closed else Source.KEPT

    @property
    def ends_at(self) -> datetime:
        """When it stops working: as Amazon said, or else at the latest."""
        return self.expires_at or self.first_seen_at + SECRET_LIFE

    def days_left(self, now: datetime) -> float:
        """Days until it stops working; negative once it has."""
        return (self.ends_at - now) / _DAY


def fingerprint(secret: str) -> str:
    """What a secret is known by where it must not stand."""
    return hashlib.sha256(secret.encode()).hexdigest()


@dataclass(frozen=True)
class Rotation:
    """Amazon's word that the client has a new secret, and until when the old one works."""

    client_id: str
    secret: str = field(repr=False)
    expires_at: datetime
    old_expires_at: datetime | None

    @property
    def issued_at(self) -> datetime:
        """When Amazon made the new secret. All rotations of a client are in the order of this moment."""
        return self.expires_at - SECRET_LIFE

    def end_of_new(self, known: Iterable[ClientSecret]) -> datetime:
        """When the new secret ends: earlier than Amazon said, where a still newer one is known already."""
        newer = [one.first_seen_at for one in known if one.source is Source.KEPT and self._is_older(one)]
        return min([self.expires_at, *(issued + OVERLAP for issued in newer)])

    def superseded(self, known: Iterable[ClientSecret]) -> list[ClientSecret]:
        """The older secrets that this rotation ends sooner than was known.

        Notices come late and out of order. A kept secret is older if it was issued earlier. One of the settings, whose
        age nobody knows, can only be older if it was first seen while the old secret still worked.
        """
        end, own = self.old_expires_at, fingerprint(self.secret)
        if end is None:
            return []
        return [
            one
            for one in known
            if one.fingerprint != own
            and one.first_seen_at < (end if one.source is Source.SETTINGS else self.issued_at)
            and (one.expires_at is None or one.expires_at > end)
        ]

    def _is_older(self, other: ClientSecret) -> bool:
        return other.fingerprint != fingerprint(self.secret) and other.first_seen_at > self.issued_at


@dataclass(frozen=True)
class ComingExpiry:
    """Amazon's word on when the client's present secret ends."""

    client_id: str
    expires_at: datetime

    def concerned(self, known: Iterable[ClientSecret]) -> list[ClientSecret]:
        """The secrets whose end this tells: those of the settings that nothing is known about.

        Kept secrets came with their end. Once one secret is known to end at this very moment, the notice is an old one.
        """
        secrets = list(known)
        if any(one.expires_at == self.expires_at for one in secrets):
            return []
        return [
            one
            for one in secrets
            if one.source is Source.SETTINGS
            and one.expires_at is None
            and one.first_seen_at < self.expires_at
        ]
