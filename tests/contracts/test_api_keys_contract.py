"""What every book of API keys does."""

from dataclasses import replace
from uuid import uuid4

import pytest

from domain.errors import NotFound
from domain.users.model import ApiKey, User
from tests.contracts.backends import Backend
from tests.contracts.samples import MINUTE, NOW, registered


def a_key(user: User, minute: int = 0, name: str = "shop") -> ApiKey:
    """A key made so many minutes after NOW."""
    return ApiKey(uuid4(), user.id, name, NOW + minute * MINUTE)


def kept(backend: Backend, *keys: ApiKey) -> None:
    """Keep them, each under a hash that is its id."""
    with backend.work() as work:
        for key in keys:
            work.api_keys.add(key, str(key.id))
        work.commit()


def test_a_key_and_its_owner_are_found_by_the_hash_alone(backend: Backend) -> None:
    user, other = registered(backend), registered(backend)
    key = a_key(user, name="Größe ½")
    kept(backend, key, a_key(other))

    with backend.look() as work:
        assert work.api_keys.owner(str(key.id)) == (key, user)
        assert work.api_keys.owner("another") is None


def test_a_users_keys_are_listed_the_newest_first_and_nobody_elses(backend: Backend) -> None:
    user, other = registered(backend), registered(backend)
    old, new, middle = (a_key(user, minute) for minute in (0, 2, 1))
    kept(backend, old, new, middle, a_key(other))

    with backend.look() as work:
        assert work.api_keys.of_user(user.id) == [new, middle, old]


def test_a_page_goes_on_after_its_mark_also_among_keys_of_one_moment(backend: Backend) -> None:
    user = registered(backend)
    kept(backend, *(a_key(user) for _ in range(5)))

    with backend.look() as work:
        first = work.api_keys.of_user(user.id, limit=3)
        rest = work.api_keys.of_user(user.id, before=(first[-1].created_at, first[-1].id), limit=3)
        everything = work.api_keys.of_user(user.id)

    assert (len(first), len(rest)) == (3, 2)
    assert [*first, *rest] == everything


def test_holding_counts_the_users_own(backend: Backend) -> None:
    user, other = registered(backend), registered(backend)
    kept(backend, a_key(user), a_key(user), a_key(other))

    with backend.work() as work:
        assert work.api_keys.hold(user.id) == 2


def test_a_use_is_noted(backend: Backend) -> None:
    user = registered(backend)
    key, other = a_key(user), a_key(user)
    kept(backend, key, other)
    used = replace(key, last_used_at=NOW + MINUTE)

    with backend.work() as work:
        work.api_keys.used(used)
        work.api_keys.used(a_key(user))
        work.commit()

    with backend.look() as work:
        assert work.api_keys.owner(str(key.id)) == (used, user)
        assert work.api_keys.owner(str(other.id)) == (other, user)


def test_a_deleted_key_is_nobodys(backend: Backend) -> None:
    user = registered(backend)
    key, other = a_key(user), a_key(user, 1)
    kept(backend, key, other)

    with backend.work() as work:
        gone = work.api_keys.delete(user.id, key.id)
        work.commit()

    with backend.look() as work:
        assert gone == key
        assert work.api_keys.owner(str(key.id)) is None
        assert work.api_keys.of_user(user.id) == [other]


def test_only_ones_own_keys_can_be_deleted(backend: Backend) -> None:
    user, other = registered(backend), registered(backend)
    key = a_key(other)
    kept(backend, key)

    with backend.work() as work:
        for wrong in (key.id, uuid4()):
            with pytest.raises(NotFound):
                work.api_keys.delete(user.id, wrong)
        work.commit()

    with backend.look() as work:
        assert work.api_keys.of_user(other.id) == [key]
