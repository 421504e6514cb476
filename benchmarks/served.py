"""The same dashboards as a browser gets them: through the server that ``portside serve`` runs, over one connection.

``python -m benchmarks.served URL FOLDER PORT TTL`` is that server, with a bare route beside Portside's own.
"""

import json
import re
import select
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import requests
from flask import Blueprint, Flask, Response, jsonify, request

from benchmarks.busy_seller import EMAIL, PASSWORD
from entrypoints.bootstrap import Portside, build
from entrypoints.http.app import create_app
from entrypoints.instance import open_instance
from entrypoints.server import Address, Server
from entrypoints.settings import load_settings
from tests.e2e.processes import free_port, until

_THREADS = 16
_LENGTH = re.compile(rb"(?im)^content-length: *(\d+)\r$")


@dataclass
class Line:
    """A connection to the server that stays open, in which one user is logged in.

    The server hangs up on whoever is silent for a while (fifteen seconds), as between two rounds.
    """

    address: tuple[str, int]
    cookie: str
    plug: socket.socket | None = None

    def stay(self) -> None:
        """Connect where nobody is at the other end: before the clock runs, so that no answer's time has it in it."""
        if self.plug is None or _has_hung_up(self.plug):
            self._connect()

    def get(self, path: str, *, tag: str = "") -> bytes:
        """One request; the whole answer.

        Where the server hangs up before it has answered anything, it is asked once more in a new connection.

        Raises:
            ConnectionError: it did so again, or in the middle of its answer.
        """
        asked = f"GET {path} HTTP/1.1\r\nHost: localhost\r\nCookie: {self.cookie}\r\n"
        request = (asked + (f"If-None-Match: {tag}\r\n" if tag else "") + "\r\n").encode()
        try:
            plug, answer = self._begun(request)
        except ConnectionError:
            self._connect()
            plug, answer = self._begun(request)
        while b"\r\n\r\n" not in answer:
            answer += _more(plug)
        head, _, body = answer.partition(b"\r\n\r\n")
        length = _LENGTH.search(head + b"\r\n")
        while length is not None and not head.startswith(b"HTTP/1.1 304") and len(body) < int(length[1]):
            body += _more(plug)
        return head + b"\r\n\r\n" + body

    def close(self) -> None:
        """Nobody is asked any more, unless it is connected again."""
        if self.plug is not None:
            self.plug.close()
            self.plug = None

    def _begun(self, request: bytes) -> tuple[socket.socket, bytes]:
        """The request is sent; the first of the answer, with where the rest will come from."""
        plug = self.plug or self._connect()
        plug.sendall(request)
        return plug, _more(plug)

    def _connect(self) -> socket.socket:
        self.close()
        self.plug = socket.create_connection(self.address)
        self.plug.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return self.plug


def _more(plug: socket.socket) -> bytes:
    piece = plug.recv(262_144)
    if not piece:
        raise ConnectionError("the server has hung up")
    return piece


def _has_hung_up(plug: socket.socket) -> bool:
    """A server says nothing to a line at rest, but that it goes."""
    readable, _, _ = select.select([plug], [], [], 0)
    return bool(readable)


@dataclass(frozen=True)
class Served:
    """A server in a process of its own, and a line to it."""

    url: str
    session: requests.Session
    line: Line

    def stand_in_for(self, path: str) -> str:
        """From now on the bare route has what is answered here, as objects; the answer's ETag."""
        answer = self.session.get(self.url + path)
        answer.raise_for_status()
        self.session.put(f"{self.url}/bare", json=answer.json()).raise_for_status()
        return answer.headers["ETag"]


@contextmanager
def served(url: str, folder: Path, *, keeping: bool) -> Iterator[Served]:
    """Serve this database, with or without keeping answers."""
    port = free_port()
    ttl = "300" if keeping else "0"
    command = [sys.executable, "-m", "benchmarks.served", url, str(folder), str(port), ttl]
    with subprocess.Popen(command) as process:  # noqa: S603 - our own module
        try:
            reached = _reached(port)
            with closing(reached.line):
                yield reached
        finally:
            process.terminate()


def _reached(port: int) -> Served:
    address = f"http://127.0.0.1:{port}"

    def answers() -> bool:
        try:
            return requests.get(f"{address}/healthz", timeout=30).ok
        except requests.ConnectionError:
            return False

    until(answers, seconds=60, otherwise=lambda: "the served dashboards never answered")
    session = requests.Session()
    session.post(
        f"{address}/api/v1/auth/login", json={"email": EMAIL, "password": PASSWORD}
    ).raise_for_status()
    cookie = "; ".join(f"{one.name}={one.value}" for one in session.cookies)
    session.headers["Cookie"] = cookie  # it is meant for https, and this is not
    return Served(address, session, Line(("127.0.0.1", port), cookie))


def with_bare(app: Flask, body: dict[str, object]) -> Flask:
    """The application with a bare route behind its log-in, which has the same data ready as objects."""
    bp = Blueprint("bare", __name__)

    def bare() -> Response:
        return jsonify(body["of"])

    def become() -> Response:
        body["of"] = request.get_json()
        return jsonify({})

    bp.get("/bare")(bare)
    bp.put("/bare")(become)
    app.register_blueprint(bp)
    return app


def keeping_for(portside: Portside, ttl: timedelta) -> Portside:
    """The same, with another patience for kept answers."""
    answers = replace(portside.services.answers, ttl=ttl)
    return replace(portside, services=replace(portside.services, answers=answers))


def main(url: str, folder: str, port: str, ttl: str) -> None:
    """Serve until somebody ends it."""
    variables = {
        "PORTSIDE_ENV": "test",
        "PORTSIDE_INSTANCE": folder,
        "SCHEDULER": "off",
        "DATABASE_URL": url,
        "LOG_LEVEL": "WARNING",
    }
    settings = load_settings(variables, Path(folder))

    def load(_first: bool) -> Flask:
        portside = keeping_for(build(settings, open_instance(settings)), timedelta(seconds=int(ttl)))
        return with_bare(
            create_app(portside.services, settings, "a key of no installation"), {"of": json.loads("{}")}
        )

    Server(Address("127.0.0.1", int(port)), _THREADS, load).run()


if __name__ == "__main__":
    main(*sys.argv[1:])
