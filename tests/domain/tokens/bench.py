"""Token lenders of several processes, wired on fakes."""

from datetime import timedelta
from uuid import UUID, uuid4

from domain.tokens.access import AccessTokens
from domain.tokens.model import AccessToken, RefreshToken, StoredTokens
from tests.fakes.clock import HeldClock
from tests.fakes.lwa import ScriptedLwa
from tests.fakes.memory_store import MemoryStore, TokenRow
from tests.fakes.memory_work import MemoryWork
from tests.fakes.pause import InstantPause
from tests.fakes.things import NOW

HOUR = timedelta(hours=1)
CONNECTION = uuid4()
OLD = RefreshToken("Atzr|old")
NEW = RefreshToken("Atzr|new")


class Bench:
    """Two processes' token lenders over one vault and one LWA."""

    def __init__(self) -> None:
        self.store = MemoryStore()
        self.clock = HeldClock(NOW)
        self.lwa = ScriptedLwa(self.clock)
        self.pause = InstantPause(self.clock)
        self.revoked: list[tuple[UUID, int]] = []
        self.tokens = self.process("process-1")

    def process(self, owner: str) -> AccessTokens:
        return AccessTokens(
            work=lambda: MemoryWork(self.store),
            look=lambda: MemoryWork(self.store, reading=True),
            exchange=self.lwa,
            clock=self.clock,
            pause=self.pause,
            owner=owner,
            claim_seconds=30,
            revoked=lambda connection_id, version: self.revoked.append((connection_id, version)),
        )

    def keep(self, refresh: RefreshToken = OLD, access: AccessToken | None = None) -> None:
        with MemoryWork(self.store) as work:
            work.vault.keep(CONNECTION, refresh, access)
            work.commit()

    @property
    def row(self) -> TokenRow:
        return self.store.tables.tokens[CONNECTION]

    @property
    def stored(self) -> StoredTokens:
        return StoredTokens(self.row.version, self.row.refresh_token, self.row.access_token)
