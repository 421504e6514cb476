"""The line by which the bench asks a server: it stays in one connection for as long as the server lets it."""

import socket
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, field
from threading import Thread

import pytest

from benchmarks.served import Line

_ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"


@dataclass
class Far:
    """A server that answers so often in each of its connections, and then hangs up."""

    door: socket.socket
    patience: list[int]
    cut_off: bool = False  # each answer, in the middle
    connections: int = 0
    asked: list[bytes] = field(default_factory=list)

    def serve(self) -> None:
        """One connection after the other, until the door is closed."""
        with suppress(OSError):
            for patience in self.patience:
                plug, _address = self.door.accept()
                self.connections += 1
                with plug:
                    self._answer(plug, patience)

    def _answer(self, plug: socket.socket, patience: int) -> None:
        while patience and (asked := plug.recv(10_000)):
            self.asked.append(asked)
            plug.sendall(_ANSWER[:-1] if self.cut_off else _ANSWER)
            patience -= 1


@pytest.fixture
def door() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as opened:
        yield opened


def served_by(far: Far) -> Line:
    Thread(target=far.serve, daemon=True).start()
    return Line(far.door.getsockname(), "session=1")


def test_requests_share_a_connection(door: socket.socket) -> None:
    far = Far(door, [3])
    with closing(served_by(far)) as line:
        answers = [line.get("/one"), line.get("/two", tag='"t"')]

    assert answers == [_ANSWER, _ANSWER]
    assert far.connections == 1
    assert [asked.splitlines()[0] for asked in far.asked[:2]] == [b"GET /one HTTP/1.1", b"GET /two HTTP/1.1"]
    assert b'If-None-Match: "t"' in far.asked[1]


def test_whoever_was_silent_for_too_long_is_connected_again_before_the_next_request(
    door: socket.socket,
) -> None:
    far = Far(door, [1, 2])
    with closing(served_by(far)) as line:
        line.get("/one")
        assert line.plug is not None
        line.plug.recv(1, socket.MSG_PEEK)  # the server has hung up by now
        line.stay()
        fresh = line.plug
        answer = line.get("/two")

        assert (answer, line.plug) == (_ANSWER, fresh)


def test_a_line_at_rest_stays_as_it_is(door: socket.socket) -> None:
    far = Far(door, [3])
    with closing(served_by(far)) as line:
        line.get("/one")
        before = line.plug
        line.stay()

        assert line.plug is before


def test_a_server_that_hangs_up_before_it_answers_is_asked_once_more(door: socket.socket) -> None:
    far = Far(door, [1, 1])
    with closing(served_by(far)) as line:
        answers = [line.get("/one"), line.get("/two")]

    assert answers == [_ANSWER, _ANSWER]
    assert far.connections == 2


def test_a_server_that_never_answers_is_told_of(door: socket.socket) -> None:
    far = Far(door, [1, 0])
    with closing(served_by(far)) as line:
        line.get("/one")
        with pytest.raises(ConnectionError):
            line.get("/two")

    assert far.connections == 2


def test_an_answer_that_is_cut_off_is_not_asked_for_again(door: socket.socket) -> None:
    far = Far(door, [1, 1], cut_off=True)
    with closing(served_by(far)) as line, pytest.raises(ConnectionError):
        line.get("/one")

    assert far.connections == 1
