"""Who of an identity provider's people is which user, in SQL."""

from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, select

from adapters.sql.dialect import insert_unless_there
from adapters.sql.tables import identities, users
from adapters.sql.users import user_in
from domain.errors import Conflict
from domain.users.model import User, UserId

#: Asked with every request that shows a token. Built once: that takes longer than to execute it.
_OF_NAME = (
    select(users)
    .join(identities, identities.c.user_id == users.c.id)
    .where(identities.c.issuer == bindparam("by_issuer"), identities.c.subject == bindparam("by_subject"))
)


class SqlIdentityBook:
    """All names that identity providers have for our users."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def owner(self, issuer: str, subject: str) -> User | None:
        """The user who comes by this name."""
        asked = {"by_issuer": issuer, "by_subject": subject}
        row = self._connection.execute(_OF_NAME, asked).one_or_none()
        return user_in(row) if row is not None else None

    def add(self, user_id: UserId, issuer: str, subject: str, at: datetime) -> None:
        """Whoever comes by this name is this user from now on.

        Raises:
            Conflict: the name stands for somebody already.
        """
        values = {"issuer": issuer, "subject": subject, "user_id": user_id, "created_at": at}
        if not insert_unless_there(self._connection, identities, values):
            raise Conflict("This identity is somebody's already.")

    def of_user(self, user_id: UserId) -> list[tuple[str, str]]:
        """Every name by which this user comes."""
        name = (identities.c.issuer, identities.c.subject)
        mine = select(*name).where(identities.c.user_id == user_id).order_by(*name)
        return [(row.issuer, row.subject) for row in self._connection.execute(mine)]

    def drop_all(self, user_id: UserId) -> int:
        """None of them stands for this user any more; returns how many there were."""
        return self._connection.execute(delete(identities).where(identities.c.user_id == user_id)).rowcount
