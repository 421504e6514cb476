"""One HTTP/1.1 connection to a WSGI application, kept open between requests.

Werkzeug's development server closes the connection after every answer; a client's connection pool would never
be exercised. This handler also does what a fault asks for: cut an answer off, or close without one.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Iterable
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from entrypoints.simulator.reception import DROP_HEADER

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

_LARGEST_BODY = 1 << 20
_SINGLE_HEADERS = ("Host", "Content-Length")


class WsgiHandler(BaseHTTPRequestHandler):
    """Serves ``app`` of a subclass to one connection."""

    app: WSGIApplication
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    #: A connection that says nothing for this long is given up.
    timeout = 75

    def answer(self) -> None:
        """Answer one request, whatever its method."""
        if any(len(self.headers.get_all(name, [])) > 1 for name in _SINGLE_HEADERS):
            self._refuse("400 Bad Request")
            return
        body = self._read_body()
        if body is None:
            self._refuse("413 Content Too Large")
            return
        self._run(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class calls it so
        """Stay quiet: requests carry tokens."""

    def _read_body(self) -> bytes | None:
        """The request's body; None if it is larger than anything Amazon is sent."""
        if "chunked" in self.headers.get("Transfer-Encoding", "").lower():
            return self._read_chunks()
        length = self.headers.get("Content-Length", "0")
        if not length.isdigit() or int(length) > _LARGEST_BODY:
            return None
        return self.rfile.read(int(length))

    def _read_chunks(self) -> bytes | None:
        body = b""
        while True:
            try:
                size = int(self.rfile.readline(100).split(b";")[0], 16)
            except ValueError:
                return None
            if size < 0 or len(body) + size > _LARGEST_BODY:
                return None
            body += self.rfile.read(size)
            self.rfile.readline(100)
            if size == 0:
                return body

    def _refuse(self, status: str) -> None:
        """What is left of the request is not read, so the connection ends."""
        self.close_connection = True
        self._write(status, [("Content-Type", "text/html")], f"<h1>{status}</h1>".encode())

    def _run(self, body: bytes) -> None:
        answer: dict[str, Any] = {}

        def start_response(status: str, headers: list[tuple[str, str]], _exc_info: Any = None) -> Any:
            answer.update(status=status, headers=headers)
            return io.BytesIO().write

        chunks = self.app(self._environ(body), start_response)
        try:
            if any(name.lower() == DROP_HEADER for name, _ in answer["headers"]):
                self.close_connection = True
            elif self._is_whole(answer):
                self._write(answer["status"], answer["headers"], b"".join(chunks))
            else:
                self._stream(answer["status"], answer["headers"], chunks)
        finally:
            if hasattr(chunks, "close"):
                chunks.close()

    def _is_whole(self, answer: dict[str, Any]) -> bool:
        """Whether the answer says how long it is, or has no body."""
        told = any(name.lower() == "content-length" for name, _ in answer["headers"])
        return told or self.command == "HEAD" or answer["status"].startswith("204")

    def _stream(self, status: str, headers: list[tuple[str, str]], chunks: Iterable[bytes]) -> None:
        """An answer of unknown length, sent while it is made."""
        self._write(status, [*headers, ("Transfer-Encoding", "chunked")], b"")
        for chunk in filter(None, chunks):
            self.wfile.write(f"{len(chunk):x}\r\n".encode() + chunk + b"\r\n")
        self.wfile.write(b"0\r\n\r\n")

    def _write(self, status: str, headers: list[tuple[str, str]], content: bytes) -> None:
        """One answer in one piece. An answer shorter than it says must end the connection."""
        said = next((int(value) for name, value in headers if name.lower() == "content-length"), None)
        code = int(status[:3])
        if said is not None and said != len(content) and self.command != "HEAD":
            self.close_connection = True
        lines = [f"{self.protocol_version} {status}", *(f"{name}: {value}" for name, value in headers)]
        lines.append(f"Date: {self.date_time_string()}")
        chunked = any(name.lower() == "transfer-encoding" for name, _ in headers)
        if said is None and code != 204 and not chunked:
            lines.append(f"Content-Length: {len(content)}")
        if self.close_connection:
            lines.append("Connection: close")
        head = "\r\n".join([*lines, "", ""]).encode("latin-1")
        self.wfile.write(head + (b"" if self.command == "HEAD" else content))

    def _environ(self, body: bytes) -> dict[str, Any]:
        path, _, query = self.path.partition("?")
        host, port, *_ = self.connection.getsockname()
        environ: dict[str, Any] = {
            "REQUEST_METHOD": self.command,
            "SCRIPT_NAME": "",
            # WSGI wants the bytes of the path as if they were Latin-1.
            "PATH_INFO": unquote(path, "latin-1"),
            # Decoded, %2F would be a slash like any other.
            "REQUEST_URI": self.path,
            "QUERY_STRING": query,
            "SERVER_NAME": str(host),
            "SERVER_PORT": str(port),
            "SERVER_PROTOCOL": self.request_version,
            "REMOTE_ADDR": self.client_address[0],
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(body),
            "wsgi.errors": sys.stderr,
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
            "wsgi.input_terminated": True,
        }
        for name in self.headers:
            key = name.upper().replace("-", "_")
            values = ",".join(self.headers.get_all(name, []))
            environ[key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"] = values
        return environ


for _method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"):
    setattr(WsgiHandler, f"do_{_method}", WsgiHandler.answer)
