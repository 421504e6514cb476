"""The door to Portside, wired on fakes."""

from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from domain.errors import WrongCredentials
from domain.users.access import Access, Registration
from domain.users.model import User, Visitor
from tests.fakes.clock import HeldClock
from tests.fakes.memory_sessions import MemoryPresentSessions
from tests.fakes.memory_store import MemoryStore
from tests.fakes.memory_work import MemoryWork
from tests.fakes.passwords import PlainPasswords
from tests.fakes.things import NOW
from tests.fakes.tokens import CountingTokens

EMAIL = "ada@example.com"
PASSWORD = "correct horse battery"
HOME = Visitor("192.0.2.1")
ELSEWHERE = Visitor("198.51.100.9")


@dataclass
class Bench:
    """The door, on fakes."""

    store: MemoryStore = field(default_factory=MemoryStore)
    clock: HeldClock = field(default_factory=lambda: HeldClock(NOW))
    passwords: PlainPasswords = field(default_factory=PlainPasswords)

    def __post_init__(self) -> None:
        self.access = Access(
            work=lambda: MemoryWork(self.store),
            look=lambda: MemoryWork(self.store, reading=True),
            sessions=MemoryPresentSessions(self.store),
            passwords=self.passwords,
            tokens=CountingTokens(),
            clock=self.clock,
            reference_hash="plain:nobody's password",
        )

    def register(self, email: str = EMAIL, password: str = PASSWORD) -> User:
        return self.access.register(Registration(email, password), HOME)

    def fail(self, times: int, email: str = EMAIL, visitor: Visitor = HOME) -> None:
        """Guess wrong, a second apart."""
        for _ in range(times):
            with pytest.raises(WrongCredentials):
                self.access.log_in(email, "a wrong guess", visitor)
            self.clock.advance(timedelta(seconds=1))

    @property
    def deeds(self) -> list[tuple[str, str]]:
        return [(entry.action, entry.address) for entry in self.store.tables.audit]
