"""What the credentials' subject asks of the world."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from domain.audit.ports import AuditLog
from domain.connections.model import Grant
from domain.credentials.model import ClientSecret
from domain.tokens.model import LwaClient, RefreshToken, Renewal
from domain.work import Work


class SecretBook(Protocol):
    """What is known of the installation's client secrets."""

    def of(self, client_id: str) -> list[ClientSecret]:
        """All secrets of a client, the one that was seen first in front; ``closed`` where the key ring lacks its key."""

    def hold(self, client_id: str) -> list[ClientSecret]:
        """As ``of``, for changing: nobody else holds this client's secrets until the transaction ends."""

    def keep(self, client_id: str, secret: str, first_seen_at: datetime, expires_at: datetime) -> None:
        """Keep a secret that Amazon sent, with these dates, whether or not it was known before."""

    def seen(self, client_id: str, fingerprints: Collection[str], at: datetime) -> None:
        """These secrets stand in the settings; the ones that are known already stay as they are."""

    def expires(self, client_id: str, fingerprints: Collection[str], at: datetime) -> None:
        """Amazon said when these secrets end."""

    def refused(self, client_id: str, fingerprint: str, at: datetime) -> None:
        """LWA does not accept this secret."""

    def accepted(self, client_id: str, fingerprint: str) -> None:
        """LWA accepts this secret again."""


class CredentialsWork(Work, Protocol):
    """The transaction in which client secrets are changed."""

    @property
    def client_secrets(self) -> SecretBook: ...

    @property
    def audit(self) -> AuditLog: ...


class LwaEndpoint(Protocol):
    """LWA's token endpoint, asked in the name of a client: one HTTP call a method, no retry.

    Both raise:
        ClientRefused: LWA said ``invalid_client`` or ``unauthorized_client``.
        RateLimited: LWA throttles us; says for how long.
        UpstreamRefused: LWA says that the request is wrong.
        UpstreamFailed: a 5xx or an answer that can't be right.
        UpstreamTimedOut: no answer in time.
    """

    def refresh(self, token: RefreshToken, client: LwaClient) -> Renewal:
        """Trade a refresh token for an access token. Raises ReauthorizationRequired for ``invalid_grant``, too."""

    def exchange(self, code: str, redirect_uri: str, client: LwaClient) -> Grant:
        """Trade an authorization code for tokens; ``invalid_grant`` is UpstreamRefused."""


@dataclass(frozen=True)
class Notice:
    """One message of the queue. ``receipt`` is what it is deleted by."""

    receipt: str = field(repr=False)
    body: str = field(repr=False)


class OtherNotices(Protocol):
    """Who is concerned by a type of notifications that says nothing of client secrets."""

    def take(self, payload: object) -> None:
        """Let one take effect; being told twice, or late, does no harm.

        Raises:
            Malformed: it is not as its type promises.
            Unavailable: it could not be kept.
        """

    def look_again(self) -> None:
        """Asked before each reading of the queue, for what could not be done at once. Raises Unavailable."""


class NotificationQueue(Protocol):
    """Where Amazon puts its notifications: at least once each, in any order."""

    def receive(self) -> list[Notice]:
        """Some messages, which nobody else receives for a while; none: the queue is empty, or nearly so.

        Raises:
            NotConfigured: the queue is not there, may not be read, or there are no AWS credentials.
            UpstreamFailed, UpstreamTimedOut: the queue does not answer, or not well.
        """

    def done(self, receipt: str) -> None:
        """Delete a message, for what it says has been done. Raises as ``receive``."""
