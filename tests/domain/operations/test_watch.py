"""What a monitoring system sees, and how often the database is looked at for it."""

from datetime import datetime, timedelta

import pytest

from domain.errors import KeyUnavailable, Unavailable
from domain.operations.model import Finding, Scrape, Standing
from domain.operations.watch import Watch
from tests.fakes.clock import HeldClock
from tests.fakes.memory_store import MemoryStore
from tests.fakes.memory_survey import MemorySurvey
from tests.fakes.things import NOW


class _Meter:
    """Remembers what it was given to show."""

    def __init__(self) -> None:
        self.shown: list[tuple[Standing | None, float | None]] = []

    def request_answered(self, method: str, route: str, status: int, seconds: float) -> None:
        """Of no interest here."""

    def scrape(self, standing: Standing | None, secret_days_left: float | None) -> Scrape:
        self.shown.append((standing, secret_days_left))
        return Scrape("text", "text/plain")


class _Bench:
    """A watch over an empty store."""

    def __init__(self) -> None:
        self.clock = HeldClock(NOW)
        self.survey = MemorySurvey(MemoryStore())
        self.meter = _Meter()
        self.days: float | Exception | None = 12.5
        self.watch = Watch(self.survey, self._days_left, self.meter, self.clock)

    def _days_left(self, now: datetime) -> float | None:
        if isinstance(self.days, Exception):
            raise self.days
        return self.days


@pytest.fixture
def bench() -> _Bench:
    return _Bench()


def test_a_scrape_shows_the_standing_and_the_days_that_the_client_secret_has_left(bench: _Bench) -> None:
    assert bench.watch.scrape() == Scrape("text", "text/plain")

    assert bench.meter.shown == [(Standing({}, 0, 0, {}, 0.0), 12.5)]


def test_the_database_is_looked_at_once_in_five_seconds_however_often_it_is_scraped(bench: _Bench) -> None:
    for _ in range(3):
        bench.watch.scrape()
    bench.clock.advance(timedelta(seconds=4.9))
    bench.watch.scrape()
    before = bench.survey.taken
    bench.clock.advance(timedelta(seconds=0.1))
    bench.watch.scrape()

    assert (before, bench.survey.taken) == (1, 2)


def test_a_clock_that_was_set_back_does_not_keep_old_figures_for_ever(bench: _Bench) -> None:
    bench.watch.scrape()
    bench.clock.advance(-timedelta(days=1))

    bench.watch.scrape()

    assert bench.survey.taken == 2


def test_while_the_database_is_away_the_rest_is_shown_and_nothing_old(
    bench: _Bench, caplog: pytest.LogCaptureFixture
) -> None:
    bench.watch.scrape()
    bench.clock.advance(timedelta(seconds=10))
    bench.survey.away = Unavailable("The database can't do this at the moment.")

    bench.watch.scrape()
    bench.watch.scrape()

    assert bench.meter.shown[1:] == [(None, None)] * 2
    assert bench.survey.taken == 2
    assert "The database can't do this" in caplog.text


def test_a_secret_that_can_not_be_read_hides_nothing_else(bench: _Bench) -> None:
    bench.days = KeyUnavailable("The key k1 is not on the ring.")

    bench.watch.scrape()

    assert bench.meter.shown == [(Standing({}, 0, 0, {}, 0.0), None)]


def test_the_doctor_is_told_how_the_sync_stands_now_not_lately(bench: _Bench) -> None:
    bench.watch.scrape()

    assert bench.watch.concerns() == [Finding("sync", True)]
    assert bench.survey.taken == 2


def test_the_doctor_is_told_when_the_database_goes_away(bench: _Bench) -> None:
    bench.survey.away = Unavailable("The database can't do this at the moment.")

    (finding,) = bench.watch.concerns()

    assert (finding.ok, finding.cause) == (False, "The database can't do this at the moment.")
    assert finding.mend
