"""The clock of this process: APScheduler ticks, what is due stands in the database."""

import atexit
import logging
import random
import time
from datetime import UTC, datetime, timedelta
from threading import Event, Lock

from apscheduler.schedulers.background import BackgroundScheduler

from domain.gateway.metering import FLUSH_EVERY
from entrypoints.scheduler.counting_months import counting_months
from entrypoints.scheduler.erasers import erasing
from entrypoints.scheduler.purging import purging
from entrypoints.scheduler.recounting import recounting
from entrypoints.scheduler.renewers import Renewers
from entrypoints.scheduler.workers import Workers, heard, unless_away
from entrypoints.services import Services

log = logging.getLogger(__name__)

_TICK_SECONDS = 1
_TIDY_MINUTES = 10
_NOTICES_SECONDS = 60
_COUNT_SECONDS = FLUSH_EVERY.total_seconds()
#: What is kept for long enough is looked for a while after the start, and once a day; not by all processes at once.
_PURGE_HOURS, _PURGE_JITTER_SECONDS = 24, 3600
_FIRST_PURGE_MINUTES = (5, 20)
#: The night's sample is begun with the day in UTC; whoever was stopped, or stood back behind syncs, goes on with it.
_RECOUNT_MINUTES, _RECOUNT_JITTER_SECONDS = 15, 300
#: A month is over at midnight, somewhere in the world each quarter of an hour; processes take turns at what is due.
_MONTHS_SECONDS, _MONTHS_JITTER_SECONDS = 30, 10
#: As long as a page takes, as a rule; whoever is not done by then loses the lease by time.
_FAREWELL_SECONDS = 8.0


class Scheduler:
    """Runs as long as its process. Every process may have one: leases keep them out of each other's way."""

    def __init__(self, services: Services, places: int, stopping: Event) -> None:
        # APScheduler tells of every single job at INFO.
        logging.getLogger("apscheduler").setLevel(logging.WARNING)
        self._stopping = stopping
        self._leaving = Lock()
        self._flush = services.metering.flush
        self._workers = Workers(services.shift, services.runner, places, stopping, tracing=services.tracing)
        # Apart, since one endpoint's trouble is not the other's.
        self._renewers = [Renewers(each, stopping) for each in (services.renewals, services.ads.renewals)]
        self._clock = BackgroundScheduler(
            timezone="UTC", job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
        )
        self._clock.add_job(unless_away(self._workers.tick), "interval", seconds=_TICK_SECONDS, id="tick")
        for number, renewers in enumerate(self._renewers):
            self._clock.add_job(
                unless_away(renewers.tick), "interval", seconds=_TICK_SECONDS, id=f"renewals-{number}"
            )
        erase = unless_away(erasing(services.erasures, stopping))
        self._clock.add_job(erase, "interval", seconds=_TICK_SECONDS, id="erase")
        self._clock.add_job(
            unless_away(services.housekeeping.tidy), "interval", minutes=_TIDY_MINUTES, id="tidy"
        )
        self._clock.add_job(
            unless_away(purging(services.retention, stopping)),
            "interval",
            hours=_PURGE_HOURS,
            jitter=_PURGE_JITTER_SECONDS,
            next_run_time=datetime.now(UTC) + timedelta(minutes=random.uniform(*_FIRST_PURGE_MINUTES)),  # noqa: S311
            id="purge",
        )
        self._clock.add_job(
            unless_away(recounting(services.truth, stopping)),
            "interval",
            minutes=_RECOUNT_MINUTES,
            jitter=_RECOUNT_JITTER_SECONDS,
            id="recount",
        )
        self._clock.add_job(
            unless_away(counting_months(services.months, stopping)),
            "interval",
            seconds=_MONTHS_SECONDS,
            jitter=_MONTHS_JITTER_SECONDS,
            id="months",
        )
        self._clock.add_job(
            unless_away(services.metering.flush), "interval", seconds=_COUNT_SECONDS, id="counts"
        )
        if services.notices is not None:
            notices = unless_away(heard(services.notices.take))
            first = datetime.now(UTC)
            self._clock.add_job(
                notices, "interval", seconds=_NOTICES_SECONDS, id="notices", next_run_time=first
            )

    def start(self) -> None:
        """Begin to tick, until the process ends."""
        self._clock.start()
        atexit.register(self.stop)
        log.info("scheduler started")

    @property
    def running(self) -> bool:
        """Whether it ticks."""
        return bool(self._clock.running)

    def stop(self) -> None:
        """Stop ticking; pages under way are finished, their leases given back. Whoever else asks for it waits for that."""
        with self._leaving:
            if self._clock.running:
                self._leave()

    def _leave(self) -> None:
        self._stopping.set()
        self._clock.shutdown(wait=False)
        deadline = time.monotonic() + _FAREWELL_SECONDS
        waits = [each.wait(max(0.0, deadline - time.monotonic())) for each in self._renewers]
        if not all(waits):
            log.warning("some renewals did not end in time; others ask again when their claims run out")
        if not self._workers.wait(max(0.0, deadline - time.monotonic())):
            log.warning("some runs did not end in time; others take them over when their leases run out")
        self._flush()
