"""People of an identity provider on real databases: many at once, and each behind the second wall, as web work does it."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Barrier

import pytest
from sqlalchemy import Engine

from adapters.sql.present_sessions import SqlPresentSessions
from adapters.sql.work import SqlWork
from adapters.system import RandomTokens
from domain.acting import acting_for, nobody
from domain.errors import Conflict, NotLoggedIn, WrongCredentials
from domain.users.access import Access, Registration
from domain.users.api_keys import ApiKeys
from domain.users.identities import Identities
from domain.users.model import User, Visitor
from tests.contracts.backends import SqlBackend
from tests.contracts.samples import NOW
from tests.fakes.bearers import ISSUER, PlainBearers, an_identity
from tests.fakes.cipher import LabelCipher
from tests.fakes.clock import HeldClock
from tests.fakes.passwords import PlainPasswords

HERE = Visitor("192.0.2.7")
PASSWORD = "correct horse battery"
THREADS = 6


@dataclass
class House:
    """Every door, as a web process has them: whoever is not named sees nothing."""

    engine: Engine

    def __post_init__(self) -> None:
        self.clock = HeldClock(NOW)
        self.bearers = PlainBearers(self.clock)
        tokens = RandomTokens()
        self.identities = Identities(self.work, self.look, self.bearers, self.clock)
        self.keys = ApiKeys(self.work, self.look, tokens, self.clock)
        sessions = SqlPresentSessions(self.engine)
        self.access = Access(
            self.work, self.look, sessions, PlainPasswords(), tokens, self.clock, "plain:nobody's"
        )

    def work(self) -> SqlWork:
        return SqlWork(self.engine, LabelCipher())

    def look(self) -> SqlWork:
        return SqlWork(self.engine, LabelCipher(), reading=True)

    def admit(self, token: str) -> User:
        with nobody():
            return self.identities.admit(token, HERE).user

    def everybody(self) -> list[User]:
        with SqlBackend(self.engine).look() as work:
            return work.users.all()


@pytest.fixture
def house(engine: Engine) -> House:
    return House(engine)


@pytest.mark.parametrize("email", ["new@example.com", None])
def test_many_first_requests_of_one_subject_make_one_user(house: House, email: str | None) -> None:
    token = house.bearers.issue(an_identity(email=email))
    together = Barrier(THREADS)

    def come(_number: int) -> User:
        together.wait(10)
        return house.admit(token)

    with ThreadPoolExecutor(THREADS) as pool:
        users = list(pool.map(come, range(THREADS)))

    assert house.everybody() == [users[0]]
    assert {user.id for user in users} == {users[0].id}


def test_many_subjects_that_claim_one_email_at_once_get_an_account_each(house: House) -> None:
    tokens = [house.bearers.issue(an_identity(f"user-{number}")) for number in range(THREADS)]
    together = Barrier(THREADS)

    def come(token: str) -> User:
        together.wait(10)
        return house.admit(token)

    with ThreadPoolExecutor(THREADS) as pool:
        users = list(pool.map(come, tokens))

    assert len({user.id for user in users}) == THREADS
    assert sorted(user.email or "" for user in users) == [""] * (THREADS - 1) + ["new@example.com"]


def test_of_many_subjects_of_a_new_provider_that_prove_one_email_at_once_one_is_its_user(
    house: House,
) -> None:
    known = house.admit(house.bearers.issue(an_identity()))
    new = [an_identity(f"user-{number}", issuer="https://successor.example") for number in range(THREADS)]
    tokens = [house.bearers.issue(identity) for identity in new]
    together = Barrier(THREADS)

    def come(token: str) -> User:
        together.wait(10)
        return house.admit(token)

    with ThreadPoolExecutor(THREADS) as pool:
        users = list(pool.map(come, tokens))

    assert [user.id for user in users].count(known.id) == 1


def test_an_arrival_is_known_before_its_user_is_and_kept_up_to_date(house: House) -> None:
    first = house.admit(house.bearers.issue(an_identity()))
    house.admit(house.bearers.issue(an_identity("user-2", "second@example.com")))

    changed = house.admit(house.bearers.issue(an_identity(email="newer@example.com", first_name="Alt")))
    again = house.admit(house.bearers.issue(an_identity(email="second@example.com", first_name="Alt")))

    assert changed.id == first.id
    assert (changed.email, changed.first_name) == ("newer@example.com", "Alt")
    assert again.email == "newer@example.com"
    with acting_for(first.id), house.look() as work:
        assert work.identities.of_user(first.id) == [(ISSUER, "user-1")]
        actions = [entry.action for entry in work.audit.of_user(first.id)]
    assert sorted(actions) == ["user.changed", "user.registered"]


def test_whoever_proves_an_email_gets_the_account_and_everybody_else_is_out(house: House) -> None:
    with nobody():
        squatter = house.access.register(Registration("new@example.com", PASSWORD), HERE)
        _user, session = house.access.log_in("new@example.com", PASSWORD, HERE)
    with acting_for(squatter.id):
        _key, key = house.keys.create(squatter, HERE, "back door")

    owner = house.admit(house.bearers.issue(an_identity()))

    assert owner.id == squatter.id
    with nobody():
        assert house.access.logged_in(session) is None
        assert house.keys.user_of(key) is None
        with pytest.raises(WrongCredentials):
            house.access.log_in("new@example.com", PASSWORD, HERE)


@pytest.mark.parametrize("door", ["password", "another password", "key"])
def test_nobody_slips_in_while_the_owner_comes(house: House, door: str) -> None:
    with nobody():
        squatter = house.access.register(Registration("new@example.com", PASSWORD), HERE)
    token = house.bearers.issue(an_identity())
    together = Barrier(THREADS)

    def slip_in(number: int) -> str | None:
        together.wait(10)
        if number == 0:
            house.admit(token)
            return None
        try:
            if door == "password":
                with nobody():
                    return house.access.log_in("new@example.com", PASSWORD, HERE)[1]
            if door == "another password":
                with acting_for(squatter.id):
                    house.access.change_password(squatter, PASSWORD, PASSWORD, HERE)
                return None
            with acting_for(squatter.id):
                return house.keys.create(squatter, HERE, f"back door {number}")[1]
        except (Conflict, NotLoggedIn, WrongCredentials):
            return None

    with ThreadPoolExecutor(THREADS) as pool:
        opened = [text for text in pool.map(slip_in, range(THREADS)) if text is not None]

    with nobody():
        through = [
            text
            for text in opened
            if house.access.logged_in(text) is not None or house.keys.user_of(text) is not None
        ]
    assert through == []
    with SqlBackend(house.engine).look() as work:
        assert work.users.credentials("new@example.com").password_hash is None
    with acting_for(squatter.id), house.look() as work:
        assert work.identities.of_user(squatter.id) == [(ISSUER, "user-1")]
