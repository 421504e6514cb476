"""A reverse proxy in front of several servers, as nginx is one: it adds what it knows, and tries the next server."""

import http.client
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from threading import Thread

#: Headers that are about one connection only.
_OF_THE_WAY = {"connection", "keep-alive", "transfer-encoding", "content-length"}
_SAFE = {"GET", "HEAD"}


@dataclass
class Front:
    """Where people come in. ``served`` counts the answers of each server, ``passed_over`` who could not be reached."""

    servers: Sequence[int]
    url: str = ""
    served: Counter[int] = field(default_factory=Counter)
    passed_over: Counter[int] = field(default_factory=Counter)
    _turns: Iterator[int] = field(default_factory=count, repr=False)

    def answer(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes
    ) -> tuple[int, list[tuple[str, str]], bytes]:
        """The answer of whichever server gives one.

        What has been sent is sent again only where that does no harm; what could not be sent goes to the next server.
        """
        turn = next(self._turns)
        order = [self.servers[(turn + number) % len(self.servers)] for number in range(len(self.servers))]
        for port in order:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
            sent = False
            try:
                connection.connect()
                sent = True
                connection.request(method, path, body, {**headers, "Connection": "close"})
                response = connection.getresponse()
                content = response.read()
            except (OSError, http.client.HTTPException):
                self.passed_over[port] += 1
                if sent and method not in _SAFE:
                    break
                continue
            finally:
                connection.close()
            self.served[port] += 1
            return response.status, response.getheaders(), content
        return 502, [], b"no server answers"


@contextmanager
def front_of(servers: Sequence[int]) -> Iterator[Front]:
    """A proxy before the servers on these ports, as long as the block lasts."""
    front = Front(servers)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _pass_on(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            headers = {name: value for name, value in self.headers.items() if name.lower() not in _OF_THE_WAY}
            said = headers.get("X-Forwarded-For")
            caller = str(self.client_address[0])
            headers["X-Forwarded-For"] = f"{said}, {caller}" if said else caller
            headers["X-Forwarded-Proto"] = "https"
            status, answered, content = front.answer(self.command, self.path, headers, body)
            self.send_response_only(status)
            for name, value in answered:
                if name.lower() not in _OF_THE_WAY:
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            with suppress(OSError):  # the client has gone
                self.wfile.write(content)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _pass_on  # noqa: N815 - so the base class calls them

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class calls it so
            del format, args

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 128

    server = Server(("127.0.0.1", 0), Handler)
    front.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = Thread(target=server.serve_forever, name="front")
    thread.start()
    try:
        yield front
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
