"""The simulated Amazon as a process of its own, and what its controls are good for."""

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import requests

from domain.gateway import operations
from domain.gateway.model import BucketKey
from entrypoints.simulator.config import SimulatorConfig
from tests.chaos.scale import Scale
from tests.e2e.processes import SOURCES, until

#: All kinds of trouble that pass by themselves. What is left out says that a person has to mend something: a consent
#: withdrawn, a secret run out, a role not granted.
KINDS = (
    *("500", "502", "503", "504", "429", "html_502", "html_503", "empty_200", "not_json", "truncated"),
    *("drop_connection", "slow", "hang", "lwa_error", "wrong_content_type", "shape", "token_expired"),
)
#: What the background asks for.
_ASKED_FOR = (
    *(operations.SEARCH_ORDERS, operations.INVENTORY_SUMMARIES, operations.ORDER_METRICS),
    *(operations.MARKETPLACE_PARTICIPATIONS, operations.CREATE_REPORT, operations.GET_REPORTS),
    *(operations.GET_REPORT, operations.GET_REPORT_DOCUMENT),
)
#: Portside waits for less than that.
HANGS_SECONDS = 8.0


#: Without it there are no settlements, of which a seller in seven marketplaces would have thirty to be fetched first.
WITHHELD = "Finance and Accounting"


@dataclass
class Amazon:
    """``python -m entrypoints.simulator``. It has no trouble of its own: it is not what is tested."""

    scale: Scale
    still: datetime
    home: Path
    config: SimulatorConfig = field(init=False)
    url: str = field(default="", init=False)
    _process: subprocess.Popen[bytes] | None = field(default=None, init=False, repr=False)

    def __post_init__(self) -> None:
        self.config = SimulatorConfig(
            seed=self.scale.seed,
            seller_count=self.scale.sellers,
            orders_per_day=self.scale.orders_per_day,
            history_days=self.scale.history_days,
            sku_count=self.scale.skus,
            data_until=self.still,
            rate_factor=self.scale.rate_factor,
            report_seconds=self.scale.report_seconds,
            withheld_roles=(WITHHELD,),
        )

    def start(self) -> None:
        """Start it; comes back when it answers."""
        port_file, scale = self.home / "port", self.scale
        options: dict[str, object] = {
            "seed": scale.seed,
            "sellers": scale.sellers,
            "orders-per-day": scale.orders_per_day,
            "history-days": scale.history_days,
            "skus": scale.skus,
            "data-until": self.still.isoformat(),
            "rate-factor": scale.rate_factor,
            "report-seconds": scale.report_seconds,
            "without-role": WITHHELD,
            "port-file": port_file,
        }
        words = [f"--{name}={value}" for name, value in options.items()]
        with (self.home / "amazon.log").open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "entrypoints.simulator", *words],
                env={"PYTHONPATH": str(SOURCES), "PATH": "/usr/bin:/bin"},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        until(port_file.exists, 30, lambda: (self.home / "amazon.log").read_text()[-2000:])
        self.url = f"http://127.0.0.1:{port_file.read_text()}"

    def stop(self) -> None:
        """End it."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(timeout=10)

    def rates(self) -> Iterator[tuple[BucketKey, float]]:
        """How often each seller may be asked, as answers say it."""
        for seller in self.config.sellers:
            for operation in _ASKED_FOR:
                key = BucketKey(self.config.client_id, seller.region, seller.id, operation.name)
                yield key, operation.plan.rate * self.scale.rate_factor

    def refresh_token(self, seller_id: str) -> str:
        """What Seller Central shows whoever authorises an application for himself."""
        return str(self.told("POST", "authorize", json={"seller_id": seller_id})["refresh_token"])

    def trouble(self) -> None:
        """From now on a share of all calls goes wrong."""
        fault = {"operation": "*", "share": self.scale.faults, "kinds": list(KINDS), "seconds": HANGS_SECONDS}
        self.told("POST", "faults", json=fault)

    def peace(self) -> None:
        """Nothing goes wrong any more."""
        self.told("DELETE", "faults")

    def change(self, seller_id: str, order_id: str, status: str | None) -> None:
        """An order changes now."""
        body: dict[str, object] = {"seller_id": seller_id, "order_id": order_id}
        self.told("POST", "orders/change", json=body if status is None else {**body, "status": status})

    def truth(self, seller_id: str) -> Iterator[dict[str, Any]]:
        """What should have arrived; see docs/simulator.md."""
        parameters = {"seller_id": seller_id, "orders": "true"}
        answer = requests.get(f"{self.url}/simulator/truth", params=parameters, timeout=60)
        assert answer.ok, answer.text
        return (json.loads(line) for line in answer.text.splitlines())

    def told(self, method: str, control: str, **how: Any) -> Any:
        """What a control answers."""
        answer = requests.request(method, f"{self.url}/simulator/{control}", timeout=60, **how)
        assert answer.ok, answer.text
        return answer.json() if answer.content else None
