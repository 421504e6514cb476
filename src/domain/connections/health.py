"""What becomes of a connection that Amazon does not honour any more."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from uuid import uuid4

from domain.audit.model import Action, AuditEntry
from domain.clock import Clock
from domain.connections.deeds import connection_changed
from domain.connections.model import ConnectionId, ConnectionStatus, Failure
from domain.connections.work import ConnectionWork
from domain.errors import NotFound
from domain.sync.news import tell_stopped


@dataclass(frozen=True)
class Health:
    """Marks connections as revoked, and stops what runs in their name."""

    work: Callable[[], ConnectionWork]
    clock: Clock

    def revoked(self, connection_id: ConnectionId, message: str, version: int | None = None) -> None:
        """The seller has to renew the consent: schedules stop, nothing is retried, the user is told.

        With ``version``, only if the vault still holds that version of the tokens: what was refused may have been
        replaced since.
        """
        now = self.clock.now()
        with self.work() as work:
            try:
                connection = work.connections.hold(connection_id)
            except NotFound:
                return  # it is being erased: there is nothing left to mark
            stored = work.vault.look(connection_id) if version is not None else None
            if not connection.status.usable or (stored is not None and stored.version != version):
                return
            failure = Failure(f"{connection.provider.channel}_reauthorization_required", message, now)
            status = ConnectionStatus.REAUTHORIZATION_REQUIRED
            work.connections.save(replace(connection, status=status, last_error=failure))
            tell_stopped(work.outbox, work.sync.stop(connection_id, failure), now)
            work.audit.append(
                AuditEntry(
                    uuid4(), now, connection.user_id, Action.CONNECTION_REVOKED, "system", "", connection_id
                )
            )
            work.figures.changed(connection.user_id)
            work.outbox.append(connection_changed(connection.user_id, connection_id, status, now))
            work.commit()
