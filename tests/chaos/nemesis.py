"""What breaks things: one process is killed every few seconds, Redis is stopped once, PostgreSQL is restarted once."""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random

from entrypoints.simulator.store import Store
from tests.chaos.town import Town

#: Statuses that an order may change to; None: it stays as it is, and only its time of change is new.
_TURNS = ("SHIPPED", "CANCELLED", "PARTIALLY_SHIPPED", None)
#: Every so-manieth seller sees so many orders change.
_CHANGING, _CHANGES = 8, 12


@dataclass
class Nemesis:
    """Acts in the thread that calls ``act``, one thing after the other. ``deeds`` counts what it did."""

    town: Town
    began: float = field(default_factory=time.monotonic)
    deeds: Counter[str] = field(default_factory=Counter, init=False)
    changed_at: datetime | None = field(default=None, init=False)
    _random: Random = field(init=False, repr=False)
    _agenda: list[tuple[float, Callable[[], None]]] = field(init=False, repr=False)
    _to_change: int = field(default=0, init=False, repr=False)
    _victims: list[str] = field(default_factory=list, init=False, repr=False)

    def __post_init__(self) -> None:
        scale = self.town.scale
        self._random = Random(scale.seed)
        self._agenda = [(scale.kill_every / 2, self._kill_and_go_on)]
        # Between the kills, as soon as there is work to be disturbed.
        self._agenda.append((1.9 * scale.kill_every, self._stop_redis))
        self._agenda.append((3.2 * scale.kill_every, self._restart_postgres))
        if scale.changes:
            self._agenda += self._changes()

    def act(self) -> None:
        """Do what is due."""
        for due in [each for each in self._agenda if time.monotonic() - self.began >= each[0]]:
            self._agenda.remove(due)
            due[1]()

    @property
    def has_shown_all(self) -> bool:
        """Whether every kind of deed was done."""
        servers = ("Redis stopped", "Redis started", "PostgreSQL restarted")
        return all(self.deeds[each] for each in (*servers, *self.town.portsides))

    @property
    def is_done(self) -> bool:
        """Whether no order will change any more."""
        return self.deeds["orders changed"] == self._to_change

    def _kill_and_go_on(self) -> None:
        self._agenda.append(
            (time.monotonic() - self.began + self.town.scale.kill_every, self._kill_and_go_on)
        )
        if not self._victims:
            self._victims = list(self.town.portsides)
            self._random.shuffle(self._victims)
        name = self._victims.pop()
        self.town.portsides[name].kill()
        self.deeds[name] += 1
        self.town.portsides[name].start()

    def _stop_redis(self) -> None:
        assert self.town.valkey.program is not None
        self.town.valkey.program.stop()
        self.deeds["Redis stopped"] += 1
        self._agenda.append((time.monotonic() - self.began + self.town.scale.redis_away, self._start_redis))

    def _start_redis(self) -> None:
        assert self.town.valkey.program is not None
        self.town.valkey.program.start()
        self.deeds["Redis started"] += 1

    def _restart_postgres(self) -> None:
        assert self.town.postgres.program is not None
        self.town.postgres.program.stop()
        self.town.postgres.program.start()
        self.deeds["PostgreSQL restarted"] += 1

    def _changes(self) -> Iterator[tuple[float, Callable[[], None]]]:
        """Some orders of some sellers change, spread over the time for it."""
        store = Store(self.town.amazon.config)
        changing = store.sellers[::_CHANGING]
        for number, seller in enumerate(changing, start=1):
            at = self.town.scale.changes.total_seconds() * number / len(changing)
            orders = store.orders(seller.id, self.town.amazon.still)
            for order in self._random.sample(orders, _CHANGES):
                self._to_change += 1
                yield at, self._change(seller.id, order.id, self._random.choice(_TURNS))

    def _change(self, seller_id: str, order_id: str, status: str | None) -> Callable[[], None]:
        def change() -> None:
            self.town.amazon.change(seller_id, order_id, status)
            self.changed_at = datetime.now(UTC) + timedelta(seconds=1)
            self.deeds["orders changed"] += 1

        return change
