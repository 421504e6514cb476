"""What every book of identities does, and what the other books do for whoever comes by one."""

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest

from domain.errors import Conflict
from domain.users.model import ApiKey, Session, User
from tests.contracts.backends import Backend
from tests.contracts.samples import MINUTE, NOW, a_user, registered

ISSUER, OTHER = "https://issuer.example", "https://issuer.example/"


def known_as(backend: Backend, user: User, *names: tuple[str, str]) -> None:
    with backend.work() as work:
        for issuer, subject in names:
            work.identities.add(user.id, issuer, subject, NOW)
        work.commit()


def test_a_user_is_found_by_issuer_and_subject_to_the_letter(backend: Backend) -> None:
    user, other = registered(backend), registered(backend)
    known_as(backend, user, (ISSUER, "Ann"))
    known_as(backend, other, (OTHER, "Ann"), (ISSUER, "ann"))

    with backend.look() as work:
        owners = [work.identities.owner(*name) for name in ((ISSUER, "Ann"), (OTHER, "Ann"), (ISSUER, "ann"))]
        unknown = [work.identities.owner(*name) for name in ((OTHER, "ann"), (ISSUER, ""), ("", "Ann"))]

    assert owners == [user, other, other]
    assert unknown == [None, None, None]


def test_a_name_stands_for_one_user_and_the_transaction_goes_on(backend: Backend) -> None:
    user, other = registered(backend), registered(backend)
    known_as(backend, user, (ISSUER, "ann"))

    with backend.work() as work:
        for someone in (user, other):
            with pytest.raises(Conflict):
                work.identities.add(someone.id, ISSUER, "ann", NOW)
        work.identities.add(other.id, ISSUER, "bob", NOW)
        work.commit()

    with backend.look() as work:
        assert work.identities.owner(ISSUER, "ann") == user
        assert work.identities.owner(ISSUER, "bob") == other


def test_a_users_names_are_listed_and_dropped_and_nobody_elses(backend: Backend) -> None:
    user, other = registered(backend), registered(backend)
    known_as(backend, user, (OTHER, "a"), (ISSUER, "b"), (ISSUER, "a"))
    known_as(backend, other, (ISSUER, "c"))

    with backend.work() as work:
        listed = work.identities.of_user(user.id)
        dropped = work.identities.drop_all(user.id)
        again = work.identities.drop_all(user.id)
        work.commit()

    with backend.look() as work:
        assert listed == [(ISSUER, "a"), (ISSUER, "b"), (OTHER, "a")]
        assert (dropped, again) == (3, 0)
        assert work.identities.of_user(user.id) == []
        assert work.identities.of_user(other.id) == [(ISSUER, "c")]


def test_several_users_may_have_no_email(backend: Backend) -> None:
    users = [replace(a_user(), email=None) for _ in range(2)]
    with backend.work() as work:
        for user in users:
            work.users.add(user, None)
        work.commit()

    with backend.look() as work:
        assert [work.users.get(user.id) for user in users] == users
        assert work.users.credentials("") is None


def test_a_proven_email_comes_back_as_proven(backend: Backend) -> None:
    user = a_user(email_verified=True)
    with backend.work() as work:
        work.users.add(user, None)
        work.commit()

    with backend.look() as work:
        assert work.users.get(user.id) == user


def test_an_update_changes_names_and_email_and_nothing_else(backend: Backend) -> None:
    user, other = registered(backend), registered(backend)
    told = replace(user, email="Next@Example.com", email_verified=True, first_name="Änn", last_name="Ö")

    with backend.work() as work:
        work.users.update(replace(told, created_at=NOW + MINUTE, last_login_at=NOW + MINUTE))
        work.commit()

    with backend.look() as work:
        known = work.users.credentials("next@example.com")
        assert (known.user, known.password_hash) == (told, "hash")
        assert work.users.credentials(user.email) is None
        assert work.users.get(other.id) == other


def test_an_update_to_an_email_that_is_taken_changes_nothing_and_the_transaction_goes_on(
    backend: Backend,
) -> None:
    user, other = registered(backend), registered(backend, "taken@example.com")

    with backend.work() as work:
        with pytest.raises(Conflict):
            work.users.update(replace(user, email="TAKEN@example.com", first_name="Other"))
        work.users.update(replace(user, first_name="Same"))
        work.commit()

    with backend.look() as work:
        assert work.users.get(user.id) == replace(user, first_name="Same")
        assert work.users.get(other.id) == other


def test_an_email_may_be_given_up_and_kept_in_another_case(backend: Backend) -> None:
    user, other = registered(backend, "ann@example.com"), registered(backend)

    with backend.work() as work:
        work.users.update(replace(user, email="ANN@example.com"))
        work.users.update(replace(other, email=None))
        work.commit()

    with backend.look() as work:
        assert work.users.get(user.id).email == "ANN@example.com"
        assert work.users.get(other.id).email is None


def test_a_password_is_forgotten_once(backend: Backend) -> None:
    user, other = registered(backend), registered(backend)

    with backend.work() as work:
        forgotten = [work.users.forget_password(user.id) for _ in range(2)]
        work.commit()

    with backend.look() as work:
        assert forgotten == [True, False]
        assert work.users.credentials(user.email).password_hash is None
        assert work.users.credentials(other.email).password_hash == "hash"


def test_another_password_replaces_the_one_before_and_nobody_elses(backend: Backend) -> None:
    user, other = registered(backend), registered(backend)

    with backend.work() as work:
        work.users.keep_password(user.id, "another hash")
        work.commit()

    with backend.look() as work:
        assert work.users.credentials(user.email).password_hash == "another hash"
        assert work.users.credentials(other.email).password_hash == "hash"


def test_a_password_replaces_the_one_that_was_compared_and_no_other(backend: Backend) -> None:
    user, without = registered(backend), registered(backend)
    with backend.work() as work:
        work.users.forget_password(without.id)
        work.commit()

    with backend.work() as work:
        kept = [
            work.users.keep_password(user.id, "another hash", "hash"),
            work.users.keep_password(user.id, "a third hash", "hash"),
            work.users.keep_password(without.id, "another hash", "hash"),
            work.users.keep_password(a_user().id, "another hash"),
        ]
        work.commit()

    with backend.look() as work:
        assert kept == [True, False, False, False]
        assert work.users.credentials(user.email).password_hash == "another hash"
        assert work.users.credentials(without.email).password_hash is None


def test_all_sessions_and_keys_of_a_user_end_and_nobody_elses(backend: Backend) -> None:
    user, other = registered(backend), registered(backend)
    with backend.work() as work:
        for owner, name in ((user, "a"), (user, "b"), (other, "c")):
            work.sessions.open(Session(name, owner.id, NOW, NOW + timedelta(days=1)))
            work.api_keys.add(ApiKey(uuid4(), owner.id, name, NOW), name)
        work.commit()

    with backend.work() as work:
        ended = (work.sessions.close_all(user.id), work.api_keys.delete_all(user.id))
        work.commit()

    with backend.look() as work:
        assert ended == (2, 2)
        assert [work.sessions.user_of(name, NOW) for name in "abc"] == [None, None, other]
        assert [work.api_keys.owner(name) is None for name in "abc"] == [True, True, False]
