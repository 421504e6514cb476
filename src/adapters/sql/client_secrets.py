"""The installation's client secrets, in SQL: those that Amazon sent are sealed for their row."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, select, update

from adapters.sql.among import among
from adapters.sql.dialect import insert_into
from adapters.sql.locks import lock_until_commit
from adapters.sql.sealed import place
from adapters.sql.tables import client_secrets
from domain.credentials.model import ClientSecret, fingerprint
from domain.errors import KeyUnavailable
from domain.tokens.ports import Cipher


class SqlSecretBook:
    """One row a secret. Of those in the settings it holds the fingerprint only."""

    def __init__(self, connection: Connection, cipher: Cipher) -> None:
        self._connection = connection
        self._cipher = cipher

    def of(self, client_id: str) -> list[ClientSecret]:
        """All secrets of a client, the one that was seen first in front."""
        columns = client_secrets.c
        rows = self._connection.execute(
            select(client_secrets)
            .where(columns.client_id == client_id)
            .order_by(columns.first_seen_at, columns.fingerprint)
        )
        return [self._secret(row) for row in rows]

    def hold(self, client_id: str) -> list[ClientSecret]:
        """As ``of``; nobody else holds them until the transaction ends."""
        lock_until_commit(self._connection, f"client_secrets/{client_id}")
        return self.of(client_id)

    def keep(self, client_id: str, secret: str, first_seen_at: datetime, expires_at: datetime) -> None:
        """Keep a secret that Amazon sent."""
        mark = fingerprint(secret)
        told = {
            "secret": self._cipher.seal(secret, place(client_secrets.c.secret, client_id, mark)),
            "first_seen_at": first_seen_at,
            "expires_at": expires_at,
        }
        row = insert_into(self._connection, client_secrets).values(
            client_id=client_id, fingerprint=mark, **told
        )
        keys = list(client_secrets.primary_key)
        self._connection.execute(row.on_conflict_do_update(index_elements=keys, set_=told))

    def seen(self, client_id: str, fingerprints: Collection[str], at: datetime) -> None:
        """These stand in the settings."""
        # Always in the same order, so that processes that start together never wait for each other in a circle.
        rows = [
            {"client_id": client_id, "fingerprint": mark, "first_seen_at": at}
            for mark in sorted(fingerprints)
        ]
        if rows:
            self._connection.execute(
                insert_into(self._connection, client_secrets).on_conflict_do_nothing(), rows
            )

    def expires(self, client_id: str, fingerprints: Collection[str], at: datetime) -> None:
        """Amazon said when they end."""
        marked = among(self._connection, client_secrets.c.fingerprint, sorted(fingerprints))
        self._connection.execute(
            update(client_secrets)
            .where(client_secrets.c.client_id == client_id, marked)
            .values(expires_at=at)
        )

    def refused(self, client_id: str, fingerprint: str, at: datetime) -> None:
        """LWA does not accept it."""
        self._mark(client_id, fingerprint, at)

    def accepted(self, client_id: str, fingerprint: str) -> None:
        """LWA accepts it again."""
        self._mark(client_id, fingerprint, None)

    def _mark(self, client_id: str, mark: str, refused_at: datetime | None) -> None:
        one = and_(client_secrets.c.client_id == client_id, client_secrets.c.fingerprint == mark)
        self._connection.execute(update(client_secrets).where(one).values(refused_at=refused_at))

    def _secret(self, row: Row[Any]) -> ClientSecret:
        text = self._text(row) if row.secret is not None else None
        closed = row.secret is not None and text is None
        return ClientSecret(row.fingerprint, text, row.first_seen_at, row.expires_at, row.refused_at, closed)

    def _text(self, row: Row[Any]) -> str | None:
        """What was sealed; ``None`` where it does not open: the key ring's probe tells of it, and others go on."""
        where = place(client_secrets.c.secret, row.client_id, row.fingerprint)
        try:
            return self._cipher.open(row.secret, where)
        except KeyUnavailable:
            return None
