"""A storm of callers on tokens that have all run out: how often is the token endpoint asked?"""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from threading import Lock

from adapters.sql.work import SqlWork
from adapters.system import StoppablePause, SystemClock
from benchmarks.data import CIPHER, database, seller
from domain.tokens.access import AccessTokens
from domain.tokens.model import AccessToken, LwaClient, RefreshToken, Renewal

_THREADS = 50
_SELLERS = 20


class CountedExchange:
    """A token endpoint that takes its time, and counts how often it is asked with which refresh token."""

    def __init__(self, seconds: float = 0.02) -> None:
        self.asked_with: Counter[str] = Counter()
        self._seconds = seconds
        self._lock = Lock()
        self._pause = StoppablePause()
        self._clock = SystemClock()

    def refresh(self, token: RefreshToken, client: LwaClient | None, account: str = "") -> Renewal:
        with self._lock:
            self.asked_with[token.text] += 1
        self._pause.wait(self._seconds)
        return Renewal(AccessToken(f"for {token.text}", self._clock.now() + timedelta(hours=1)))


def calls_per_expired_token(folder: Path) -> float:
    """1.0 is perfect: one call for each token, however many ask."""
    engine = database(folder, "tokens")
    exchange = CountedExchange()
    connections = [seller(engine) for _ in range(_SELLERS)]
    with SqlWork(engine, CIPHER) as work:
        for connection in connections:
            work.vault.keep(connection.id, RefreshToken(f"r-{connection.id}"), None)
        work.commit()
    tokens = AccessTokens(
        work=lambda: SqlWork(engine, CIPHER),
        look=lambda: SqlWork(engine, CIPHER, reading=True),
        exchange=exchange,
        clock=SystemClock(),
        pause=StoppablePause(),
        owner="bench",
        claim_seconds=30,
        revoked=lambda _connection, _version: None,
    )
    asked = [connection.id for connection in connections] * _THREADS
    with ThreadPoolExecutor(_THREADS) as threads:
        list(threads.map(tokens.for_connection, asked))
    return exchange.asked_with.total() / _SELLERS
