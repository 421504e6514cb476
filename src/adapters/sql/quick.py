"""What is asked with every request is asked past SQLAlchemy, in a single trip to the database."""

from collections.abc import Callable
from typing import Any, TypeVar

from sqlalchemy import Engine

from adapters.sql.engine import connected

Found = TypeVar("Found")


def looked(engine: Engine, look: Callable[[Any], Found], long_way: Callable[[], Found]) -> Found:
    """What ``look`` finds with the driver's own connection, which is in no transaction then.

    Where the driver fails, the connection is let go and the ``long_way`` is taken: through SQLAlchemy, that has an error
    of ours for everything that may be wrong.

    Raises:
        Unavailable: no connection to the database can be had.
    """
    with connected(engine) as connection:
        try:
            return look(connection.connection.dbapi_connection)
        except engine.dialect.loaded_dbapi.Error:
            connection.invalidate()
    return long_way()
