"""API keys on real databases: many at once, and each user's own, as web work does it."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Engine

from adapters.sql.work import SqlWork
from adapters.system import RandomTokens
from domain.acting import acting_for, nobody
from domain.errors import Conflict, NotFound
from domain.users.api_keys import MOST_KEYS, ApiKeys
from domain.users.model import User, Visitor
from tests.contracts.backends import SqlBackend
from tests.contracts.samples import NOW, registered
from tests.fakes.cipher import LabelCipher
from tests.fakes.clock import HeldClock

HERE = Visitor("192.0.2.7")
THREADS = 6


@pytest.fixture
def keys(engine: Engine) -> ApiKeys:
    """As a web process has them: whoever is not named sees nothing."""
    return ApiKeys(
        lambda: SqlWork(engine, LabelCipher()),
        lambda: SqlWork(engine, LabelCipher(), reading=True),
        RandomTokens(),
        HeldClock(NOW),
    )


def made(keys: ApiKeys, user: User, name: str = "shop") -> str | None:
    """The text of a new key; ``None`` when there are too many."""
    with acting_for(user.id):
        try:
            return keys.create(user, HERE, name)[1]
        except Conflict:
            return None


def test_nobody_gets_more_keys_by_asking_for_many_at_once(engine: Engine, keys: ApiKeys) -> None:
    user = registered(SqlBackend(engine))
    for number in range(MOST_KEYS - 1):
        made(keys, user, f"number {number}")

    with ThreadPoolExecutor(THREADS) as pool:
        texts = list(pool.map(lambda _: made(keys, user), range(THREADS)))

    assert texts.count(None) == THREADS - 1
    with acting_for(user.id):
        assert len(keys.of(user.id, limit=200)) == MOST_KEYS


def test_a_key_is_known_before_its_user_is_and_its_use_is_noted(engine: Engine, keys: ApiKeys) -> None:
    user, other = registered(SqlBackend(engine)), registered(SqlBackend(engine))
    text = made(keys, user)
    assert text is not None

    with nobody():
        found = keys.user_of(text)

    assert found == user
    with acting_for(user.id):
        assert [key.last_used_at for key in keys.of(user.id)] == [NOW]
    with acting_for(other.id):
        assert keys.of(other.id) == []


def test_a_key_is_deleted_by_its_owner_alone(engine: Engine, keys: ApiKeys) -> None:
    user, other = registered(SqlBackend(engine)), registered(SqlBackend(engine))
    text = made(keys, user)
    assert text is not None
    with acting_for(user.id):
        (key,) = keys.of(user.id)

    with acting_for(other.id), pytest.raises(NotFound):
        keys.delete(other, HERE, key.id)
    with nobody():
        still = keys.user_of(text)
    with acting_for(user.id):
        keys.delete(user, HERE, key.id)

    with nobody():
        assert (still, keys.user_of(text)) == (user, None)
