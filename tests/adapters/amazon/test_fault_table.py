"""What becomes of each fault of Amazon's, over real connections: the answer to a person, the attempts, and the connection.

One row a fault. The wire, its connections and limits are real; time is held, so that pauses cost none.
"""

import json
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import timedelta
from threading import Lock

import pytest

from adapters.amazon.addresses import AmazonAddresses
from adapters.amazon.sp_api import SpApiWire
from adapters.amazon.store import AmazonOrders
from adapters.http import Outbound
from adapters.memory.buckets import MemoryBuckets
from domain.connections.model import ConnectionStatus
from domain.errors import PortsideError, RateLimited, UpstreamFailed
from domain.gateway.call import Gateway
from domain.gateway.circuits import Line
from domain.gateway.model import Call, Patience
from domain.gateway.operations import SEARCH_ORDERS
from domain.gateway.ports import Json
from domain.sync.model import Resource, RunStatus
from domain.sync.pull_orders import OrderPuller
from entrypoints.http.errors import answer_for
from tests.adapters.amazon.bench import UNSIGNED
from tests.adapters.loopback import Loopback, Script, Seen, breaking_off, http, listening, saying, silent
from tests.domain.gateway.bench import CONNECTION, NumberedTokens
from tests.fakes.calls import RememberingCallLog, RememberingMeter
from tests.fakes.chance import EvenChance
from tests.fakes.clock import HeldClock
from tests.fakes.pause import InstantPause
from tests.fakes.stopwatch import HeldStopwatch
from tests.fakes.things import NOW
from tests.fakes.world import World

JSON = "Content-Type: application/json"
PAGE = json.dumps({"orders": [], "lastUpdatedBefore": "2026-03-04T11:58:00Z"}).encode()
GOOD = saying(http(PAGE, JSON))
HTML = b"<html><body>Sorry</body></html>"
CONNECTED, DEGRADED = ConnectionStatus.CONNECTED, ConnectionStatus.DEGRADED
GONE = ConnectionStatus.REAUTHORIZATION_REQUIRED
FAILED, MISTAKE, DENIED = (502, "amazon_error"), (502, "amazon_error"), (403, "amazon_access_denied")
TIMEOUT = 0.3


def refusing(status: str, details: str = "", *headers: str) -> Script:
    """Amazon's list of errors."""
    error = {"code": "Unauthorized", "message": "Access to requested resource is denied.", "details": details}
    return saying(http(json.dumps({"errors": [error]}).encode(), JSON, *headers, status=status))


@dataclass(frozen=True)
class Row:
    """A fault, again and again; ``status``: the connection after a run has met it."""

    name: str
    script: Script
    told: tuple[int, str]
    attempts: int
    status: ConnectionStatus
    renewals: int = 0


EXPIRED = "The access token you provided has expired."
REVOKED = "The access token you provided is revoked, malformed or invalid."
ROWS = (
    Row("reset mid-body", breaking_off(http(PAGE[:9], JSON, length=999)), FAILED, 4, DEGRADED),
    Row("dropped", breaking_off(b""), FAILED, 4, DEGRADED),
    Row("time-out", silent, (504, "amazon_timeout"), 4, DEGRADED),
    Row("400", refusing("400 Bad Request"), MISTAKE, 1, DEGRADED),
    Row("401", refusing("401 Unauthorized"), DENIED, 1, DEGRADED),
    Row("401 expired", refusing("401 Unauthorized", EXPIRED), FAILED, 2, DEGRADED, renewals=1),
    Row("403 no token", refusing("403 Forbidden", "Access token is missing."), DENIED, 1, DEGRADED),
    Row("403 expired", refusing("403 Forbidden", EXPIRED), FAILED, 2, DEGRADED, renewals=1),
    Row(
        "403 revoked",
        refusing("403 Forbidden", REVOKED),
        (403, "amazon_reauthorization_required"),
        2,
        GONE,
        renewals=1,
    ),
    Row(
        "403 region",
        refusing("403 Forbidden", "The marketplaces you provided are not valid for region."),
        MISTAKE,
        1,
        DEGRADED,
    ),
    Row(
        "403 secret",
        refusing("403 Forbidden", "The LWA secret token you provided has expired."),
        (503, "configuration_error"),
        1,
        DEGRADED,
    ),
    Row("403 role", refusing("403 Forbidden"), DENIED, 1, DEGRADED),
    Row("404", refusing("404 Not Found"), (404, "not_found"), 1, DEGRADED),
    Row("413", refusing("413 Payload Too Large"), MISTAKE, 1, DEGRADED),
    Row("429", refusing("429 Too Many Requests"), (429, "rate_limited"), 1, CONNECTED),
    Row(
        "429 with Retry-After",
        refusing("429 Too Many Requests", "", "Retry-After: 1.5"),
        (429, "rate_limited"),
        2,
        CONNECTED,
    ),
    Row("500", refusing("500 Internal Server Error"), FAILED, 4, DEGRADED),
    Row("503", refusing("503 Service Unavailable"), FAILED, 4, DEGRADED),
    Row("502 HTML", saying(http(HTML, "Content-Type: text/html", status="502 Bad")), FAILED, 4, DEGRADED),
    Row("503 HTML", saying(http(HTML, "Content-Type: text/html", status="503 Bad")), FAILED, 4, DEGRADED),
    Row("200 HTML", saying(http(HTML, "Content-Type: text/html")), FAILED, 4, DEGRADED),
    Row("empty", saying(http(b"", JSON)), FAILED, 4, DEGRADED),
    Row("truncated JSON", saying(http(PAGE[:20], JSON)), FAILED, 4, DEGRADED),
    Row("wrong content type", saying(http(PAGE, "Content-Type: text/plain")), FAILED, 4, DEGRADED),
    Row("no list", saying(http(b"{}", JSON)), FAILED, 4, DEGRADED),
)


@dataclass
class Bench:
    """A gateway over a real wire to a far side at ``url``."""

    url: str
    outbound: Outbound
    clock: HeldClock = field(default_factory=lambda: HeldClock(NOW))
    tokens: NumberedTokens = field(default_factory=NumberedTokens)
    log: RememberingCallLog = field(default_factory=RememberingCallLog)

    def __post_init__(self) -> None:
        self.gateway = Gateway(
            wire=SpApiWire(AmazonAddresses(sp_api_url=self.url), self.outbound, self.clock, UNSIGNED),
            tokens=self.tokens,
            buckets=MemoryBuckets(),
            clock=self.clock,
            pause=InstantPause(self.clock),
            chance=EvenChance(),
            stopwatch=HeldStopwatch(self.clock),
            log=self.log,
            meter=RememberingMeter(),
            application="client-1",
        )

    def told(self) -> tuple[int, str] | None:
        """What a person is told of one call; ``None``: it worked."""
        try:
            self.gateway.call(CONNECTION, Call(SEARCH_ORDERS), _orders, Patience.INTERACTIVE)
        except PortsideError as error:
            return answer_for(error)
        return None

    @property
    def circuit_is_open(self) -> bool:
        line = Line(CONNECTION.region, SEARCH_ORDERS.name, CONNECTION.seller_id)
        return self.gateway.circuits.is_open(line, self.clock.now())


def _orders(body: Json) -> object:
    if "orders" not in body:
        raise UpstreamFailed("The list of orders is missing.")
    return body["orders"]


@pytest.fixture
def bench() -> Iterator[Callable[[Script], tuple[Bench, Loopback]]]:
    """Makes a bench over a far side that plays a script."""
    with ExitStack() as open_things:
        outbound = Outbound.with_pool(TIMEOUT, 4)
        open_things.callback(outbound.adapter.close)

        def made(script: Script) -> tuple[Bench, Loopback]:
            far_side = open_things.enter_context(listening(script))
            return Bench(far_side.url, outbound), far_side

        yield made


def by_turns(*scripts: Script) -> Script:
    """Each one once, and the last one from then on."""
    left, lock = list(scripts), Lock()

    def script(connection: socket.socket, request: Seen) -> bool:
        with lock:
            present = left.pop(0) if len(left) > 1 else left[0]
        return present(connection, request)

    return script


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_a_person_is_told_what_is_wrong(bench, row: Row) -> None:
    made, far_side = bench(row.script)

    told = made.told()

    assert told == row.told
    assert (len(far_side.seen), len(made.tokens.refusals)) == (row.attempts, row.renewals)
    assert not made.circuit_is_open


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_a_run_leaves_the_connection_in_a_state_that_says_so(bench, row: Row) -> None:
    made, _far_side = bench(row.script)
    world = World()
    connection = world.connect(world.user)
    puller = OrderPuller(AmazonOrders(made.gateway))
    runner = replace(world.services.runner, pullers={Resource.ORDERS: puller})
    (task,) = [each for each in world.services.shift.claim(10) if each.lease.resource is Resource.ORDERS]

    runner.run(task, lambda: False)

    assert world.kept(connection).status == row.status
    (run,) = [each for each in world.store.tables.runs.values() if each.resource is Resource.ORDERS]
    assert run.status is not RunStatus.SUCCEEDED


def test_where_nobody_listens_every_attempt_is_made(bench) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    outbound = Outbound.with_pool(TIMEOUT, 4)
    made = Bench(f"http://127.0.0.1:{port}", outbound)

    told = made.told()

    assert told == FAILED
    assert [line.outcome for line in made.log.lines] == ["UpstreamUnreachable"] * 4
    outbound.adapter.close()


@pytest.mark.parametrize("times", [1, 2, 3])
def test_up_to_three_503_in_a_row_are_noticed_by_nobody(bench, times: int) -> None:
    made, far_side = bench(by_turns(*[refusing("503 Service Unavailable")] * times, GOOD))

    assert made.told() is None
    assert len(far_side.seen) == times + 1


@pytest.mark.parametrize(
    ("times", "second", "attempts", "is_open"),
    [(4, None, 5, False), (5, FAILED, 5, True), (6, FAILED, 5, True)],
)
def test_more_of_them_fail_a_call_and_five_open_the_circuit(
    bench, times: int, second: tuple[int, str] | None, attempts: int, is_open: bool
) -> None:
    made, far_side = bench(by_turns(*[refusing("503 Service Unavailable")] * times, GOOD))

    told = [made.told(), made.told()]

    assert told == [FAILED, second]
    assert (len(far_side.seen), made.circuit_is_open) == (attempts, is_open)


def test_an_open_circuit_closes_by_itself(bench) -> None:
    made, far_side = bench(by_turns(*[refusing("503 Service Unavailable")] * 5, GOOD))
    made.told()
    made.told()

    made.clock.advance(timedelta(seconds=1))

    assert made.told() is None
    assert (len(far_side.seen), made.circuit_is_open) == (6, False)


@pytest.mark.parametrize("details", [EXPIRED, REVOKED])
def test_a_token_that_has_died_in_mid_run_is_noticed_by_nobody(bench, details: str) -> None:
    made, far_side = bench(by_turns(refusing("403 Forbidden", details), GOOD))

    assert made.told() is None
    assert [request.headers["x-amz-access-token"] for request in far_side.seen] == ["Atza|1", "Atza|2"]


@pytest.mark.parametrize(("header", "wait"), [((), 178.6), (("Retry-After: 30",), 30.0)])
def test_too_many_calls_say_truly_when_to_come_back(bench, header: tuple[str, ...], wait: float) -> None:
    made, _far_side = bench(refusing("429 Too Many Requests", "", *header))

    with pytest.raises(RateLimited) as caught:
        made.gateway.call(CONNECTION, Call(SEARCH_ORDERS), _orders, Patience.INTERACTIVE)

    assert caught.value.retry_after == pytest.approx(wait, abs=0.1)
