"""The number that grows with whatever changes a figure of a user."""

from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ColumnElement, Connection, Engine, bindparam, cast, func, select

from adapters.sql import wall
from adapters.sql.dialect import insert_for, larger
from adapters.sql.engine import reading
from adapters.sql.quick import looked
from adapters.sql.tables import figures_versions
from adapters.tracing import follow_look
from domain.operations.tracing import Tracing

#: Milliseconds since 1970, by the database's own clock.
_NOW: dict[str, ColumnElement[int]] = {
    "postgresql": cast(func.extract("epoch", func.clock_timestamp()) * 1000, BigInteger),
    "sqlite": cast((func.julianday("now") - 2440587.5) * 86_400_000, BigInteger),
}
_PRESENT = select(figures_versions.c.version).where(figures_versions.c.user_id == bindparam("of_user"))
_PRESENT_OF = "SELECT version FROM figures_versions WHERE user_id = "


class SqlFiguresVersions:
    """One row a user; none as long as nothing has ever changed."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._changed: set[UUID] = set()

    def changed(self, user_id: UUID) -> None:
        """To be counted when the work is committed."""
        self._changed.add(user_id)

    def count_up(self) -> None:
        """Write the new numbers: the last deed before the commit. From here on others of these users wait for it.

        The row stays locked until the commit, so numbers are seen in the order in which they grow.
        """
        # In one order, so that two that change the figures of several users never wait for each other in a circle.
        for user_id in sorted(self._changed):
            self._connection.execute(_COUNT_UP[self._connection.dialect.name], {"of_user": user_id})
        self._changed.clear()

    def of(self, user_id: UUID) -> int:
        """The present number."""
        return self._connection.execute(_PRESENT, {"of_user": user_id}).scalar_one_or_none() or 0


class SqlPresentVersions:
    """Looked up with every answer for which no log-in has told it."""

    def __init__(self, engine: Engine, tracing: Tracing | None = None) -> None:
        self._engine = engine
        look = _look_in_postgres if engine.dialect.name == "postgresql" else _look_in_sqlite
        self._look = follow_look(look, f"{_PRESENT_OF}?", engine, tracing)

    def of(self, user_id: UUID) -> int:
        """The present number; see ``domain.kpis.versions.PresentVersions``."""
        return looked(
            self._engine, lambda driver: self._look(driver, user_id), lambda: self._long_way(user_id)
        )

    def _long_way(self, user_id: UUID) -> int:
        with reading(self._engine) as connection:
            return SqlFiguresVersions(connection).of(user_id)


def _look_in_sqlite(driver: Any, user_id: UUID) -> int:
    row = driver.execute(f"{_PRESENT_OF}?", (user_id.hex,)).fetchone()
    return row[0] if row else 0


def _look_in_postgres(driver: Any, user_id: UUID) -> int:
    """Statements that are sent together are a transaction of their own: the wall stands before the second one."""
    with driver.cursor() as cursor:
        cursor.execute(f"{wall.stepping_behind()}; {_PRESENT_OF}'{user_id}'")
        cursor.nextset()
        row = cursor.fetchone()
    return row[0] if row else 0


def _count_up(dialect: str) -> Any:
    """Grows at least to the present moment: so it has no number twice, whatever state was restored in between."""
    counted = insert_for(dialect, figures_versions).values(
        user_id=bindparam("of_user"), version=_NOW[dialect]
    )
    kept, new = figures_versions.c.version, counted.excluded.version
    return counted.on_conflict_do_update(
        index_elements=[figures_versions.c.user_id], set_={"version": larger(kept + 1, new, dialect)}
    )


_COUNT_UP = {dialect: _count_up(dialect) for dialect in _NOW}
