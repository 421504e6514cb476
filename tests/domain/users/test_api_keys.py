"""API keys: made, used, taken back."""

import hashlib
from datetime import timedelta

import pytest

from domain.audit.model import Action
from domain.errors import Conflict, InvalidInput, NotFound
from domain.users.api_keys import MOST_KEYS
from domain.users.model import CONSOLE, Visitor
from tests.fakes.world import World

HERE = Visitor("192.0.2.7")


@pytest.fixture
def world() -> World:
    return World()


def made(world: World, name: str = "shop") -> str:
    """The text of a new key of ``world.user``'s."""
    _key, text = world.services.api_keys.create(world.user, HERE, name)
    return text


def test_a_key_opens_for_its_owner_and_its_text_is_kept_nowhere(world: World) -> None:
    text = made(world)

    assert world.services.api_keys.user_of(text) == world.user
    assert text.startswith("pk_")
    assert text not in repr(world.store.tables)
    assert list(world.store.tables.api_keys) == [hashlib.sha256(text.encode()).hexdigest()]


def test_what_is_almost_a_key_opens_nothing(world: World) -> None:
    text = made(world)

    wrong = ["", "pk_", text[:-1], text + "x", text.upper(), text[3:], f" {text}", text[:-1] + "é"]
    assert [one for one in wrong if world.services.api_keys.user_of(one) is not None] == []


def test_a_deleted_key_opens_nothing(world: World) -> None:
    key, text = world.services.api_keys.create(world.user, HERE, "shop")

    world.services.api_keys.delete(world.user, HERE, key.id)

    assert world.services.api_keys.user_of(text) is None
    assert world.services.api_keys.of(world.user.id) == []


def test_somebody_elses_key_can_not_be_deleted(world: World) -> None:
    key, text = world.services.api_keys.create(world.user, HERE, "shop")

    with pytest.raises(NotFound):
        world.services.api_keys.delete(world.stranger, HERE, key.id)

    assert world.services.api_keys.user_of(text) == world.user
    assert Action.API_KEY_DELETED not in world.deeds(world.stranger)


def test_an_operator_takes_away_all_keys_of_one_user(world: World) -> None:
    texts = [made(world, name) for name in ("shop", "accounting")]
    _key, strangers = world.services.api_keys.create(world.stranger, HERE, "shop")

    assert world.services.api_keys.delete_all(world.user, CONSOLE) == 2

    assert [world.services.api_keys.user_of(text) for text in texts] == [None, None]
    assert world.services.api_keys.user_of(strangers) == world.stranger
    assert world.deeds(world.user).count(Action.API_KEY_DELETED) == 2
    assert Action.API_KEY_DELETED not in world.deeds(world.stranger)


def test_the_last_use_is_written_at_most_once_a_minute(world: World) -> None:
    text = made(world)
    began = world.clock.now()
    noted = []

    for _ in range(4):
        world.services.api_keys.user_of(text)
        noted.append(world.services.api_keys.of(world.user.id)[0].last_used_at)
        world.clock.advance(timedelta(seconds=25))

    later = began + timedelta(seconds=75)
    assert noted == [began, began, began, later]


def test_making_and_deleting_leave_their_word_without_the_key(world: World) -> None:
    key, text = world.services.api_keys.create(world.user, HERE, "shop")
    world.services.api_keys.delete(world.user, HERE, key.id)

    entries = world.store.tables.audit[-2:]
    assert [entry.action for entry in entries] == ["key.created", "key.deleted"]
    assert {entry.address for entry in entries} == {"192.0.2.7"}
    assert [entry.details for entry in entries] == [{"key_id": str(key.id), "name": "shop"}] * 2
    assert text not in repr(entries)


@pytest.mark.parametrize("name", ["", "  ", "x" * 101, "tab\there", "line\nbreak"])
def test_a_key_needs_a_name_that_people_can_read(world: World, name: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        made(world, name)

    assert list(caught.value.fields) == ["name"]


def test_nobody_has_more_keys_than_anybody_may(world: World) -> None:
    for number in range(MOST_KEYS):
        made(world, f"number {number}")

    with pytest.raises(Conflict):
        made(world)

    assert len(world.services.api_keys.of(world.user.id)) == MOST_KEYS
