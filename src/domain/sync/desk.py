"""Asking for a sync, and looking at how it goes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import product
from uuid import uuid4

from domain.clock import Clock
from domain.connections.catalog import consent_wanted, none_connected
from domain.connections.model import Connection, ConnectionId, ConnectionStatus, Provider
from domain.connections.work import ConnectionWork
from domain.errors import NotConnected
from domain.sync.model import Progress, Resource, ResourceState, Run, RunId, RunStatus
from domain.users.model import UserId


@dataclass(frozen=True)
class SyncDesk:
    """Where users ask for a sync. The work itself is done by whoever claims it."""

    work: Callable[[], ConnectionWork]
    look: Callable[[], ConnectionWork]  # the same, for reading only
    clock: Clock

    def request(
        self, user_id: UserId, connection_id: ConnectionId | None, resources: Sequence[Resource]
    ) -> list[Run]:
        """Make the resources of one connection (or of all the user's) due now; returns their runs.

        A run that is under way already is returned instead of a second one. Resources that a connection has not, since
        they are another channel's, are passed over.

        Raises:
            NotFound: no such connection, or somebody else's.
            NotConnected: nothing is connected that could be synced so.
            ReauthorizationRequired: what is connected waits for the seller's consent.
        """
        with self.work() as work:
            wanted = [
                (connection, resource)
                for connection, resource in product(self._usable(work, user_id, connection_id), resources)
                if resource.provider is connection.provider
            ]
            if not wanted:
                raise NotConnected("Nothing is connected that has any of these resources.")
            # In one order for all who ask, so that they never wait for each other in a circle.
            runs = {
                (connection.id, resource): work.sync.request(
                    connection.id, resource, self._queued(connection, resource)
                )
                for connection, resource in sorted(wanted, key=lambda pair: (pair[0].id, pair[1]))
            }
            work.commit()
        return [runs[connection.id, resource] for connection, resource in wanted]

    def run(self, user_id: UserId, run_id: RunId) -> Run:
        """Raises NotFound: none, or somebody else's."""
        with self.look() as work:
            return work.sync.run(user_id, run_id)

    def runs(
        self,
        user_id: UserId,
        *,
        connection_id: ConnectionId | None,
        resource: Resource | None,
        status: RunStatus | None,
        before: tuple[datetime, RunId] | None,
        limit: int,
    ) -> list[Run]:
        """The user's runs, the newest first.

        Raises:
            NotFound: no such connection, or somebody else's.
        """
        with self.look() as work:
            if connection_id is not None:
                work.connections.get(user_id, connection_id)
            return work.sync.runs(
                user_id,
                connection_id=connection_id,
                resource=resource,
                status=status,
                before=before,
                limit=limit,
            )

    def states(self, user_id: UserId) -> list[ResourceState]:
        """How every resource of every connection is doing."""
        with self.look() as work:
            return work.sync.states(user_id)

    def _usable(
        self, work: ConnectionWork, user_id: UserId, connection_id: ConnectionId | None
    ) -> list[Connection]:
        if connection_id is not None:
            chosen = [work.connections.get(user_id, connection_id)]
        else:
            chosen = work.connections.of_user(user_id)
        usable = [connection for connection in chosen if connection.status.usable]
        if usable:
            return usable
        waiting = [each for each in chosen if each.status is ConnectionStatus.REAUTHORIZATION_REQUIRED]
        if waiting:
            raise consent_wanted(waiting[0].provider)
        raise none_connected(chosen[0].provider if chosen else Provider.AMAZON_SP)

    def _queued(self, connection: Connection, resource: Resource) -> Run:
        return Run(
            RunId(uuid4()),
            connection.id,
            connection.user_id,
            resource,
            RunStatus.QUEUED,
            Progress(),
            self.clock.now(),
        )
