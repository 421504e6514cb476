"""What every unit of work does."""

import pytest

from tests.contracts.backends import Backend
from tests.contracts.samples import a_connection, a_user, registered


def test_what_is_committed_stays(backend: Backend) -> None:
    user = a_user()

    with backend.work() as work:
        work.users.add(user, None)
        work.commit()

    with backend.look() as work:
        assert work.users.all() == [user]


def test_what_is_not_committed_is_forgotten(backend: Backend) -> None:
    with backend.work() as work:
        work.users.add(a_user(), None)

    with backend.look() as work:
        assert work.users.all() == []


def test_an_error_takes_everything_back_in_all_books(backend: Backend) -> None:
    user = registered(backend)
    connection = a_connection(user)

    def fails_half_way() -> None:
        with backend.work() as work:
            work.connections.add(connection)
            work.users.record_login(user.id, user.created_at)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fails_half_way()

    with backend.look() as work:
        assert (work.connections.all(), work.users.get(user.id)) == ([], user)


def test_what_comes_after_a_commit_needs_another_one(backend: Backend) -> None:
    user = a_user()

    with backend.work() as work:
        work.users.add(user, None)
        work.commit()
        work.users.add(a_user(), None)

    with backend.look() as work:
        assert work.users.all() == [user]


def test_a_work_sees_its_own_changes(backend: Backend) -> None:
    user = a_user()

    with backend.work() as work:
        work.users.add(user, None)

        assert work.users.get(user.id) == user


def test_reading_goes_on_while_somebody_writes_and_sees_what_was_committed_before(backend: Backend) -> None:
    user = registered(backend)

    with backend.work() as writing:
        writing.users.add(a_user(), None)
        with backend.look() as work:
            seen = work.users.all()

    assert seen == [user]


def test_reading_sees_one_moment_however_long_it_takes(backend: Backend) -> None:
    user = registered(backend)

    with backend.look() as work:
        before = work.users.all()
        registered(backend)
        after = work.users.all()

    assert before == after == [user]


def test_a_work_for_reading_commits_nothing(backend: Backend) -> None:
    with backend.look() as work, pytest.raises(RuntimeError):
        work.commit()


def test_a_work_may_be_opened_again(backend: Backend) -> None:
    work = backend.work()
    users = [a_user(), a_user()]

    for user in users:
        with work:
            work.users.add(user, None)
            work.commit()

    with backend.look() as look:
        assert {user.id for user in look.users.all()} == {user.id for user in users}
