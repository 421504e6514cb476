"""What was committed under a lease or a claim, kept in the transaction that committed it; and what was not.

The table is made by the tests. An entry is written while the row of the lease is locked, so that the entries of one
subject stand in the order in which they were committed.
"""

import json
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    Connection,
    Engine,
    Identity,
    Integer,
    MetaData,
    Table,
    Text,
    insert,
    select,
)

from adapters.sql.engine import reading, writing
from adapters.sql.sync import SqlSyncBook
from adapters.sql.tables import sync_resources, tokens
from adapters.sql.tokens import SqlTokenVault
from adapters.sql.wall import BACKGROUND
from adapters.sql.work import SqlWork
from domain.connections.model import ConnectionId, Failure
from domain.errors import LeaseLost
from domain.sync.model import Cursor, Lease, Progress, Resource, Task
from domain.tokens.model import Claim, Renewal
from domain.tokens.ports import Cipher

TOKENS = "tokens"

_table = Table(
    "lease_history",
    MetaData(),
    Column("id", BigInteger().with_variant(Integer, "sqlite"), Identity(), primary_key=True),
    Column("subject", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("epoch", BigInteger, nullable=False),
    Column("owner", Text),
    Column("detail", JSON, nullable=False),
)


@dataclass(frozen=True)
class Entry:
    """Something that was committed. ``subject``: a resource's name, or ``TOKENS``."""

    subject: str
    kind: str
    epoch: int
    owner: str | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)


def make_history(engine: Engine) -> None:
    """The table; the role that works in the background may write into it."""
    with writing(engine, owning=True) as database:
        _table.create(database)
        if engine.dialect.name == "postgresql":
            database.exec_driver_sql(f"GRANT SELECT, INSERT ON {_table.name} TO {BACKGROUND}")


def history(engine: Engine) -> list[Entry]:
    """All of it, in order."""
    row = _table.c
    question = select(row.subject, row.kind, row.epoch, row.owner, row.detail).order_by(row.id)
    with reading(engine, owning=True) as database:
        return [Entry(*found) for found in database.execute(question)]


class Tape:
    """A file that many processes write lines into, each of which outlives its writer."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)

    def write(self, **line: Any) -> None:
        """One line, in one go."""
        os.write(self._file, json.dumps({"at": time.monotonic(), **line}).encode() + b"\n")


def lines(path: Path) -> list[dict[str, Any]]:
    """What is on a tape, but for a line that is just being written."""
    whole, _, _ = path.read_text().rpartition("\n")
    return [json.loads(line) for line in whole.splitlines()]


class RecordingBook(SqlSyncBook):
    """The sync book; everything that it does to a row under a lease is written down."""

    def __init__(self, database: Connection, tape: Tape) -> None:
        super().__init__(database)
        self._tape = tape

    def claim(self, now: datetime, owner: str, until: datetime, limit: int) -> list[Task]:
        """As the book."""
        tasks = super().claim(now, owner, until, limit)
        for task in tasks:
            detail = {
                "cursor": dict(task.cursor),
                "run": str(task.run.id),
                "pages": task.run.progress.pages,
                "now": now.timestamp(),
                "until": until.timestamp(),
            }
            self._add("claim", task.lease, detail)
        return tasks

    def restart(self, connection_id: ConnectionId, resource: Resource, due_at: datetime) -> None:
        """As the book."""
        super().restart(connection_id, resource, due_at)
        row = sync_resources.c
        mine = select(row.lease_epoch).where(
            row.connection_id == connection_id, row.resource == resource.value
        )
        epoch = self._database.execute(mine).scalar_one()
        write(self._database, Entry(resource.value, "restart", epoch))

    def hold(self, lease: Lease) -> int:
        """As the book."""
        with self._told_if_lost(lease):
            return super().hold(lease)

    def advance(self, lease: Lease, cursor: Cursor, progress: Progress, until: datetime) -> None:
        """As the book."""
        with self._told_if_lost(lease):
            super().advance(lease, cursor, progress, until)
        self._add("page", lease, {"cursor": dict(cursor), "pages": progress.pages})

    def park(self, lease: Lease, waiting_until: datetime) -> None:
        """As the book."""
        with self._told_if_lost(lease):
            super().park(lease, waiting_until)
        self._add("park", lease, {})

    def finish(
        self,
        lease: Lease,
        cursor: Cursor,
        progress: Progress,
        now: datetime,
        next_run_at: datetime,
        complete_until: datetime | None,
        quiet: int = 0,
        complete_from: datetime | None = None,
    ) -> None:
        """As the book."""
        with self._told_if_lost(lease):
            super().finish(lease, cursor, progress, now, next_run_at, complete_until, quiet, complete_from)
        self._add("finish", lease, {"cursor": dict(cursor), "pages": progress.pages})

    def fail(
        self, lease: Lease, cursor: Cursor, failure: Failure, next_run_at: datetime | None, own: bool = False
    ) -> None:
        """As the book."""
        with self._told_if_lost(lease):
            super().fail(lease, cursor, failure, next_run_at, own)
        self._add("fail", lease, {"cursor": dict(cursor), "code": failure.code, "why": failure.message})

    def release(self, lease: Lease, due_at: datetime) -> None:
        """As the book."""
        with self._told_if_lost(lease):
            super().release(lease, due_at)
        self._add("release", lease, {})

    def _add(self, kind: str, lease: Lease, detail: Mapping[str, Any]) -> None:
        write(self._database, Entry(lease.resource.value, kind, lease.epoch, lease.owner, detail))

    @contextmanager
    def _told_if_lost(self, lease: Lease) -> Iterator[None]:
        try:
            yield
        except LeaseLost:
            self._tape.write(kind="refused", subject=lease.resource.value, epoch=lease.epoch)
            raise


class CarelessBook(RecordingBook):
    """Broken on purpose: lets everybody write who ever had a lease, whosever it is now."""

    def hold(self, lease: Lease) -> int:
        """Holds the lease of whoever has it."""
        return super().hold(self._whosever(lease))

    def _change(self, lease: Lease, values: dict[str, Any]) -> UUID:
        return super()._change(self._whosever(lease), values)

    def _whosever(self, lease: Lease) -> Lease:
        row = sync_resources.c
        mine = (row.connection_id == lease.connection_id, row.resource == lease.resource.value)
        found = self._database.execute(select(row.lease_owner, row.lease_epoch).where(*mine)).one()
        return replace(lease, owner=found.lease_owner, epoch=found.lease_epoch)


class RecordingVault(SqlTokenVault):
    """The vault; every claim on a token, and what became of it, is written down."""

    def __init__(self, connection: Connection, cipher: Cipher, tape: Tape) -> None:
        super().__init__(connection, cipher)
        self._tape = tape

    def claim(
        self, connection_id: UUID, version: int, owner: str, now: datetime, until: datetime
    ) -> Claim | None:
        """As the vault."""
        claim = super().claim(connection_id, version, owner, now, until)
        if claim is not None:
            self._add("claim", claim, {"now": now.timestamp(), "until": until.timestamp()})
        return claim

    def renew(self, connection_id: UUID, claim: Claim, renewal: Renewal) -> bool:
        """As the vault."""
        renewed = super().renew(connection_id, claim, renewal)
        if renewed:
            refresh = renewal.refresh_token
            self._add("renew", claim, {"refresh_token": refresh.text if refresh else None})
        else:
            self._tape.write(kind="refused", subject=TOKENS, epoch=claim.epoch)
        return renewed

    def release(self, connection_id: UUID, claim: Claim) -> None:
        """As the vault."""
        super().release(connection_id, claim)
        self._add("release", claim, {})

    def _add(self, kind: str, claim: Claim, detail: Mapping[str, Any]) -> None:
        entry = Entry(TOKENS, kind, claim.epoch, claim.owner, {"version": claim.version, **detail})
        write(self._connection, entry)


class CarelessVault(RecordingVault):
    """Broken on purpose: a renewal goes in, however late it comes."""

    def renew(self, connection_id: UUID, claim: Claim, renewal: Renewal) -> bool:
        """Renews whatever is there."""
        row = tokens.c
        mine = row.connection_id == connection_id
        held = select(row.version, row.claim_owner, row.claim_epoch).where(mine)
        found = self._connection.execute(held).one()
        SqlTokenVault.renew(self, connection_id, Claim(*found), renewal)
        refresh = renewal.refresh_token
        self._add("renew", claim, {"refresh_token": refresh.text if refresh else None})
        return True


class RecordingWork(SqlWork):
    """A transaction over all books, two of which write down what they do."""

    def __init__(
        self,
        engine: Engine,
        cipher: Cipher,
        tape: Tape,
        told: Callable[[], None] | None = None,
        *,
        book: type[RecordingBook] = RecordingBook,
        vault: type[RecordingVault] = RecordingVault,
    ) -> None:
        super().__init__(engine, cipher, told=told)
        self._tape = tape
        self._book, self._vault = book, vault

    def _begin(self, connection: Connection) -> None:
        super()._begin(connection)
        self.sync = self._book(connection, self._tape)
        self.vault = self._vault(connection, self._cipher, self._tape)


def write(database: Connection, *entries: Entry) -> None:
    """Write entries down; they are kept if the transaction is."""
    values: Sequence[dict[str, Any]] = [
        {
            "subject": each.subject,
            "kind": each.kind,
            "epoch": each.epoch,
            "owner": each.owner,
            "detail": dict(each.detail),
        }
        for each in entries
    ]
    database.execute(insert(_table), values)
