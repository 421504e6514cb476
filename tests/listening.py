"""Many listeners to event streams, in one thread: when did whom reach what?"""

import selectors
import socket
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from urllib.parse import urlsplit


@dataclass
class Ear:
    """One stream. ``heard`` has each event's id, kind and moment of arrival, as ``time.perf_counter`` says it."""

    wire: socket.socket
    status: int = 0
    head: str = ""
    heard: list[tuple[int, str, float]] = field(default_factory=list)
    last_id: int | None = None
    ended: bool = False
    _rest: bytes = b""

    @property
    def ids(self) -> list[int]:
        """The ids of the events, in the order of their arrival."""
        return [number for number, _kind, _at in self.heard]

    def take(self) -> None:
        """Read what has come."""
        try:
            data = self.wire.recv(65536)
        except ConnectionError:
            data = b""
        if not data:
            self.ended = True
            return
        now = time.perf_counter()
        self._rest += data
        if not self.status and b"\r\n\r\n" in self._rest:
            head, self._rest = self._rest.split(b"\r\n\r\n", 1)
            self.head = head.decode()
            self.status = int(self.head.split(" ", 2)[1])
        if self.status:
            *frames, self._rest = self._rest.split(b"\n\n")
            for frame in frames:
                self._hear(frame.decode(), now)

    def _hear(self, frame: str, now: float) -> None:
        # Chunks begin with lines of their own; they look like no field.
        fields = dict(line.split(": ", 1) for line in frame.splitlines() if ": " in line)
        if "id" in fields:
            self.last_id = int(fields["id"])
        if "event" in fields:
            self.heard.append((int(fields["id"]), fields["event"], now))


@dataclass
class Audience:
    """Opens streams and listens to all of them."""

    url: str
    ears: list[Ear] = field(default_factory=list)
    _ready: selectors.BaseSelector = field(default_factory=selectors.DefaultSelector, init=False)

    def join(self, cookie: str, last_id: int | None = None, receive_buffer: int | None = None) -> Ear:
        """One more stream, in the session that this cookie belongs to; nothing is read from it yet."""
        address = urlsplit(self.url)
        wire = socket.socket()
        if receive_buffer is not None:
            wire.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        wire.connect((address.hostname, address.port))
        since = "" if last_id is None else f"Last-Event-ID: {last_id}\r\n"
        wire.sendall(
            f"GET /api/v1/events HTTP/1.1\r\nHost: {address.netloc}\r\nCookie: {cookie}\r\n{since}\r\n".encode()
        )
        ear = Ear(wire)
        self.ears.append(ear)
        self._ready.register(wire, selectors.EVENT_READ, ear)
        return ear

    def listen(self, until: Callable[[], bool], seconds: float = 10.0, to: Sequence[Ear] = ()) -> None:
        """Read whatever comes until this holds; fails when it does not in all that time.

        Args:
            until: Looked at again whenever something has come.
            seconds: As long as that may take.
            to: Whom to read for, where it is not everybody: the others leave it in their sockets.
        """
        deadline = time.monotonic() + seconds
        while not until():
            assert time.monotonic() < deadline, f"not in {seconds} s: {self.state()}"
            for key, _ in self._ready.select(0.05):
                ear: Ear = key.data
                if to and ear not in to:
                    time.sleep(0.001)
                    continue
                if not ear.ended:
                    ear.take()
                if ear.ended:
                    self._ready.unregister(ear.wire)

    def open(self, seconds: float = 30.0) -> None:
        """Listen until everybody has been let in or refused, and knows where it stands."""
        self.listen(lambda: all(ear.status > 200 or ear.last_id is not None for ear in self.ears), seconds)

    def hang_up(self, ear: Ear) -> None:
        """Close this stream, and forget it."""
        self.ears.remove(ear)
        self._ready.unregister(ear.wire)
        ear.wire.close()

    def state(self) -> str:
        """How many are how far."""
        ended = sum(ear.ended for ear in self.ears)
        return f"{len(self.ears)} streams, {ended} ended, {sum(len(ear.heard) for ear in self.ears)} events"

    def __enter__(self) -> "Audience":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ready.close()
        for ear in self.ears:
            ear.wire.close()
