"""What every store does with the number that grows with a user's figures."""

from domain.users.model import UserId
from tests.contracts.backends import Backend
from tests.contracts.samples import registered


def number_of(backend: Backend, user_id: UserId) -> int:
    with backend.look() as work:
        return work.figures.of(user_id)


def change(backend: Backend, *user_ids: UserId) -> None:
    with backend.work() as work:
        for user_id in user_ids:
            work.figures.changed(user_id)
        work.commit()


def test_before_anything_has_changed_it_is_zero(backend: Backend) -> None:
    assert number_of(backend, registered(backend).id) == 0


def test_every_change_makes_it_grow(backend: Backend) -> None:
    user_id = registered(backend).id
    numbers = [number_of(backend, user_id)]

    for _ in range(3):
        change(backend, user_id)
        numbers.append(number_of(backend, user_id))

    assert numbers == sorted(set(numbers))


def test_what_is_not_kept_is_no_change(backend: Backend) -> None:
    user_id = registered(backend).id

    with backend.work() as work:
        work.figures.changed(user_id)

    assert number_of(backend, user_id) == 0


def test_it_grows_when_the_change_is_kept_wherever_in_the_work_that_was_said(backend: Backend) -> None:
    user_id = registered(backend).id

    with backend.work() as work:
        work.figures.changed(user_id)
        work.users.record_login(user_id, work.users.get(user_id).created_at)
        during = number_of(backend, user_id)
        work.commit()

    assert (during, number_of(backend, user_id) > 0) == (0, True)


def test_somebody_elses_stays_as_it_is(backend: Backend) -> None:
    mine, theirs = registered(backend).id, registered(backend).id
    change(backend, theirs)
    before = number_of(backend, theirs)

    change(backend, mine)

    assert number_of(backend, theirs) == before


def test_one_work_may_change_several_peoples(backend: Backend) -> None:
    some = [registered(backend).id for _ in range(3)]

    change(backend, *some, some[0])

    assert all(number_of(backend, user_id) > 0 for user_id in some)
