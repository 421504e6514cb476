"""Portside as it is run in production: several processes on PostgreSQL and Valkey, behind a proxy, and replaced while they work."""

import json
import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event
from typing import Any

import pytest
import requests
from prometheus_client.parser import text_string_to_metric_families
from requests.adapters import HTTPAdapter

from entrypoints.instance import new_secret_key, new_token_key
from entrypoints.simulator.config import SimulatorConfig
from entrypoints.simulator.server import SimulatorServer
from tests import servers
from tests.e2e.front import Front, front_of
from tests.e2e.people import Person
from tests.e2e.processes import Served, environment, free_port, run, until
from tests.e2e.stage import US


class EndedTls(HTTPAdapter):
    """Has a browser believe that it speaks https with the proxy: in production, cookies are for that alone."""

    def send(self, request: requests.PreparedRequest, *args: Any, **options: Any) -> requests.Response:
        plain = request.copy()
        plain.url = str(request.url).replace("https://", "http://", 1)
        response = super().send(plain, *args, **options)
        response.request = request
        return response


@dataclass
class Production:
    """Two web servers, of which the first has two processes, and a worker; ``front`` is where people come in."""

    amazon: SimulatorServer
    front: Front
    webs: list[Served]
    worker: Served

    def person(self, email: str) -> Person:
        """Somebody who has registered, at the front. To be closed by whoever asks."""
        person = Person(self.front.url.replace("http://", "https://"))
        person.browser.mount(person.url, EndedTls())
        person.register(email)
        return person


@pytest.fixture(scope="module")
def production(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Production]:
    home = tmp_path_factory.mktemp("production")
    still = datetime.now(UTC) - timedelta(minutes=6)
    config = SimulatorConfig(
        orders_per_day=5, history_days=10, rate_factor=200, data_until=still, report_seconds=0.3
    )
    ports = [free_port(), free_port()]
    with ExitStack() as stack:
        amazon = stack.enter_context(SimulatorServer(config))
        front = stack.enter_context(front_of(ports))
        database_url = servers.postgres().fresh_database()
        stack.callback(servers.postgres().drop_database, database_url)
        variables = environment(
            amazon,
            database_url,
            home,
            PORTSIDE_ENV="production",
            PUBLIC_URL=front.url.replace("http://", "https://"),
            SECRET_KEY=new_secret_key(),
            TOKEN_ENCRYPTION_KEYS=new_token_key(),
            REDIS_URL=servers.valkey().fresh_database(),
            TRUSTED_PROXIES="1",
            LOG_FORMAT="json",
            TMPDIR=str(home),  # erased with the rest, also after a kill
        )
        migrated = run(["migrate"], variables, home)
        assert migrated.returncode == 0, migrated.stderr
        webs = []
        for number, (port, command) in enumerate(
            zip(ports, [("serve", "--workers", "2"), ("serve",)], strict=True)
        ):
            place = home / f"web{number}"
            place.mkdir()
            webs.append(Served({**variables, "SCHEDULER": "off"}, place, port, command))
        place = home / "worker"
        place.mkdir()
        worker = Served(variables, place, command=("worker",))
        for served in (*webs, worker):
            stack.callback(served.kill)
        with ThreadPoolExecutor(3) as pool:
            list(pool.map(Served.start, (*webs, worker)))
        yield Production(amazon, front, webs, worker)


def lines_of(served: Served) -> list[dict[str, Any]]:
    """Every line of a server's log. Without `LOG_FORMAT=json`, or with a line that is none, this fails."""
    text = served.log.read_text("utf-8")
    return [json.loads(line) for line in text.splitlines() if not line.startswith("Portside ")]


def counted(served: Served, name: str) -> float:
    """The sum of all series of a metric."""
    text = requests.get(f"{served.url}/metrics", timeout=20).text
    return sum(
        sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name == name
    )


def test_the_worker_syncs_what_the_servers_are_asked_for_and_every_line_says_whose_it_is(
    production: Production,
) -> None:
    seller = production.amazon.simulator.config.sellers[0]
    with production.person("ada@portside.example") as ada:
        ada.connect(US, seller.id)
        ada.wait_for_first_sync()
        orders = ada.get("/api/v1/dashboard/amazon-orders")["data"]["totalOrders"]
        me = ada.get("/api/v1/auth/me")["id"]
        seen = ada.get("/api/v1/audit")["items"][-1]["address"]

    worker = lines_of(production.worker)
    web = [line for served in production.webs for line in lines_of(served)]
    upstream = [line for line in worker if line["message"] == "amazon answered"]
    requested = [line for line in web if line["message"] == "request"]
    assert orders > 0
    assert seen == "127.0.0.1"
    assert len(upstream) > 2
    assert [line for line in upstream if not {"run_id", "connection_id", "user_id"} <= set(line)] == []
    assert {line["user_id"] for line in upstream} == {me}
    assert len(requested) > 2
    assert [line for line in requested if "request_id" not in line] == []
    assert me in {line.get("user_id") for line in requested}
    assert not [line for line in web if "run_id" in line]  # nobody syncs where the scheduler is off


def test_a_server_of_two_processes_counts_as_one(production: Production) -> None:
    first, _second = production.webs
    before = counted(first, "portside_http_requests_total")

    for _ in range(30):
        requests.get(f"{first.url}/healthz", timeout=20)

    assert counted(first, "portside_http_requests_total") == before + 31  # and the first look at it


def test_a_worker_serves_no_people_and_says_how_it_is(production: Production) -> None:
    url = production.worker.url

    answers = {
        path: requests.get(f"{url}{path}", timeout=20).status_code
        for path in ("/healthz", "/readyz", "/metrics", "/", "/api/v1/auth/me")
    }

    assert answers == {"/healthz": 200, "/readyz": 200, "/metrics": 200, "/": 404, "/api/v1/auth/me": 404}


@dataclass
class Crowd:
    """People who ask and change something all the time, until they are told to stop."""

    production: Production
    stop: Event = field(default_factory=Event)
    statuses: list[int] = field(default_factory=list)

    def one(self, number: int) -> None:
        with self.production.person(f"crowd{number}@portside.example") as person:
            while not self.stop.is_set():
                self.statuses.append(person.ask("GET", "/api/v1/auth/me").status_code)
                made = person.ask("POST", "/api/v1/auth/api-keys", json={"name": "a program"})
                self.statuses.append(made.status_code)
                gone = person.ask("DELETE", f"/api/v1/auth/api-keys/{made.json()['id']}")
                self.statuses.append(gone.status_code)
                self.stop.wait(0.05)  # a test of replacing, not of load


def test_servers_are_replaced_one_after_the_other_and_no_request_fails(production: Production) -> None:
    crowd = Crowd(production)
    with ThreadPoolExecutor(6) as pool:
        people = [pool.submit(crowd.one, number) for number in range(6)]
        try:
            until(lambda: len(crowd.statuses) > 60, 30, lambda: "nobody is answered")
            for served in production.webs:
                served.stop()
                served.start()
            asked = len(crowd.statuses)
            until(lambda: len(crowd.statuses) > asked + 60, 30, lambda: "nobody is answered any more")
        finally:
            crowd.stop.set()
        for each in people:
            each.result()

    assert set(crowd.statuses) == {200, 201, 204}
    assert all(production.front.passed_over[served.port] > 0 for served in production.webs)


def test_a_process_that_is_killed_is_made_anew_and_the_other_one_goes_on(production: Production) -> None:
    first, _second = production.webs

    def children() -> set[int]:
        parent = first.process_id
        return {int(pid) for pid in Path(f"/proc/{parent}/task/{parent}/children").read_text().split()}

    before = children()
    os.kill(min(before), signal.SIGKILL)
    until(lambda: bool(children() - before), 20, lambda: "no new process")
    statuses = [requests.get(f"{first.url}/healthz", timeout=20).status_code for _ in range(20)]

    assert len(before) == len(children()) == 2
    assert statuses == [200] * 20
