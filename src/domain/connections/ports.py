"""What the connections' subject asks of the world."""

from datetime import datetime
from typing import Protocol

from domain.connections.model import (
    Connection,
    ConnectionId,
    ConsentState,
    Failure,
    Grant,
    Participation,
    Provider,
)
from domain.gateway.model import Patience
from domain.users.model import UserId


class ConnectionBook(Protocol):
    """All connections of all users. Whatever takes a ``user_id`` sees that user's only."""

    def add(self, connection: Connection) -> None:
        """Keep a new connection.

        Raises:
            Conflict: this user has this seller in this region already.
        """

    def save(self, connection: Connection) -> None:
        """Replace what is kept of the connection with this id (``user_id`` never changes)."""

    def get(self, user_id: UserId, connection_id: ConnectionId) -> Connection:
        """Raises NotFound: none, or somebody else's."""

    def by_id(self, connection_id: ConnectionId) -> Connection:
        """For background work, which acts for nobody in particular. Raises NotFound."""

    def hold(self, connection_id: ConnectionId) -> Connection:
        """As ``by_id``, for changing: nobody else changes it until the transaction ends. Raises NotFound."""

    def by_grant(self, user_id: UserId, provider: Provider, seller_id: str) -> list[Connection]:
        """This user's connections to that seller, one per region, whatever their status."""

    def of_user(self, user_id: UserId, provider: Provider) -> list[Connection]:
        """The user's connections: the default one first, then the oldest first."""

    def all(self) -> list[Connection]:
        """Everybody's, the oldest first: for operators."""

    def remove(self, connection_id: ConnectionId) -> None:
        """Remove the connection and every row that belongs to it, set-based. Raises NotFound."""

    def touch(self, connection_id: ConnectionId, at: datetime) -> None:
        """Note that the connection was used for a call."""

    def synced(self, connection_id: ConnectionId, at: datetime, failing: bool) -> None:
        """A run has succeeded. Unless another resource is still ``failing``, a degraded connection is well again."""

    def degraded(self, connection_id: ConnectionId, failure: Failure) -> None:
        """A run has failed: the connection is degraded, unless it is not usable anyway; the failure is kept."""


class ConsentStates(Protocol):
    """Consents under way."""

    def keep(self, state: ConsentState) -> None:
        """Remember a state until it is taken or has expired."""

    def take(self, state_hash: str, now: datetime) -> ConsentState | None:
        """Remove the state and return it, in one statement; ``None`` when unknown, taken before, or expired."""

    def forget_expired(self, now: datetime) -> int:
        """Drop what nobody came back for; returns how many."""


class CodeExchange(Protocol):
    """LWA's token endpoint, for authorization codes."""

    def exchange(self, code: str, redirect_uri: str) -> Grant:
        """Trade an authorization code for tokens: one HTTP call, never repeated, since a code works once.

        Raises:
            UpstreamRefused: LWA refused the code (used, expired, forged, or another redirect URI).
            NotConfigured: LWA does not know our client, or its secret is wrong.
            UpstreamFailed, UpstreamTimedOut: no usable answer.

        Source: SP-API documentation, "Website Authorization Workflow".
        """


class ConsentPages(Protocol):
    """Where sellers give their consent."""

    def url(self, marketplace_id: str, state: str, redirect_uri: str) -> str:
        """The address to send the browser to. Calls nothing.

        Raises:
            NotConfigured: the application id, or the LWA client, is not set.
        """


class SellerAccounts(Protocol):
    """The Sellers API, through the gateway."""

    def participations(self, connection: Connection, patience: Patience) -> list[Participation]:
        """Where this seller may sell (``getMarketplaceParticipations``).

        Raises:
            ChannelError: any of the gateway's.
        """
