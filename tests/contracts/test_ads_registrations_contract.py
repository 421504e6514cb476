"""What every book of registrations does."""

from dataclasses import replace
from uuid import uuid4

import pytest

from domain.ads.registration import Registration, RegistrationId, RegistrationStatus, RegistrationWish
from domain.connections.model import Connection, Provider
from domain.errors import NotFound
from domain.users.model import User
from tests.contracts.backends import Backend
from tests.contracts.furnished import leaving
from tests.contracts.samples import FAILURE, MINUTE, NOW, connected, registered
from tests.fakes.ads_things import a_registration


@pytest.fixture
def user(backend: Backend) -> User:
    return registered(backend)


@pytest.fixture
def connection(backend: Backend, user: User) -> Connection:
    return connected(backend, user, "amazon-ads", provider=Provider.AMAZON_ADS)


def kept(backend: Backend, *registrations: Registration) -> None:
    with backend.work() as work:
        for each in registrations:
            work.ads_registrations.add(each)
        work.commit()


def test_a_registration_is_kept_as_it_is(backend: Backend, connection: Connection) -> None:
    fresh = a_registration(connection)
    wish = RegistrationWish("Us", ("US",), "A1", "V", "me@example.com", {"name": "Us", "zipCode": "1"}, "T-1")
    over = replace(
        fresh,
        wish=wish,
        status=RegistrationStatus.DISABLED,
        next_look_at=None,
        terms_token="T-1",
        terms_url="https://example.com/terms",
        asked_at=NOW,
        ads_account_id="G-1",
        looks=3,
        finished_at=NOW + MINUTE,
        error=FAILURE,
    )
    bare = a_registration(connection)
    kept(backend, fresh, bare)

    with backend.work() as work:
        assert work.ads_registrations.save(over, fresh)
        work.commit()

    with backend.look() as work:
        assert work.ads_registrations.get(connection.user_id, fresh.id) == over
        assert work.ads_registrations.get(connection.user_id, bare.id) == bare


def test_what_somebody_else_has_changed_since_is_left_alone(backend: Backend, connection: Connection) -> None:
    fresh, missing = a_registration(connection), a_registration(connection)
    first, second = replace(fresh, next_look_at=NOW + MINUTE), replace(fresh, next_look_at=NOW + 2 * MINUTE)
    kept(backend, fresh)

    with backend.work() as work:
        book = work.ads_registrations
        saved = (book.save(first, fresh), book.save(second, fresh), book.save(missing, missing))
        work.commit()

    assert saved == (True, False, False)
    with backend.look() as work:
        assert work.ads_registrations.get(connection.user_id, fresh.id) == first


def test_somebody_elses_registration_is_not_found(backend: Backend, connection: Connection) -> None:
    registration, stranger = a_registration(connection), registered(backend)
    kept(backend, registration)

    with backend.look() as work:
        for user_id, identity in (
            (stranger.id, registration.id),
            (connection.user_id, RegistrationId(uuid4())),
        ):
            with pytest.raises(NotFound):
                work.ads_registrations.get(user_id, identity)


def test_open_are_those_of_which_something_is_still_to_come(backend: Backend, connection: Connection) -> None:
    first, second = (
        a_registration(connection, status=RegistrationStatus.TERMS_REQUIRED),
        a_registration(connection, created_at=NOW + MINUTE),
    )
    over = [
        a_registration(connection, status=status)
        for status in (RegistrationStatus.CREATED, RegistrationStatus.DISABLED, RegistrationStatus.FAILED)
    ]
    half = a_registration(connection, status=RegistrationStatus.PARTIALLY_CREATED, finished_at=NOW)
    kept(backend, second, first, half, *over)

    with backend.look() as work:
        assert work.ads_registrations.open_of(connection.id) == [first, second]


def test_registrations_of_a_connection_that_is_being_erased_are_out_of_sight(
    backend: Backend, connection: Connection
) -> None:
    registration = a_registration(connection)
    kept(backend, registration)

    leaving(backend, connection)

    with backend.look() as work, pytest.raises(NotFound):
        work.ads_registrations.get(connection.user_id, registration.id)
