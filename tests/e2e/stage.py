"""What many tests share: a Portside that serves, and the Amazon behind it."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field

from entrypoints.simulator.sellers import Seller
from entrypoints.simulator.server import SimulatorServer
from tests.e2e.people import Person
from tests.e2e.processes import Served

US = "ATVPDKIKX0DER"


@dataclass
class Stage:
    """Portside, its database and Amazon. ``sellers`` are American ones, each of them handed out once."""

    amazon: SimulatorServer
    server: Served
    database_url: str
    sellers: Iterator[Seller] = field(init=False)
    _numbers: Iterator[int] = field(default_factory=itertools.count, init=False)

    def __post_init__(self) -> None:
        self.sellers = (each for each in self.amazon.simulator.config.sellers if each.region == "na")

    def newcomer(self) -> Person:
        """Somebody who has just registered. To be closed by whoever asks."""
        person = Person(self.server.url)
        person.register(f"user{next(self._numbers)}@portside.example")
        return person
