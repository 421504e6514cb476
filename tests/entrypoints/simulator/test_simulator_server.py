"""The simulator as a server: real connections, and a process of its own."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests

from entrypoints.simulator.__main__ import main
from entrypoints.simulator.config import SimulatorConfig
from entrypoints.simulator.server import SimulatorServer

CONFIG = SimulatorConfig()
NA = CONFIG.sellers[0]
SEARCH = "/orders/2026-01-01/orders?createdAfter=2026-01-01T00:00:00Z"


@pytest.fixture
def server():
    with SimulatorServer(CONFIG) as server:
        yield server


@pytest.fixture
def session():
    with requests.Session() as session:
        yield session


def headers(server: SimulatorServer, seller_id: str = NA.id) -> dict[str, str]:
    endpoint = server.simulator.endpoint
    fields = {
        "grant_type": "refresh_token",
        "refresh_token": server.simulator.refresh_token(seller_id),
        "client_id": CONFIG.client_id,
        "client_secret": CONFIG.client_secret,
    }
    return {"x-amz-access-token": endpoint.grant(fields)["access_token"]}


def strike(server: SimulatorServer, kind: str, **fields: object) -> None:
    body = {"operation": "searchOrders", "kind": kind, **fields}
    assert requests.post(f"{server.base_url}/simulator/faults", json=body, timeout=30).status_code == 201


def raw(server: SimulatorServer, request: bytes) -> bytes:
    """Everything the server says to a request before it closes the connection."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as connection:
        connection.sendall(request)
        answer = b""
        while chunk := connection.recv(65536):
            answer += chunk
    return answer


def test_a_connection_serves_many_requests(server: SimulatorServer):
    request = b"GET /simulator/health HTTP/1.1\r\nHost: localhost\r\n%s\r\n"

    answer = raw(server, request % b"" * 3 + request % b"Connection: close\r\n")

    assert answer.count(b"HTTP/1.1 200 OK") == 4


def test_many_clients_are_served_at_once(server: SimulatorServer):
    strike(server, "slow", delay_ms=200)
    token = headers(server)
    began = time.monotonic()

    with ThreadPoolExecutor(8) as pool:
        statuses = list(
            pool.map(
                lambda _: requests.get(server.base_url + SEARCH, headers=token, timeout=30).status_code,
                range(8),
            )
        )

    assert statuses == [200] * 8
    assert time.monotonic() - began < 8 * 0.2


def test_a_dropped_connection_gives_no_answer_and_the_next_call_works(server: SimulatorServer, session):
    strike(server, "drop_connection")

    with pytest.raises(requests.ConnectionError):
        session.get(server.base_url + SEARCH, headers=headers(server), timeout=30)

    assert session.get(server.base_url + SEARCH, headers=headers(server), timeout=30).status_code == 200


def test_a_truncated_answer_ends_before_its_end(server: SimulatorServer, session):
    strike(server, "truncated")

    with pytest.raises(requests.exceptions.ChunkedEncodingError, match="IncompleteRead"):
        session.get(server.base_url + SEARCH, headers=headers(server), timeout=30)

    assert session.get(server.base_url + SEARCH, headers=headers(server), timeout=30).status_code == 200


def test_a_hanging_call_answers_nothing(server: SimulatorServer):
    strike(server, "hang", seconds=30)

    with pytest.raises(requests.ReadTimeout):
        requests.get(server.base_url + SEARCH, headers=headers(server), timeout=0.2)


def test_stopping_does_not_wait_for_hanging_calls_or_idle_connections(session):
    server = SimulatorServer(CONFIG).start()
    session.get(server.base_url + "/simulator/health", timeout=30)
    strike(server, "hang", seconds=60)
    token = headers(server)
    with ThreadPoolExecutor(1) as pool:
        hanging = pool.submit(requests.get, server.base_url + SEARCH, headers=token, timeout=30)
        while "searchOrders" not in server.simulator.reception.calls.as_json()["calls"]:
            time.sleep(0.005)
        began = time.monotonic()

        server.stop()

        assert time.monotonic() - began < 5
        hanging.exception(timeout=10)
    with pytest.raises(requests.ConnectionError):
        session.get(server.base_url + "/simulator/health", timeout=30)


def test_a_server_that_never_started_can_be_stopped():
    SimulatorServer(CONFIG).stop()


def test_a_duplicate_host_is_refused(server: SimulatorServer):
    answer = raw(server, b"GET /simulator/health HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n")

    assert answer.startswith(b"HTTP/1.1 400 Bad Request\r\n")
    assert b"text/html" in answer


def test_a_body_larger_than_anything_amazon_is_sent_is_refused(server: SimulatorServer):
    answer = raw(server, b"POST /auth/o2/token HTTP/1.1\r\nHost: a\r\nContent-Length: 2000000\r\n\r\n")

    assert answer.startswith(b"HTTP/1.1 413 ")


def test_a_body_in_chunks_is_read(server: SimulatorServer):
    def chunks():
        yield b"grant_type="
        yield b"password"

    answer = requests.post(
        f"{server.base_url}/auth/o2/token",
        data=chunks(),
        headers={"Content-Type": "application/x-www-form-urlencoded"},
        timeout=30,
    )

    assert (answer.status_code, answer.json()["error"]) == (400, "unsupported_grant_type")


def test_a_broken_chunk_ends_the_connection(server: SimulatorServer):
    answer = raw(
        server, b"POST /auth/o2/token HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n"
    )

    assert answer.startswith(b"HTTP/1.1 413 ")


def test_an_answer_without_content_has_no_length(server: SimulatorServer, session):
    answer = session.post(f"{server.base_url}/simulator/calls/reset", timeout=30)

    assert (answer.status_code, answer.content) == (204, b"")
    assert session.get(f"{server.base_url}/simulator/health", timeout=30).status_code == 200


def test_starting_and_a_first_page_take_little_of_the_processor(session):
    began = time.process_time()

    with SimulatorServer(SimulatorConfig(seed=99)) as server:
        token = headers(server, server.simulator.config.sellers[0].id)
        first_page = session.get(server.base_url + SEARCH, headers=token, timeout=30)

    assert len(first_page.json()["orders"]) == 100
    assert time.process_time() - began < 0.5


def test_as_a_process_it_tells_its_port_serves_and_ends_on_a_signal(tmp_path: Path):
    port_file = tmp_path / "port"
    command = [sys.executable, "-m", "entrypoints.simulator", "--port-file", str(port_file), "--seed", "11"]
    command += [
        "--data-until",
        "2026-10-01T00:00:00Z",
        "--orders-per-day",
        "20",
        "--rate-factor",
        "10",
        "--draft",
    ]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env={**os.environ})
    try:
        while not port_file.exists():
            assert process.poll() is None
            time.sleep(0.01)
        base_url = f"http://127.0.0.1:{port_file.read_text()}"
        sellers = requests.get(f"{base_url}/simulator/sellers", timeout=30).json()["sellers"]
    finally:
        process.send_signal(signal.SIGTERM)
        _, said = process.communicate(timeout=10)

    assert process.returncode == 0
    assert [seller["id"] for seller in sellers] == [seller.id for seller in SimulatorConfig(seed=11).sellers]
    assert said == f"Simulated Amazon on {base_url}\n"


@pytest.mark.parametrize(
    "arguments", [["--rate-factor", "0"], ["--data-until", "2026-10-01T00:00:00"], ["--what"]]
)
def test_wrong_usage_exits_with_two(arguments, capsys):
    with pytest.raises(SystemExit) as exit_:
        main(arguments)

    assert exit_.value.code == 2
    assert "error:" in capsys.readouterr().err
