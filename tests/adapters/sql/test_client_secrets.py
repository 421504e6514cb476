"""Client secrets at rest, and processes that share them and LWA's plan through one database."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier, Lock

import pytest
from sqlalchemy import Engine, select, text

from adapters.sql.buckets import SqlBuckets
from adapters.sql.client_secrets import SqlSecretBook
from adapters.sql.engine import make_engine, reading, writing
from adapters.sql.sealed import place
from adapters.sql.tables import client_secrets
from adapters.sql.work import SqlWork
from domain.acting import in_background
from domain.credentials.application import ApplicationClient
from domain.credentials.model import Source, fingerprint
from domain.credentials.pace import Pace
from domain.credentials.shelf import SecretShelf
from domain.errors import ClientRefused, RateLimited
from domain.tokens.model import RefreshToken
from tests.fakes.chance import EvenChance
from tests.fakes.cipher import LabelCipher
from tests.fakes.clock import HeldClock
from tests.fakes.lwa_endpoint import KnowingLwa
from tests.fakes.things import NOW

CLIENT, OLD, NEW = "amzn1.application-oa2-client.ours", "amzn1.oa2-cs.v1.old", "amzn1.oa2-cs.v1.new"
CONNECTIONS = 80
THREADS = 8


class Throttling(KnowingLwa):
    """Says 429, with a pause of 30 seconds, to everybody until a moment."""

    def __init__(self, clock: HeldClock, *good: str) -> None:
        super().__init__(clock, *good)
        self.until = NOW
        self._counting = Lock()
        self.requests = 0

    def _judge(self, client) -> None:
        with self._counting:
            self.requests += 1
        if self._clock.now() < self.until:
            raise RateLimited("slow down", 30.0, "amazon")
        super()._judge(client)


@pytest.fixture
def clock() -> HeldClock:
    return HeldClock(NOW)


@pytest.fixture
def engines(engine: Engine) -> Iterator[list[Engine]]:
    """Two processes' ways to one database."""
    other = make_engine(engine.url.render_as_string(hide_password=False))
    yield [engine, other]
    other.dispose()


def process(engine: Engine, lwa: KnowingLwa, clock: HeldClock, *configured: str) -> ApplicationClient:
    def work() -> SqlWork:
        return SqlWork(engine, LabelCipher())

    def look() -> SqlWork:
        return SqlWork(engine, LabelCipher(), reading=True)

    shelf = SecretShelf(work, look, clock, CLIENT, configured)
    return ApplicationClient(lwa, shelf, Pace(SqlBuckets(engine), clock, EvenChance()), clock)


def storm(processes: list[ApplicationClient]) -> list[type[Exception] | None]:
    """Every connection is asked for in each process, by many threads at once; what came of it."""
    together = Barrier(THREADS * len(processes))

    def ask(client: ApplicationClient) -> list[type[Exception] | None]:
        together.wait(timeout=20)
        said: list[type[Exception] | None] = []
        for number in range(CONNECTIONS // THREADS):
            try:
                client.refresh(RefreshToken(f"Atzr|{number}"), None)
                said.append(None)
            except (RateLimited, ClientRefused) as error:
                said.append(type(error))
        return said

    with ThreadPoolExecutor(THREADS * len(processes)) as pool:
        return [one for said in pool.map(ask, processes * THREADS) for one in said]


def test_a_throttled_lwa_sees_a_handful_of_requests_a_pause(engines: list[Engine], clock: HeldClock) -> None:
    lwa = Throttling(clock, NEW)
    lwa.until = NOW + timedelta(seconds=60)
    processes = [process(each, lwa, clock, NEW) for each in engines]

    for _ in range(3):
        said = storm(processes)
        assert set(said) == {RateLimited}
        clock.advance(timedelta(seconds=20))

    # Those that were under way together when the pause began: never more than there are threads.
    assert lwa.requests <= 2 * len(engines) * THREADS
    clock.advance(timedelta(seconds=10))
    assert None in storm(processes)


def test_refused_secrets_are_tried_once_a_minute_by_all_together(
    engines: list[Engine], clock: HeldClock
) -> None:
    lwa = Throttling(clock)
    processes = [process(each, lwa, clock, NEW, OLD) for each in engines]
    storm(processes)
    lwa.requests = 0

    for _ in range(3):
        clock.advance(timedelta(seconds=61))
        assert set(storm(processes)) == {ClientRefused}

    assert lwa.requests == 3 * 2


def test_one_good_secret_makes_one_request_an_exchange(engines: list[Engine], clock: HeldClock) -> None:
    lwa = Throttling(clock, OLD)
    processes = [process(each, lwa, clock, NEW, OLD) for each in engines]
    for client in processes:
        client.refresh(RefreshToken("Atzr|first"), None)
    lwa.requests = 0

    said = storm(processes)

    assert said.count(None) == lwa.requests


def test_a_kept_secret_is_sealed_for_its_row(engine: Engine) -> None:
    with writing(engine) as connection:
        SqlSecretBook(connection, LabelCipher()).keep(CLIENT, NEW, NOW, NOW)

    with reading(engine) as connection:
        row = connection.execute(select(client_secrets)).one()

    assert NEW not in str(tuple(row))
    assert LabelCipher().open(row.secret, place(client_secrets.c.secret, CLIENT, fingerprint(NEW))) == NEW


def test_a_kept_secret_whose_key_is_lost_is_closed_until_amazon_sends_it_again(engine: Engine) -> None:
    with writing(engine) as connection:
        SqlSecretBook(connection, LabelCipher("gone")).keep(CLIENT, NEW, NOW, NOW)

    with writing(engine) as connection:
        book = SqlSecretBook(connection, LabelCipher("here"))
        (closed,) = book.of(CLIENT)
        book.keep(CLIENT, NEW, NOW, NOW)
        (again,) = book.of(CLIENT)

    assert (closed.text, closed.closed, closed.source) == (None, True, Source.KEPT)
    assert (again.text, again.closed) == (NEW, False)


def test_a_kept_secret_whose_key_is_lost_stands_in_no_exchanges_way(engine: Engine, clock: HeldClock) -> None:
    with writing(engine) as connection:
        SqlSecretBook(connection, LabelCipher("gone")).keep(CLIENT, NEW, NOW, NOW + timedelta(days=180))
    lwa = KnowingLwa(clock, OLD)

    process(engine, lwa, clock, OLD).refresh(RefreshToken("Atzr|seller"), None)

    assert lwa.asked == [OLD]


@pytest.mark.parametrize("url", ["postgres"], indirect=True)
def test_processes_that_start_together_do_not_wait_for_each_other_in_a_circle(engines: list[Engine]) -> None:
    low, high = sorted((fingerprint(OLD), fingerprint(NEW)))

    def enter() -> None:
        with in_background(), writing(engines[1]) as connection:
            SqlSecretBook(connection, LabelCipher()).seen(CLIENT, [high, low], NOW)

    with ThreadPoolExecutor(1) as pool:
        with writing(engines[0]) as connection:
            book = SqlSecretBook(connection, LabelCipher())
            book.seen(CLIENT, [low], NOW)
            other = pool.submit(enter)
            while not connection.scalar(text("SELECT count(*) FROM pg_locks WHERE NOT granted")):
                time.sleep(0.01)
            book.seen(CLIENT, [high], NOW)
        other.result()

    with reading(engines[0]) as connection:
        assert len(SqlSecretBook(connection, LabelCipher()).of(CLIENT)) == 2
