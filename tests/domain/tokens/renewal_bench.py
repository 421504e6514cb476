"""Connections whose tokens are due, and processes that renew them, wired on fakes."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from domain.connections.health import Health
from domain.connections.model import Connection, ConnectionId, ConnectionStatus
from domain.sync.model import Resource
from domain.tokens.access import AccessTokens
from domain.tokens.model import AccessToken, RefreshToken
from domain.tokens.ports import VaultWork
from domain.tokens.renewals import Renewals
from tests.fakes.chance import EvenChance
from tests.fakes.clock import HeldClock
from tests.fakes.lwa import ScriptedLwa
from tests.fakes.memory_store import MemoryStore, TokenRow
from tests.fakes.memory_work import MemoryWork
from tests.fakes.pause import InstantPause
from tests.fakes.things import NOW, a_connection, a_user

HOUR = timedelta(hours=1)
CLAIM_SECONDS = 65


class Shore:
    """One store, one LWA, any number of processes."""

    def __init__(self) -> None:
        self.store = MemoryStore()
        self.clock = HeldClock(NOW)
        self.lwa = ScriptedLwa(self.clock)
        self.pause = InstantPause(self.clock)
        self.user = a_user()
        self._sellers = 0
        with self.work() as work:
            work.users.add(self.user, None)
            work.commit()

    def work(self) -> MemoryWork:
        return MemoryWork(self.store)

    def look(self) -> MemoryWork:
        return MemoryWork(self.store, reading=True)

    def connect(
        self,
        *,
        ends_in: timedelta = timedelta(minutes=4),
        status: ConnectionStatus = ConnectionStatus.CONNECTED,
        scheduled: bool = True,
        client_secret: str | None = None,
    ) -> Connection:
        """A connection whose token is due already, unless it ends later than in twenty minutes."""
        self._sellers += 1
        connection = a_connection(
            self.user, seller_id=f"SELLER{self._sellers}", status=status, is_default=self._sellers == 1
        )
        if client_secret is not None:
            connection = replace(connection, lwa_client_id="amzn1.application-oa2-client.own")
        with self.work() as work:
            work.connections.add(connection)
            access = AccessToken("Atza|old", self.clock.now() + ends_in)
            work.vault.keep(connection.id, RefreshToken(f"Atzr|{self._sellers}"), access, client_secret)
            if scheduled:
                work.sync.ensure(connection.id, self.user.id, tuple(Resource), self.clock.now())
            work.commit()
        return connection

    def tokens(self, owner: str = "process-1", work: Callable[[], VaultWork] | None = None) -> AccessTokens:
        def revoked(connection_id: UUID, version: int) -> None:
            Health(self.work, self.clock).revoked(ConnectionId(connection_id), "Withdrawn.", version)

        return AccessTokens(
            work=work or self.work,
            look=self.look,
            exchange=self.lwa,
            clock=self.clock,
            pause=self.pause,
            owner=owner,
            claim_seconds=CLAIM_SECONDS,
            revoked=revoked,
        )

    def renewals(self, owner: str = "process-1", work: Callable[[], VaultWork] | None = None) -> Renewals:
        tokens = self.tokens(owner, work)
        return Renewals(
            self.work, self.look, tokens, self.clock, EvenChance(), owner, claim_seconds=CLAIM_SECONDS
        )

    def row(self, connection: Connection) -> TokenRow:
        return self.store.tables.tokens[connection.id]

    def due_again_in(self, connection: Connection) -> timedelta:
        """How long the token is left alone; the row must be nobody's."""
        row = self.row(connection)
        assert row.claim_owner is None
        assert row.renew_at is not None
        return row.renew_at - self.clock.now()

    def is_new(self, connection: Connection) -> bool:
        """Whether there is a new token, and nobody's claim on it."""
        row = self.row(connection)
        return (
            row.access_token is not None and row.access_token.text != "Atza|old" and row.claim_owner is None
        )

    def asked(self) -> Counter[str]:
        """How often LWA was asked with each refresh token."""
        return Counter(token.text for token in self.lwa.asked_with)
