"""Bytes on a socket: requests that no client library would send."""

import json
import re
import socket
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_ANSWER = re.compile(rb"HTTP/1\.[01] (\d{3}) ")
_SECONDS = 10.0


@dataclass(frozen=True)
class Wired:
    """What came back on one connection until the server ended it, or had answered all it would."""

    raw: bytes

    @property
    def statuses(self) -> list[int]:
        """Of all answers, in their order."""
        return [int(found) for found in _ANSWER.findall(self.raw)]

    @property
    def status(self) -> int:
        """Of the only answer."""
        (only,) = self.statuses
        return only

    @property
    def headers(self) -> list[tuple[str, str]]:
        """Of the first answer, names in lower case."""
        head = self.raw.partition(b"\r\n\r\n")[0].decode("latin-1")
        pairs = (line.partition(":") for line in head.split("\r\n")[1:])
        return [(name.strip().lower(), value.strip()) for name, _, value in pairs]

    def header(self, name: str) -> str | None:
        """The value of a header that comes at most once."""
        found = [value for each, value in self.headers if each == name.lower()]
        assert len(found) <= 1, found
        return found[0] if found else None

    @property
    def body(self) -> bytes:
        """Everything after the first answer's headers."""
        return self.raw.partition(b"\r\n\r\n")[2]

    @property
    def json(self) -> Any:
        """The body of the only answer."""
        return json.loads(self.body)


@dataclass(frozen=True)
class Target:
    """A served Portside, its log, and the cookie of somebody who is logged in."""

    port: int
    log: Path
    cookie: str

    def send(self, *pieces: bytes) -> Wired:
        """Write the pieces on one connection and hang up on our side; what was answered until the server did on its."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=_SECONDS) as wire:
            # Whoever refuses a request may end the connection before all of it is sent.
            with suppress(OSError):
                for piece in pieces:
                    wire.sendall(piece)
                wire.shutdown(socket.SHUT_WR)
            received = bytearray()
            with suppress(ConnectionError):
                while piece := wire.recv(2**16):
                    received += piece
        return Wired(bytes(received))

    def ask(
        self, method: str, path: str, *headers: str, body: bytes = b"", host: str = "portside.example"
    ) -> Wired:
        """One request with exactly these headers, as somebody who is logged in."""
        lines = [f"{method} {path} HTTP/1.1", f"Host: {host}", "Connection: close", f"Cookie: {self.cookie}"]
        lines += headers
        if body and not any(each.lower().startswith(("content-length", "transfer-")) for each in headers):
            lines.append(f"Content-Length: {len(body)}")
        return self.send("\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body)

    def is_alive(self) -> bool:
        """Whether it goes on answering others."""
        return self.send(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").status == 200
