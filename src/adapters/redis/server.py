"""The Redis (or Valkey) that processes share. It may be lost at any time: then it is left alone for a while."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, TypeVar

from domain.errors import NotConfigured, Unavailable
from domain.gateway.ports import Stopwatch
from domain.operations.model import Finding

log = logging.getLogger(__name__)

#: It answers within a millisecond or not at all; whoever waits for it does so instead of working.
_TIMEOUT_SECONDS = 1.0
#: Each thread that asks holds one while it does; fewer would turn a crowd away as if the server were lost.
_CONNECTIONS = 1_000
#: How long it is left alone when it was lost, in seconds: longer each time, unless it was well in between.
FIRST_REST, LONGEST_REST, CALM = 5.0, 60.0, 60.0
_LOG_EVERY = 60.0

Result = TypeVar("Result")


@dataclass
class RedisServer:
    """Asks one server. After a failure nobody asks until a rest is over, so that nobody queues for what is not there.

    ``errors`` is what ``client`` raises when it fails.
    """

    client: Any
    errors: type[Exception]
    stopwatch: Stopwatch
    _lost_at: float | None = field(default=None, init=False, repr=False)  # None: it answers
    _last_lost: float | None = field(default=None, init=False, repr=False)
    _rest: float = field(default=FIRST_REST, init=False, repr=False)
    _logged_at: float | None = field(default=None, init=False, repr=False)
    _lock: Lock = field(default_factory=Lock, init=False, repr=False)

    @classmethod
    def at(cls, url: str, stopwatch: Stopwatch) -> "RedisServer":
        """The server at this address; opens no connection.

        Raises:
            NotConfigured: the package that speaks to it is missing: the operator's to mend.
        """
        try:
            import redis  # noqa: PLC0415 - few installations have it
            from redis.backoff import NoBackoff  # noqa: PLC0415 - see above
            from redis.retry import Retry  # noqa: PLC0415 - see above
        except ImportError as error:
            raise NotConfigured(
                "REDIS_URL is set, but the package that speaks to Redis is missing: pip install portside[redis]",
                ("REDIS_URL",),
            ) from error
        # A connection that a restart of the server has left dead is replaced once; silence is not waited for twice.
        client = redis.Redis.from_url(
            url,
            decode_responses=True,
            max_connections=_CONNECTIONS,
            socket_timeout=_TIMEOUT_SECONDS,
            socket_connect_timeout=_TIMEOUT_SECONDS,
            retry=Retry(NoBackoff(), 1, supported_errors=(redis.ConnectionError,)),
        )
        return cls(client, redis.RedisError, stopwatch)

    def ask(self, question: Callable[[Any], Result]) -> Result:
        """What the server answers.

        Raises:
            Unavailable: it does not, or it did not a moment ago.
        """
        if self._resting():
            raise Unavailable("Redis was lost a moment ago, and is left alone.")
        return self._asked(question)

    def check(self) -> Finding:
        """Whether it answers now; see ``domain.operations.ports.Probe``. Without it everything goes on: a warning."""
        try:
            self._asked(lambda client: client.ping())
        except Unavailable as error:
            cause = f"{error} The database and this process's memory stand in: slower, and less is shared."
            return Finding("redis", True, cause, "see that it runs, and that REDIS_URL is right")
        return Finding("redis", True)

    def _asked(self, question: Callable[[Any], Result]) -> Result:
        try:
            answer = question(self.client)
        except self.errors as error:
            self._lose(error)
            raise Unavailable(f"Redis does not answer: {' '.join(str(error).split())}.") from error
        self._found()
        return answer

    def _resting(self) -> bool:
        """Whether to leave it alone. When the rest is over, one tries while the others go on resting."""
        with self._lock:
            if self._lost_at is None:
                return False
            now = self.stopwatch.seconds()
            if now - self._lost_at < self._rest:
                return True
            self._lost_at = now
            self._rest = min(2 * self._rest, LONGEST_REST)
            return False

    def _lose(self, error: Exception) -> None:
        with self._lock:
            now = self.stopwatch.seconds()
            if self._lost_at is None:  # else it is the same loss, which other threads were under way into
                calm = self._last_lost is None or now - self._last_lost > CALM
                self._rest = FIRST_REST if calm else min(2 * self._rest, LONGEST_REST)
                self._lost_at = now
            self._last_lost = now
            if self._logged_at is None or now - self._logged_at >= _LOG_EVERY:
                self._logged_at = now
                log.warning("redis does not answer", extra={"cause": type(error).__name__})

    def _found(self) -> None:
        if self._lost_at is None:
            return
        with self._lock:
            if self._lost_at is not None:
                self._lost_at = None
                log.info("redis answers again")
