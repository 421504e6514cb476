"""Checks of the database, its schema and what is sealed in it."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Engine, Select, func, literal, select, union_all
from sqlalchemy.exc import SQLAlchemyError

from adapters.sql import migrate
from adapters.sql.engine import reading
from adapters.sql.tables import tokens
from adapters.sql.tokens import place
from domain.errors import KeyUnavailable, PortsideError
from domain.operations.model import Finding
from domain.tokens.ports import Cipher

#: Sealed texts begin ``v1.<kid>.``
_PREFIX = "v1."


@dataclass(frozen=True)
class DatabaseProbe:
    """Whether the database answers."""

    engine: Engine

    def check(self) -> Finding:
        """Ask it for the number one."""
        name = "database"
        try:
            with reading(self.engine) as connection:
                connection.scalar(select(1))
        except (PortsideError, SQLAlchemyError) as error:
            kind = self.engine.dialect.name
            mend = "see that DATABASE_URL is right, and that this process may reach and open the database"
            return Finding(name, False, f"the {kind} database does not answer: {_why(error)}", mend)
        return Finding(name, True)


@dataclass(frozen=True)
class MigrationsProbe:
    """Whether the database has the schema that this version of Portside needs."""

    engine: Engine

    def check(self) -> Finding:
        """Compare the revision that is there with the one that is needed."""
        name = "migrations"
        needed = migrate.head()
        try:
            there = migrate.current(self.engine)
        except (PortsideError, SQLAlchemyError) as error:
            return Finding(name, False, f"the schema can't be read: {_why(error)}", "mend the database first")
        if there == needed:
            return Finding(name, True)
        cause = f"the database is at revision {there or 'none'}, this version of Portside needs {needed}"
        return Finding(name, False, cause, "run: portside migrate")


@dataclass(frozen=True)
class KeyRingProbe:
    """Whether the key ring opens what is sealed in the database."""

    engine: Engine
    cipher: Cipher

    def check(self) -> Finding:
        """Open one secret of each key that was sealed with."""
        name = "key_ring"
        try:
            with reading(self.engine) as connection:
                samples = connection.execute(_samples(connection)).all()
        except (PortsideError, SQLAlchemyError) as error:
            return Finding(name, False, f"the tokens can't be read: {_why(error)}", "mend the database first")
        closed = [row.key for row in samples if not self._opens(row.sealed, row.column, row.connection_id)]
        if not closed:
            return Finding(name, True)
        keys = ", ".join(sorted(closed))
        mend = (
            "put these keys back into TOKEN_ENCRYPTION_KEYS: until then their sellers' tokens can't be used"
        )
        return Finding(name, False, f"tokens are sealed with keys that do not open them: {keys}", mend)

    def _opens(self, sealed: str, column: str, connection_id: UUID) -> bool:
        try:
            self.cipher.open(sealed, place(column, connection_id))
        except KeyUnavailable:
            return False
        return True


def _samples(connection: Connection) -> Select[Any]:
    """One sealed text for each key id, with its place."""
    sealed = union_all(
        *[
            select(
                tokens.c.connection_id,
                literal(column.name).label("column"),
                column.label("sealed"),
                _key_id(connection, column).label("key"),
            ).where(column.is_not(None))
            for column in (tokens.c.refresh_token, tokens.c.access_token)
        ]
    ).subquery()
    nth = func.row_number().over(
        partition_by=sealed.c.key, order_by=(sealed.c.connection_id, sealed.c.column)
    )
    numbered = select(sealed, nth.label("nth")).subquery()
    return select(numbered).where(numbered.c.nth == 1)


def _key_id(connection: Connection, column: ColumnElement[str]) -> ColumnElement[str]:
    if connection.dialect.name == "postgresql":
        return func.split_part(column, ".", 2)
    rest = func.substr(column, len(_PREFIX) + 1)
    return func.substr(rest, 1, func.instr(rest, ".") - 1)


def _why(error: BaseException) -> str:
    """The driver's own words, in one line: it knows best, and names no password."""
    cause = error.__cause__ or error
    while cause.__cause__ is not None:
        cause = cause.__cause__
    return " ".join(str(cause).split())
