"""An Amazon that has its answers ready: pages of orders, as quick as a loopback connection carries them."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import parse_qs, urlsplit


@dataclass
class Canned:
    """Hands out ``pages``, whose page tokens are their numbers; a token for whoever asks."""

    base_url: str = ""
    pages: Sequence[bytes] = field(default_factory=list)

    def answer(self, target: str) -> bytes:
        if urlsplit(target).path.endswith("/auth/o2/token"):
            issued = {"access_token": "Atza|canned", "token_type": "bearer", "expires_in": 3600}
            return json.dumps({**issued, "refresh_token": "Atzr|canned"}).encode()
        return self.pages[int(parse_qs(urlsplit(target).query).get("paginationToken", ["0"])[0])]


@contextmanager
def canned() -> Iterator[Canned]:
    """Serves in threads until the block ends."""
    amazon = Canned()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            body = amazon.answer(self.path)
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.send_header("x-amzn-RateLimit-Limit", "10000")  # no usage plan is in the way
            self.end_headers()
            self.wfile.write(body)

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", "0")))
            self.do_GET()

        def log_message(self, *args: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    amazon.base_url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield amazon
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
