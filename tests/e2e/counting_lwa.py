"""A token endpoint that does nothing but give tokens and remember who asked when."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from threading import Lock, Thread
from urllib.parse import parse_qs

_LIFE_SECONDS = 3600
_THINKING_SECONDS = 0.02


@dataclass(frozen=True)
class Asked:
    """One request: when (monotonic, in seconds), and with which refresh token."""

    at: float
    refresh_token: str


@dataclass
class CountingLwa:
    """LWA, as far as refresh tokens go; it knows them all."""

    url: str = ""
    asked: list[Asked] = field(default_factory=list)
    _lock: Lock = field(default_factory=Lock, repr=False)
    _numbers: Iterator[int] = field(default_factory=count, repr=False)

    def answer(self, form: dict[str, list[str]]) -> bytes:
        """The body of a good answer."""
        with self._lock:
            self.asked.append(Asked(time.monotonic(), form["refresh_token"][0]))
            number = next(self._numbers)
        time.sleep(_THINKING_SECONDS)
        return json.dumps(
            {"access_token": f"Atza|{number}", "token_type": "bearer", "expires_in": _LIFE_SECONDS}
        ).encode()


@contextmanager
def counting_lwa() -> Iterator[CountingLwa]:
    """It listens for as long as the block lasts."""
    lwa = CountingLwa()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
            body = lwa.answer(form)
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    lwa.url = f"http://127.0.0.1:{server.server_address[1]}/auth/o2/token"
    try:
        yield lwa
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
