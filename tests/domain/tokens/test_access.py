"""Access tokens: exchanged once, whoever asks, and never over a newer one."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Barrier
from uuid import uuid4

import pytest

from domain.errors import (
    NotConnected,
    Unavailable,
)
from domain.tokens.access import AccessTokens
from domain.tokens.model import AccessToken, Renewal
from tests.domain.tokens.bench import CONNECTION, HOUR, Bench
from tests.fakes.memory_work import MemoryWork
from tests.fakes.things import NOW


class EventfulPause:
    """A pause during which something happens."""

    def __init__(self, happens: Callable[[], None]) -> None:
        self._happens = happens

    def wait(self, seconds: float) -> None:
        self._happens()


@pytest.fixture
def bench() -> Bench:
    bench = Bench()
    bench.keep()
    return bench


def test_a_usable_token_is_lent_without_asking(bench: Bench) -> None:
    bench.keep(access=AccessToken("Atza|kept", NOW + HOUR))

    assert bench.tokens.for_connection(CONNECTION).text == "Atza|kept"
    assert bench.lwa.refreshes == 0


@pytest.mark.parametrize(("seconds", "asked"), [(61, 0), (60, 1), (0, 1), (-100, 1)])
def test_a_token_is_renewed_a_minute_before_its_end(bench: Bench, seconds: int, asked: int) -> None:
    bench.keep(access=AccessToken("Atza|kept", NOW + timedelta(seconds=seconds)))

    bench.tokens.for_connection(CONNECTION)

    assert bench.lwa.refreshes == asked


def test_a_renewed_token_is_found_by_the_next_one(bench: Bench) -> None:
    first = bench.tokens.for_connection(CONNECTION)

    assert bench.process("process-2").for_connection(CONNECTION) == first
    assert bench.lwa.refreshes == 1
    assert bench.row.claim_owner is None


def test_a_good_token_is_renewed_all_the_same_for_who_wants_proof(bench: Bench) -> None:
    bench.keep(access=AccessToken("Atza|kept", NOW + HOUR))

    proof = bench.tokens.renewed(CONNECTION)

    assert bench.lwa.refreshes == 1
    assert proof.text != "Atza|kept"
    assert bench.tokens.for_connection(CONNECTION) == proof


def test_without_tokens_there_is_no_connection(bench: Bench) -> None:
    with pytest.raises(NotConnected):
        bench.tokens.for_connection(uuid4())


def test_many_threads_of_a_process_ask_once(bench: Bench) -> None:
    barrier = Barrier(8)

    def ask(_number: int) -> AccessToken:
        barrier.wait()
        return bench.tokens.for_connection(CONNECTION)

    with ThreadPoolExecutor(8) as pool:
        lent = set(pool.map(ask, range(8)))

    assert (len(lent), bench.lwa.refreshes) == (1, 1)


def test_many_processes_ask_once(bench: Bench) -> None:
    barrier = Barrier(4)
    processes = [bench.process(f"process-{number}") for number in range(4)]

    def ask(tokens: AccessTokens) -> AccessToken:
        barrier.wait()
        return tokens.for_connection(CONNECTION)

    with ThreadPoolExecutor(4) as pool:
        lent = set(pool.map(ask, processes))

    assert (len(lent), bench.lwa.refreshes) == (1, 1)


def test_who_meets_a_claim_waits_for_the_others_token(bench: Bench) -> None:
    def answer_arrives() -> None:
        with MemoryWork(bench.store) as work:
            assert work.vault.renew(CONNECTION, claim, Renewal(AccessToken("Atza|theirs", NOW + HOUR)))
            work.commit()

    with MemoryWork(bench.store) as work:
        claim = work.vault.claim(CONNECTION, bench.row.version, "process-1", NOW, NOW + timedelta(seconds=30))
        assert claim is not None
        work.commit()
    waiting = replace(bench.process("process-2"), pause=EventfulPause(answer_arrives))

    assert waiting.for_connection(CONNECTION).text == "Atza|theirs"
    assert bench.lwa.refreshes == 0


def test_a_claim_whose_owner_died_is_taken_over(bench: Bench) -> None:
    with MemoryWork(bench.store) as work:
        work.vault.claim(CONNECTION, bench.row.version, "dead", NOW, NOW + timedelta(seconds=30))
        work.commit()

    token = bench.tokens.for_connection(CONNECTION)

    assert token.text == "Atza|1"
    assert sum(bench.pause.waits) == pytest.approx(30, abs=0.2)


def test_a_claim_that_is_held_for_ever_is_waited_for_only_so_long(bench: Bench) -> None:
    with MemoryWork(bench.store) as work:
        work.vault.claim(CONNECTION, bench.row.version, "greedy", NOW, NOW + timedelta(days=1))
        work.commit()

    with pytest.raises(Unavailable):
        bench.tokens.for_connection(CONNECTION)

    assert sum(bench.pause.waits) == pytest.approx(60, abs=0.2)
    assert bench.lwa.refreshes == 0


def test_a_process_that_stops_does_not_wait(bench: Bench) -> None:
    bench.pause.stopping = True
    with MemoryWork(bench.store) as work:
        work.vault.claim(CONNECTION, bench.row.version, "other", NOW, NOW + timedelta(seconds=30))
        work.commit()

    with pytest.raises(Unavailable):
        bench.tokens.for_connection(CONNECTION)
