"""Whose session a browser shows, and the number of that user's figures: asked with every request."""

from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, bindparam, select

from adapters.sql import wall
from adapters.sql.engine import reading
from adapters.sql.quick import looked
from adapters.sql.tables import figures_versions, sessions, users
from adapters.sql.users import SqlSessionBook
from adapters.sql.versions import SqlFiguresVersions
from adapters.tracing import follow_look
from domain.acting import acting_for
from domain.operations.tracing import Tracing
from domain.users.model import LoggedIn, User

#: A user's fields in their order, then the number. Built once: that takes longer than to execute it.
_LOGGED_IN = (
    select(*(users.c[each.name] for each in fields(User)), figures_versions.c.version)
    .join(sessions, sessions.c.user_id == users.c.id)
    .outerjoin(figures_versions, figures_versions.c.user_id == users.c.id)
    .where(sessions.c.token_hash == bindparam("with_hash"), sessions.c.expires_at > bindparam("now"))
)
#: Names the session's user to the wall, for the rest of the transaction.
_NAMING = (
    "SELECT set_config('app.user_id', user_id::text, true) FROM sessions"
    " WHERE token_hash = %(with_hash)s AND expires_at > %(now)s"
)


class SqlPresentSessions:
    """See ``domain.users.ports.PresentSessions``."""

    def __init__(self, engine: Engine, tracing: Tracing | None = None) -> None:
        self._engine = engine
        self._in_one_trip = engine.dialect.name == "postgresql"
        self._statement = str(_LOGGED_IN.compile(dialect=engine.dialect))
        self._driver = engine.dialect.loaded_dbapi
        self._look = follow_look(self._look_past, self._statement, engine, tracing)

    def logged_in(self, token_hash: str, now: datetime) -> LoggedIn | None:
        """Whose session this is, while it lives, with the number of their figures."""
        if self._in_one_trip:
            return looked(
                self._engine,
                lambda driver: self._look(driver, token_hash, now),
                lambda: self._long_way(token_hash, now),
            )
        with reading(self._engine) as connection:
            return _told(connection.execute(_LOGGED_IN, {"with_hash": token_hash, "now": now}).one_or_none())

    def _look_past(self, driver: Any, token_hash: str, now: datetime) -> LoggedIn | None:
        """Before a user is named, the wall shows sessions and users but nobody's number. So the session's own user is
        named first: statements that are sent together are one transaction, and it is forgotten with that.
        """
        statements = f"{wall.stepping_behind()}; {_NAMING}; {self._statement}"
        # This cursor puts the parameters in by itself: the server takes none where statements are sent together.
        with self._driver.ClientCursor(driver) as cursor:
            cursor.execute(statements, {"with_hash": token_hash, "now": now})
            while cursor.nextset():
                pass
            return _told(cursor.fetchone())

    def _long_way(self, token_hash: str, now: datetime) -> LoggedIn | None:
        with reading(self._engine) as connection:
            user = SqlSessionBook(connection).user_of(token_hash, now)
        if user is None:
            return None
        with acting_for(user.id), reading(self._engine) as connection:
            return LoggedIn(user, SqlFiguresVersions(connection).of(user.id))


def _told(row: Sequence[Any] | None) -> LoggedIn | None:
    if row is None:
        return None
    *person, version = row
    return LoggedIn(User(*person), version or 0)
