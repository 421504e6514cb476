"""What the connections' subject asks of the world."""

from collections.abc import Iterator, Mapping
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
from domain.tokens.model import AccessToken
from domain.users.model import UserId


class ConnectionBook(Protocol):
    """All connections of all users. Whatever takes a ``user_id`` sees that user's only.

    One that is being erased is seen by nobody: it is as if it were gone, but for what erases it.
    """

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

    def hold_default(self, user_id: UserId) -> None:
        """Nobody else settles which connection is this user's default one until the transaction ends.

        For whoever changes several connections, before any is held: two who hold each other's would wait for ever.
        """

    def by_grant(self, user_id: UserId, provider: Provider, seller_id: str) -> list[Connection]:
        """This user's connections to that seller, one per region, whatever their status."""

    def by_account(self, provider: Provider, seller_id: str) -> list[Connection]:
        """Everybody's connections to that seller or store, the oldest first, whatever their status: for background work."""

    def of_user(self, user_id: UserId, provider: Provider | None = None) -> list[Connection]:
        """The user's connections, of one provider or of all: the default ones first, then the oldest first."""

    def all(self) -> list[Connection]:
        """Everybody's, the oldest first: for operators."""

    def erasing(self) -> list[Connection]:
        """Those that are being erased, the longest first."""

    def hold_erasing(self, connection_id: ConnectionId) -> Connection | None:
        """One that is being erased, for erasing on; ``None`` when it is gone, or somebody else is at it."""

    def remove_some(self, connection_id: ConnectionId, limit: int) -> int:
        """Remove up to ``limit`` rows that belong to a connection being erased, set-based; returns how many.

        Fewer than ``limit``: nothing is left but the connection itself.
        """

    def remove(self, connection_id: ConnectionId) -> None:
        """Remove a connection that is being erased, with what is left of it. Raises NotFound."""

    def touch(self, connection_id: ConnectionId, at: datetime) -> None:
        """Note that the connection was used for a call."""

    def synced(self, connection_id: ConnectionId, at: datetime | None, failing: bool) -> bool:
        """A run has succeeded. Unless another resource is still ``failing``, a degraded connection is well again.

        ``at``: as of when orders or stock are up to date now; ``None``: the run was about something else.

        Returns:
            Whether it was degraded, and is well now.
        """

    def degraded(self, connection_id: ConnectionId, failure: Failure) -> bool:
        """A run has failed: the connection is degraded, unless it is not usable anyway; the failure is kept.

        Returns:
            Whether it was well until now.
        """


#: One row of one table, ready for JSON: "table" says which, the rest are its columns.
Record = Mapping[str, object]


class Records(Protocol):
    """What is kept, as it is kept."""

    def of(self, connection_id: ConnectionId) -> Iterator[Record]:
        """Every row that belongs to the connection, its own first, all as of one moment; no token, no secret.

        The rows come one after the other, never all at once in memory.
        """


class ConsentStates(Protocol):
    """Consents under way."""

    def keep(self, state: ConsentState) -> None:
        """Remember a state until it is taken or has expired."""

    def take(self, user_id: UserId, state_hash: str, now: datetime) -> ConsentState | None:
        """Remove the user's state and return it, in one statement.

        ``None`` when it is unknown, taken before, expired, or somebody else's: that one stays good for its owner.
        """

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

    def confirmation(self, callback_uri: str, amazon_state: str, state: str, redirect_uri: str) -> str:
        """Where to send a seller back to who came from Amazon's own page. Calls nothing.

        Raises:
            NotConfigured: as ``url``.
        """


class SellerAccounts(Protocol):
    """The Sellers API, through the gateway."""

    def participations(self, connection: Connection, patience: Patience) -> list[Participation]:
        """Where this seller may sell (``getMarketplaceParticipations``).

        Raises:
            ChannelError: any of the gateway's.
        """

    def participations_with(self, token: AccessToken, connection: Connection) -> list[Participation]:
        """The same, for a connection that is not kept yet, with a token that is lent for this question.

        Raises:
            ChannelError: any of the gateway's; ReauthorizationRequired where the token is not good in that region.
        """
