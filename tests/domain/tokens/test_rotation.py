"""Changing keys: in batches, while others work, and told to everybody concerned."""

from collections.abc import Callable
from dataclasses import replace
from uuid import uuid4

import pytest

from domain.audit.model import AuditEntry
from domain.connections.model import Connection
from domain.errors import KeyUnavailable, Unavailable
from domain.tokens.keyring import Closed, Key, KeyCount, KeyRing, RingStatus
from domain.tokens.model import AccessToken, RefreshToken
from domain.tokens.rotation import BATCH, KeyRotation, Rotation
from domain.users.model import User
from tests.fakes.clock import HeldClock
from tests.fakes.memory_store import MemoryStore, TokenRow
from tests.fakes.memory_work import MemoryWork
from tests.fakes.pause import InstantPause
from tests.fakes.things import NOW, a_connection, a_user, connected


class Installation:
    """Everything that a rotation has to do with. ``keys`` are the ids on the ring."""

    def __init__(self) -> None:
        self.store = MemoryStore()
        self.clock = HeldClock(NOW)
        self.pause = InstantPause(self.clock)
        self.user, self.stranger = a_user("ada@example.com"), a_user("eve@example.com")
        self.rotation = KeyRotation(self.work, self.look, self.ring, self.clock, self.pause)

    def work(self) -> MemoryWork:
        return MemoryWork(self.store)

    def look(self) -> MemoryWork:
        return MemoryWork(self.store, reading=True)

    def ring(self) -> KeyRing:
        return KeyRing(tuple(Key(key_id, bytes(32)) for key_id in self.store.keys))

    def keys(self, *ids: str) -> None:
        self.store.keys[:] = ids

    def connect(self, user: User, seller_id: str = "SELLER1") -> Connection:
        connection = a_connection(user, seller_id=seller_id, is_default=seller_id == "SELLER1")
        connected(self.store, user, connection)
        return connection

    def rotate(self, progress: Callable[[int], None] = lambda _secrets: None) -> Rotation:
        return self.rotation.rotate("ops", "10.0.0.7", progress)

    def told(self) -> list[AuditEntry]:
        return [entry for entry in self.store.tables.audit if entry.action == "key.rotated"]

    def key_ids(self) -> set[str]:
        return {count.key_id for count in self.rotation.status().counts}


@pytest.fixture
def portside() -> Installation:
    return Installation()


def many(portside: Installation, number: int) -> None:
    """So many connections' tokens under k1, in a moment."""
    for _ in range(number):
        row = TokenRow(1, RefreshToken("Atzr|x"), AccessToken("Atza|x", NOW))
        portside.store.tables.tokens[uuid4()] = row
    with portside.work() as work:
        work.commit()


def test_the_status_tells_what_is_under_which_key(portside: Installation) -> None:
    portside.connect(portside.user)
    portside.keys("k2", "k1", "k0")

    status = portside.rotation.status()

    assert status.ring == ("k2", "k1", "k0")
    assert status.counts == (
        KeyCount("tokens.access_token", "k1", 1),
        KeyCount("tokens.refresh_token", "k1", 1),
    )
    assert (status.behind, status.missing, status.unused) == (2, (), ("k0",))


def test_the_status_names_the_keys_that_are_missing(portside: Installation) -> None:
    portside.connect(portside.user)
    portside.keys("k2")

    status = portside.rotation.status()

    assert [(count.key_id, count.secrets) for count in status.missing] == [("k1", 1), ("k1", 1)]


def test_the_first_key_is_never_unused() -> None:
    assert RingStatus(("k2", "k1"), ()).unused == ("k1",)


def test_a_rotation_brings_everything_under_the_first_key(portside: Installation) -> None:
    for seller in ("SELLER1", "SELLER2"):
        portside.connect(portside.user, seller)
    portside.keys("k2", "k1")

    rotation = portside.rotate()

    assert (rotation.secrets, rotation.closed, rotation.settled) == (4, (), True)
    assert {count.key_id for count in rotation.status.counts} == {"k2"}
    assert rotation.status.unused == ("k1",)


def test_everybody_concerned_can_read_of_it(portside: Installation) -> None:
    mine, theirs = portside.connect(portside.user), portside.connect(portside.stranger)
    portside.keys("k2", "k1")

    portside.rotate()

    told = {(entry.user_id, entry.connection_id): entry for entry in portside.told()}
    assert set(told) == {(portside.user.id, mine.id), (portside.stranger.id, theirs.id)}
    entry = told[portside.user.id, mine.id]
    assert (entry.actor, entry.address, entry.details) == ("ops", "10.0.0.7", {"key": "k2"})


def test_the_installations_own_secrets_are_told_of_to_its_operators_only(portside: Installation) -> None:
    with portside.work() as work:
        work.client_secrets.keep("client-1", "amzn1.oa2-cs.v1.kept", NOW, NOW)
        work.commit()
    portside.keys("k2", "k1")

    portside.rotate()

    (entry,) = portside.told()
    assert (entry.user_id, entry.connection_id, entry.details) == (None, None, {"key": "k2", "secrets": "1"})


def test_nothing_to_rotate_leaves_no_trace(portside: Installation) -> None:
    portside.connect(portside.user)

    rotation = portside.rotate()

    assert (rotation.secrets, portside.told()) == (0, [])


def test_every_batch_is_kept_by_itself_and_told_of(portside: Installation) -> None:
    many(portside, 2 * BATCH + 1)
    portside.keys("k2", "k1")
    told: list[int] = []
    kept: list[int] = []

    def progress(secrets: int) -> None:
        told.append(secrets)
        kept.append(sum(key == "k2" for _secret, key in portside.store.tables.sealed.values()))

    portside.rotate(progress)

    assert told[:3] == kept[:3] == [2 * BATCH, 4 * BATCH, 4 * BATCH + 2]


def test_an_interrupted_rotation_goes_on_where_it_was(portside: Installation) -> None:
    many(portside, 2 * BATCH)
    portside.keys("k2", "k1")

    def interrupted(_secrets: int) -> None:
        raise Unavailable("the process is stopping")

    with pytest.raises(Unavailable):
        portside.rotate(interrupted)
    rotation = portside.rotate()

    assert rotation.secrets == 2 * BATCH
    assert {count.key_id for count in rotation.status.counts} == {"k2"}


def test_a_secret_whose_key_is_missing_stops_nothing_else(portside: Installation) -> None:
    portside.connect(portside.user, "SELLER1")
    portside.keys("k2")
    portside.connect(portside.user, "SELLER2")
    portside.keys("k3", "k2")

    rotation = portside.rotate()

    assert (rotation.secrets, rotation.left, rotation.settled) == (2, 0, True)
    assert [(count.kind, count.key_id) for count in rotation.status.missing] == [
        ("tokens.access_token", "k1"),
        ("tokens.refresh_token", "k1"),
    ]


def test_a_secret_that_does_not_open_stops_nothing_else(portside: Installation) -> None:
    broken = portside.connect(portside.user, "SELLER1")
    portside.connect(portside.user, "SELLER2")
    place = f"tokens|access_token|{broken.id}"
    portside.store.tables.damaged.add(place)
    portside.keys("k2", "k1")

    rotation = portside.rotate()

    assert (rotation.secrets, rotation.closed) == (3, (Closed(place, "k1"),))
    assert (rotation.left, rotation.settled) == (0, True)


class Late(InstantPause):
    """Between two looks, somebody finishes what was begun with the older key; so many times."""

    def __init__(self, portside: Installation, connection: Connection, times: int) -> None:
        super().__init__(portside.clock)
        self.portside, self.connection, self.times = portside, connection, times

    def wait(self, seconds: float) -> None:
        super().wait(seconds)
        if self.times > 0:
            self.times -= 1
            self.portside.keys("k1", "k2")
            with self.portside.work() as work:
                work.vault.keep(self.connection.id, RefreshToken("Atzr|fresh"), None)
                work.commit()
            self.portside.keys("k2", "k1")


@pytest.mark.parametrize(("times", "settled"), [(1, True), (3, True), (1000, False)])
def test_what_was_under_way_with_the_older_key_is_caught_as_well(
    portside: Installation, times: int, settled: bool
) -> None:
    connection = portside.connect(portside.user)
    portside.keys("k2", "k1")
    rotation = replace(portside.rotation, pause=Late(portside, connection, times))

    ended = rotation.rotate("ops", "", lambda _secrets: None)

    assert ended.settled is settled
    assert portside.key_ids() == {"k2"}


def test_a_rotation_waits_no_longer_when_the_process_is_to_end(portside: Installation) -> None:
    portside.connect(portside.user)
    portside.keys("k2", "k1")
    portside.pause.stopping = True

    with pytest.raises(Unavailable):
        portside.rotate()

    assert portside.key_ids() == {"k2"}


def test_a_ring_that_can_not_be_read_is_said_and_nothing_is_touched(portside: Installation) -> None:
    portside.connect(portside.user)

    def gone() -> KeyRing:
        raise KeyUnavailable("The key ring is gone; restore that file.")

    with pytest.raises(KeyUnavailable, match="is gone"):
        replace(portside.rotation, ring=gone).rotate("ops", "", lambda _secrets: None)

    assert portside.key_ids() == {"k1"}
