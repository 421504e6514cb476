"""A server of a test's own on a loopback address, that answers byte by byte as the test says."""

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from socketserver import BaseRequestHandler, ThreadingTCPServer
from threading import Lock, Thread
from typing import Any


@dataclass(frozen=True)
class Seen:
    """A request as it came in; header names in lower case."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes


#: Writes the answer to a request; ``False`` ends the connection.
Script = Callable[[socket.socket, Seen], bool]


@dataclass
class Loopback:
    """What came in, and what is still open."""

    script: Script
    port: int = 0
    seen: list[Seen] = field(default_factory=list)
    connections: int = 0
    open: int = 0
    lock: Lock = field(default_factory=Lock)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def all_ended(self, within: float = 3.0) -> bool:
        """Whether every connection has come to its end before the time is over."""
        deadline = time.monotonic() + within
        while self.open and time.monotonic() < deadline:
            time.sleep(0.01)
        return self.open == 0


@contextmanager
def listening(script: Script) -> Iterator[Loopback]:
    """Serve in threads, until the block ends."""
    loopback = Loopback(script)

    class Handler(BaseRequestHandler):
        def handle(self) -> None:
            with loopback.lock:
                loopback.connections += 1
                loopback.open += 1
            try:
                _serve(self.request, loopback)
            finally:
                with suppress(OSError):  # the client has gone already
                    self.request.shutdown(socket.SHUT_RDWR)  # before it counts as ended
                with loopback.lock:
                    loopback.open -= 1

    class Server(ThreadingTCPServer):
        daemon_threads = True
        allow_reuse_address = True
        block_on_close = False
        request_queue_size = 64

    with Server(("127.0.0.1", 0), Handler) as server:
        loopback.port = server.server_address[1]
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        yield loopback
        server.shutdown()
        thread.join()


def _serve(connection: socket.socket, loopback: Loopback) -> None:
    with suppress(OSError), connection.makefile("rb") as incoming:  # the client went away
        while (request := _read(incoming)) is not None:
            with loopback.lock:
                loopback.seen.append(request)
            if not loopback.script(connection, request):
                return


def _read(incoming: Any) -> Seen | None:
    start = incoming.readline().decode("latin-1").split()
    if not start:
        return None
    headers: dict[str, str] = {}
    while line := incoming.readline().decode("latin-1").strip():
        name, _, value = line.partition(":")
        headers[name.lower()] = value.strip()
    return Seen(start[0], start[1], headers, incoming.read(int(headers.get("content-length", "0"))))


def http(body: bytes = b"", *headers: str, status: str = "200 OK", length: int | None = None) -> bytes:
    """An answer as it goes over the wire; ``length`` is a lie about the body's."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body) if length is None else length}", *headers]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def saying(answer: bytes) -> Script:
    """The same answer to everybody, on connections that stay open."""

    def script(connection: socket.socket, _request: Seen) -> bool:
        connection.sendall(answer)
        return True

    return script


def breaking_off(answer: bytes) -> Script:
    """The answer, and then the connection ends."""

    def script(connection: socket.socket, _request: Seen) -> bool:
        connection.sendall(answer)
        return False

    return script


def dripping(head: bytes, drop: bytes, every: float) -> Script:
    """A head, and then a drop from time to time for as long as somebody listens."""

    def script(connection: socket.socket, _request: Seen) -> bool:
        connection.sendall(head)
        while True:
            connection.sendall(drop)
            time.sleep(every)

    return script


def silent(connection: socket.socket, _request: Seen) -> bool:
    """No answer at all, until the other side gives up."""
    return bool(connection.recv(1))
