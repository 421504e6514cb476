"""The number that grows with whatever changes a figure of a user."""

from uuid import UUID

from sqlalchemy import Connection, select

from adapters.sql.dialect import insert_into
from adapters.sql.tables import figures_versions


class SqlFiguresVersions:
    """One row a user; none as long as nothing has ever changed."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def changed(self, user_id: UUID) -> None:
        """Count up, once a transaction is about to be committed: others of this user wait from here on."""
        first = insert_into(self._connection, figures_versions).values(user_id=user_id, version=1)
        again = first.on_conflict_do_update(
            index_elements=[figures_versions.c.user_id], set_={"version": figures_versions.c.version + 1}
        )
        self._connection.execute(again)

    def of(self, user_id: UUID) -> int:
        """The present number."""
        version = select(figures_versions.c.version).where(figures_versions.c.user_id == user_id)
        return self._connection.execute(version).scalar_one_or_none() or 0
