"""Asking each question once: what is kept is not asked again, and who asks at the same time waits for the same answer."""

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass, field
from datetime import timedelta
from threading import Lock
from typing import Generic, TypeVar

from domain.cache import Cache
from domain.connections.model import Connection
from domain.errors import (
    InvalidInput,
    NotFound,
    PortsideError,
    RateLimited,
    UpstreamFailed,
    UpstreamRefused,
    UpstreamTimedOut,
)
from domain.gateway.ports import Stopwatch

Answer = TypeVar("Answer")
Item = TypeVar("Item")
Asked = TypeVar("Asked")

#: How long one request goes on asking Amazon, in seconds; what is left then says when to ask again.
PATIENCE = 20.0
#: What goes wrong with one product or one call. All other errors are the connection's or the installation's: they would
#: befall every further call, and are the answer to the whole request.
OF_ONE_CALL = (NotFound, InvalidInput, RateLimited, UpstreamFailed, UpstreamRefused, UpstreamTimedOut)
#: More at once would only wait for the usage plan in each other's way: it admits five a second, and a call takes some
#: tenths of a second.
_AT_ONCE = 3
#: A person's call waits for the usage plan for up to two seconds; who is told to wait longer gains nothing by asking on.
_WORTH_WAITING = 2.0
#: How often a call that others overtook goes on waiting.
_TURNS = 10


@dataclass(frozen=True)
class Codec(Generic[Answer]):
    """How answers of one kind become JSON and come back."""

    kind: str  # changes with the shape, so that what an older version kept is not misread
    encode: Callable[[Answer], object]
    decode: Callable[[object], Answer]

    def key(self, connection: Connection, *parts: str) -> str:
        """Under which key an answer is kept: never shared between connections, nor between LWA clients."""
        return json.dumps([self.kind, str(connection.id), connection.lwa_client_id, *parts])


@dataclass(frozen=True)
class Questions(Generic[Answer]):
    """Answers to questions of one kind, from what is kept, from who is asking already, or else asked for now."""

    cache: Cache
    ttl: timedelta
    codec: Codec[Answer]
    _asked: dict[str, Future[Answer | PortsideError]] = field(default_factory=dict, init=False, repr=False)
    _lock: Lock = field(default_factory=Lock, init=False, repr=False)

    def answers(
        self,
        keys: Collection[str],
        ask: Callable[[Sequence[str]], Mapping[str, Answer | PortsideError]],
    ) -> dict[str, Answer | PortsideError]:
        """The answer or the error for each key. ``ask`` gets those that nobody knows, and answers every one.

        Errors are shared with those who wait, and not kept. What ``ask`` raises is raised to all of them.
        """
        mine, others = self._claim(keys)
        found: dict[str, Answer | PortsideError] = {}
        if mine:
            try:
                found = self._found(list(mine), ask)
            except BaseException as error:
                self._release(mine)
                for future in mine.values():
                    future.set_exception(error)
                raise
            self._release(mine)
            for key, future in mine.items():
                future.set_result(found[key])
        # Only now: two requests that wait for each other's questions have both answered their own by then.
        return found | {key: future.result() for key, future in others.items()}

    def in_order(
        self,
        asked: Sequence[Asked],
        key: Callable[[Asked], str],
        ask: Callable[[Sequence[Asked]], Sequence[Answer | PortsideError]],
    ) -> list[Answer | PortsideError]:
        """The answer or the error for each question, in the order asked; equal ones, by ``key``, are asked once."""
        by_key = {key(question): question for question in asked}

        def asked_for(keys: Sequence[str]) -> dict[str, Answer | PortsideError]:
            return dict(zip(keys, ask([by_key[each] for each in keys]), strict=True))

        found = self.answers(by_key, asked_for)
        return [found[key(question)] for question in asked]

    def answer(self, key: str, ask: Callable[[], Answer]) -> Answer:
        """The answer to one question. Raises what ``ask`` raises."""

        def asked(keys: Sequence[str]) -> dict[str, Answer | PortsideError]:
            try:
                return {keys[0]: ask()}
            except OF_ONE_CALL as error:  # told as the row's to a batch that waits for it, not as the batch's
                return {keys[0]: error}

        found = self.answers([key], asked)[key]
        if isinstance(found, PortsideError):
            raise found
        return found

    def _claim(
        self, keys: Collection[str]
    ) -> tuple[dict[str, Future[Answer | PortsideError]], dict[str, Future[Answer | PortsideError]]]:
        """The questions that are now ours to answer, and those that somebody else is answering."""
        with self._lock:
            others = {key: self._asked[key] for key in keys if key in self._asked}
            mine: dict[str, Future[Answer | PortsideError]] = {
                key: Future() for key in keys if key not in others
            }
            self._asked.update(mine)
        return mine, others

    def _release(self, keys: Collection[str]) -> None:
        """Who asks from now on finds what is kept, or asks anew."""
        with self._lock:
            for key in keys:
                del self._asked[key]

    def _found(
        self, keys: Sequence[str], ask: Callable[[Sequence[str]], Mapping[str, Answer | PortsideError]]
    ) -> dict[str, Answer | PortsideError]:
        """What is kept, and for the rest what is asked for now and then kept."""
        known: dict[str, Answer | PortsideError] = {
            key: self.codec.decode(json.loads(text)) for key, text in self.cache.get(keys).items()
        }
        missing = [key for key in keys if key not in known]
        if not missing:
            return known
        fresh = ask(missing)
        good = {
            key: json.dumps(self.codec.encode(answer))
            for key, answer in fresh.items()
            if not isinstance(answer, PortsideError)
        }
        self.cache.put(good, self.ttl)
        return {**known, **fresh}


@dataclass(frozen=True)
class Turns:
    """Many calls one after another or a few at once, for as long as a person's request may last."""

    stopwatch: Stopwatch
    patience: float = PATIENCE

    def each(
        self, items: Sequence[Item], ask: Callable[[Item], Answer], at_once: int = _AT_ONCE
    ) -> list[Answer | PortsideError]:
        """What ``ask`` says to each, or its error, in the order of the items.

        An item whose turn does not come in time is rate limited. Work is done for whom the caller works for.

        Raises:
            PortsideError: one that is not of a single call; no further item is asked then.
        """
        deadline = self.stopwatch.seconds() + self.patience

        def turn(item: Item) -> Answer | PortsideError:
            return self._turn(item, ask, deadline)

        if at_once == 1 or len(items) == 1:
            return [turn(item) for item in items]
        with ThreadPoolExecutor(max_workers=min(at_once, len(items))) as threads:
            futures = [threads.submit(copy_context().run, turn, item) for item in items]
            try:
                return [future.result() for future in futures]
            except BaseException:
                threads.shutdown(wait=False, cancel_futures=True)
                raise

    def _turn(self, item: Item, ask: Callable[[Item], Answer], deadline: float) -> Answer | PortsideError:
        trouble: PortsideError = RateLimited(
            "Amazon's usage plan did not admit this call in time: ask again, what is answered is kept.",
            _WORTH_WAITING,
            channel="amazon",
        )
        for _ in range(_TURNS):
            if self.stopwatch.seconds() >= deadline:
                return trouble
            try:
                return ask(item)
            except RateLimited as error:
                trouble = error
                # Others were quicker than this call while it waited: it goes on waiting.
                if error.retry_after > _WORTH_WAITING:
                    return error
            except OF_ONE_CALL as error:
                return error
        return trouble
