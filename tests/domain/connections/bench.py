"""Everything about connections, wired on fakes."""

from dataclasses import dataclass, field

from adapters.memory.buckets import MemoryBuckets
from domain.audit.model import AuditEntry
from domain.connections.catalog import Connections
from domain.connections.changes import Changes
from domain.connections.consent import Consent, Returned
from domain.connections.grants import Grants
from domain.connections.health import Health
from domain.connections.model import Connection, Provider
from domain.connections.participations import Memberships
from domain.connections.self_authorised import SelfAuthorised
from domain.connections.states import States
from domain.connections.trials import Trials
from domain.users.model import User, Visitor
from tests.fakes.amazon import ScriptedAccounts
from tests.fakes.clock import HeldClock
from tests.fakes.consent_pages import PlainConsentPages
from tests.fakes.lwa import ScriptedLwa
from tests.fakes.memory_store import MemoryStore
from tests.fakes.memory_work import MemoryWork
from tests.fakes.things import NOW, US, a_user
from tests.fakes.tokens import CountingTokens

VISITOR = Visitor("192.0.2.7")
BROWSER = "browser-1"
REDIRECT_URI = "https://portside.test/callback"


@dataclass
class Bench:
    """A user in front of the consent page."""

    store: MemoryStore = field(default_factory=MemoryStore)
    clock: HeldClock = field(default_factory=lambda: HeldClock(NOW))
    accounts: ScriptedAccounts = field(default_factory=ScriptedAccounts)
    pages: PlainConsentPages = field(default_factory=PlainConsentPages)
    user: User = field(default_factory=a_user)

    def __post_init__(self) -> None:
        self.lwa = ScriptedLwa(self.clock)
        self.memberships = Memberships(self.work, self.accounts, self.clock)
        self.connections = Connections(self.work, self.look, self.clock)
        self.health = Health(self.work, self.clock)
        self.grants = Grants(self.work, self.memberships, self.clock)
        self.states = States(self.work, CountingTokens(), self.clock)
        self.trials = Trials(MemoryBuckets(), self.clock)
        self.consent = Consent(
            look=self.look,
            pages=self.pages,
            codes=self.lwa,
            states=self.states,
            grants=self.grants,
            trials=self.trials,
            redirect_uri=REDIRECT_URI,
        )
        self.self_authorised = SelfAuthorised(self.lwa, self.grants, self.trials)
        self.changes = Changes(self.work, self.look, self.lwa, self.trials, self.clock)
        with self.work() as work:
            work.users.add(self.user, None)
            work.commit()

    def work(self) -> MemoryWork:
        return MemoryWork(self.store)

    def look(self) -> MemoryWork:
        return MemoryWork(self.store, reading=True)

    def start(self, marketplace_id: str = US) -> str:
        """Ask for a consent; returns the state that travels with the seller."""
        url = self.consent.start(self.user, BROWSER, marketplace_id)
        return url.partition("state=")[2].partition("&")[0]

    def connect(self, seller_id: str = "SELLER1", marketplace_id: str = US) -> Connection:
        """A whole consent, from the page to the connection."""
        returned = Returned(self.start(marketplace_id), "code-1", seller_id, None)
        return self.consent.finish(self.user, VISITOR, BROWSER, returned)

    def mine(self) -> list[Connection]:
        """The user's connections as they are kept, the default one first."""
        with self.look() as work:
            return work.connections.of_user(self.user.id, Provider.AMAZON_SP)

    @property
    def deeds(self) -> list[str]:
        """What the audit log says was done."""
        return [entry.action for entry in self.entries]

    @property
    def entries(self) -> list[AuditEntry]:
        return self.store.tables.audit
