"""An ads account is registered once, whatever breaks on the way, and every state of it can be seen."""

from collections import deque
from dataclasses import replace
from datetime import timedelta

import pytest

from domain.ads.registration import Registration, RegistrationStatus, RegistrationWish
from domain.audit.model import Action
from domain.connections.model import Connection
from domain.errors import (
    AccessDenied,
    NotConnected,
    UpstreamFailed,
    UpstreamRefused,
    UpstreamTimedOut,
    UpstreamUnreachable,
    UsagePlanEmpty,
)
from domain.users.model import Visitor
from tests.fakes.ads_things import an_ads_account
from tests.fakes.world import World

VISITOR = Visitor("192.0.2.1")
WISH = RegistrationWish("My brand", ("US",), seller_id="A1SELLER")
LOST = UpstreamTimedOut("No answer in time.", channel="ads")


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def connection(world: World) -> Connection:
    return world.connect_ads(world.user)


def ask(world: World, wish: RegistrationWish = WISH, terms_accepted: bool = False) -> Registration:
    return world.services.ads_accounts.registrations.ask(world.user, VISITOR, wish, terms_accepted)


def now_of(world: World, registration: Registration) -> Registration:
    return world.services.ads_accounts.registrations.registration(world.user.id, registration.id)


def go_on(world: World, seconds: float = 30, times: int = 1) -> None:
    for _ in range(times):
        world.clock.advance(timedelta(seconds=seconds))
        world.sync()


def test_terms_come_first_and_the_account_follows_their_acceptance(
    world: World, connection: Connection
) -> None:
    asked = ask(world)
    go_on(world)
    waiting = now_of(world, asked)
    world.registrar.accepted.add("T-1")

    go_on(world)

    over = now_of(world, asked)
    assert (asked.status, asked.terms_token) == (RegistrationStatus.TERMS_REQUIRED, "T-1")
    assert asked.terms_url == "https://advertising.example.com/terms/T-1"
    assert waiting.status is RegistrationStatus.TERMS_REQUIRED
    assert (over.status, over.ads_account_id) == (RegistrationStatus.CREATED, "G-1")
    assert world.registrar.wishes == [replace(WISH, terms_token="T-1")]
    assert [each.found.amazon_id for each in world.store.tables.ads_accounts.values()] == ["G-1"]


def test_coming_back_with_accepted_terms_registers_at_once(world: World, connection: Connection) -> None:
    first = ask(world)
    world.registrar.accepted.add("T-1")
    world.registrar.stages = deque(["PENDING"])

    again = ask(world, replace(WISH, terms_token="T-1"))

    assert (again.id, again.status, again.ads_account_id) == (first.id, RegistrationStatus.PENDING, "G-1")


def test_terms_that_were_accepted_elsewhere_may_be_brought_along(
    world: World, connection: Connection
) -> None:
    world.registrar.accepted.add("BROUGHT")

    asked = ask(world, replace(WISH, terms_token="BROUGHT"))

    assert asked.status is RegistrationStatus.CREATED


def test_without_terms_amazon_may_still_ask_for_them(world: World, connection: Connection) -> None:
    refusal = UpstreamRefused("termsToken is required", channel="ads")
    world.registrar.trouble["register"] = deque([refusal])

    asked = ask(world, terms_accepted=True)

    assert (asked.status, asked.terms_token, asked.asked_at) == (
        RegistrationStatus.TERMS_REQUIRED,
        "T-1",
        None,
    )


def test_every_state_on_the_way_can_be_seen(world: World, connection: Connection) -> None:
    world.registrar.stages = deque(["PENDING", "PARTIALLY_CREATED", "CREATED"])

    states = [ask(world, terms_accepted=True)]
    for _ in range(2):
        go_on(world)
        states.append(now_of(world, states[0]))

    assert [each.status.value for each in states] == ["pending", "partially_created", "created"]
    assert [each.finished_at is None for each in states] == [True, True, False]


def test_an_account_that_is_refused_at_once_says_why(world: World, connection: Connection) -> None:
    world.registrar.stages = deque(["DISABLED"])
    world.registrar.problems = {"US": "Registered already."}

    asked = ask(world, terms_accepted=True)

    assert asked.status is RegistrationStatus.DISABLED
    assert asked.error is not None
    assert asked.error.message == "US: Registered already."


@pytest.mark.parametrize("error", [UpstreamRefused("Unknown seller."), AccessDenied("Not for you.")])
def test_what_amazon_refuses_has_failed(world: World, connection: Connection, error: Exception) -> None:
    world.registrar.trouble["register"] = deque([error])

    asked = ask(world, terms_accepted=True)
    go_on(world, times=3)

    assert (asked.status, asked.error.message if asked.error else "") == (
        RegistrationStatus.FAILED,
        str(error),
    )
    assert world.registrar.wishes == []


@pytest.mark.parametrize("kind", ["limit", "unreachable"])
def test_what_amazon_has_not_got_is_asked_for_again(world: World, connection: Connection, kind: str) -> None:
    until = world.clock.now() + timedelta(seconds=20)
    errors: dict[str, Exception] = {
        "limit": UsagePlanEmpty("Slow down.", until, channel="ads"),
        "unreachable": UpstreamUnreachable("No connection.", channel="ads"),
    }
    world.registrar.trouble["register"] = deque([errors[kind]])

    asked = ask(world, terms_accepted=True)
    go_on(world)

    assert (asked.status, asked.asked_at) == (RegistrationStatus.PENDING, None)
    assert now_of(world, asked).status is RegistrationStatus.CREATED
    assert len(world.registrar.wishes) == 1


def test_an_answer_that_was_lost_is_looked_for_and_nothing_registered_twice(
    world: World, connection: Connection
) -> None:
    world.ads.accounts = [an_ads_account("OLD", "My brand")]
    world.sync()
    world.clock.advance(timedelta(seconds=1))
    world.registrar.lost_answers = deque([LOST])

    asked = ask(world, terms_accepted=True)
    go_on(world, 120)

    assert (asked.status, asked.ads_account_id) == (RegistrationStatus.PENDING, None)
    assert now_of(world, asked).ads_account_id == "G-1"
    assert len(world.registrar.wishes) == 1


def test_terms_that_were_not_redeemed_prove_that_the_wish_never_arrived(
    world: World, connection: Connection
) -> None:
    world.registrar.accepted.add("T")
    world.registrar.trouble["register"] = deque([LOST])

    asked = ask(world, replace(WISH, terms_token="T"))
    go_on(world, 120, times=2)

    assert asked.ads_account_id is None
    assert now_of(world, asked).status is RegistrationStatus.CREATED
    assert len(world.registrar.wishes) == 1


def test_what_never_appears_is_given_up_and_not_asked_for_again(world: World, connection: Connection) -> None:
    world.registrar.trouble["register"] = deque([LOST])

    asked = ask(world, terms_accepted=True)
    go_on(world, 300, times=15)

    assert now_of(world, asked).status is RegistrationStatus.FAILED
    assert world.registrar.wishes == []


def test_a_process_that_dies_after_asking_leaves_the_rest_to_the_next_one(
    world: World, connection: Connection
) -> None:
    class Killed(BaseException):
        pass

    world.registrar.lost_answers = deque([Killed()])  # type: ignore[list-item] # no error that anybody catches
    with pytest.raises(Killed):
        ask(world, terms_accepted=True)

    go_on(world, 120, times=2)

    (registration,) = world.store.tables.ads_registrations.values()
    assert (registration.status, registration.ads_account_id) == (RegistrationStatus.CREATED, "G-1")
    assert len(world.registrar.wishes) == 1


def test_the_same_wish_while_one_is_under_way_is_that_one(world: World, connection: Connection) -> None:
    world.registrar.stages = deque(["PENDING", "PENDING", "PENDING"])

    first, second = ask(world, terms_accepted=True), ask(world, terms_accepted=True)
    other = ask(world, replace(WISH, account_name="Another"), terms_accepted=True)

    assert first.id == second.id != other.id
    assert [each.account_name for each in world.registrar.wishes] == ["My brand", "Another"]


def test_terms_that_amazon_can_not_give_at_the_moment_come_later(
    world: World, connection: Connection
) -> None:
    world.registrar.trouble["terms"] = deque([UpstreamFailed("503", channel="ads")])

    asked = ask(world)
    go_on(world)

    assert (asked.status, asked.terms_url) == (RegistrationStatus.TERMS_REQUIRED, None)
    assert now_of(world, asked).terms_token == "T-1"


def test_terms_that_nobody_accepts_are_forgotten(world: World, connection: Connection) -> None:
    asked = ask(world)

    go_on(world, 8 * 86_400)

    assert now_of(world, asked).status is RegistrationStatus.FAILED


def test_nothing_is_registered_without_a_grant(world: World) -> None:
    with pytest.raises(NotConnected):
        ask(world)


def test_asking_and_the_end_are_written_down(world: World, connection: Connection) -> None:
    ask(world, terms_accepted=True)

    deeds = world.deeds(world.user)
    assert [deed for deed in deeds if deed.startswith("account.")] == [
        "account.registration_asked",
        "account.registered",
    ]


def test_a_registration_that_amazon_refuses_is_in_the_audit_log(world: World, connection: Connection) -> None:
    world.registrar.trouble["register"] = deque([UpstreamRefused("No merchant id.", channel="ads")])

    asked = ask(world, terms_accepted=True)

    told = [entry.details for entry in world.store.tables.audit if entry.action is Action.ACCOUNT_REGISTERED]
    assert told == [{"registration_id": str(asked.id), "status": "failed"}]
