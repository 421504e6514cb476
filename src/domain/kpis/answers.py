"""Dashboards' answers: computed once, and good for as long as nothing has changed that they are made of.

An answer is kept under everything that it depends on: the user, the question, the number that grows with whatever
changes the user's figures, the quarter of an hour (days begin on quarters of an hour, wherever one lives), and the
release. So nothing that is kept is ever wrong, and nobody has to be told when figures change: with each question comes
the present number, which is one indexed row, and another key as soon as it has grown.
"""

import hashlib
import json
from collections.abc import Callable, Sequence
from concurrent.futures import CancelledError, Future
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from threading import Lock
from typing import TypeVar

from domain.cache import Cache
from domain.clock import Clock
from domain.kpis.versions import PresentVersions
from domain.users.model import UserId

Found = TypeVar("Found")

_QUARTER = timedelta(minutes=15).total_seconds()


@dataclass(frozen=True)
class Answers:
    """Keeps answers for ``ttl`` at most; whoever asks the same at the same time in this process waits for one of them."""

    versions: PresentVersions
    # Inside, all looks see the figures as of one moment; what it gives is called when nothing more is looked at.
    one_moment: Callable[[], AbstractContextManager[Callable[[], None]]]
    cache: Cache
    ttl: timedelta
    clock: Clock
    release: str  # of the software: another one may say the same in another way
    _computing: dict[str, Future[str]] = field(default_factory=dict, init=False, repr=False)
    _lock: Lock = field(default_factory=Lock, init=False, repr=False)

    def tag(self, user_id: UserId, question: Sequence[object], version: int | None = None) -> str:
        """Names the present answer: as long as the tag stays the same, the answer does.

        Args:
            user_id: Who asks.
            question: What tells it from others: the dashboard, the parameters, the form of the answer.
            version: The number of this user's figures, read since the question was asked; ``None``: it is looked up.

        Raises:
            Unavailable: it is to be looked up, and the database is away.
        """
        quarter = int(self.clock.now().timestamp() // _QUARTER)
        # The number is read before the figures: what changes in between makes the answer newer than its tag, and the
        # next one who asks finds another tag.
        present = self.versions.of(user_id) if version is None else version
        parts = [self.release, str(user_id), present, quarter, *map(str, question)]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:40]

    def answer(self, tag: str, look: Callable[[], Found], write: Callable[[Found], str]) -> str:
        """The answer of this tag: kept, being computed by somebody else, or computed now, which is then kept.

        What is raised is raised to all who wait, and not kept: whoever asks next tries again.

        Args:
            tag: See ``tag``.
            look: Finds what is answered, as of one moment.
            write: Puts it into words, looking at nothing else.
        """
        while True:
            mine, future = self._claim(tag)
            if mine:
                return self._computed(tag, partial(self._fresh, look, write), future)
            try:
                return future.result()
            except CancelledError:
                continue  # whoever was at it was interrupted

    def _claim(self, tag: str) -> tuple[bool, Future[str]]:
        with self._lock:
            known = self._computing.get(tag)
            if known is not None:
                return False, known
            return True, self._computing.setdefault(tag, Future())

    def _computed(self, tag: str, compute: Callable[[], str], future: Future[str]) -> str:
        try:
            answer = self._found(tag, compute)
        except Exception as error:
            self._release(tag)
            future.set_exception(error)
            raise
        except BaseException:
            self._release(tag)
            future.cancel()
            raise
        self._release(tag)
        future.set_result(answer)
        return answer

    def _release(self, tag: str) -> None:
        with self._lock:
            del self._computing[tag]

    def _found(self, tag: str, compute: Callable[[], str]) -> str:
        if not self.ttl:
            return compute()
        key = f"figures:{tag}"
        kept = self.cache.get([key]).get(key)
        if kept is not None:
            return kept
        answer = compute()
        self.cache.put({key: answer}, self.ttl)
        return answer

    def _fresh(self, look: Callable[[], Found], write: Callable[[Found], str]) -> str:
        with self.one_moment() as over:
            found = look()
            over()
            return write(found)
