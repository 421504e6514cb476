"""What the tokens' subject asks of the world."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from domain.audit.ports import AuditLog
from domain.connections.model import Provider
from domain.tokens.keyring import KeyCount, Position, Resealed
from domain.tokens.model import (
    AccessToken,
    Claim,
    DueClaim,
    LwaClient,
    RefreshToken,
    Renewal,
    StoredTokens,
)
from domain.work import Work


class Cipher(Protocol):
    """Seals secrets for one place in the database; moved elsewhere they don't open."""

    def seal(self, plain: str, place: str) -> str:
        """The secret, encrypted and bound to ``place``, which names table, column and row."""

    def open(self, sealed: str, place: str) -> str:
        """The secret again.

        Raises:
            KeyUnavailable: the key is not on the ring, the place is another, or a bit was changed.
        """


class TokenVault(Protocol):
    """Tokens at rest, encrypted and bound to their row. Connections are named by their bare id."""

    def keep(
        self,
        connection_id: UUID,
        refresh: RefreshToken,
        access: AccessToken | None,
        client_secret: str | None = None,
    ) -> None:
        """Store a fresh grant in place of whatever was there; the version grows and any claim is void.

        ``client_secret`` is of the user's own LWA client, which the connection names; ``None``: the installation's.
        """

    def look(self, connection_id: UUID) -> StoredTokens | None:
        """What is stored; ``None`` when nothing is (never connected, or disconnected).

        Raises:
            KeyUnavailable: the key ring lacks the key, or the row was tampered with.
        """

    def claim(
        self, connection_id: UUID, version: int, owner: str, now: datetime, until: datetime
    ) -> Claim | None:
        """Take the right to renew this version, unless it is renewed already or somebody else's claim is alive.

        The epoch of a claim is greater than that of every earlier claim on the row.
        """

    def claim_due(
        self, provider: Provider, owner: str, now: datetime, until: datetime, limit: int
    ) -> list[DueClaim]:
        """Claim up to ``limit`` rows whose access token is due to be renewed unasked, the longest due ones first.

        Only the provider's, since each has a token endpoint of its own; and only those that somebody will use: the connection is usable and has something scheduled. What others hold, or
        are just taking, is passed over.
        """

    def postpone(self, until: Mapping[DueClaim, datetime]) -> None:
        """Give these claims back without a renewal; each is due again at its moment.

        Nothing happens to those that are not ours any more.
        """

    def renew(self, connection_id: UUID, claim: Claim, renewal: Renewal) -> bool:
        """Store what LWA answered and give the claim back, if version, owner and epoch are still the claim's.

        A replaced refresh token goes in by the same statement. ``False``: somebody else was there; nothing written.
        """

    def release(self, connection_id: UUID, claim: Claim) -> None:
        """Give a claim back without a renewal; nothing happens when it is not ours any more."""

    def forget_access(self, connection_id: UUID, version: int) -> None:
        """Drop the access token of this version (the channel refused it), so that the next caller renews it.

        Version and claim stay: a renewal of this version that is under way brings what is wanted. So does the moment of
        the unasked renewal, since whoever was refused asks for a token at once.
        """

    def erase(self, connection_id: UUID) -> None:
        """Remove every secret of the connection; a later grant goes on counting versions and epochs from here."""


class VaultWork(Work, Protocol):
    """The transaction in which tokens are changed."""

    @property
    def vault(self) -> TokenVault: ...


class SealedRows(Protocol):
    """Everything that is kept sealed, in whichever table: what a change of keys has to go through."""

    def by_key(self) -> list[KeyCount]:
        """How many secrets of each kind are sealed under each key, by kind and key id."""

    def reseal(self, old: Sequence[str], limit: int, after: Position | None = None) -> Resealed:
        """Seal what is under one of these keys anew, with the cipher's first key; at most ``limit`` rows of a table.

        Rows come in a fixed order; ``after`` is where the last batch ended, ``None`` the beginning. A row that somebody
        else is changing may be passed over. What does not open stays as it is. No secret changes, and neither do
        versions and claims: a renewal that is under way stays good, and is never overwritten with something older.
        """


class KeyWork(Work, Protocol):
    """The transaction in which secrets are sealed anew."""

    @property
    def sealed(self) -> SealedRows: ...

    @property
    def audit(self) -> AuditLog: ...


class TokenExchange(Protocol):
    """LWA's token endpoint, for refresh tokens."""

    def refresh(self, token: RefreshToken, client: LwaClient | None, account: str = "") -> Renewal:
        """Trade a refresh token for an access token: one HTTP call, no retry. ``client`` ``None``: the installation's.

        ``account`` is as in ``StoredTokens``, for channels with several token endpoints: each store has its own, and
        Amazon Ads has one in each region.

        Raises:
            ReauthorizationRequired: LWA said ``invalid_grant``; only the seller can mend it.
            NotConfigured: LWA said ``invalid_client`` or ``unauthorized_client``: the operator's settings are wrong
                or the client secret has expired. No seller is at fault.
            UpstreamFailed: a 5xx or an answer that can't be right; safe to ask again.
            RateLimited: LWA throttles us.
            UpstreamTimedOut: no answer in time; safe to ask again.

        Source: SP-API documentation, "Connecting to the Selling Partner API".
        """


class Pause(Protocol):
    """A short wait that ends early when the process is asked to stop."""

    def wait(self, seconds: float) -> None:
        """Wait.

        Raises:
            Unavailable: the process is stopping.
        """
