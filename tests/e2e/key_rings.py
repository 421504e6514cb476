"""The key ring of an installation under test: what is in its file, and what is sealed under which key."""

from collections import Counter
from pathlib import Path
from uuid import UUID, uuid4

from sqlalchemy import insert, select

from adapters.crypto.envelope import Envelopes
from adapters.sql import tables
from adapters.sql.engine import make_engine, reading, writing
from adapters.sql.sealed import place
from adapters.sql.work import SqlWork
from domain.acting import in_background
from domain.tokens.keyring import FixedRing, KeyRing
from domain.users.model import User
from entrypoints.instance import KeptRing
from tests.contracts.backends import SqlBackend
from tests.contracts.samples import NOW, connected, registered


def ring_file(home: Path) -> Path:
    """Where an installation keeps its ring."""
    return home / "instance" / "token_keys"


def ring_of(home: Path) -> KeyRing:
    """The ring, as it is now."""
    return KeptRing(ring_file(home))()


def put(home: Path, text: str) -> None:
    """Change the file the way an editor does: write beside it, then move."""
    draft = ring_file(home).with_name("draft")
    draft.write_text(text + "\n")
    draft.chmod(0o600)
    draft.replace(ring_file(home))


def secrets_by_key(url: str) -> Counter[str]:
    """How many secrets are sealed under each key."""
    engine = make_engine(url)
    try:
        with in_background(), SqlWork(engine, Envelopes(_nothing), reading=True) as work:
            counted = Counter[str]()
            for count in work.sealed.by_key():
                counted[count.key_id] += count.secrets
            return counted
    finally:
        engine.dispose()


def fill(url: str, ring: KeyRing, number: int) -> User:
    """So many connections of a user who is not there at the moment, their tokens sealed under the ring's first key."""
    engine, cipher = make_engine(url), Envelopes(FixedRing(ring))
    backend = SqlBackend(engine)
    user = registered(backend)
    first = connected(backend, user)
    with in_background(), writing(engine) as connection:
        like = connection.execute(select(tables.connections).where(tables.connections.c.id == first.id))
        pattern = dict(like.mappings().one())
        ids = [first.id, *(uuid4() for _ in range(number - 1))]
        if number > 1:
            others = [{**pattern, "id": one, "seller_id": f"FILLER{one}"} for one in ids[1:]]
            connection.execute(insert(tables.connections), others)
        connection.execute(insert(tables.tokens), [_tokens(cipher, one) for one in ids])
    engine.dispose()
    return user


def _tokens(cipher: Envelopes, connection_id: UUID) -> dict[str, object]:
    columns = tables.tokens.c
    return {
        "connection_id": connection_id,
        "version": 1,
        "claim_epoch": 0,
        "refresh_token": cipher.seal("Atzr|" + 300 * "x", place(columns.refresh_token, connection_id)),
        "access_token": cipher.seal("Atza|" + 300 * "y", place(columns.access_token, connection_id)),
        "access_expires_at": NOW,
    }


def rotations(url: str, user: User) -> Counter[UUID]:
    """How often each connection of the user is said to have changed its key."""
    log = tables.audit_log.c
    engine = make_engine(url)
    with in_background(), reading(engine) as connection:
        rows = connection.execute(
            select(log.connection_id).where(log.action == "key.rotated", log.user_id == user.id)
        )
        counted = Counter(row.connection_id for row in rows)
    engine.dispose()
    return counted


def _nothing() -> KeyRing:
    raise AssertionError("nothing is to be opened here")
