"""Checks of the database, its schema and what is sealed in it."""

from dataclasses import dataclass

from sqlalchemy import Engine, select
from sqlalchemy.exc import SQLAlchemyError

from adapters.sql import schema
from adapters.sql.engine import reading
from adapters.sql.sealed import Sample, samples
from domain.errors import KeyUnavailable, PortsideError
from domain.operations.model import Finding
from domain.tokens.ports import Cipher


@dataclass(frozen=True)
class DatabaseProbe:
    """Whether the database answers."""

    engine: Engine

    def check(self) -> Finding:
        """Ask it for the number one."""
        name = "database"
        try:
            with reading(self.engine, owning=True) as connection:
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
        needed = schema.head()
        try:
            there = schema.current(self.engine)
        except (PortsideError, SQLAlchemyError) as error:
            return Finding(name, False, f"the schema can't be read: {_why(error)}", "mend the database first")
        if there == needed:
            return Finding(name, True)
        if there is not None and schema.is_newer(there):
            # Migrations only add, so that servers can be replaced one after the other.
            cause = f"the database is at revision {there}, of a newer release; this process needs {needed}"
            return Finding(name, True, cause, "replace this process by the newer release")
        cause = f"the database is at revision {there or 'none'}, this version of Portside needs {needed}"
        return Finding(name, False, cause, "run: portside migrate")


@dataclass(frozen=True)
class KeyRingProbe:
    """Whether the key ring opens what is sealed in the database."""

    engine: Engine
    cipher: Cipher

    def check(self) -> Finding:
        """Open one secret of each kind and key that was sealed with."""
        name = "key_ring"
        try:
            self.cipher.seal("", name)
            with reading(self.engine) as connection:
                found = samples(connection)
        except KeyUnavailable as error:
            return Finding(
                name, False, str(error), "restore the key ring: without it no seller can be served"
            )
        except (PortsideError, SQLAlchemyError) as error:
            return Finding(name, False, f"the tokens can't be read: {_why(error)}", "mend the database first")
        closed = sorted({sample.key_id or "(none)" for sample in found if not self._opens(sample)})
        if not closed:
            return Finding(name, True)
        keys = ", ".join(closed)
        mend = (
            "put these keys back on the ring (TOKEN_ENCRYPTION_KEYS, or the file token_keys in the instance folder): "
            "until then what they sealed can't be used"
        )
        return Finding(name, False, f"secrets are sealed with keys that do not open them: {keys}", mend)

    def _opens(self, sample: Sample) -> bool:
        try:
            self.cipher.open(sample.sealed, sample.place)
        except KeyUnavailable:
            return False
        return True


def _why(error: BaseException) -> str:
    """The driver's own words, in one line: it knows best, and names no password."""
    cause = error.__cause__ or error
    while cause.__cause__ is not None:
        cause = cause.__cause__
    return " ".join(str(cause).split())
