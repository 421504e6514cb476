"""The vault, in SQL: tokens sealed for their row, every change a compare-and-set."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CTE, ColumnElement, Connection, and_, bindparam, case, or_, select, update

from adapters.sql.dialect import insert_into
from adapters.sql.erasing import still_there
from adapters.sql.sealed import place
from adapters.sql.tables import connections, sync_resources, tokens
from domain.connections.model import ConnectionStatus, Provider
from domain.tokens.model import (
    AccessToken,
    Claim,
    DueClaim,
    LwaClient,
    RefreshToken,
    Renewal,
    StoredTokens,
)
from domain.tokens.ports import Cipher

#: What a row holds when nobody is renewing.
_UNCLAIMED: dict[str, Any] = {"claim_owner": None, "claim_until": None}
_USABLE = [status.value for status in ConnectionStatus if status.usable]
#: Where the token endpoint is: that of the consent's region, or the seller's or store's.
_ACCOUNT = case(
    (connections.c.provider == Provider.AMAZON_ADS.value, connections.c.region),
    else_=connections.c.seller_id,
).label("account")
#: Asked before each call. Made once: that takes longer than to execute it.
_LOOK = (
    select(tokens, connections.c.lwa_client_id, _ACCOUNT)
    .join(connections, connections.c.id == tokens.c.connection_id)
    .where(tokens.c.connection_id == bindparam("of_connection"))
)
_POSTPONE = (
    update(tokens)
    .where(
        tokens.c.connection_id == bindparam("of_connection"),
        tokens.c.claim_owner == bindparam("owner"),
        tokens.c.claim_epoch == bindparam("epoch"),
    )
    .values(renew_at=bindparam("due_at"), **_UNCLAIMED)
)


class SqlTokenVault:
    """One row a connection. Erased rows stay, so that versions and epochs of a connection never begin anew."""

    def __init__(self, connection: Connection, cipher: Cipher) -> None:
        self._connection = connection
        self._cipher = cipher

    def keep(
        self,
        connection_id: UUID,
        refresh: RefreshToken,
        access: AccessToken | None,
        client_secret: str | None = None,
    ) -> None:
        """Store a fresh grant; the version grows and any claim is void."""
        own = self._seal("client_secret", connection_id, client_secret)
        secrets = {**self._sealed(connection_id, refresh, access), "client_secret": own}
        fresh = insert_into(self._connection, tokens).values(
            connection_id=connection_id, version=1, claim_epoch=0, **secrets, **_UNCLAIMED
        )
        replaced = {"version": tokens.c.version + 1, **secrets, **_UNCLAIMED}
        self._connection.execute(
            fresh.on_conflict_do_update(index_elements=[tokens.c.connection_id], set_=replaced)
        )

    def look(self, connection_id: UUID) -> StoredTokens | None:
        """What is stored.

        Raises:
            KeyUnavailable: the key ring lacks the key, or the row was tampered with.
        """
        row = self._connection.execute(_LOOK, {"of_connection": connection_id}).one_or_none()
        if row is None or row.refresh_token is None:
            return None
        refresh = self._cipher.open(row.refresh_token, place(tokens.c.refresh_token, connection_id))
        access = None
        if row.access_token is not None:
            text = self._cipher.open(row.access_token, place(tokens.c.access_token, connection_id))
            access = AccessToken(text, row.access_expires_at)
        client = None
        if row.client_secret is not None:
            secret = self._cipher.open(row.client_secret, place(tokens.c.client_secret, connection_id))
            client = LwaClient(row.lwa_client_id, secret)
        return StoredTokens(row.version, RefreshToken(refresh), access, client, row.account)

    def claim(
        self, connection_id: UUID, version: int, owner: str, now: datetime, until: datetime
    ) -> Claim | None:
        """Take the right to renew this version, if nobody has it."""
        claimed = (
            update(tokens)
            .where(_version(connection_id, version), tokens.c.refresh_token.is_not(None), _free(now))
            .values(claim_owner=owner, claim_until=until, claim_epoch=tokens.c.claim_epoch + 1)
            .returning(tokens.c.claim_epoch)
        )
        epoch = self._connection.execute(claimed).scalar_one_or_none()
        return Claim(version, owner, epoch) if epoch is not None else None

    def claim_due(
        self, provider: Provider, owner: str, now: datetime, until: datetime, limit: int
    ) -> list[DueClaim]:
        """Claim what is due to be renewed unasked, in one statement."""
        due = _due(provider, now, limit)
        claimed = (
            update(tokens)
            .where(tokens.c.connection_id.in_(select(due.c.connection_id)))
            .values(claim_owner=owner, claim_until=until, claim_epoch=tokens.c.claim_epoch + 1)
            .returning(tokens.c.connection_id, tokens.c.version, tokens.c.claim_epoch, tokens.c.renew_at)
        )
        rows = sorted(self._connection.execute(claimed), key=lambda row: (row.renew_at, row.connection_id))
        return [DueClaim(row.connection_id, Claim(row.version, owner, row.claim_epoch)) for row in rows]

    def postpone(self, until: Mapping[DueClaim, datetime]) -> None:
        """Give claims back; each row is due again at its moment."""
        if not until:
            return
        values = [
            {
                "of_connection": due.connection_id,
                "owner": due.claim.owner,
                "epoch": due.claim.epoch,
                "due_at": at,
            }
            for due, at in until.items()
        ]
        self._connection.execute(_POSTPONE, values)

    def renew(self, connection_id: UUID, claim: Claim, renewal: Renewal) -> bool:
        """Store what LWA answered, if the claim still holds; ``False``: nothing was written."""
        secrets = self._sealed(connection_id, renewal.refresh_token, renewal.access_token)
        if renewal.refresh_token is None:
            del secrets["refresh_token"]
        renewed = (
            update(tokens)
            .where(_version(connection_id, claim.version), _claimed(claim))
            .values(version=tokens.c.version + 1, **secrets, **_UNCLAIMED)
        )
        return self._connection.execute(renewed).rowcount == 1

    def release(self, connection_id: UUID, claim: Claim) -> None:
        """Give a claim back without a renewal."""
        mine = and_(tokens.c.connection_id == connection_id, _claimed(claim))
        self._connection.execute(update(tokens).where(mine).values(_UNCLAIMED))

    def forget_access(self, connection_id: UUID, version: int) -> None:
        """Drop the access token of this version; a renewal of it that is under way goes on."""
        forgotten = {"access_token": None, "access_expires_at": None}
        self._connection.execute(update(tokens).where(_version(connection_id, version)).values(forgotten))

    def erase(self, connection_id: UUID) -> None:
        """Remove every secret of the connection."""
        erased = {
            "version": tokens.c.version + 1,
            "refresh_token": None,
            "access_token": None,
            "access_expires_at": None,
            "client_secret": None,
            "renew_at": None,
            **_UNCLAIMED,
        }
        self._connection.execute(update(tokens).where(tokens.c.connection_id == connection_id).values(erased))

    def _sealed(
        self, connection_id: UUID, refresh: RefreshToken | None, access: AccessToken | None
    ) -> dict[str, Any]:
        """The columns of the secrets."""
        return {
            "refresh_token": self._seal("refresh_token", connection_id, refresh.text if refresh else None),
            "access_token": self._seal("access_token", connection_id, access.text if access else None),
            "access_expires_at": access.expires_at if access else None,
            "renew_at": access.renew_at(connection_id) if access else None,
        }

    def _seal(self, column: str, connection_id: UUID, text: str | None) -> str | None:
        return self._cipher.seal(text, place(tokens.c[column], connection_id)) if text is not None else None


def _version(connection_id: UUID, version: int) -> ColumnElement[bool]:
    return and_(tokens.c.connection_id == connection_id, tokens.c.version == version)


def _free(now: datetime) -> ColumnElement[bool]:
    """Nobody is renewing."""
    return or_(tokens.c.claim_owner.is_(None), tokens.c.claim_until <= now)


def due_unasked(now: datetime) -> ColumnElement[bool]:
    """Rows of ``tokens`` joined to ``connections`` whose token is to be renewed unasked: somebody is going to use it."""
    scheduled = select(sync_resources.c.connection_id).where(
        sync_resources.c.connection_id == tokens.c.connection_id, sync_resources.c.next_run_at.is_not(None)
    )
    return and_(
        tokens.c.renew_at <= now,
        tokens.c.refresh_token.is_not(None),
        connections.c.status.in_(_USABLE),
        still_there(),
        scheduled.exists(),
    )


def _due(provider: Provider, now: datetime, limit: int) -> CTE:
    """The rows to claim, locked. A common table expression, so that PostgreSQL looks for them only once."""
    return (
        select(tokens.c.connection_id)
        .join(connections, connections.c.id == tokens.c.connection_id)
        .where(connections.c.provider == provider, due_unasked(now), _free(now))
        .order_by(tokens.c.renew_at)
        .limit(limit)
        .with_for_update(of=tokens, skip_locked=True)
        .cte("due")
    )


def _claimed(claim: Claim) -> ColumnElement[bool]:
    return and_(tokens.c.claim_owner == claim.owner, tokens.c.claim_epoch == claim.epoch)
