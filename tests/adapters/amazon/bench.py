"""The way to Amazon as Portside wires it, over real sockets to a simulator; only tokens at rest are a fake."""

import time
from datetime import UTC, datetime, timedelta

from adapters.amazon.addresses import AmazonAddresses
from adapters.amazon.lwa import Lwa
from adapters.amazon.sigv4 import SigV4Signer
from adapters.amazon.sp_api import SpApiWire
from adapters.http import Outbound
from adapters.memory.buckets import MemoryBuckets
from adapters.system import StoppablePause, SystemStopwatch
from domain.connections.model import Connection
from domain.credentials.application import ApplicationClient
from domain.credentials.pace import Pace
from domain.credentials.shelf import SecretShelf
from domain.gateway.call import Gateway
from domain.tokens.access import AccessTokens
from domain.tokens.model import RefreshToken
from entrypoints.simulator.config import SimulatorConfig
from entrypoints.simulator.sellers import Seller
from entrypoints.simulator.server import SimulatorServer
from tests.fakes.calls import RememberingCallLog, RememberingMeter
from tests.fakes.memory_store import MemoryStore
from tests.fakes.memory_work import MemoryWork
from tests.fakes.roles import ScriptedRoles
from tests.fakes.things import a_connection, a_user

#: When the running clock starts: data and window are the same in every run.
START = datetime(2026, 10, 15, 12, 0, 30, tzinfo=UTC)
_BEGAN = time.monotonic()


class RunningClock:
    """Begins at ``START`` and runs as fast as any other."""

    def now(self) -> datetime:
        return START + timedelta(seconds=time.monotonic() - _BEGAN)


class NoJitter:
    """Always the low end: a pause between attempts takes no time."""

    def between(self, low: float, high: float) -> float:
        return low


CLOCK = RunningClock()
#: No connection has a role, as with nearly all installations.
UNSIGNED = SigV4Signer(ScriptedRoles(CLOCK), None)
#: Small, and its usage plans refill at once; nothing happens in it after ten minutes before the start.
CONFIG = SimulatorConfig(
    orders_per_day=12,
    history_days=40,
    data_until=START - timedelta(minutes=10),
    rate_factor=10_000,
    now=CLOCK.now,
)


class Bench:
    """One seller's connection, and a gateway that calls the simulator in its name."""

    def __init__(self, amazon: SimulatorServer, outbound: Outbound, seller: Seller) -> None:
        self.seller = seller
        self.store = MemoryStore()
        self.connection: Connection = a_connection(a_user(), *seller.marketplace_ids, seller_id=seller.id)
        self.log = RememberingCallLog()
        self.meter = RememberingMeter()
        addresses = AmazonAddresses(f"{amazon.base_url}/auth/o2/token", f"{amazon.base_url}/{{region}}")
        self.tokens = AccessTokens(
            work=lambda: MemoryWork(self.store),
            look=lambda: MemoryWork(self.store, reading=True),
            exchange=self._application(Lwa(addresses, outbound, CLOCK)),
            clock=CLOCK,
            pause=StoppablePause(),
            owner="test",
            claim_seconds=60,
            revoked=lambda _connection_id, _version: None,
        )
        self.gateway = Gateway(
            wire=SpApiWire(addresses, outbound, CLOCK, UNSIGNED),
            tokens=self.tokens,
            buckets=MemoryBuckets(),
            clock=CLOCK,
            pause=StoppablePause(),
            chance=NoJitter(),
            stopwatch=SystemStopwatch(),
            log=self.log,
            meter=self.meter,
            application=CONFIG.client_id,
        )
        with MemoryWork(self.store) as work:
            token = RefreshToken(amazon.simulator.refresh_token(seller.id))
            work.vault.keep(self.connection.id, token, None)
            work.commit()

    def _application(self, lwa: Lwa) -> ApplicationClient:
        shelf = SecretShelf(
            work=lambda: MemoryWork(self.store),
            look=lambda: MemoryWork(self.store, reading=True),
            clock=CLOCK,
            client_id=CONFIG.client_id,
            configured=(CONFIG.client_secret,),
        )
        return ApplicationClient(lwa, shelf, Pace(MemoryBuckets(), CLOCK, NoJitter()), CLOCK)
