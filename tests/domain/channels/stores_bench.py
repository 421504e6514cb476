"""A user in front of a store's doors, wired on fakes."""

from dataclasses import dataclass, field

from domain.audit.model import AuditEntry
from domain.channels.environment import StoreEnvironment
from domain.connections.model import Connection, Provider
from domain.users.access import Access
from domain.users.model import User, Visitor
from entrypoints.services import StoreDoors
from tests.fakes.clock import HeldClock
from tests.fakes.memory_sessions import MemoryPresentSessions
from tests.fakes.memory_store import MemoryStore
from tests.fakes.memory_work import MemoryWork
from tests.fakes.passwords import PlainPasswords
from tests.fakes.store_doors import Shopify, Wiring, store_doors
from tests.fakes.stores import SHOP
from tests.fakes.things import NOW, a_user
from tests.fakes.tokens import CountingTokens

VISITOR = Visitor("192.0.2.7")
BROWSER = "browser-1"


@dataclass
class StoresBench:
    """Everything about connecting stores."""

    environment: StoreEnvironment = field(default_factory=StoreEnvironment)
    store: MemoryStore = field(default_factory=MemoryStore)
    clock: HeldClock = field(default_factory=lambda: HeldClock(NOW))
    user: User = field(default_factory=a_user)

    def __post_init__(self) -> None:
        self.shopify = Shopify(self.clock)
        with self.work() as work:
            work.users.add(self.user, None)
            work.commit()

    @property
    def doors(self) -> StoreDoors:
        """As wired for the environment that is set by now."""
        access = Access(
            self.work,
            self.look,
            MemoryPresentSessions(self.store),
            PlainPasswords(),
            CountingTokens(),
            self.clock,
            "plain:nobody's",
        )
        return store_doors(self.shopify, Wiring(self.work, self.look, access, self.environment))

    def work(self) -> MemoryWork:
        return MemoryWork(self.store)

    def look(self) -> MemoryWork:
        return MemoryWork(self.store, reading=True)

    def connect(self, shop: str = SHOP, user: User | None = None) -> Connection:
        """A whole consent, from the page to the connection."""
        who, doors = user or self.user, self.doors
        url = doors.consent.start(who, BROWSER, shop)
        return doors.consent.finish(who, VISITOR, BROWSER, self.shopify.returns(url, shop))

    def mine(self) -> list[Connection]:
        """The user's stores as they are kept, the default one first."""
        with self.look() as work:
            return work.connections.of_user(self.user.id, Provider.SHOPIFY)

    def add(self, email: str) -> User:
        """Somebody else."""
        user = a_user(email)
        with self.work() as work:
            work.users.add(user, None)
            work.commit()
        return user

    @property
    def deeds(self) -> list[str]:
        """What the audit log says was done."""
        return [entry.action for entry in self.entries]

    @property
    def entries(self) -> list[AuditEntry]:
        return self.store.tables.audit
