"""Registering, logging in and out, and being slowed down."""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.errors import Conflict, InvalidInput, NotLoggedIn, WrongCredentials
from domain.users.access import Registration
from domain.users.model import CONSOLE, User
from tests.domain.users.bench import ELSEWHERE, EMAIL, HOME, PASSWORD, Bench
from tests.fakes.memory_work import MemoryWork
from tests.fakes.things import NOW


@pytest.fixture
def bench() -> Bench:
    return Bench()


# Registering


def test_a_registered_user_can_log_in(bench: Bench) -> None:
    user = bench.access.register(Registration(f"  {EMAIL} ", PASSWORD, "Ada", "Lovelace"), HOME)

    found, _token = bench.access.log_in(EMAIL, PASSWORD, HOME)

    assert (user.email, user.first_name, user.last_name, user.created_at) == (EMAIL, "Ada", "Lovelace", NOW)
    assert found == replace(user, last_login_at=NOW)


def test_a_password_is_kept_hashed_only(bench: Bench) -> None:
    user = bench.register()

    assert bench.store.tables.password_hashes == {user.id: f"plain:{PASSWORD}"}
    assert PASSWORD not in repr(bench.store.tables.audit)


def test_an_email_is_taken_in_whatever_case(bench: Bench) -> None:
    bench.register()

    with pytest.raises(Conflict):
        bench.register(EMAIL.upper())


@pytest.mark.parametrize(
    "email",
    [
        "",
        "ada",
        "ada@",
        "@example.com",
        "ada@example",
        "ada@.com",
        "ada@exa mple.com",
        "a@b@c.de",
        "ada@example.com\x00",
        "ada\ud800@example.com",
        "\u212aate@example.com",  # the Kelvin sign, in lower case a k
        "ada@\u212b.example",  # the sign of the angstrom, in lower case an å
        f"{'a' * 65}@example.com",
        f"a@{'b' * 250}.com",
    ],
)
def test_what_is_no_email_is_refused(bench: Bench, email: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        bench.register(email)

    assert list(caught.value.fields) == ["email"]
    assert bench.store.tables.users == {}


@pytest.mark.parametrize("length", [0, 11, 1025])
def test_a_password_is_neither_too_short_nor_too_long(bench: Bench, length: int) -> None:
    with pytest.raises(InvalidInput) as caught:
        bench.register(password="x" * length)

    assert list(caught.value.fields) == ["password"]


@pytest.mark.parametrize(
    "form",
    [
        Registration(EMAIL, "x" * 12),
        Registration(f"a@{'b' * 248}.com", PASSWORD),
        Registration(f"{'a' * 64}@example.com", PASSWORD, "x" * 100, "Łovelace"),
    ],
)
def test_the_longest_and_the_shortest_are_taken(bench: Bench, form: Registration) -> None:
    assert bench.access.register(form, HOME).email == form.email


def test_every_wrong_field_is_named_at_once(bench: Bench) -> None:
    form = Registration("nobody", "short", first_name="x" * 101, last_name="Love\x07lace")

    with pytest.raises(InvalidInput) as caught:
        bench.access.register(form, HOME)

    assert set(caught.value.fields) == {"email", "password", "first_name", "last_name"}


# Logging in and out


def test_a_session_leads_back_to_its_user(bench: Bench) -> None:
    user = bench.register()
    _user, token = bench.access.log_in(EMAIL.upper(), PASSWORD, HOME)

    found = bench.access.logged_in(token)

    assert found is not None
    assert found.user.id == user.id
    assert token not in bench.store.tables.sessions  # kept by its hash
    assert bench.deeds == [("user.registered", HOME.address), ("user.logged_in", HOME.address)]


def test_every_login_has_a_session_of_its_own(bench: Bench) -> None:
    bench.register()
    _, first = bench.access.log_in(EMAIL, PASSWORD, HOME)
    _, second = bench.access.log_in(EMAIL, PASSWORD, HOME)

    bench.access.log_out(first, HOME)

    assert bench.access.logged_in(first) is None
    assert bench.access.logged_in(second) is not None


@pytest.mark.parametrize("token", ["", "token-1", "forged"])
def test_a_session_that_does_not_exist_is_nobodys(bench: Bench, token: str) -> None:
    bench.access.log_out(token, HOME)

    assert bench.access.logged_in(token) is None


@pytest.mark.parametrize(("days", "alive"), [(13.9, True), (14, False)])
def test_a_session_lives_two_weeks(bench: Bench, days: float, alive: bool) -> None:
    bench.register()
    _, token = bench.access.log_in(EMAIL, PASSWORD, HOME)

    bench.clock.advance(timedelta(days=days))

    assert (bench.access.logged_in(token) is not None) is alive


@pytest.mark.parametrize(
    ("email", "password"),
    [
        (EMAIL, ""),
        (EMAIL, PASSWORD + " "),
        (EMAIL, PASSWORD.upper()),
        ("bob@example.com", PASSWORD),
        ("", PASSWORD),
        ("ada@example.com\x00", PASSWORD),
        ("ada\ud800@example.com", PASSWORD),
    ],
)
def test_whatever_is_wrong_the_answer_is_the_same(bench: Bench, email: str, password: str) -> None:
    bench.register()

    with pytest.raises(WrongCredentials) as caught:
        bench.access.log_in(email, password, HOME)

    assert str(caught.value) == "E-mail or password is wrong."
    assert bench.store.tables.sessions == {}


def test_an_unknown_email_takes_as_long_as_a_known_one(bench: Bench) -> None:
    bench.fail(1, "bob@example.com")

    assert bench.passwords.verified == ["plain:nobody's password"]


def test_a_user_without_a_password_cannot_log_in_with_one(bench: Bench) -> None:
    user = bench.register()
    bench.store.tables.password_hashes[user.id] = None

    with pytest.raises(WrongCredentials):
        bench.access.log_in(EMAIL, "nobody's password", HOME)


def test_the_longest_password_works_and_a_longer_one_that_begins_like_it_does_not(bench: Bench) -> None:
    longest = "x" * 1024
    bench.register(password=longest)

    with pytest.raises(WrongCredentials):
        bench.access.log_in(EMAIL, longest + "x", HOME)

    assert bench.access.log_in(EMAIL, longest, HOME)[0].email == EMAIL


def test_an_outdated_hash_is_replaced_at_login(bench: Bench) -> None:
    user = bench.register()
    bench.store.tables.password_hashes[user.id] = f"weak:{PASSWORD}"

    bench.access.log_in(EMAIL, PASSWORD, HOME)

    assert bench.store.tables.password_hashes[user.id] == f"plain:{PASSWORD}"


def test_commands_find_users_by_email(bench: Bench) -> None:
    user = bench.register()

    assert bench.access.by_email(f" {EMAIL.upper()} ") == user
    with pytest.raises(NotLoggedIn):
        bench.access.by_email("bob@example.com")


def test_a_failed_log_in_is_written_down_without_what_was_typed(bench: Bench) -> None:
    user = bench.register()

    bench.fail(1, visitor=ELSEWHERE)
    bench.fail(1, "nobody@example.com", ELSEWHERE)

    known, unknown = bench.store.tables.audit[-2:]
    assert (known.action, known.user_id, known.actor) == ("user.login_failed", user.id, "unknown")
    assert (unknown.action, unknown.user_id, unknown.actor) == ("user.login_failed", None, "unknown")
    assert {known.address, unknown.address} == {ELSEWHERE.address}
    assert (known.details, unknown.details) == ({}, {})


def test_logging_out_is_written_down_once(bench: Bench) -> None:
    bench.register()
    _, token = bench.access.log_in(EMAIL, PASSWORD, HOME)

    bench.access.log_out(token, ELSEWHERE)
    bench.access.log_out(token, ELSEWHERE)

    assert bench.deeds[2:] == [("user.logged_out", ELSEWHERE.address)]


def test_an_account_made_at_the_console_is_not_called_its_users_own_deed(bench: Bench) -> None:
    bench.access.register(Registration(EMAIL, PASSWORD), CONSOLE)

    (entry,) = bench.store.tables.audit
    assert (entry.actor, entry.address) == ("console", "console")


# Another password

ANOTHER = "another horse, another battery"


def taken_away(bench: Bench, user: User) -> None:
    """As when somebody proves that the e-mail is theirs."""
    with MemoryWork(bench.store) as work:
        work.users.forget_password(user.id)
        work.commit()


def test_an_operator_gives_another_password_and_all_sessions_end(bench: Bench) -> None:
    user = bench.register()
    _found, token = bench.access.log_in(EMAIL, PASSWORD, HOME)

    bench.access.set_password(user, ANOTHER, CONSOLE)

    assert bench.access.logged_in(token) is None
    with pytest.raises(WrongCredentials):
        bench.access.log_in(EMAIL, PASSWORD, HOME)
    assert bench.access.log_in(EMAIL, ANOTHER, HOME)[0].id == user.id
    assert [entry.action for entry in bench.store.tables.audit].count("user.password_changed") == 1


def test_an_operators_password_keeps_to_the_rules(bench: Bench) -> None:
    user = bench.register()

    with pytest.raises(InvalidInput):
        bench.access.set_password(user, "short", CONSOLE)


def test_who_comes_by_the_identity_provider_alone_has_no_password_to_change(bench: Bench) -> None:
    user = bench.register()
    taken_away(bench, user)

    with pytest.raises(Conflict):
        bench.access.change_password(user, PASSWORD, ANOTHER, HOME)


def test_a_password_that_is_taken_away_while_it_is_compared_can_not_be_changed_any_more(bench: Bench) -> None:
    user = bench.register()
    bench.passwords.meanwhile = lambda: taken_away(bench, user)

    with pytest.raises(WrongCredentials):
        bench.access.change_password(user, PASSWORD, ANOTHER, HOME)

    assert bench.store.tables.password_hashes == {user.id: None}
    assert "user.password_changed" not in [deed for deed, _address in bench.deeds]


def test_of_two_who_change_a_password_at_once_one_is_refused(bench: Bench) -> None:
    user = bench.register()
    first = "the first of two that were quick"
    bench.passwords.meanwhile = lambda: bench.access.change_password(user, PASSWORD, first, ELSEWHERE)

    with pytest.raises(WrongCredentials):
        bench.access.change_password(user, PASSWORD, ANOTHER, HOME)

    assert bench.access.log_in(EMAIL, first, HOME)[0].id == user.id


def test_a_password_that_is_changed_while_it_is_compared_opens_nothing(bench: Bench) -> None:
    user = bench.register()
    bench.passwords.meanwhile = lambda: bench.access.set_password(user, ANOTHER, CONSOLE)

    with pytest.raises(WrongCredentials):
        bench.access.log_in(EMAIL, PASSWORD, HOME)
