"""The bell between processes that share a Redis. A message says nothing but that there may be events."""

import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from threading import Event as Flag

from adapters.redis.server import RedisServer
from domain.errors import Unavailable

log = logging.getLogger(__name__)

_CHANNEL = "portside:events"
#: How often it is looked whether to stop; and how long to wait before a lost server is tried again, in seconds.
_LOOK_UP, _FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 1.0, 30.0


@dataclass(frozen=True)
class RedisBell:
    """Publishes, and is subscribed to; see ``domain.events.ports.Bell``. While Redis is lost it does not ring."""

    server: RedisServer

    def ring(self) -> None:
        """Events were written."""
        with suppress(Unavailable):  # the server has logged it
            self.server.ask(lambda client: client.publish(_CHANNEL, ""))

    def listen(self, ring: Callable[[], None], stopping: Flag) -> None:
        """Call ``ring`` at every hint, until the flag is up."""
        pause = _FIRST_PAUSE
        while not stopping.is_set():
            try:
                with self.server.client.pubsub(ignore_subscribe_messages=True) as subscription:
                    subscription.subscribe(_CHANNEL)
                    subscription.get_message(timeout=_LOOK_UP)
                    ring()  # for what was not heard while nobody was subscribed
                    pause = _FIRST_PAUSE
                    while not stopping.is_set():
                        if subscription.get_message(timeout=_LOOK_UP) is not None:
                            ring()
            except (self.server.errors, OSError) as error:
                log.info("redis rings no bell; it is tried again", extra={"cause": type(error).__name__})
                stopping.wait(pause)
                pause = min(2 * pause, _LONGEST_PAUSE)
