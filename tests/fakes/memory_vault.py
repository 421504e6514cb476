"""Tokens at rest, in memory and in the clear."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from domain.connections.model import Connection, ConnectionId, Provider
from domain.tokens.model import (
    AccessToken,
    Claim,
    DueClaim,
    LwaClient,
    RefreshToken,
    Renewal,
    StoredTokens,
)
from tests.fakes.memory_store import Tables, TokenRow


class MemoryVault:
    """One row a connection; versions and epochs as the port wants them."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def keep(
        self,
        connection_id: UUID,
        refresh: RefreshToken,
        access: AccessToken | None,
        client_secret: str | None = None,
    ) -> None:
        row = self._tables.tokens.get(connection_id)
        version, epoch = (row.version, row.claim_epoch) if row else (0, 0)
        self._tables.tokens[connection_id] = TokenRow(
            version + 1,
            refresh,
            access,
            client_secret,
            renew_at=access.renew_at(connection_id) if access else None,
            claim_epoch=epoch,
        )

    def look(self, connection_id: UUID) -> StoredTokens | None:
        row = self._tables.tokens.get(connection_id)
        if row is None or row.refresh_token is None:
            return None
        owner = self._tables.connections.get(ConnectionId(connection_id))
        client = None
        if row.client_secret is not None and owner is not None and owner.lwa_client_id is not None:
            client = LwaClient(owner.lwa_client_id, row.client_secret)
        account = _account(owner) if owner else ""
        return StoredTokens(row.version, row.refresh_token, row.access_token, client, account)

    def claim(
        self, connection_id: UUID, version: int, owner: str, now: datetime, until: datetime
    ) -> Claim | None:
        row = self._tables.tokens.get(connection_id)
        if row is None or row.version != version or row.refresh_token is None:
            return None
        if _is_claimed(row, now):
            return None
        return self._claim(connection_id, row, owner, until)

    def claim_due(
        self, provider: Provider, owner: str, now: datetime, until: datetime, limit: int
    ) -> list[DueClaim]:
        rows = self._tables.tokens
        due = [key for key, row in rows.items() if self._is_due(key, row, now) and self._is_of(provider, key)]
        due.sort(key=lambda key: (rows[key].renew_at or now, key))
        return [DueClaim(key, self._claim(key, rows[key], owner, until)) for key in due[:limit]]

    def postpone(self, until: Mapping[DueClaim, datetime]) -> None:
        for due, at in until.items():
            row = self._held(due.connection_id, due.claim)
            if row is not None:
                postponed = replace(row, renew_at=at, claim_owner=None, claim_until=None)
                self._tables.tokens[due.connection_id] = postponed

    def renew(self, connection_id: UUID, claim: Claim, renewal: Renewal) -> bool:
        row = self._held(connection_id, claim)
        if row is None or row.version != claim.version:
            return False
        self._tables.tokens[connection_id] = TokenRow(
            row.version + 1,
            renewal.refresh_token or row.refresh_token,
            renewal.access_token,
            row.client_secret,
            renew_at=renewal.access_token.renew_at(connection_id),
            claim_epoch=row.claim_epoch,
        )
        return True

    def release(self, connection_id: UUID, claim: Claim) -> None:
        row = self._held(connection_id, claim)
        if row is not None:
            self._tables.tokens[connection_id] = replace(row, claim_owner=None, claim_until=None)

    def forget_access(self, connection_id: UUID, version: int) -> None:
        row = self._tables.tokens.get(connection_id)
        if row is not None and row.version == version:
            self._tables.tokens[connection_id] = replace(row, access_token=None)

    def erase(self, connection_id: UUID) -> None:
        row = self._tables.tokens.get(connection_id)
        if row is not None:
            self._tables.tokens[connection_id] = _next(row, None)

    def _claim(self, connection_id: UUID, row: TokenRow, owner: str, until: datetime) -> Claim:
        epoch = row.claim_epoch + 1
        self._tables.tokens[connection_id] = replace(
            row, claim_owner=owner, claim_epoch=epoch, claim_until=until
        )
        return Claim(row.version, owner, epoch)

    def _is_due(self, connection_id: UUID, row: TokenRow, now: datetime) -> bool:
        return is_due_unasked(self._tables, connection_id, row, now) and not _is_claimed(row, now)

    def _is_of(self, provider: Provider, connection_id: UUID) -> bool:
        return self._tables.connections[ConnectionId(connection_id)].provider is provider

    def _held(self, connection_id: UUID, claim: Claim) -> TokenRow | None:
        """The row, if this claim is still the one on it."""
        row = self._tables.tokens.get(connection_id)
        if row is None or (row.claim_owner, row.claim_epoch) != (claim.owner, claim.epoch):
            return None
        return row


def _account(owner: Connection) -> str:
    return owner.region if owner.provider is Provider.AMAZON_ADS else owner.seller_id


def is_due_unasked(tables: Tables, connection_id: UUID, row: TokenRow, now: datetime) -> bool:
    """Whether the row's token is to be renewed unasked: its time has come, and somebody is going to use it."""
    connection = tables.connections.get(ConnectionId(connection_id))
    scheduled = any(
        each.connection_id == connection_id and each.next_run_at is not None
        for each in tables.resources.values()
    )
    return (
        row.renew_at is not None
        and row.renew_at <= now
        and row.refresh_token is not None
        and connection is not None
        and connection.status.usable
        and connection.erasing_at is None
        and scheduled
    )


def _is_claimed(row: TokenRow, now: datetime) -> bool:
    return row.claim_owner is not None and row.claim_until is not None and row.claim_until > now


def _next(row: TokenRow, refresh: RefreshToken | None) -> TokenRow:
    """The next version of a row, without an access token; whoever had a claim on this one has none any more."""
    return TokenRow(row.version + 1, refresh, None, claim_epoch=row.claim_epoch)
