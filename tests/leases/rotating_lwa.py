"""A slow token endpoint in front of another one, that replaces the refresh token with every answer.

A token that was replaced is good until its successor is used for the first time; from then on it is refused. So
nobody is shut out who was killed before an answer could be kept, but whoever forgets a kept successor is.
"""

import json
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from threading import Lock, Thread
from urllib.parse import parse_qs

import requests

#: How long an answer takes, in seconds, from … to ….
_THINKING = (0.1, 0.6)


@dataclass(frozen=True)
class Asked:
    """One request, with which refresh token; and which one came back, if it was honoured."""

    refresh_token: str
    answer: str | None


@dataclass
class RotatingLwa:
    """The family of one refresh token, from its root on. The true endpoint knows the root only."""

    behind: str
    root: str
    life_seconds: int
    chance: random.Random
    url: str = ""
    asked: list[Asked] = field(default_factory=list)
    _children: dict[str, list[str]] = field(default_factory=dict, repr=False)
    _alive: set[str] = field(default_factory=set, repr=False)
    _lock: Lock = field(default_factory=Lock, repr=False)
    _numbers: Iterator[int] = field(default_factory=lambda: count(1), repr=False)

    def __post_init__(self) -> None:
        self._alive = {self.root}

    def answer(self, form: dict[str, list[str]]) -> tuple[int, bytes]:
        """Status and body."""
        thinking, after = self._thinking()
        time.sleep(thinking)
        given = form["refresh_token"][0]
        replaced = self._replaced(given)
        if replaced is None:
            return 400, b'{"error": "invalid_grant", "error_description": "replaced"}'
        fields = {name: values[0] for name, values in form.items()}
        found = requests.post(self.behind, data={**fields, "refresh_token": self.root}, timeout=30)
        found.raise_for_status()
        time.sleep(after)
        body = {**found.json(), "refresh_token": replaced, "expires_in": self.life_seconds}
        return 200, json.dumps(body).encode()

    def _thinking(self) -> tuple[float, float]:
        with self._lock:
            return self.chance.uniform(*_THINKING) / 2, self.chance.uniform(*_THINKING) / 2

    def _replaced(self, given: str) -> str | None:
        with self._lock:
            if given not in self._alive:
                self.asked.append(Asked(given, None))
                return None
            fresh = f"Atzr|replaced-{next(self._numbers)}"
            self._children.setdefault(given, []).append(fresh)
            self._alive = {given, *self._children[given]}
            self.asked.append(Asked(given, fresh))
            return fresh


@contextmanager
def rotating_lwa(behind: str, root: str, life_seconds: int, chance: random.Random) -> Iterator[RotatingLwa]:
    """It listens for as long as the block lasts."""
    lwa = RotatingLwa(behind, root, life_seconds, chance)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
            status, body = lwa.answer(form)
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
            """Say nothing."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: object, client_address: object) -> None:
            """Who asked was killed."""

    server = Server(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    lwa.url = f"http://127.0.0.1:{server.server_address[1]}/auth/o2/token"
    try:
        yield lwa
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
