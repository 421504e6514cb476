"""Any call to SP-API in the caller's own words, for the caller's own connection: what Amazon answers comes back as it is."""

from collections.abc import Callable
from dataclasses import dataclass, field

from domain.audit.model import Action
from domain.clock import Clock
from domain.connections.catalog import Connections, alive
from domain.connections.deeds import write_down
from domain.connections.model import Connection, ConnectionId
from domain.connections.work import ConnectionWork
from domain.gateway import operations
from domain.gateway.model import Answer, Call, Patience
from domain.gateway.ports import Passage
from domain.gateway.restricted import insist_free
from domain.gateway.targets import path_as_sent, query_as_sent
from domain.users.model import User, Visitor


@dataclass(frozen=True)
class Asked:
    """A request for SP-API. Path and query are encoded, as they came; nothing else of the caller's request goes on."""

    method: str
    path: str
    query: str = ""
    body: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Proxy:
    """Passes on what is not restricted, inside the usage plans; what changes something is in the audit log."""

    work: Callable[[], ConnectionWork]
    connections: Connections
    gateway: Passage
    clock: Clock

    def pass_on(
        self, user: User, visitor: Visitor, asked: Asked, connection_id: ConnectionId | None = None
    ) -> Answer:
        """Amazon's own answer, whatever its status.

        Raises:
            NotFound: no path of SP-API; or no connection of this user's.
            NotAllowed: a restricted operation.
            InvalidInput: a query that is not encoded, or a body that can't be read.
            NotConnected, ReauthorizationRequired: the connection can't be used, or there is none.
            RateLimited: the usage plan is used up.
            ChannelError: Amazon can't be asked, or gave no answer at all, or a success that can't be read.
        """
        path, query = path_as_sent(asked.path), query_as_sent(asked.query)
        insist_free(asked.method, path, query, asked.body)
        operation, _values = operations.find(asked.method, path)
        call = Call(operation, body=asked.body, raw_path=path, raw_query=query)
        connection = alive(self.connections.chosen(user.id, connection_id))
        if asked.method != "GET":
            self._write_down(user, visitor, connection, call)
        return self.gateway.pass_on(connection, call, Patience.INTERACTIVE)

    def _write_down(self, user: User, visitor: Visitor, connection: Connection, call: Call) -> None:
        """Before it is sent: what Amazon may have done must not be missing, whatever happens to us meanwhile."""
        details = {"operation": call.operation.name, "seller_id": connection.seller_id}
        now = self.clock.now()
        with self.work() as work:
            write_down(work, now, user, visitor, Action.PROXY_CALLED, connection.id, details)
            work.commit()
