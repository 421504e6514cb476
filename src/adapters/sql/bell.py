"""PostgreSQL's bell: it tells those who listen when a transaction with events in it is committed."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from threading import Event as Flag

import psycopg
from sqlalchemy import Engine

from adapters.sql.events import CHANNEL

log = logging.getLogger(__name__)

#: How often it is looked whether to stop; and how long to wait before a lost server is tried again, in seconds.
_LOOK_UP, _FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 1.0, 30.0


@dataclass(frozen=True)
class PostgresBell:
    """Listens on a connection of its own, as the login; see ``domain.events.ports.Bell``.

    Nobody has to ring it: that is done in the transaction that writes the events.
    """

    engine: Engine

    def listen(self, ring: Callable[[], None], stopping: Flag) -> None:
        """Call ``ring`` at every hint, until the flag is up."""
        address = self.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
        pause = _FIRST_PAUSE
        while not stopping.is_set():
            try:
                with psycopg.connect(address, autocommit=True, connect_timeout=10) as connection:
                    connection.execute(f"LISTEN {CHANNEL}")
                    ring()  # for what was not heard while nobody listened
                    pause = _FIRST_PAUSE
                    while not stopping.is_set():
                        for _ in connection.notifies(timeout=_LOOK_UP, stop_after=1):
                            ring()
            except (psycopg.Error, OSError) as error:
                log.info(
                    "the database rings no bell; it is tried again", extra={"cause": type(error).__name__}
                )
                stopping.wait(pause)
                pause = min(2 * pause, _LONGEST_PAUSE)
