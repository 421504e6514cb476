"""Runs and what they need, wired on fakes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from domain.connections.health import Health
from domain.connections.model import Connection
from domain.connections.participations import Memberships
from domain.events.model import Event
from domain.sync.model import Resource, Run, Task
from domain.sync.ports import SyncWork
from domain.sync.pull_inventory import InventoryPuller
from domain.sync.pull_orders import OrderPuller
from domain.sync.run import Runner
from domain.sync.steps import Puller
from domain.users.model import User
from tests.fakes.amazon import ScriptedAmazon
from tests.fakes.chance import EvenChance
from tests.fakes.clock import HeldClock
from tests.fakes.memory_store import MemoryStore, ResourceRow
from tests.fakes.memory_work import MemoryWork
from tests.fakes.things import NOW, a_connection, a_user, claimed, connected

INTERVAL = timedelta(minutes=15)
LEASE = timedelta(minutes=5)


@dataclass
class Bench:
    """One seller, a scripted Amazon, and a runner. ``stop_after`` asks the process to leave after so many looks."""

    store: MemoryStore = field(default_factory=MemoryStore)
    clock: HeldClock = field(default_factory=lambda: HeldClock(NOW))
    amazon: ScriptedAmazon = field(default_factory=ScriptedAmazon)
    user: User = field(default_factory=a_user)
    connection: Connection = field(init=False)
    stop_after: int | None = None

    def __post_init__(self) -> None:
        self.connection = a_connection(self.user)
        connected(self.store, self.user, self.connection)

    def work(self) -> MemoryWork:
        return MemoryWork(self.store)

    def look(self) -> MemoryWork:
        return MemoryWork(self.store, reading=True)

    def runner(
        self,
        pullers: Mapping[Resource, Puller] | None = None,
        work: Callable[[], SyncWork] | None = None,
    ) -> Runner:
        return Runner(
            work=work or self.work,
            look=self.look,
            pullers=pullers
            or {
                Resource.ORDERS: OrderPuller(self.amazon.orders),
                Resource.INVENTORY: InventoryPuller(self.amazon.stock),
            },
            memberships=Memberships(self.work, self.amazon.accounts, self.clock),
            health=Health(self.work, self.clock),
            clock=self.clock,
            chance=EvenChance(),
            interval=INTERVAL,
            lease_time=LEASE,
        )

    def claim(self, resource: Resource = Resource.ORDERS, owner: str = "worker-1") -> Task:
        return claimed(self.store, resource, self.clock.now(), owner)

    def stopping(self) -> bool:
        if self.stop_after is None:
            return False
        self.stop_after -= 1
        return self.stop_after < 0

    def sync(self, resource: Resource = Resource.ORDERS) -> Task:
        """Claim what is due and carry it out."""
        task = self.claim(resource)
        self.runner().run(task, self.stopping)
        return task

    def row(self, resource: Resource = Resource.ORDERS) -> ResourceRow:
        return self.store.tables.resources[self.connection.id, resource]

    def run(self, task: Task) -> Run:
        return self.store.tables.runs[task.run.id]

    @property
    def kept(self) -> Connection:
        return self.store.tables.connections[self.connection.id]

    @property
    def events(self) -> list[Event]:
        return self.store.tables.events
