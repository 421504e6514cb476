"""Passwords at rest."""

import pytest
from argon2 import PasswordHasher

from adapters.crypto.passwords import Argon2Passwords

PASSWORDS = Argon2Passwords()
KEPT = PASSWORDS.hash("correct horse battery staple")
WEAK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash("correct horse")


def test_a_password_belongs_to_its_own_hash_only() -> None:
    assert PASSWORDS.verify(KEPT, "correct horse battery staple")
    assert not PASSWORDS.verify(KEPT, "Correct horse battery staple")
    assert not PASSWORDS.verify(KEPT, "")


def test_equal_passwords_have_different_hashes() -> None:
    assert PASSWORDS.hash("correct horse battery staple") != KEPT


def test_the_hash_is_argon2id_with_at_least_the_recommended_cost() -> None:
    assert KEPT.startswith("$argon2id$v=19$m=19456,t=2,p=1$")


@pytest.mark.parametrize("password", ["пароль ключ", "a\x00b", "🔑" * 200, "half a \ud83d pair"])
def test_any_text_can_be_a_password(password: str) -> None:
    kept = PASSWORDS.hash(password)

    assert PASSWORDS.verify(kept, password)
    assert not PASSWORDS.verify(kept, password[:-1])


def ascii_of(unreadable: str) -> str:
    """The beginning of a hash: its end is another one each time, and tests need lasting names."""
    return ascii(unreadable[:24])


UNREADABLE = [
    "",
    "plain",
    "$2b$12$abcdefghijklmnopqrstuv",
    "$argon2id$",
    "$argon2id$v=19$m=8,t=1,p=1$x$y",
    KEPT[:40],
    "пароль",
    "\x00",
]


@pytest.mark.parametrize("unreadable", UNREADABLE, ids=ascii_of)
def test_no_password_belongs_to_an_unreadable_hash(unreadable: str) -> None:
    assert not PASSWORDS.verify(unreadable, "correct horse battery staple")


@pytest.mark.parametrize("unreadable", UNREADABLE, ids=ascii_of)
def test_an_unreadable_hash_is_outdated(unreadable: str) -> None:
    assert PASSWORDS.outdated(unreadable)


def test_a_hash_of_today_is_not_outdated() -> None:
    assert not PASSWORDS.outdated(KEPT)


def test_a_weaker_hash_still_verifies_and_is_outdated() -> None:
    assert PASSWORDS.verify(WEAK, "correct horse")
    assert PASSWORDS.outdated(WEAK)
