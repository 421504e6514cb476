"""Gunicorn's threaded worker, without its one stall, and with a door that shuts.

After an answer with ``Connection: close``, gunicorn 27 waits up to two seconds for the client to hang up, and does so on
the thread that accepts connections: one client that keeps its end open makes everybody wait. Here the waiting is done
by threads of its own.

What is no request at all never reaches the application. Gunicorn answers it with a page in which it stands; here it is
refused like everything else, and not repeated.

While it finishes its work at the end, gunicorn leaves those who come waiting in the queue, and breaks them off when it
is done. Here they are let in or refused: a proxy then asks another server at once.
"""

import json
import select
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from threading import Thread
from typing import Any
from uuid import uuid4

from gunicorn.http.errors import ConfigurationProblem, LimitRequestHeaders, LimitRequestLine, ParseException
from gunicorn.util import write_nonblock
from gunicorn.workers.gthread import ThreadWorker

_CLOSERS = 8
#: All that is to be said of what is no request.
_NO_REQUEST = {
    400: ("Bad Request", "This is no request as HTTP has them."),
    414: ("URI Too Long", "The address is too long."),
    431: ("Request Header Fields Too Large", "The headers are too many, or too long."),
}
#: What an application has done when its process is about to end, as one of its extensions.
FAREWELL = "portside_farewell"


class PatientWorker(ThreadWorker):  # type: ignore[misc]  # gunicorn has no types
    """Says goodbye to slow clients beside the work instead of in front of it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._closers: ThreadPoolExecutor | None = None

    def init_process(self) -> None:
        """Called in the worker process: threads don't survive a fork."""
        self._closers = ThreadPoolExecutor(_CLOSERS, thread_name_prefix="closing")
        super().init_process()

    def handle_exit(self, sig: int, frame: Any) -> None:
        """SIGTERM: streams never end by themselves, so they are told to."""
        self._say_farewell()
        super().handle_exit(sig, frame)

    def handle_quit(self, sig: int, frame: Any) -> None:
        """SIGINT, SIGQUIT: the interpreter would wait for the threads that the streams are on."""
        self._say_farewell()
        super().handle_quit(sig, frame)

    def set_accept_enabled(self, enabled: bool) -> None:
        """Called at the beginning, when there are too many, and at the end."""
        accepted = self._accepting
        super().set_accept_enabled(enabled)
        if accepted and not enabled and not self.alive:
            for listener in self.sockets:
                self._shut(listener)

    def _shut(self, listener: Any) -> None:
        while select.select([listener], [], [], 0)[0]:
            self.accept(listener)
        listener.close()

    def is_parent_alive(self) -> bool:
        """Asked every second; without its parent the worker ends, and says goodbye as if it had been told to."""
        alive = bool(super().is_parent_alive())
        if not alive:
            self._say_farewell()
        return alive

    def _say_farewell(self) -> None:
        farewell = getattr(self.wsgi, "extensions", {}).get(FAREWELL)
        if farewell is not None:
            # A signal comes in the middle of anything: whatever lock is held here must not be waited for here.
            Thread(target=farewell, name="farewell", daemon=True).start()

    def handle_error(self, req: Any, client: Any, addr: Any, exc: BaseException) -> None:
        """Called in place of the application; what is no fault of the client's is gunicorn's business."""
        if not isinstance(exc, ParseException) or isinstance(exc, ConfigurationProblem):
            super().handle_error(req, client, addr, exc)
            return
        status = 400
        if isinstance(exc, LimitRequestLine):
            status = 414
        elif isinstance(exc, LimitRequestHeaders):
            status = 431
        self.log.warning("no request from %s: %s", addr[0] if addr else "a socket", type(exc).__name__)
        with suppress(OSError):  # the client has gone already
            write_nonblock(client, _refusal(status))

    def finish_request(self, conn: Any, fs: "Future[Any]") -> None:
        """A connection that is over is closed elsewhere; everything else is gunicorn's business."""
        if self._closers is None or not self.alive or fs.cancelled() or fs.exception() or fs.result():
            super().finish_request(conn, fs)
            return
        self.nr_conns -= 1
        self._closers.submit(conn.close, graceful=True)


def _refusal(status: int) -> bytes:
    """An answer in the shape that every error has."""
    reason, message = _NO_REQUEST[status]
    request_id = uuid4().hex
    body = json.dumps(
        {
            "success": False,
            "error": "invalid_request",
            "message": message,
            "details": {"fields": {"request": message}},
            "request_id": request_id,
        }
    )
    lines = [
        f"HTTP/1.1 {status} {reason}",
        "Connection: close",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
        f"X-Request-Id: {request_id}",
        "X-Content-Type-Options: nosniff",
        "Content-Security-Policy: default-src 'none'; frame-ancestors 'none'",
        "Cache-Control: no-store",
    ]
    return "\r\n".join([*lines, "", body]).encode("ascii")
