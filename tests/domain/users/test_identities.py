"""Who comes with a token of an identity provider: found, made, kept up to date, and never somebody else."""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.audit.model import AuditEntry
from domain.errors import Conflict, NotLoggedIn, TokenRefused, WrongCredentials
from domain.users.access import Registration
from domain.users.identities import Admitted, Identities
from domain.users.model import Identity, User, Visitor
from tests.domain.users.bench import EMAIL, Bench
from tests.fakes.bearers import ISSUER, LIFE, PlainBearers, an_identity
from tests.fakes.memory_work import MemoryWork
from tests.fakes.world import PASSWORD, World

HERE = Visitor("192.0.2.7")
SECOND = timedelta(seconds=1)


@pytest.fixture
def world() -> World:
    return World(bearers=PlainBearers)


def shown(world: World, identity: Identity) -> Admitted:
    """What comes of showing a token of this identity's."""
    assert isinstance(world.bearers, PlainBearers)
    return world.services.identities.admit(world.bearers.issue(identity), HERE)


def arrived(world: World, subject: str = "user-1", email: str | None = "new@example.com", **changes) -> User:
    return shown(world, an_identity(subject, email, **changes)).user


def kept(world: World, user: User) -> User:
    with world.look() as work:
        return work.users.get(user.id)


def last_deed(world: World) -> AuditEntry:
    return world.store.tables.audit[-1]


# Arriving


def test_who_comes_for_the_first_time_becomes_a_user_as_the_token_says(world) -> None:
    user = arrived(world)

    assert user == User(
        user.id, "new@example.com", "Neu", "Gier", world.clock.now(), world.clock.now(), email_verified=True
    )
    assert kept(world, user) == user


def test_the_first_arrival_leaves_its_word_with_the_address_it_came_from(world) -> None:
    user = arrived(world)

    entry = last_deed(world)
    assert (entry.action, entry.user_id, entry.actor, entry.address) == (
        "user.registered",
        user.id,
        "new@example.com",
        "192.0.2.7",
    )
    assert entry.details == {"issuer": ISSUER, "subject": "user-1"}


def test_who_comes_again_is_the_same_user_whatever_the_token_tells(world) -> None:
    first = arrived(world)

    again = [
        arrived(world, email=None, first_name=None, last_name=None),
        arrived(world, email="changed@example.com"),
        arrived(world, email="ADA@example.com"),
        arrived(world, email="eve@example.com", email_verified=False),
    ]

    assert {user.id for user in again} == {first.id}


def test_another_subject_is_another_user_and_so_is_the_same_name_at_another_issuer(world) -> None:
    users = [
        arrived(world, "user-1", "a@example.com"),
        arrived(world, "user-2", "b@example.com"),
        arrived(world, "user-1", "c@example.com", issuer="https://another.example"),
        arrived(world, "USER-1", None),
    ]

    assert len({user.id for user in users}) == 4


def test_a_token_that_is_no_good_makes_nobody(world) -> None:
    before = world.store.tables

    with pytest.raises(TokenRefused):
        world.services.identities.admit("made up", HERE)

    assert world.store.tables is before


def test_who_tells_no_email_gets_an_account_of_their_own(world) -> None:
    users = [arrived(world, subject, None) for subject in ("user-1", "user-2")]

    assert [user.email for user in users] == [None, None]
    assert users[0].id != users[1].id
    assert last_deed(world).actor == str(users[1].id)


def test_such_a_user_can_not_log_in_by_password_and_the_refusal_costs_as_much(world) -> None:
    user = arrived(world)
    passwords = world.services.access.passwords

    for email in (user.email, "nobody@example.com"):
        before = len(passwords.verified)
        with pytest.raises(WrongCredentials):
            world.services.access.log_in(email, PASSWORD, HERE)
        assert len(passwords.verified) == before + 1


def test_nobody_can_register_with_the_email_of_such_a_user(world) -> None:
    arrived(world)

    with pytest.raises(Conflict):
        world.services.access.register(Registration("NEW@example.com", PASSWORD), HERE)


# Keeping up to date


def test_names_and_email_are_taken_over_when_they_change(world) -> None:
    user = arrived(world)

    changed = arrived(world, email="Newer@example.com", first_name="Alt")

    assert (changed.email, changed.first_name, changed.last_name) == ("Newer@example.com", "Alt", "Gier")
    assert kept(world, user) == changed
    assert last_deed(world).action == "user.changed"
    assert last_deed(world).details == {"changed": "email first_name"}


def test_what_a_token_leaves_out_stays(world) -> None:
    user = arrived(world)

    assert arrived(world, email=None, first_name=None, last_name=None) == user


def test_a_proven_email_does_not_yield_to_one_that_is_not(world) -> None:
    arrived(world)

    user = arrived(world, email="claimed@example.com", email_verified=False)

    assert (user.email, user.email_verified) == ("new@example.com", True)


def test_an_email_that_is_not_proven_yields_to_any_and_may_be_proven_later(world) -> None:
    users = [
        arrived(world, email="one@example.com", email_verified=False),
        arrived(world, email="two@example.com", email_verified=False),
        arrived(world, email="two@example.com"),
    ]

    assert [(user.email, user.email_verified) for user in users] == [
        ("one@example.com", False),
        ("two@example.com", False),
        ("two@example.com", True),
    ]


@pytest.mark.parametrize("proven", [True, False])
def test_an_email_that_is_somebody_elses_is_not_taken_over_by_who_is_known(world, proven: bool) -> None:
    user = arrived(world)
    audit = len(world.store.tables.audit)

    again = [arrived(world, email="Ada@Example.com", email_verified=proven) for _ in range(3)]

    assert again == [user] * 3
    assert kept(world, world.user) == world.user
    assert len(world.store.tables.audit) == audit


def test_it_is_written_once_a_minute_that_somebody_is_here(world) -> None:
    token = world.bearers.issue(an_identity())
    began = world.clock.now()
    noted, tables = [], []

    for _ in range(4):
        noted.append(world.services.identities.admit(token, HERE).user.last_login_at)
        tables.append(world.store.tables)
        world.clock.advance(25 * SECOND)

    assert noted == [began, began, began, began + 75 * SECOND]
    assert tables[0] is tables[1] is tables[2] is not tables[3]


# Linking


def test_a_proven_email_leads_to_the_user_who_has_it_here(world) -> None:
    connection = world.connect(world.user)

    user = arrived(world, email="ADA@example.com")

    assert user.id == world.user.id
    assert (user.email, user.email_verified, user.first_name) == ("ADA@example.com", True, "Neu")
    assert world.kept(connection).user_id == user.id
    assert arrived(world, email=None).id == world.user.id


@pytest.mark.parametrize("email", ["ada@example.com", "ADA@EXAMPLE.COM"])
def test_an_email_that_is_not_proven_leads_to_nobody_and_is_not_the_newcomers_either(
    world, email: str
) -> None:
    before = world.store.tables.password_hashes[world.user.id]

    user = arrived(world, email=email, email_verified=False)

    assert user.id != world.user.id
    assert (user.email, user.email_verified) == (None, False)
    assert kept(world, world.user) == world.user
    assert world.store.tables.password_hashes[world.user.id] == before


def test_whoever_registered_with_somebody_elses_email_is_locked_out_when_the_owner_comes(world) -> None:
    squatter = Visitor("203.0.113.66")
    access, keys = world.services.access, world.services.api_keys
    _user, session = access.log_in("ada@example.com", PASSWORD, squatter)
    _key, key = keys.create(world.user, squatter, "back door")

    user = arrived(world, email="ada@example.com")

    assert user.id == world.user.id
    assert access.logged_in(session) is None
    assert keys.user_of(key) is None
    with pytest.raises(WrongCredentials):
        access.log_in("ada@example.com", PASSWORD, squatter)


def test_a_subject_that_claimed_the_email_without_a_proof_is_locked_out_as_well(world) -> None:
    squatter = arrived(world, "squatter", "owner@example.com", email_verified=False)

    owner = arrived(world, "owner", "owner@example.com")
    again = arrived(world, "squatter", "owner@example.com", email_verified=False)

    assert squatter.id == owner.id
    assert again.id != owner.id
    assert (again.email, kept(world, owner).email_verified) == (None, True)


def test_linking_leaves_its_word_with_what_it_ended(world) -> None:
    world.services.access.log_in("ada@example.com", PASSWORD, HERE)
    world.services.access.log_in("ada@example.com", PASSWORD, HERE)
    world.services.api_keys.create(world.user, HERE, "tool")

    arrived(world, email="ada@example.com")

    entry = last_deed(world)
    assert (entry.action, entry.user_id, entry.address) == ("user.linked", world.user.id, "192.0.2.7")
    assert entry.details == {
        "issuer": ISSUER,
        "subject": "user-1",
        "ended": "password:1 sessions:2 keys:1",
    }


def test_somebody_elses_sessions_and_keys_go_on(world) -> None:
    _user, session = world.services.access.log_in("eve@example.com", PASSWORD, HERE)
    _key, key = world.services.api_keys.create(world.stranger, HERE, "tool")

    arrived(world, email="ada@example.com")

    assert world.services.access.logged_in(session) is not None
    assert world.services.api_keys.user_of(key) is not None


def test_when_the_provider_is_replaced_users_stay_who_they_are_and_their_keys_work(world) -> None:
    user = arrived(world)
    _key, key = world.services.api_keys.create(user, HERE, "tool")

    moved = arrived(world, "0c71", issuer="https://successor.example")

    assert moved.id == user.id
    assert world.services.api_keys.user_of(key).id == user.id
    assert "ended" not in last_deed(world).details


def test_an_address_that_the_provider_has_handed_on_does_not_hand_on_the_account(world) -> None:
    leaver = arrived(world, "leaver", "sales@example.com")

    successor = arrived(world, "successor", "sales@example.com")

    assert successor.id != leaver.id
    assert successor.email is None
    assert kept(world, leaver).email == "sales@example.com"


def test_the_successor_gets_the_address_when_the_leaver_has_another_one(world) -> None:
    arrived(world, "leaver", "sales@example.com")
    successor = arrived(world, "successor", "sales@example.com")

    arrived(world, "leaver", "leaver@example.com")

    assert arrived(world, "successor", "sales@example.com") == kept(world, successor)
    assert kept(world, successor).email == "sales@example.com"


# Meanwhile


def test_a_key_that_was_asked_for_before_the_owner_came_is_not_made_after(world) -> None:
    before = world.user
    arrived(world, email="ada@example.com")

    with pytest.raises(NotLoggedIn):
        world.services.api_keys.create(before, HERE, "back door")

    assert world.store.tables.api_keys == {}


def test_a_session_that_was_asked_for_before_the_owner_came_is_not_opened_after(world) -> None:
    before = world.user
    arrived(world, email="ada@example.com")

    with pytest.raises(NotLoggedIn):
        world.services.access.begin_session(before, HERE)

    assert world.store.tables.sessions == {}


def test_a_password_that_was_right_before_the_owner_came_opens_nothing_after() -> None:
    bench = Bench()
    bench.register()
    bearers = PlainBearers(bench.clock)
    identities = Identities(
        lambda: MemoryWork(bench.store), lambda: MemoryWork(bench.store, reading=True), bearers, bench.clock
    )
    token = bearers.issue(an_identity(email=EMAIL))
    bench.passwords.meanwhile = lambda: identities.admit(token, HERE)

    with pytest.raises(WrongCredentials):
        bench.access.log_in(EMAIL, PASSWORD, HERE)

    assert bench.store.tables.sessions == {}


# How long it is good for


def test_what_was_admitted_is_good_until_the_token_has_run_out(world) -> None:
    admitted = shown(world, an_identity())
    before = world.services.identities.still_good(admitted)

    world.clock.advance(LIFE - SECOND)
    just = world.services.identities.still_good(admitted)
    world.clock.advance(SECOND)

    assert (before, just, world.services.identities.still_good(admitted)) == (True, True, False)


def test_what_was_admitted_is_good_no_more_when_the_account_is_somebody_elses(world) -> None:
    squatter = shown(world, an_identity("squatter", "owner@example.com", email_verified=False))

    arrived(world, "owner", "owner@example.com")

    assert not world.services.identities.still_good(squatter)


# Whatever happens

_ARRIVALS = st.lists(
    st.tuples(
        st.sampled_from(["s1", "s2", "s3"]),
        st.sampled_from([None, "ada@example.com", "Ada@example.com", "x@example.com", "y@example.com"]),
        st.booleans(),
    ),
    min_size=1,
    max_size=12,
)


@settings(max_examples=150, deadline=None)
@given(arrivals=_ARRIVALS)
def test_whatever_tokens_come_nobody_gets_into_an_account_without_proving_its_email(arrivals) -> None:
    world = World(bearers=PlainBearers)
    proven: set[str] = set()

    for subject, email, verified in arrivals:
        user = arrived(world, subject, email, email_verified=verified and email is not None)
        if verified and email is not None and email.lower() == "ada@example.com":
            proven.add(subject)
        if user.id == world.user.id:
            assert subject in proven

    emails = [user.email.lower() for user in world.services.access.everybody() if user.email]
    assert len(emails) == len(set(emails))
    owners = list(world.store.tables.identities.values())
    assert len(owners) == len(set(owners))  # two people of one provider never share an account
