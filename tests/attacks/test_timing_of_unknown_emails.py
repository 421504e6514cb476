"""How long a refusal takes: no stopwatch tells an e-mail that somebody has here from one that nobody has.

The passwords are hashed for real here: what is measured is what an attacker would measure.
"""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial

import pytest

from adapters.crypto.passwords import Argon2Passwords
from domain.errors import Conflict, WrongCredentials
from domain.users.access import Access, Registration
from domain.users.model import Visitor
from tests.fakes.world import PASSWORD, World

ROUNDS = 15


@dataclass
class Counted:
    """Argon2id, and how often it has done its slow work."""

    passwords: Argon2Passwords = field(default_factory=Argon2Passwords)
    hashed: int = 0
    verified: int = 0

    def hash(self, password: str) -> str:
        self.hashed += 1
        return self.passwords.hash(password)

    def verify(self, password_hash: str, password: str) -> bool:
        self.verified += 1
        return self.passwords.verify(password_hash, password)

    def outdated(self, password_hash: str) -> bool:
        return self.passwords.outdated(password_hash)


class House:
    """Users of all kinds, and a way in whose passwords are hashed for real."""

    def __init__(self) -> None:
        self.world = World()
        self.passwords = Counted()
        self.access: Access = replace(
            self.world.services.access,
            passwords=self.passwords,
            reference_hash=self.passwords.hash("nobody's"),
        )
        self.known = [f"known{number}@example.com" for number in range(ROUNDS)]
        self.without = [f"without{number}@example.com" for number in range(ROUNDS)]
        for number, email in enumerate([*self.known, *self.without]):
            user = self.access.register(Registration(email, PASSWORD), Visitor(f"10.0.0.{number}"))
            if email in self.without:
                # As of somebody who has come by the identity provider alone.
                with self.world.work() as work:
                    work.users.forget_password(user.id)
                    work.commit()

    def refuse(self, email: str, number: int, password: str = "not the password") -> None:
        with pytest.raises(WrongCredentials):
            self.access.log_in(email, password, Visitor(f"192.0.2.{number}"))

    def refuse_to_register(self, email: str, number: int) -> None:
        with pytest.raises(Conflict):
            self.access.register(Registration(email, PASSWORD), Visitor(f"192.0.2.{number}"))


@pytest.fixture(scope="module")
def house() -> House:
    return House()


def seconds(work: Callable[[], None]) -> float:
    started = time.thread_time()
    work()
    return time.thread_time() - started


def test_a_refusal_takes_as_long_whoever_has_the_email(house):
    kinds: dict[str, Callable[[int], None]] = {
        "known": lambda number: house.refuse(house.known[number], number),
        "unknown": lambda number: house.refuse(f"unknown{number}@example.com", 50 + number),
        "without a password": lambda number: house.refuse(house.without[number], 100 + number),
        "no e-mail at all": lambda number: house.refuse(f"no e-mail {number}", 150 + number),
    }

    # In turn, so that whatever else this machine does falls on all of them alike.
    taken: dict[str, list[float]] = {name: [] for name in kinds}
    for number in range(ROUNDS):
        for name, refuse in kinds.items():
            taken[name].append(seconds(partial(refuse, number)))

    medians = {name: statistics.median(found) for name, found in taken.items()}
    assert max(medians.values()) < 1.25 * min(medians.values()), medians


def test_the_slow_work_is_done_once_for_each_refusal(house):
    before = house.passwords.verified

    for number, email in enumerate(
        [house.known[0], "unknown@example.com", house.without[0], "no e-mail", ""]
    ):
        house.refuse(email, 200 + number)

    assert house.passwords.verified - before == 5


def test_the_length_of_a_password_makes_no_difference_that_could_be_measured_by_length(house):
    short = [seconds(partial(house.refuse, f"s{each}@example.com", each, "x")) for each in range(7)]
    long = [
        seconds(partial(house.refuse, f"l{each}@example.com", 20 + each, "x" * 10**6)) for each in range(7)
    ]

    assert statistics.median(long) < 1.5 * statistics.median(short)


def test_a_registration_is_refused_after_the_slow_work_and_not_before(house):
    before = house.passwords.hashed

    house.refuse_to_register(house.known[1], 230)
    house.access.register(Registration("another@example.com", PASSWORD), Visitor("192.0.2.231"))

    assert house.passwords.hashed - before == 2
