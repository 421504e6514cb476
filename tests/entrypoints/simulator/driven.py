"""A simulated Amazon driven by hand: a clock that stands still, and short ways to call it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from entrypoints.simulator.app import Simulator, build_simulator
from entrypoints.simulator.config import SimulatorConfig
from entrypoints.simulator.sellers import Seller
from entrypoints.simulator.store import Store

#: A Thursday in autumn; not on a full minute, so that "two minutes ago" is none either.
NOON = datetime(2026, 10, 15, 12, 0, 30, tzinfo=UTC)
ORDERS = "/orders/2026-01-01/orders"
INVENTORY = "/fba/inventory/v1/summaries"
METRICS = "/sales/v1/orderMetrics"
PARTICIPATIONS = "/sellers/v1/marketplaceParticipations"

#: Equal configurations have equal data, whatever their clock says: each is drawn once for all tests.
_STORES: dict[SimulatorConfig, Store] = {}


@dataclass
class Clock:
    """Time passes when somebody says so."""

    moment: datetime = NOON

    def __call__(self) -> datetime:
        return self.moment

    def advance(self, **units: float) -> None:
        self.moment += timedelta(**units)


def iso(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass
class Amazon:
    """A simulator with a test client in front."""

    simulator: Simulator
    clock: Clock
    http: FlaskClient

    @classmethod
    def with_config(cls, clock: Clock | None = None, **fields: Any) -> Amazon:
        clock = clock or Clock()
        config = SimulatorConfig(now=clock, **fields)
        simulator = build_simulator(config, _STORES.setdefault(config, Store(config)))
        return cls(simulator, clock, simulator.app.test_client())

    @property
    def config(self) -> SimulatorConfig:
        return self.simulator.config

    def seller(self, region: str = "na") -> Seller:
        return next(seller for seller in self.config.sellers if seller.region == region)

    def credentials(self) -> dict[str, str]:
        return {"client_id": self.config.client_id, "client_secret": self.config.client_secret}

    def token_request(self, **fields: str) -> TestResponse:
        return self.http.post("/auth/o2/token", data=fields)

    def access_token(self, region: str = "na") -> str:
        refresh_token = self.simulator.refresh_token(self.seller(region).id)
        answer = self.token_request(
            grant_type="refresh_token", refresh_token=refresh_token, **self.credentials()
        )
        assert answer.status_code == 200, answer.text
        return str(answer.json["access_token"])  # type: ignore[index]

    def get(self, path: str, region: str = "na", token: str | None = None, **query: Any) -> TestResponse:
        """Call an operation as the region's first seller."""
        headers = {
            "x-amz-access-token": token or self.access_token(region),
            "User-Agent": "Tests/1 (Language=Python)",
        }
        return self.http.get(path, headers=headers, query_string=query)

    def send(
        self, method: str, path: str, body: Any = None, region: str = "na", **query: Any
    ) -> TestResponse:
        """Call an operation that changes something, as the region's first seller."""
        headers = {
            "x-amz-access-token": self.access_token(region),
            "User-Agent": "Tests/1 (Language=Python)",
        }
        return self.http.open(path, method=method, headers=headers, json=body, query_string=query)

    def post(self, path: str, body: Any, region: str = "na") -> TestResponse:
        return self.send("POST", path, body, region)

    def pages_of_orders(self, region: str = "na", **query: Any) -> list[list[dict[str, Any]]]:
        """All pages of a search, however many the usage plan would allow."""
        pages = []
        token = self.access_token(region)
        while True:
            self.simulator.api.buckets.refill()
            answer = self.get(ORDERS, token=token, **query)
            assert answer.status_code == 200, answer.text
            pages.append(answer.json["orders"])  # type: ignore[index]
            if "pagination" not in answer.json:  # type: ignore[operator]
                return pages
            query["paginationToken"] = answer.json["pagination"]["nextToken"]  # type: ignore[index]

    def order(self, body: dict[str, Any]) -> None:
        """Order a fault."""
        answer = self.http.post("/simulator/faults", json=body)
        assert answer.status_code == 201, answer.text


def first_error(answer: TestResponse) -> dict[str, str]:
    """SP-API's first error; there is always one and only one."""
    body = answer.json
    assert body is not None
    (error,) = body["errors"]
    return dict(error)
