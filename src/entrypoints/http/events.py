"""Live events: an answer that goes on, as ``text/event-stream``.

Source: https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

import json
import random
import re
import socket
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Literal

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue
from pydantic import BaseModel, Field
from pydantic.config import JsonDict

from domain.errors import InvalidInput
from domain.events.listener import Silent
from domain.events.model import Dropped, Kept, Message, Quiet, Reset
from domain.events.ports import Line
from entrypoints.http import auth
from entrypoints.http.answer_types import Answer
from entrypoints.http.context import services, user
from entrypoints.http.described import EVENTS, Gives, described
from entrypoints.http.reading import Query, any_query
from entrypoints.http.shapes import moment

bp = Blueprint("events", __name__)

#: When a browser comes back after a break, in milliseconds: not all of them at once after a restart.
_RETRY = (2000, 4000)
_ID = re.compile(r"[0-9]{1,18}")
_ID_SHOWN: JsonDict = {"pattern": "^([0-9]{1,18})?$"}


class StreamQuery(Query):
    """Where to go on."""

    last_event_id: str | None = Field(
        default=None,
        description="As `Last-Event-ID`, which counts first, for what can't set headers.",
        json_schema_extra=_ID_SHOWN,
    )


class StreamHeaders(BaseModel):
    """The same, as browsers have it."""

    last_event_id: str | None = Field(
        default=None,
        alias="Last-Event-ID",
        description="The id of the last event that was heard: what came after it is told first.",
        json_schema_extra=_ID_SHOWN,
    )


class EventAnswer(Answer):
    """One event of the stream, as its lines say."""

    id: str
    event: Literal[
        "sync.progress",
        "sync.completed",
        "sync.failed",
        "connection.changed",
        "account.changed",
        "inventory.changed",
        "reset",
        "dropped",
    ]
    data: str
    """A JSON object."""


@bp.get("/api/v1/events")
@described(
    "Events",
    Gives(
        "The events. They end after an hour at the latest, and soon after the session or key does.",
        model=EventAnswer,
        media=(EVENTS,),
    ),
    query=StreamQuery,
    headers=StreamHeaders,
    errors=("rate_limited",),
)
def stream() -> ResponseReturnValue:
    """What happens to this user, as it happens.

    The events are `sync.progress`, `sync.completed`, `sync.failed`, `connection.changed`, `account.changed` and
    `inventory.changed`; `reset` says that what was missed can't be told any more, `dropped` that the listener was too slow and
    may come back. Each has an `id`, and its data is a JSON object. There is a comment at least every 15 seconds.
    """
    listener = services().live.join(user().id, _last_heard(), auth.still_good(), _line())
    response = Response(_frames(listener.messages()), content_type="text/event-stream; charset=utf-8")
    response.headers["Cache-Control"] = "no-cache"
    response.headers["X-Accel-Buffering"] = "no"
    # The generator has an end of its own, but only once it was begun.
    response.call_on_close(listener.leave)
    if request.method == "HEAD":
        listener.leave()
    return response


def _last_heard() -> int | None:
    """Browsers send a header when they come back; what can't set headers sends a parameter."""
    told = []
    for name, text in (
        ("Last-Event-ID", request.headers.get("Last-Event-ID")),
        ("last_event_id", any_query(StreamQuery).last_event_id),
    ):
        if text:
            if not _ID.fullmatch(text):
                raise InvalidInput({name: "not the id of an event: hand back the last one as it came"})
            told.append(int(text))
    return told[0] if told else None


def _frames(messages: Iterator[Message]) -> Iterator[bytes]:
    yield f"retry: {random.randint(*_RETRY)}\n\n".encode()  # noqa: S311 - jitter
    for message in messages:
        yield _frame(message).encode()


def _frame(message: Message) -> str:
    """An id without data is kept by the browser, and nobody is called for it."""
    match message:
        case Kept(number, event):
            data = {"at": moment(event.at), **event.data}
            return f"id: {number}\nevent: {event.kind}\ndata: {json.dumps(data, separators=(',', ':'))}\n\n"
        case Quiet(number):
            return f": quiet\nid: {number}\n\n"
        case Reset(number):
            return f'id: {number}\nevent: reset\ndata: {{"id":{number}}}\n\n'
        case Dropped(number):
            return f'id: {number}\nevent: dropped\ndata: {{"id":{number}}}\n\n'


@dataclass(frozen=True)
class _SocketLine:
    """The connection that gunicorn answers on. Only looked at, and ended: what is written goes through gunicorn."""

    wire: socket.socket

    def gone(self) -> bool:
        """A browser has nothing more to say on this connection but that it hangs up."""
        try:
            return not self.wire.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT)
        except (BlockingIOError, ValueError):  # it is silent; or encrypted, and can't be looked at
            return False
        except OSError:
            return True

    def cut(self) -> None:
        """A thread that is stuck in sending comes free."""
        with suppress(OSError):
            self.wire.shutdown(socket.SHUT_RDWR)


def _line() -> Line:
    found = request.environ.get("gunicorn.socket")
    return _SocketLine(found) if isinstance(found, socket.socket) else Silent()
