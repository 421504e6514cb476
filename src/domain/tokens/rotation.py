"""Changing keys: everything that is sealed under an older key is sealed under the first one, while all goes on."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from uuid import uuid4

from domain.audit.model import Action, AuditEntry
from domain.clock import Clock
from domain.tokens.keyring import Closed, Position, Resealed, RingSource, RingStatus
from domain.tokens.ports import KeyWork, Pause

#: Rows of one transaction: few enough that nobody who waits for their locks notices.
BATCH = 500
#: After a pass that changed something comes another look: a transaction may have been under way with the older key.
_BETWEEN_PASSES_SECONDS = 0.5
#: More of them mean that somebody goes on sealing with an older key.
_PASSES = 20


@dataclass(frozen=True)
class Rotation:
    """How a rotation ended. ``status`` is how things are now; ``closed`` are secrets that their own key does not open.

    Not ``settled``: again and again something came under an older key, so somebody goes on sealing with one.
    """

    secrets: int
    closed: tuple[Closed, ...]
    status: RingStatus
    settled: bool

    @property
    def left(self) -> int:
        """Secrets that can be opened and still are under another key than the first."""
        return _left(self.status, self.closed)


@dataclass(frozen=True)
class KeyRotation:
    """Tells what is sealed under which key, and seals anew what is not under the first one."""

    work: Callable[[], KeyWork]
    look: Callable[[], KeyWork]  # the same, for reading only
    ring: RingSource
    clock: Clock
    pause: Pause

    def status(self) -> RingStatus:
        """The ring, and what is sealed under each key.

        Raises:
            KeyUnavailable: the ring can't be read.
            Unavailable: the database is away.
        """
        with self.look() as work:
            counts = work.sealed.by_key()
        return RingStatus(self.ring().ids, tuple(counts))

    def rotate(self, actor: str, address: str, progress: Callable[[int], None]) -> Rotation:
        """Bring everything under the first key, batch by batch; each is kept by itself, so that nothing is done twice.

        Interrupted, the next call goes on. What does not open stands in nobody's way: it is left as it is and told of.

        Args:
            actor: Who asked for it, for the audit log of every user concerned.
            address: From where.
            progress: Told after each batch how many secrets have been sealed anew so far.

        Raises:
            KeyUnavailable: the ring can't be read.
            Unavailable: the database is away, or the process is stopping. What was done is kept.
        """
        secrets, passes, settled = 0, 0, False
        while not settled and passes < _PASSES:
            if passes > 0:
                self.pause.wait(_BETWEEN_PASSES_SECONDS)
            passes += 1
            before, closed = secrets, tuple[Closed, ...]()
            for batch in self._pass(actor, address):
                secrets += batch.secrets
                closed += batch.closed
                progress(secrets)
            status = self.status()
            settled = secrets == before and _left(status, closed) == 0
        return Rotation(secrets, closed, status, settled)

    def _pass(self, actor: str, address: str) -> Iterator[Resealed]:
        """From the first row to the last, with the ring as it is now."""
        ring = self.ring()
        after: Position | None = None
        while True:
            with self.work() as work:
                batch = work.sealed.reseal(ring.ids[1:], BATCH, after)
                work.audit.append_all(self._entries(batch, ring.primary.id, actor, address))
                work.commit()
            yield batch
            after = batch.after
            if after is None:
                return

    def _entries(self, batch: Resealed, key_id: str, actor: str, address: str) -> list[AuditEntry]:
        """One for each connection, so that its user can read it; one for what is the installation's own."""
        now = self.clock.now()
        entries = [
            AuditEntry(
                uuid4(), now, user_id, Action.KEY_ROTATED, actor, address, connection_id, {"key": key_id}
            )
            for connection_id, user_id in batch.connections
        ]
        if batch.installation:
            details = {"key": key_id, "secrets": str(batch.installation)}
            entries.append(
                AuditEntry(uuid4(), now, None, Action.KEY_ROTATED, actor, address, details=details)
            )
        return entries


def _left(status: RingStatus, closed: tuple[Closed, ...]) -> int:
    lost = sum(count.secrets for count in status.missing)
    return max(0, status.behind - lost - len(closed))
