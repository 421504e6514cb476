"""The installation's client secrets, in memory."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from domain.credentials.model import ClientSecret, fingerprint
from tests.fakes.memory_store import Tables


class MemorySecretBook:
    """Secrets by client and fingerprint."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def of(self, client_id: str) -> list[ClientSecret]:
        kept = [secret for (client, _), secret in self._tables.client_secrets.items() if client == client_id]
        return sorted(kept, key=lambda secret: (secret.first_seen_at, secret.fingerprint))

    def hold(self, client_id: str) -> list[ClientSecret]:
        return self.of(client_id)

    def keep(self, client_id: str, secret: str, first_seen_at: datetime, expires_at: datetime) -> None:
        key = (client_id, fingerprint(secret))
        known = self._tables.client_secrets.get(key)
        self._tables.client_secrets[key] = ClientSecret(
            key[1], secret, first_seen_at, expires_at, known.refused_at if known else None
        )

    def seen(self, client_id: str, fingerprints: Collection[str], at: datetime) -> None:
        for mark in fingerprints:
            self._tables.client_secrets.setdefault((client_id, mark), ClientSecret(mark, None, at))

    def expires(self, client_id: str, fingerprints: Collection[str], at: datetime) -> None:
        for mark in fingerprints:
            self._change(client_id, mark, expires_at=at)

    def refused(self, client_id: str, fingerprint: str, at: datetime) -> None:
        self._change(client_id, fingerprint, refused_at=at)

    def accepted(self, client_id: str, fingerprint: str) -> None:
        self._change(client_id, fingerprint, refused_at=None)

    def _change(self, client_id: str, mark: str, **changes: datetime | None) -> None:
        known = self._tables.client_secrets.get((client_id, mark))
        if known is not None:
            changed = replace(known, **changes)  # type: ignore[arg-type] # names of moments only
            self._tables.client_secrets[client_id, mark] = changed
