"""Amazon's notifications take effect, and only then leave the queue: here those about the client's secrets."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from uuid import uuid4

from domain.audit.model import Action, AuditEntry
from domain.clock import Clock, in_words
from domain.credentials.model import ClientSecret, ComingExpiry, Rotation, fingerprint
from domain.credentials.notifications import Malformed, Notification, read
from domain.credentials.ports import CredentialsWork, Notice, NotificationQueue, OtherNotices
from domain.credentials.shelf import SecretShelf

log = logging.getLogger(__name__)

#: A full queue is emptied in several turns, so that a process that has to stop need not wait for long.
_BATCHES = 30
#: So many things that were warned of once are remembered; then it begins anew.
_REMEMBERED = 1000


@dataclass(frozen=True)
class ClientNotices:
    """Reads the queue. Any number of processes may: each message is good for being taken twice, early or late.

    What can't be understood, or is about another client, stays where it is: the queue's own rules say what becomes of
    it. Types that have nothing to do with client secrets go to whoever is named for them in ``others``; the rest is
    removed, or it would pile up.
    """

    queue: NotificationQueue
    work: Callable[[], CredentialsWork]
    shelf: SecretShelf
    clock: Clock
    others: Mapping[str, OtherNotices] = field(default_factory=dict)
    _said: set[str] = field(default_factory=set, init=False, repr=False)

    def take(self) -> int:
        """Let everything that is waiting take effect; returns how many messages were done with.

        Raises:
            NotConfigured, UpstreamFailed, UpstreamTimedOut: as ``NotificationQueue.receive``.
            KeyUnavailable, Unavailable: it could not be kept; the message stays in the queue.
        """
        self.shelf.candidates()  # so that the settings' secrets are known before anything is said about them
        for other in self.others.values():
            other.look_again()
        done = 0
        for _ in range(_BATCHES):
            notices = self.queue.receive()
            for notice in notices:
                if self._taken(notice):
                    self.queue.done(notice.receipt)
                    done += 1
            if not notices:
                break
        return done

    def _taken(self, notice: Notice) -> bool:
        """Whether the message has done its work, so that it may go."""
        try:
            told = read(notice.body)
            if told.news is None:
                self._passed_on(told)
                return True
        except Malformed as error:
            known = sha256(notice.body.encode("utf-8", "replace")).hexdigest()
            self._once(logging.WARNING, known, f"a message in the notifications queue can't be used: {error}")
            return False
        if told.news.client_id != self.shelf.client_id:
            about = f"{told.type} {told.id or 'without an id'}"
            self._once(
                logging.WARNING, about, f"a notification about another LWA client is left alone: {about}"
            )
            return False
        if isinstance(told.news, Rotation):
            self._rotated(told.news, told)
        else:
            self._expiring(told.news, told)
        return True

    def _passed_on(self, told: Notification) -> None:
        other = self.others.get(told.type)
        if other is not None:
            other.take(told.payload)
        else:
            self._once(
                logging.INFO, told.type, f"notifications of the type {told.type} are not used: removed"
            )

    def _rotated(self, news: Rotation, told: Notification) -> None:
        now = self.clock.now()
        with self.work() as work:
            known = work.client_secrets.hold(news.client_id)
            ends_at, ended = news.end_of_new(known), news.superseded(known)
            fresh = not any(_is_kept(one, news) for one in known)
            if not fresh and not ended:
                return
            if fresh:
                work.client_secrets.keep(news.client_id, news.secret, news.issued_at, ends_at)
                work.audit.append(_entry(news, ends_at, now, told))
            if news.old_expires_at is not None:
                marks = [one.fingerprint for one in ended]
                work.client_secrets.expires(news.client_id, marks, news.old_expires_at)
            work.commit()
        self.shelf.forget()
        log.info("a new client secret has come from Amazon", extra=_about(news.client_id, told))

    def _expiring(self, news: ComingExpiry, told: Notification) -> None:
        with self.work() as work:
            concerned = news.concerned(work.client_secrets.hold(news.client_id))
            if not concerned:
                return
            work.client_secrets.expires(
                news.client_id, [one.fingerprint for one in concerned], news.expires_at
            )
            work.commit()
        self.shelf.forget()
        extra = {**_about(news.client_id, told), "expires_at": in_words(news.expires_at)}
        log.info("Amazon says when the client secret ends", extra=extra)

    def _once(self, level: int, key: str, message: str) -> None:
        if key in self._said:
            return
        if len(self._said) >= _REMEMBERED:
            self._said.clear()
        self._said.add(key)
        log.log(level, "%s", message)


def _is_kept(one: ClientSecret, news: Rotation) -> bool:
    return one.fingerprint == fingerprint(news.secret) and one.text is not None


def _entry(news: Rotation, ends_at: datetime, now: datetime, told: Notification) -> AuditEntry:
    details = {**_about(news.client_id, told), "expires_at": in_words(ends_at)}
    if news.old_expires_at is not None:
        details["old_expires_at"] = in_words(news.old_expires_at)
    return AuditEntry(uuid4(), now, None, Action.CLIENT_SECRET_RECEIVED, "system", "", details=details)


def _about(client_id: str, told: Notification) -> dict[str, str]:
    return {"client_id": client_id, "notification_id": told.id}
