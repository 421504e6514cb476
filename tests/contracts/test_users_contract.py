"""What every user book, session book and guess log does."""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.acting import nobody
from domain.errors import Conflict, NotFound
from domain.users.model import LoggedIn, Session, UserId
from tests.contracts.backends import Backend
from tests.contracts.samples import MINUTE, NOW, a_user, registered

SUBJECTS = ("email:ann@example.com", "address:192.0.2.1")
WINDOW = timedelta(minutes=15)


def test_a_user_comes_back_as_kept(backend: Backend) -> None:
    user = a_user("Ann.Smith@Example.com", first_name="Änn", last_name="O'Hara", last_login_at=NOW)

    with backend.work() as work:
        work.users.add(user, "hash")
        work.commit()

    with backend.look() as work:
        assert work.users.get(user.id) == user


def test_an_unknown_user_is_not_found(backend: Backend) -> None:
    with backend.look() as work, pytest.raises(NotFound):
        work.users.get(UserId(a_user().id))


def test_credentials_are_found_in_whatever_case_the_email_is_typed(backend: Backend) -> None:
    user = registered(backend, "Ann@Example.com")

    with backend.look() as work:
        known = work.users.credentials("aNN@eXAMPLE.COM")
        unknown = work.users.credentials("bob@example.com")

    assert known is not None
    assert (known.user, known.password_hash) == (user, "hash")
    assert unknown is None


def test_a_user_may_have_no_password(backend: Backend) -> None:
    user = a_user()
    with backend.work() as work:
        work.users.add(user, None)
        work.commit()

    with backend.look() as work:
        known = work.users.credentials(user.email)

    assert known is not None
    assert known.password_hash is None


def test_an_email_is_taken_in_every_case(backend: Backend) -> None:
    registered(backend, "ann@example.com")

    with backend.work() as work, pytest.raises(Conflict):
        work.users.add(a_user("ANN@example.com"), "hash")


def test_after_a_conflict_the_transaction_goes_on(backend: Backend) -> None:
    registered(backend, "ann@example.com")
    other = a_user()

    with backend.work() as work:
        with pytest.raises(Conflict):
            work.users.add(a_user("ann@example.com"), "hash")
        work.users.add(other, "hash")
        work.commit()

    with backend.look() as work:
        assert work.users.get(other.id) == other


def test_everybody_is_listed_the_oldest_account_first(backend: Backend) -> None:
    users = [a_user(created_at=NOW + MINUTE * number) for number in (2, 0, 1)]
    with backend.work() as work:
        for user in users:
            work.users.add(user, None)
        work.commit()

    with backend.look() as work:
        assert work.users.all() == [users[1], users[2], users[0]]


def test_a_login_is_noted_and_keeps_the_password(backend: Backend) -> None:
    user = registered(backend)

    with backend.work() as work:
        work.users.record_login(user.id, NOW + MINUTE)
        work.commit()

    with backend.look() as work:
        known = work.users.credentials(user.email)
    assert known is not None
    assert (known.user, known.password_hash) == (replace(user, last_login_at=NOW + MINUTE), "hash")


def test_a_login_may_bring_a_better_hash(backend: Backend) -> None:
    user = registered(backend)

    with backend.work() as work:
        work.users.record_login(user.id, NOW, "better")
        work.commit()

    with backend.look() as work:
        known = work.users.credentials(user.email)
    assert known is not None
    assert known.password_hash == "better"


# Sessions


def opened(backend: Backend, token_hash: str = "t1", life: timedelta = MINUTE) -> Session:
    session = Session(token_hash, registered(backend).id, NOW, NOW + life)
    with backend.work() as work:
        work.sessions.open(session)
        work.commit()
    return session


def test_a_session_names_its_user_until_it_has_run_out(backend: Backend) -> None:
    session = opened(backend)

    with backend.look() as work:
        before = work.sessions.user_of("t1", session.expires_at - timedelta(microseconds=1))
        after = work.sessions.user_of("t1", session.expires_at)
        unknown = work.sessions.user_of("t2", NOW)

    assert before is not None
    assert (before.id, after, unknown) == (session.user_id, None, None)


def test_a_look_at_a_session_tells_the_whole_user_and_the_number_of_their_figures(backend: Backend) -> None:
    ann = a_user("Ann.Smith@Example.com", first_name="Änn", last_name="O'Hara", last_login_at=NOW)
    bob = registered(backend)
    with backend.work() as work:
        work.users.add(replace(ann, email_verified=True), "hash")
        for name, user_id in (("ann", ann.id), ("bob", bob.id)):
            work.sessions.open(Session(name, user_id, NOW, NOW + MINUTE))
        work.figures.changed(ann.id)
        work.commit()

    with nobody():
        anns = backend.present_sessions().logged_in("ann", NOW)
        bobs = backend.present_sessions().logged_in("bob", NOW)

    with backend.look() as work:
        assert anns == LoggedIn(work.users.get(ann.id), work.figures.of(ann.id))
    assert anns.figures_version > 0
    assert bobs == LoggedIn(bob, 0)


def test_a_look_at_a_session_tells_what_has_changed_since_the_last_one(backend: Backend) -> None:
    session, numbers = opened(backend), []

    for _ in range(3):
        with nobody():
            found = backend.present_sessions().logged_in("t1", NOW)
        assert found is not None
        numbers.append(found.figures_version)
        with backend.work() as work:
            work.figures.changed(session.user_id)
            work.commit()

    assert numbers[0] < numbers[1] < numbers[2]


def test_a_look_finds_a_session_until_it_has_run_out(backend: Backend) -> None:
    session = opened(backend)

    with nobody():
        present = backend.present_sessions()
        before = present.logged_in("t1", session.expires_at - timedelta(microseconds=1))
        after = present.logged_in("t1", session.expires_at)
        unknown = [present.logged_in(name, NOW) for name in ("t2", "", "t1'; --", "%(now)s")]

    assert before is not None
    assert (before.user.id, after, unknown) == (session.user_id, None, [None] * 4)


def test_a_closed_session_is_nobodys(backend: Backend) -> None:
    opened(backend)

    with backend.work() as work:
        work.sessions.close("t1")
        work.sessions.close("t1")
        work.commit()

    with backend.look() as work:
        assert work.sessions.user_of("t1", NOW) is None
    with nobody():
        assert backend.present_sessions().logged_in("t1", NOW) is None


def test_only_sessions_that_have_run_out_are_forgotten(backend: Backend) -> None:
    opened(backend, "short", MINUTE)
    opened(backend, "long", 3 * MINUTE)

    with backend.work() as work:
        gone = work.sessions.close_expired(NOW + MINUTE)
        work.commit()

    with backend.look() as work:
        assert gone == 1
        assert work.sessions.user_of("long", NOW) is not None


# Guesses


def admitted(backend: Backend, subjects: tuple[str, ...], minute: float, limit: int = 3) -> object:
    """What the guess log says to an attempt so many minutes after NOW."""
    now = NOW + MINUTE * minute
    with backend.work() as work:
        answer = work.guesses.admit(subjects, now, now - WINDOW, limit)
        work.commit()
    return answer


def test_as_many_attempts_are_admitted_as_the_limit_says(backend: Backend) -> None:
    answers = [admitted(backend, SUBJECTS, minute) for minute in range(4)]

    assert answers == [None, None, None, NOW]


def test_the_moment_given_is_the_oldest_of_the_last_attempts_that_count(backend: Backend) -> None:
    for minute in (0, 10, 16, 17):
        assert admitted(backend, SUBJECTS, minute) is None

    assert admitted(backend, SUBJECTS, 18) == NOW + MINUTE * 10


def test_an_attempt_that_was_refused_is_not_counted(backend: Backend) -> None:
    for minute in range(6):
        admitted(backend, SUBJECTS, minute)

    assert admitted(backend, SUBJECTS, 15) is None


def test_one_exhausted_subject_refuses_the_attempt_and_the_other_is_not_counted(backend: Backend) -> None:
    for minute in range(3):
        admitted(backend, ("email:ann@example.com",), minute)

    refused = admitted(backend, SUBJECTS, 3)
    address = [admitted(backend, ("address:192.0.2.1",), 4 + number) for number in range(3)]

    assert refused == NOW
    assert address == [None, None, None]


def test_of_two_exhausted_subjects_the_later_moment_counts(backend: Backend) -> None:
    for minute in range(3):
        admitted(backend, (SUBJECTS[0],), minute)
        admitted(backend, (SUBJECTS[1],), minute + 5)

    assert admitted(backend, SUBJECTS, 9) == NOW + MINUTE * 5


def test_forgiving_takes_back_one_attempt_even_when_others_came_at_the_same_moment(backend: Backend) -> None:
    for _ in range(3):
        admitted(backend, SUBJECTS, 0)

    with backend.work() as work:
        work.guesses.forgive(SUBJECTS, NOW)
        work.commit()

    assert [admitted(backend, SUBJECTS, 1), admitted(backend, SUBJECTS, 2)] == [None, NOW]


def test_old_attempts_are_forgotten(backend: Backend) -> None:
    for minute in range(3):
        admitted(backend, ("email:ann@example.com",), minute)

    with backend.work() as work:
        gone = work.guesses.forget_before(NOW + MINUTE)
        work.commit()

    assert gone == 1
    assert admitted(backend, ("email:ann@example.com",), 3) is None
