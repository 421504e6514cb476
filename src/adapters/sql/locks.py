"""Locks that belong to a transaction and to no row: for what must happen one at a time before there is a row."""

import hashlib

from sqlalchemy import Connection, func, select


def lock_until_commit(connection: Connection, name: str) -> None:
    """Wait until nobody else holds this name, then hold it until the transaction ends.

    SQLite needs nothing of the kind: a writing transaction is alone there from its beginning.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(lock_number(name))))


def lock_number(name: str) -> int:
    """The 64-bit number that PostgreSQL knows a lock by."""
    digest = hashlib.sha256(f"portside:{name}".encode()).digest()
    return int.from_bytes(digest[:8], "big", signed=True)
