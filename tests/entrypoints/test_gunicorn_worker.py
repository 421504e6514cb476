"""The server under clients that don't hang up."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture
def port(tmp_path: Path) -> Iterator[int]:
    """The port of a served Portside that syncs nothing."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        number = int(free.getsockname()[1])
    environ = {**os.environ, "AMAZON_SIMULATOR": "off", "SCHEDULER": "off", "PORTSIDE_ENV": "development"}
    command = [sys.executable, "-m", "entrypoints.cli.main", "serve", "--port", str(number)]
    with (tmp_path / "log").open("wb") as log:
        server = subprocess.Popen(command, cwd=tmp_path, env=environ, stderr=log, start_new_session=True)
    try:
        wait_until_up(number, server)
        yield number
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(20)


def wait_until_up(port: int, server: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        assert server.poll() is None, "the server ended"
        try:
            assert health(port, timeout=5) == 200
        except OSError:
            time.sleep(0.1)
        else:
            return
    pytest.fail("the server does not answer")


def health(port: int, timeout: float) -> int:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=timeout) as answer:
        return int(answer.status)


def test_a_client_that_does_not_hang_up_makes_nobody_wait(port: int) -> None:
    held = [socket.create_connection(("127.0.0.1", port)) for _ in range(5)]
    for client in held:
        client.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    answers = [client.recv(65536)[:15] for client in held]

    # Gunicorn lingers for two seconds on each of them; an answer within half of one can't have waited for any.
    status = health(port, timeout=1)

    assert (status, answers) == (200, [b"HTTP/1.1 200 OK"] * 5)
    for client in held:
        client.close()
