"""Runs a simulator: in a thread for tests, or as a program of its own."""

from __future__ import annotations

import gc
import signal
import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from http.server import ThreadingHTTPServer
from threading import Event, Lock, Thread
from types import FrameType, TracebackType
from typing import TYPE_CHECKING, Any

from entrypoints.simulator.app import Simulator, build_simulator
from entrypoints.simulator.config import SimulatorConfig
from entrypoints.simulator.store import Store
from entrypoints.simulator.wsgi_handler import WsgiHandler

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication


class WsgiServer(ThreadingHTTPServer):
    """A thread per connection; remembers the open ones, to end them when it stops."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, app: WSGIApplication, host: str, port: int) -> None:
        self._open: set[socket.socket] = set()
        self._lock = Lock()
        handler = type("Handler", (WsgiHandler,), {"app": staticmethod(app)})
        super().__init__((host, port), handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._lock:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._lock:
            self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is no event; anything else is worth a traceback on stderr."""
        if not isinstance(sys.exception(), ConnectionError | TimeoutError):
            super().handle_error(request, client_address)

    def end_connections(self) -> None:
        with self._lock:
            connections = list(self._open)
        for connection in connections:
            with suppress(OSError):  # the other side was quicker
                connection.shutdown(socket.SHUT_RDWR)


class SimulatorServer:
    """A simulator on a port, in a thread of this process.

    ``with SimulatorServer(config) as amazon:`` starts and stops it; port 0 takes a free one. A ``store`` of an equal
    configuration may be shared.
    """

    def __init__(
        self, config: SimulatorConfig, host: str = "127.0.0.1", port: int = 0, store: Store | None = None
    ) -> None:
        self.simulator: Simulator = build_simulator(config, store)
        self._server = WsgiServer(self.simulator.app, host, port)
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    @property
    def base_url(self) -> str:
        """Where it is reached, without a slash at the end; add ``/na``, ``/eu`` or ``/fe`` for one region."""
        host = str(self._server.server_address[0])
        return f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"

    def start(self) -> SimulatorServer:
        self._thread.start()
        return self

    def stop(self) -> None:
        """End every connection, also those that hang in a fault, and free the port."""
        self.simulator.reception.faults.clear()
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()
        self._server.end_connections()
        self._server.server_close()

    def __enter__(self) -> SimulatorServer:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def serve_forever(
    config: SimulatorConfig,
    host: str = "127.0.0.1",
    port: int = 0,
    started: Callable[[SimulatorServer], object] = lambda _server: None,
) -> None:
    """Serve until SIGTERM or SIGINT; returns then. To be called in the main thread.

    ``started`` is called with the server as soon as it answers.
    """
    asked_to_end = Event()
    # Orders are kept for long and hold no circles: looking through all of them again and again is in vain.
    gc.set_threshold(100_000, 50, 1_000)

    def end(_number: int, _frame: FrameType | None) -> None:
        asked_to_end.set()

    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, end)
    with SimulatorServer(config, host, port) as server:
        started(server)
        asked_to_end.wait()
