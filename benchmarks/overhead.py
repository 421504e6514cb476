"""What a call costs besides the wire: the gateway as it is wired for serving, beside ``python-amazon-sp-api``.

Both ask the same simulated Amazon, a process of its own, for the same small answer, in turns. What their HTTP client takes
to get it is taken off: Portside's rest is a token from the vault, two buckets in a database, circuits, budgets, counting and
reading the answer; the other's is the headers and reading the answer.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

from sp_api.api import Sales
from sp_api.base import Granularity

from adapters.crypto.envelope import Envelopes
from adapters.sql.work import SqlWork
from benchmarks.data import seller
from domain.connections.model import Connection
from domain.gateway import operations
from domain.gateway.call import Gateway
from domain.gateway.model import Answer, Call, Patience
from domain.gateway.ports import Wire
from domain.tokens.model import AccessToken, RefreshToken
from entrypoints.bootstrap import build
from entrypoints.instance import open_instance
from entrypoints.settings import load_settings
from entrypoints.simulator.app import Simulator, build_simulator
from entrypoints.simulator.config import SimulatorConfig
from entrypoints.simulator.server import SimulatorServer
from tests import servers
from tests.entrypoints.simulator.real_clients import community, finish

_CALLS, _WARMING_UP = 300, 20
_INTERVAL = ("2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z")
#: So that no usage plan is in the way.
_RATE_FACTOR = 10_000


@dataclass(frozen=True)
class Overhead:
    """Medians, in seconds for a call."""

    ours: float  # with all of it in SQLite
    with_redis: float
    theirs: float


@dataclass
class _TimedWire:
    """Sends, and keeps how long that took."""

    wire: Wire
    seconds: float = 0.0

    def send(self, connection: Connection, call: Call, token: AccessToken) -> Answer:
        began = time.perf_counter()
        answer = self.wire.send(connection, call, token)
        self.seconds = time.perf_counter() - began
        return answer


@dataclass
class _TimedTransport:
    """The same of the other client's HTTP client."""

    transport: Any
    seconds: float = field(default=0.0, init=False)

    def request(self, *arguments: Any, **options: Any) -> Any:
        began = time.perf_counter()
        answer = self.transport.request(*arguments, **options)
        self.seconds = time.perf_counter() - began
        return answer

    def close(self) -> None:
        self.transport.close()


@dataclass(frozen=True)
class _FarAway:
    """A simulator in another process, as ``community`` wants it: equal configurations have equal tokens."""

    base_url: str
    simulator: Simulator


def overhead(folder: Path) -> Overhead:
    """All three in turns."""
    with _amazon(folder) as amazon:
        sqlite = _portside(folder / "sqlite", amazon, {})
        redis = _portside(folder / "redis", amazon, {"REDIS_URL": servers.valkey().fresh_database()})
        api = community(Sales, cast("SimulatorServer", amazon), "US")  # it reads these two fields
        transport = api._transport = _TimedTransport(api._transport)  # noqa: SLF001 - it has no other way in

        def theirs() -> float:
            api.get_order_metrics(_INTERVAL, Granularity.TOTAL)
            return transport.seconds

        rests: tuple[list[float], ...] = ([], [], [])
        for _ in range(_WARMING_UP + _CALLS):
            for way, rest in zip((sqlite, redis, theirs), rests, strict=True):
                began = time.perf_counter()
                wire = way()
                rest.append(time.perf_counter() - began - wire)
        finish(api)
    return Overhead(*(statistics.median(rest[_WARMING_UP:]) for rest in rests))


def _portside(folder: Path, amazon: _FarAway, variables: dict[str, str]) -> Callable[[], float]:
    """Portside as it is served, with one seller; each time, a call is made and the wire's part of it returned."""
    config = amazon.simulator.config
    settings = load_settings(
        {
            "PORTSIDE_ENV": "test",
            "PORTSIDE_INSTANCE": str(folder),
            "AMAZON_LWA_APP_ID": config.client_id,
            "AMAZON_LWA_CLIENT_SECRET": config.client_secret,
            "LWA_TOKEN_URL": f"{amazon.base_url}/auth/o2/token",
            "SP_API_URL": f"{amazon.base_url}/{{region}}",
            **variables,
        },
        folder,
    )
    instance = open_instance(settings)
    portside = build(settings, instance)
    portside.migrate()
    connection = seller(portside.engine)
    with SqlWork(portside.engine, Envelopes(instance.key_ring)) as work:
        token = RefreshToken(amazon.simulator.refresh_token(config.sellers[0].id))
        work.vault.keep(connection.id, token, None)
        work.commit()
    whole = portside.services.proxy.gateway
    assert isinstance(whole, Gateway)
    wire = _TimedWire(whole.wire)
    gateway = replace(whole, wire=wire)
    query = {
        "marketplaceIds": connection.marketplace_id,
        "interval": "--".join(_INTERVAL),
        "granularity": "Total",
    }
    call = Call(operations.ORDER_METRICS, query)

    def once() -> float:
        gateway.call(connection, call, lambda body: body, Patience.INTERACTIVE)
        return wire.seconds

    return once


@contextmanager
def _amazon(folder: Path) -> Iterator[_FarAway]:
    """A simulated Amazon in a process of its own, that ends with the block."""
    config = SimulatorConfig(orders_per_day=1, history_days=5, sku_count=5, rate_factor=_RATE_FACTOR)
    port = folder / "amazon.port"
    program = [sys.executable, "-m", "entrypoints.simulator", "--port-file", str(port)]
    program += ["--orders-per-day", "1", "--history-days", "5", "--rate-factor", str(_RATE_FACTOR)]
    process = subprocess.Popen(program, stderr=subprocess.DEVNULL)  # noqa: S603 - our own
    try:
        deadline = time.monotonic() + 30
        while not port.is_file():
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("the simulated Amazon did not start")
            time.sleep(0.05)
        yield _FarAway(f"http://127.0.0.1:{port.read_text()}", build_simulator(config))
    finally:
        process.terminate()
        process.wait()
