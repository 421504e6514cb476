"""Ten thousand tokens that have run out at once, and two processes that renew them on PostgreSQL.

Run as a program (``python -m benchmarks.storm URL``), it is one of the processes: it renews whatever is due while its
users ask for the tokens of the connections that are named on its standard input, and prints how often it asked LWA with
which refresh token.
"""

import json
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import text

from adapters.sql.engine import make_engine, writing
from adapters.sql.work import SqlWork
from adapters.system import StoppablePause, SystemChance, SystemClock
from benchmarks.data import CIPHER
from benchmarks.tokens import CountedExchange
from domain.acting import in_background
from domain.tokens.access import AccessTokens
from domain.tokens.renewals import Renewals
from tests import databases, servers
from tests.expired import connections_with_expired_tokens, refresh_token

_TOKENS, _PROCESSES = 10_000, 2
#: Connections whose users can't wait, in every process the same ones.
_IN_A_HURRY = 500
_CLAIM_SECONDS = 65.0
_THREADS, _EACH = 4, 8


@dataclass(frozen=True)
class Storm:
    """How it went: 1.0 request for each token is perfect."""

    requests_per_token: float
    most_for_one_token: int
    seconds: float


def renewed_on_postgres() -> Storm:
    """All tokens renewed, by processes that know of each other only what the database says."""
    url = databases.postgres_database()
    engine = make_engine(url)
    now = datetime.now(UTC)
    ids = connections_with_expired_tokens(engine, CIPHER, _TOKENS, now, next_run_at=now + timedelta(hours=1))
    with writing(engine, owning=True) as database:
        database.execute(text("ANALYZE"))  # as PostgreSQL does by itself within minutes
    engine.dispose()
    hurried = [str(each) for each in ids[:: _TOKENS // _IN_A_HURRY]]
    start = time.perf_counter()
    asked: Counter[str] = Counter()
    with ThreadPoolExecutor(_PROCESSES) as threads:
        for counts in threads.map(_process, [url] * _PROCESSES, [json.dumps(hurried)] * _PROCESSES):
            asked.update(counts)
    seconds = time.perf_counter() - start
    servers.postgres().drop_database(url)
    assert set(asked) == {refresh_token(each) for each in ids}
    return Storm(asked.total() / _TOKENS, max(asked.values()), seconds)


def _process(url: str, hurried: str) -> dict[str, int]:
    """What a process of its own asked LWA."""
    program = [sys.executable, "-m", "benchmarks.storm", url]
    ended = subprocess.run(program, input=hurried, stdout=subprocess.PIPE, text=True, check=True)  # noqa: S603 - our own
    counts: dict[str, int] = json.loads(ended.stdout)
    return counts


def main(url: str, hurried: Sequence[UUID]) -> None:
    """Renew until nothing is due, while people ask; then tell what LWA was asked."""
    engine = make_engine(url)
    exchange = CountedExchange(seconds=0.005)
    owner = f"process {os.getpid()}"
    clock = SystemClock()

    def work() -> SqlWork:
        return SqlWork(engine, CIPHER)

    def look() -> SqlWork:
        return SqlWork(engine, CIPHER, reading=True)

    tokens = AccessTokens(
        work, look, exchange, clock, StoppablePause(), owner, _CLAIM_SECONDS, lambda _id, _version: None
    )
    renewals = Renewals(work, look, tokens, clock, SystemChance(), owner, _CLAIM_SECONDS)

    def renew(_thread: int) -> None:
        with in_background():
            while renewals.renew_due(_EACH):
                pass

    def lend(connection_id: UUID) -> None:
        with in_background():
            tokens.for_connection(connection_id)

    with ThreadPoolExecutor(2 * _THREADS) as threads:
        renewing = [threads.submit(renew, number) for number in range(_THREADS)]
        lending = [threads.submit(lend, each) for each in hurried]
        for each in (*renewing, *lending):
            each.result()
    json.dump(exchange.asked_with, sys.stdout)


if __name__ == "__main__":
    main(sys.argv[1], [UUID(each) for each in json.load(sys.stdin)])
