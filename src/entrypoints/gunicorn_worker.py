"""Gunicorn's threaded worker, without its one stall.

After an answer with ``Connection: close``, gunicorn 27 waits up to two seconds for the client to hang up, and does so on
the thread that accepts connections: one client that keeps its end open makes everybody wait. Here the waiting is done
by threads of its own.
"""

from concurrent.futures import Future, ThreadPoolExecutor
from threading import Thread
from typing import Any

from gunicorn.workers.gthread import ThreadWorker

_CLOSERS = 8
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

    def finish_request(self, conn: Any, fs: "Future[Any]") -> None:
        """A connection that is over is closed elsewhere; everything else is gunicorn's business."""
        if self._closers is None or not self.alive or fs.cancelled() or fs.exception() or fs.result():
            super().finish_request(conn, fs)
            return
        self.nr_conns -= 1
        self._closers.submit(conn.close, graceful=True)
