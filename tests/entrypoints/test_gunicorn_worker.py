"""The server under clients that don't hang up."""

import os
import select
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests


@dataclass(frozen=True)
class Served:
    """A served Portside that syncs nothing: gunicorn's arbiter, and one worker below it."""

    arbiter: "subprocess.Popen[bytes]"
    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def is_over(self, seconds: float) -> bool:
        """Whether all of its processes end in that time: they share a pipe, which is closed with the last of them."""
        assert self.arbiter.stdout is not None
        over, _, _ = select.select([self.arbiter.stdout], [], [], seconds)
        return bool(over)


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        number = int(free.getsockname()[1])
    environ = {**os.environ, "AMAZON_SIMULATOR": "off", "SCHEDULER": "off", "PORTSIDE_ENV": "development"}
    command = [sys.executable, "-m", "entrypoints.cli.main", "serve", "--port", str(number)]
    with (tmp_path / "log").open("wb") as log:
        server = subprocess.Popen(
            command, cwd=tmp_path, env=environ, stdout=subprocess.PIPE, stderr=log, start_new_session=True
        )
    with server:
        try:
            wait_until_up(number, server)
            yield Served(server, number)
        finally:
            with suppress(ProcessLookupError):  # all of them have ended
                os.killpg(server.pid, signal.SIGKILL)
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


def a_stream(served: Served) -> Iterator[bytes]:
    """The lines of somebody's event stream, which has begun; who lets go of them hangs up."""
    session = requests.Session()
    ada = {"email": "ada@example.com", "password": "a long enough one"}
    session.post(f"{served.url}/api/v1/auth/register", json=ada, timeout=10).raise_for_status()
    stream = session.get(f"{served.url}/api/v1/events", stream=True, timeout=30)
    lines: Iterator[bytes] = stream.iter_lines()
    assert next(lines).startswith(b"retry:")
    return lines


def test_a_client_that_does_not_hang_up_makes_nobody_wait(served: Served) -> None:
    held = [socket.create_connection(("127.0.0.1", served.port)) for _ in range(5)]
    for client in held:
        client.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    answers = [client.recv(65536)[:15] for client in held]

    # Gunicorn lingers for two seconds on each of them; an answer within half of one can't have waited for any.
    status = health(served.port, timeout=1)

    assert (status, answers) == (200, [b"HTTP/1.1 200 OK"] * 5)
    for client in held:
        client.close()


def test_a_worker_whose_arbiter_was_killed_ends_its_streams_and_itself(served: Served) -> None:
    lines = a_stream(served)
    was_over = served.is_over(seconds=0)

    served.arbiter.kill()

    assert (was_over, served.is_over(seconds=20)) == (False, True)
    assert b"" in list(lines)  # the stream has come to its end, instead of breaking off


def test_who_comes_after_sigterm_is_refused_at_once_and_who_was_there_is_answered(served: Served) -> None:
    held = socket.create_connection(("127.0.0.1", served.port), timeout=10)
    held.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n")  # and more to come
    queued = socket.create_connection(("127.0.0.1", served.port), timeout=10)
    queued.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")

    served.arbiter.send_signal(signal.SIGTERM)

    refused = is_refused(served.port, seconds=5)
    held.sendall(b"Connection: close\r\n\r\n")
    answers = [client.recv(65536)[:15] for client in (held, queued)]
    held.close()
    queued.close()
    assert (refused, answers) == (True, [b"HTTP/1.1 200 OK"] * 2)
    assert served.is_over(seconds=20)


def is_refused(port: int, seconds: float) -> bool:
    """Whether nobody is let in any more, within that time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except ConnectionRefusedError:
            return True
        time.sleep(0.02)
    return False
