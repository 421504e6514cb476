"""What a monitoring system sees of Portside."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock

from domain.clock import Clock
from domain.errors import KeyUnavailable, Unavailable
from domain.operations.concerns import concerns
from domain.operations.model import Finding, Scrape, Standing
from domain.operations.ports import Meter, Survey

log = logging.getLogger(__name__)

#: However often and by however many it is asked, the database is not looked at more often than this.
FRESH_FOR = timedelta(seconds=5)


@dataclass
class _Seen:
    """The latest look at the database, and who may have the next one."""

    lock: Lock = field(default_factory=Lock)
    at: datetime | None = None
    standing: Standing | None = None
    secret_days_left: float | None = None


@dataclass(frozen=True)
class Watch:
    """Puts together what this process has counted and what the database says."""

    survey: Survey
    secret_days_left: Callable[[datetime], float | None]  # of the installation's client secret
    meter: Meter
    clock: Clock
    _seen: _Seen = field(default_factory=_Seen, init=False, repr=False)

    def scrape(self) -> Scrape:
        """The metrics; those of the database are at most ``FRESH_FOR`` old, and missing while it is away."""
        with self._seen.lock:
            now = self.clock.now()
            if self._seen.at is None or not self._seen.at <= now < self._seen.at + FRESH_FOR:
                self._look(now)
            standing, days = self._seen.standing, self._seen.secret_days_left
        return self.meter.scrape(standing, days)

    def concerns(self) -> list[Finding]:
        """What of the sync should be looked at, as it stands now; a failure when that can't be said."""
        try:
            return concerns(self.survey.take(self.clock.now()))
        except Unavailable as error:
            return [Finding("sync", False, str(error), "see that the database runs, and that it is migrated")]

    def _look(self, now: datetime) -> None:
        self._seen.standing = self._seen.secret_days_left = None
        try:
            self._seen.standing = self.survey.take(now)
            self._seen.secret_days_left = self.secret_days_left(now)
        except (Unavailable, KeyUnavailable) as error:
            log.warning("some metrics are missing: %s", error)
        self._seen.at = self.clock.now()
