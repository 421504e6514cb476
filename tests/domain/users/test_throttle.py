"""Who guesses is slowed down; who knows is not."""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.errors import RateLimited, WrongCredentials
from domain.users.model import Visitor
from tests.domain.users.bench import ELSEWHERE, EMAIL, HOME, PASSWORD, Bench
from tests.fakes.passwords import PlainPasswords
from tests.fakes.things import NOW

MINUTE = timedelta(minutes=1)


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_after_ten_failures_even_the_right_password_does_not_help(bench: Bench) -> None:
    bench.register()
    bench.fail(10)

    with pytest.raises(RateLimited) as caught:
        bench.access.log_in(EMAIL, PASSWORD, HOME)

    assert caught.value.retry_after == 15 * 60 - 10


def test_nine_failures_are_forgiven(bench: Bench) -> None:
    bench.register()
    bench.fail(9)

    assert bench.access.log_in(EMAIL, PASSWORD, HOME)[0].email == EMAIL


def test_an_email_is_guarded_against_many_addresses(bench: Bench) -> None:
    bench.register()
    for number in range(10):
        bench.fail(1, EMAIL.upper() if number % 2 else EMAIL, Visitor(f"192.0.2.{number}"))

    with pytest.raises(RateLimited):
        bench.access.log_in(EMAIL, PASSWORD, ELSEWHERE)


def test_an_address_is_slowed_down_over_many_emails(bench: Bench) -> None:
    bench.register()
    for number in range(10):
        bench.fail(1, f"user{number}@example.com")

    with pytest.raises(RateLimited):
        bench.access.log_in(EMAIL, PASSWORD, HOME)

    assert bench.access.log_in(EMAIL, PASSWORD, ELSEWHERE)[0].email == EMAIL


def test_the_door_opens_again_when_the_oldest_failure_is_a_quarter_of_an_hour_old(bench: Bench) -> None:
    bench.register()
    bench.fail(10)
    bench.clock.set(NOW + 15 * MINUTE)

    assert bench.access.log_in(EMAIL, PASSWORD, HOME)[0].email == EMAIL


def test_who_waits_as_long_as_told_gets_in(bench: Bench) -> None:
    bench.register()
    bench.fail(10)
    with pytest.raises(RateLimited) as caught:
        bench.access.log_in(EMAIL, PASSWORD, HOME)

    bench.clock.advance(timedelta(seconds=caught.value.retry_after))

    assert bench.access.log_in(EMAIL, PASSWORD, HOME)[0].email == EMAIL


def test_knocking_at_a_shut_door_does_not_keep_it_shut(bench: Bench) -> None:
    bench.register()
    bench.fail(10)
    for _ in range(14):
        bench.clock.advance(MINUTE)
        with pytest.raises(RateLimited):
            bench.access.log_in(EMAIL, PASSWORD, HOME)
    bench.clock.set(NOW + 15 * MINUTE)

    assert bench.access.log_in(EMAIL, PASSWORD, HOME)[0].email == EMAIL


def test_right_passwords_are_never_counted(bench: Bench) -> None:
    bench.register()

    for _ in range(25):
        bench.access.log_in(EMAIL, PASSWORD, HOME)
        bench.clock.advance(timedelta(seconds=1))

    assert bench.store.tables.guesses == []


def test_a_right_password_does_not_wipe_out_the_failures_before_it(bench: Bench) -> None:
    bench.register()
    bench.fail(9)
    bench.access.log_in(EMAIL, PASSWORD, HOME)
    bench.fail(1)

    with pytest.raises(RateLimited):
        bench.access.log_in(EMAIL, PASSWORD, HOME)


def test_an_attempt_counts_before_the_password_is_looked_at(bench: Bench) -> None:
    counted: list[int] = []

    class Slow(PlainPasswords):
        def verify(self, password_hash: str, password: str) -> bool:
            counted.append(len(bench.store.tables.guesses))
            return super().verify(password_hash, password)

    with pytest.raises(WrongCredentials):
        replace(bench.access, passwords=Slow()).log_in(EMAIL, "a guess", HOME)

    assert counted == [2]  # one for the e-mail, one for the address
