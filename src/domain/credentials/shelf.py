"""The installation's client secrets, at hand: the ones of the settings, and those that Amazon sent."""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from threading import Lock

from domain.clock import Clock
from domain.credentials.model import ClientSecret, fingerprint
from domain.credentials.ports import CredentialsWork
from domain.errors import Unavailable

log = logging.getLogger(__name__)

#: How long a process goes by what it has read; what it learns itself, it knows at once.
FRESH = timedelta(seconds=30)
#: A kept secret is not tried any more when its end, which Amazon named, is this long ago.
_GRACE = timedelta(days=1)


@dataclass(frozen=True)
class Candidate:
    """A secret that may be sent to LWA, and what is known of it."""

    text: str = field(repr=False)
    secret: ClientSecret


@dataclass(frozen=True)
class _Read:
    at: datetime
    candidates: tuple[Candidate, ...]


@dataclass
class SecretShelf:
    """Reads the database twice a minute at most. Secrets of the settings are entered there when first met."""

    work: Callable[[], CredentialsWork]
    look: Callable[[], CredentialsWork]
    clock: Clock
    client_id: str
    configured: tuple[str, ...] = field(repr=False)
    _read: _Read | None = field(default=None, init=False, repr=False)
    _lock: Lock = field(default_factory=Lock, init=False, repr=False)

    def candidates(self) -> list[Candidate]:
        """What may be sent, in the order in which to try: what lasts longest first, the refused ones last.

        Raises:
            Unavailable: the database is away.
        """
        with self._lock:
            now = self.clock.now()
            if self._read is None or not self._read.at <= now < self._read.at + FRESH:
                self._read = _Read(now, tuple(self._fetched(now)))
            return _ordered(self._read.candidates)

    def forget(self) -> None:
        """Read anew next time: something has changed."""
        with self._lock:
            self._read = None

    def refused(self, candidate: Candidate) -> None:
        """LWA does not accept it; the other processes hear of it from the database."""
        now = self.clock.now()
        self._note(replace(candidate.secret, refused_at=now))

    def accepted(self, candidate: Candidate) -> None:
        """LWA accepts it; written down only if that is news."""
        if candidate.secret.refused_at is not None:
            self._note(replace(candidate.secret, refused_at=None))

    def _note(self, secret: ClientSecret) -> None:
        with self._lock:
            if self._read is not None:
                changed = tuple(
                    replace(one, secret=secret) if one.secret.fingerprint == secret.fingerprint else one
                    for one in self._read.candidates
                )
                self._read = replace(self._read, candidates=changed)
        try:
            with self.work() as work:
                if secret.refused_at is None:
                    work.client_secrets.accepted(self.client_id, secret.fingerprint)
                else:
                    work.client_secrets.refused(self.client_id, secret.fingerprint, secret.refused_at)
                work.commit()
        except Unavailable:
            # What LWA has answered counts for more: a code is good once, and the next exchange notes it again.
            log.warning("the database is away: other processes will ask themselves about the client secret")

    def _fetched(self, now: datetime) -> Iterable[Candidate]:
        given = {fingerprint(text): text for text in self.configured}
        with self.look() as work:
            known = work.client_secrets.of(self.client_id)
        new = given.keys() - {one.fingerprint for one in known}
        if new:
            with self.work() as work:
                work.client_secrets.seen(self.client_id, new, now)
                known = work.client_secrets.of(self.client_id)
                work.commit()
        by_mark = {one.fingerprint: one for one in known}
        yield from (Candidate(text, by_mark[mark]) for mark, text in given.items())
        for one in known:
            if one.text is not None and one.fingerprint not in given and one.ends_at + _GRACE > now:
                yield Candidate(one.text, one)


def _ordered(candidates: Iterable[Candidate]) -> list[Candidate]:
    """Where two last equally long, as far as we know, the settings' own order stands: the new one first."""
    by_end = sorted(candidates, key=lambda one: one.secret.ends_at, reverse=True)
    return sorted(by_end, key=lambda one: one.secret.refused_at is not None)
