"""A thousand orders in ten pages, and a fault on the way: are they all there, or is it said what is wrong, and when?"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from threading import Thread

from adapters.amazon.store import AmazonOrders
from adapters.http import Outbound
from domain.gateway.model import Patience
from domain.orders.model import OrderWindow
from entrypoints.simulator.faults import Fault
from entrypoints.simulator.server import SimulatorServer
from tests.adapters.amazon.bench import CONFIG, START, Bench

PAGES, A_PAGE = 10, 100
#: How long we wait for one answer, in seconds; a call is tried four times at most, with pauses of seconds in between.
TIMEOUT = 2.0
LIMIT = 40.0
_MANY = replace(CONFIG, orders_per_day=60)
_ORDERS, _LWA = "searchOrders", "lwa.refresh_token"
_HALFWAY = PAGES // 2

#: Every fault, under the name by which it is known; each strikes once, but for a consent that is gone for good.
FAULTS: dict[str, tuple[Fault, ...]] = {
    "503 with an HTML page": (Fault(_ORDERS, "html_503", after=_HALFWAY),),
    "502 with an HTML page": (Fault(_ORDERS, "html_502", after=_HALFWAY),),
    "200 with an empty body": (Fault(_ORDERS, "empty_200", after=_HALFWAY),),
    "200 that is no JSON": (Fault(_ORDERS, "not_json", after=_HALFWAY),),
    "200 without its list": (Fault(_ORDERS, "shape", after=_HALFWAY),),
    "503": (Fault(_ORDERS, "status", after=_HALFWAY, status=503),),
    "429": (Fault(_ORDERS, "status", after=_HALFWAY, status=429),),
    "body cut off": (Fault(_ORDERS, "truncated", after=_HALFWAY),),
    "connection dropped": (Fault(_ORDERS, "drop_connection", after=_HALFWAY),),
    "silence": (Fault(_ORDERS, "hang", after=_HALFWAY),),
    "token dead in mid-run": (Fault(_ORDERS, "token_expired", after=_HALFWAY),),
    "LWA silent": (Fault(_LWA, "hang"),),
    "invalid_grant": (Fault(_LWA, "lwa_error", times=None, error="invalid_grant", status=400),),
}
#: Only the seller can mend it, so that no data is what should come of it.
HOPELESS = ("invalid_grant",)


@dataclass(frozen=True)
class Outcome:
    """What came of a run. ``error`` is ``None`` when the client said that all is well; ``hung``: it never came back."""

    found: int
    expected: int
    error: str | None
    seconds: float
    hung: bool = False

    @property
    def complete(self) -> bool:
        """Whether it has everything, and says so."""
        return self.error is None and not self.hung and self.found == self.expected

    @property
    def lost(self) -> bool:
        """Whether something is missing and nobody was told."""
        return self.error is None and not self.hung and self.found != self.expected

    def __str__(self) -> str:
        if self.hung:
            return f"hangs (> {self.seconds:.0f} s)"
        if self.lost:
            return f"{self.found} of {self.expected}, NO ERROR"
        return f"{self.error or 'complete'}, {self.seconds:.1f} s"


#: Reads all orders changed since the moment, and returns their ids.
Reader = Callable[[SimulatorServer, datetime], list[str]]


def run(faults: Sequence[Fault], reader: Reader, limit: float = LIMIT) -> Outcome:
    """One run of a client against a simulator of its own that has these faults in store."""
    with SimulatorServer(_MANY) as amazon:
        seller = amazon.simulator.config.sellers[0]
        moments = sorted(order.updated_at for order in amazon.simulator.store.orders(seller.id, START))
        since = moments[-(PAGES * A_PAGE - A_PAGE // 2)]
        expected = sum(moment >= since for moment in moments)
        for fault in faults:
            amazon.simulator.reception.faults.order(fault)
        return _watched(lambda: reader(amazon, since), expected, limit)


def _watched(read: Callable[[], list[str]], expected: int, limit: float) -> Outcome:
    done: list[Outcome] = []
    began = time.monotonic()

    def work() -> None:
        try:
            found, error = len(set(read())), None
        except Exception as trouble:  # noqa: BLE001 - whatever a client says is what is compared here
            found, error = 0, type(trouble).__name__
        done.append(Outcome(found, expected, error, time.monotonic() - began))

    thread = Thread(target=work, daemon=True)  # one that hangs for ever must not keep the process
    thread.start()
    thread.join(limit)
    return done[0] if done else Outcome(0, expected, None, limit, hung=True)


def ours(amazon: SimulatorServer, since: datetime) -> list[str]:
    """Every page through the gateway, one after the other."""
    outbound = Outbound.with_pool(TIMEOUT, 2)
    bench = Bench(amazon, outbound, amazon.simulator.config.sellers[0])
    window = OrderWindow(since, START - timedelta(minutes=3), bench.connection.marketplace_ids)
    orders, found, token = AmazonOrders(bench.gateway), [], None
    try:
        while True:
            page = orders.page(bench.connection, window, token, Patience.INTERACTIVE)
            found += [order.order_id for order in page.orders]
            token = page.next_token
            if token is None:
                return found
    finally:
        outbound.adapter.close()
