"""The chain, link by link: which one is broken, why, and what to do about it."""

from dataclasses import replace
from datetime import timedelta
from typing import Any, Self
from uuid import UUID

import pytest

from domain.connections.diagnosis import Link, LinkState, holds
from domain.connections.model import Connection, ConnectionStatus
from domain.errors import (
    AccessDenied,
    ClientRefused,
    InvalidInput,
    KeyUnavailable,
    NotConfigured,
    PortsideError,
    RateLimited,
    ReauthorizationRequired,
    UpstreamFailed,
    UpstreamRefused,
    UpstreamTimedOut,
)
from domain.gateway.model import Patience
from domain.tokens.model import StoredTokens
from domain.users.model import Visitor
from tests.fakes.memory_vault import MemoryVault
from tests.fakes.memory_work import MemoryWork
from tests.fakes.things import CA, DE, NOW, UK, US, an_order
from tests.fakes.world import World

TOKEN = "Atzr|" + "x" * 300
ROLE = "arn:aws:iam::123456789012:role/portside"
NAMES = ["stored_credentials", "key", "token_exchange", "role", "call", "roles", "authorization_age"]
CLIENT = ("AMAZON_LWA_APP_ID", "AMAZON_LWA_CLIENT_SECRET")
DENIED = AccessDenied(
    "Amazon denies getMarketplaceParticipations.", role="Selling Partner Insights", request_id="r-1"
)


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def connection(world: World) -> Connection:
    return world.connect(world.user, US, refresh_token=TOKEN)


def changed(world: World, connection: Connection, **fields: Any) -> Connection:
    """The connection, with other values."""
    with world.work() as work:
        work.connections.save(replace(work.connections.hold(connection.id), **fields))
        work.commit()
    return world.kept(connection)


def chain_of(world: World, connection: Connection) -> dict[str, Link]:
    return {link.name: link for link in world.services.diagnosis.check(connection)}


def states(chain: dict[str, Link]) -> list[str]:
    return [chain[name].state.value for name in NAMES]


def test_a_sound_connection_is_sound_in_every_link(world: World, connection: Connection) -> None:
    chain = world.services.diagnosis.check(connection)

    assert [link.name for link in chain] == NAMES
    assert [link.state.value for link in chain] == ["ok", "ok", "ok", "skipped", "ok", "ok", "ok"]
    assert holds(chain)
    assert chain[2].details == {"expires_in_seconds": 3600}
    assert chain[3].cause == "no role is set: Amazon needs none since October 2023"
    assert chain[4].details == {"marketplace_ids": [US]}


def test_the_exchange_is_a_real_one_though_the_kept_access_token_is_still_good(
    world: World, connection: Connection
) -> None:
    world.services.diagnosis.check(connection)

    assert [token.text for token in world.lwa.asked_with] == [TOKEN]


def test_a_check_leaves_the_connection_as_it_was(world: World, connection: Connection) -> None:
    deeds = world.deeds(world.user)

    world.services.diagnosis.check(connection)

    assert world.kept(connection) == connection
    assert world.deeds(world.user) == deeds
    assert world.refresh_token(connection.id) == TOKEN


def test_a_connection_is_not_tried_out_without_end(world: World, connection: Connection) -> None:
    other = world.connect(world.user, US, seller_id="SELLER2", refresh_token=TOKEN)
    for _ in range(20):
        world.services.diagnosis.check(connection)

    with pytest.raises(RateLimited) as caught:
        world.services.diagnosis.check(connection)
    world.services.diagnosis.check(other)
    world.clock.advance(timedelta(seconds=caught.value.retry_after))
    world.services.diagnosis.check(connection)

    assert world.lwa.refreshes == 22


def test_how_long_a_link_took_is_said(world: World, connection: Connection) -> None:
    world.lwa.during = lambda: world.clock.advance(timedelta(seconds=2))

    chain = chain_of(world, connection)

    assert chain["token_exchange"].seconds == 2
    assert chain["call"].seconds == 0


def test_a_disconnected_connection_has_nothing_to_begin_with(world: World, connection: Connection) -> None:
    world.services.connections.disconnect(world.user, Visitor("test"), connection.id)

    chain = chain_of(world, world.kept(connection))

    assert states(chain) == ["failed", *["skipped"] * 6]
    assert "disconnected" in chain["stored_credentials"].cause
    assert "connect again" in chain["stored_credentials"].mend
    assert chain["call"].cause == "needs the one before"
    assert world.lwa.refreshes == 0


@pytest.mark.parametrize(
    ("token", "words"), [("Atza|" + "x" * 300, "does not begin with Atzr|"), ("Atzr|short", "10 characters")]
)
def test_a_token_that_looks_odd_is_pointed_out_and_tried_all_the_same(
    world: World, token: str, words: str
) -> None:
    chain = chain_of(world, world.connect(world.user, US, refresh_token=token))

    assert chain["stored_credentials"].state is LinkState.WARNING
    assert words in chain["stored_credentials"].cause
    assert token not in repr(chain)
    assert chain["call"].state is LinkState.OK


@pytest.mark.parametrize(
    ("error", "cause", "mend"),
    [
        (ReauthorizationRequired("revoked (invalid_grant)"), "invalid_grant", "connect again"),
        (ClientRefused("no (invalid_client)", CLIENT, code="invalid_client"), "invalid_client", "180 days"),
        (
            ClientRefused("no (unauthorized_client)", CLIENT, code="unauthorized_client"),
            "unauthorized_client",
            "application is active",
        ),
        (NotConfigured("nothing set", CLIENT), "nothing set", "AMAZON_LWA_CLIENT_SECRET"),
        (RateLimited("slow down", 12.2, channel="amazon"), "slow down", "in 13 seconds"),
        (UpstreamFailed("LWA failed (500)", request_id="r-1"), "500", "support with the request id"),
        (UpstreamFailed("LWA could not be reached"), "could not be reached", "this machine may reach Amazon"),
        (UpstreamTimedOut("too late"), "too late", "try again in a minute"),
        (UpstreamRefused("invalid_request"), "invalid_request", "support"),
    ],
)
def test_an_exchange_that_fails_has_its_own_cause_and_mend(
    world: World, connection: Connection, error: PortsideError, cause: str, mend: str
) -> None:
    world.lwa.renewals.append(error)

    chain = chain_of(world, connection)

    assert states(chain) == ["ok", "ok", "failed", "skipped", "skipped", "skipped", "ok"]
    assert cause in chain["token_exchange"].cause
    assert mend in chain["token_exchange"].mend
    assert world.amazon.accounts.asked == 0


def test_being_asked_to_wait_says_for_how_long(world: World, connection: Connection) -> None:
    world.lwa.renewals.append(RateLimited("slow down", 12.2, channel="amazon"))

    chain = chain_of(world, connection)

    assert chain["token_exchange"].details == {"retry_after_seconds": 13}


def test_a_client_of_the_users_own_is_mended_at_the_connection(world: World, connection: Connection) -> None:
    own = changed(world, connection, lwa_client_id="amzn1.application-oa2-client.own")
    fields = ("lwa_client_id", "lwa_client_secret")
    world.lwa.renewals.append(ClientRefused("no", fields, code="invalid_client", own=True))

    mend = chain_of(world, own)["token_exchange"].mend

    assert "of its own" in mend
    assert "AMAZON_LWA" not in mend


def test_a_revoked_consent_marks_the_connection_as_any_other_exchange_does(
    world: World, connection: Connection
) -> None:
    world.lwa.renewals.append(ReauthorizationRequired("revoked (invalid_grant)"))

    world.services.diagnosis.check(connection)

    assert world.kept(connection).status is ConnectionStatus.REAUTHORIZATION_REQUIRED


@pytest.mark.parametrize(
    "error",
    [
        ClientRefused("no", CLIENT, code="invalid_client"),
        UpstreamFailed("500"),
        UpstreamTimedOut("too late"),
        RateLimited("slow down", 1, channel="amazon"),
    ],
)
def test_nothing_else_marks_it(world: World, connection: Connection, error: PortsideError) -> None:
    world.lwa.renewals.append(error)

    world.services.diagnosis.check(connection)

    assert world.kept(connection) == connection


def test_a_role_of_the_connections_own_is_assumed_with_the_seller_as_external_id(
    world: World, connection: Connection
) -> None:
    chain = chain_of(world, changed(world, connection, iam_role_arn=ROLE))

    assert chain["role"].state is LinkState.OK
    assert chain["role"].details["role_arn"] == ROLE
    assert world.roles.assumed == [(ROLE, connection.seller_id)]


def test_the_installations_role_is_for_connections_without_one() -> None:
    world = World(AMAZON_SP_ROLE_ARN=ROLE)
    plain = world.connect(world.user, US, refresh_token=TOKEN)

    chain_of(world, plain)
    chain_of(world, changed(world, plain, iam_role_arn=f"{ROLE}-of-their-own"))

    assert [role for role, _seller in world.roles.assumed] == [ROLE, f"{ROLE}-of-their-own"]


@pytest.mark.parametrize(
    ("error", "mend"),
    [
        (AccessDenied("AWS says no"), "sts:ExternalId = SELLER1"),
        (NotConfigured("no keys", ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")), "set AWS_ACCESS_KEY_ID"),
        (UpstreamTimedOut("STS is silent"), "try again"),
    ],
)
def test_a_role_that_can_not_be_assumed_ends_the_chain(
    world: World, connection: Connection, error: PortsideError, mend: str
) -> None:
    world.roles.trouble.append(error)

    chain = chain_of(world, changed(world, connection, iam_role_arn=ROLE))

    assert states(chain) == ["ok", "ok", "ok", "failed", "skipped", "skipped", "ok"]
    assert mend in chain["role"].mend


def test_a_denied_call_names_the_missing_role_when_others_are_answered(
    world: World, connection: Connection
) -> None:
    world.amazon.accounts.trouble.append(DENIED)

    call = chain_of(world, connection)["call"]

    assert (call.state, call.request_id) == (LinkState.FAILED, "r-1")
    assert call.details == {"role": "Selling Partner Insights"}
    assert "Other operations are answered" in call.cause
    assert "“Selling Partner Insights”" in call.mend
    assert world.amazon.orders.patience == [Patience.INTERACTIVE]


def test_everything_denied_points_at_the_application(world: World, connection: Connection) -> None:
    world.amazon.accounts.trouble.append(DENIED)
    world.amazon.orders.estimate_trouble.append(
        AccessDenied("Amazon denies getOrderMetrics.", role="Inventory and Order Tracking")
    )

    call = chain_of(world, connection)["call"]

    assert "denies whatever is asked" in call.cause
    assert call.details["roles"] == ["Selling Partner Insights", "Inventory and Order Tracking"]
    assert "application is active" in call.mend
    assert "AMAZON_APP_DRAFT=true" in call.mend
    assert "MD1000" in call.mend


def test_a_draft_is_not_told_to_call_itself_one() -> None:
    world = World(AMAZON_APP_DRAFT="true")
    connection = world.connect(world.user, US, refresh_token=TOKEN)
    world.amazon.accounts.trouble.append(DENIED)
    world.amazon.orders.estimate_trouble.append(DENIED)

    call = chain_of(world, connection)["call"]

    assert "AMAZON_APP_DRAFT says that it is a draft" in call.mend


def test_what_else_is_denied_may_stay_unknown(world: World, connection: Connection) -> None:
    world.amazon.accounts.trouble.append(DENIED)
    world.amazon.orders.estimate_trouble.append(UpstreamTimedOut("Amazon did not answer in time."))

    call = chain_of(world, connection)["call"]

    assert call.details == {"role": "Selling Partner Insights"}
    assert "is not known: Amazon did not answer in time." in call.cause


@pytest.mark.parametrize(
    ("error", "mend"),
    [
        (RateLimited("used up", 60, channel="amazon"), "in 60 seconds"),
        (UpstreamFailed("503", request_id="r-2"), "support"),
        (UpstreamRefused("not of this region"), "region na"),
        (NotConfigured("the secret has expired", ("AMAZON_LWA_CLIENT_SECRET",)), "180 days"),
    ],
)
def test_a_call_without_an_answer_says_what_to_do(
    world: World, connection: Connection, error: PortsideError, mend: str
) -> None:
    world.amazon.accounts.trouble.append(error)

    call = chain_of(world, connection)["call"]

    assert call.state is LinkState.FAILED
    assert mend in call.mend
    assert call.request_id == getattr(error, "request_id", None)


def test_a_connection_that_syncs_where_the_seller_takes_no_part_is_warned_of(world: World) -> None:
    connection = world.connect(world.user, US, CA, refresh_token=TOKEN)

    chain = chain_of(world, connection)

    assert chain["call"].state is LinkState.WARNING
    assert chain["call"].details == {"marketplace_ids": [US], "not_participating": [CA]}
    assert holds(list(chain.values()))


@pytest.mark.parametrize(("sells_in", "words"), [((), "none"), ((DE, UK), DE)])
def test_a_seller_without_a_marketplace_in_the_region_is_a_failure(
    world: World, connection: Connection, sells_in: tuple[str, ...], words: str
) -> None:
    world.amazon.accounts.marketplace_ids = sells_in

    call = chain_of(world, connection)["call"]

    assert call.state is LinkState.FAILED
    assert "no marketplace of the region na" in call.cause
    assert words in call.mend


def test_suspended_listings_are_warned_of(world: World, connection: Connection) -> None:
    world.amazon.accounts.suspended = {US}

    call = chain_of(world, connection)["call"]

    assert call.state is LinkState.WARNING
    assert call.details["suspended"] == [US]


@pytest.mark.parametrize(
    ("days", "state", "words"),
    [
        (0, LinkState.OK, ""),
        (334, LinkState.OK, ""),
        (335, LinkState.WARNING, "in 30 days"),
        (364, LinkState.WARNING, "in 1 days"),
        (365, LinkState.FAILED, "older than 365 days"),
    ],
)
def test_the_authorizations_age_is_warned_of_before_it_ends(
    world: World, connection: Connection, days: int, state: LinkState, words: str
) -> None:
    aged = changed(world, connection, authorized_at=NOW - timedelta(days=days))

    age = chain_of(world, aged)["authorization_age"]

    assert (age.state, words in age.cause) == (state, True)
    assert age.details["days_left"] == 365 - days


def test_an_authorization_that_is_over_explains_the_exchange_that_fails(
    world: World, connection: Connection
) -> None:
    aged = changed(world, connection, authorized_at=NOW - timedelta(days=400))
    world.lwa.renewals.append(ReauthorizationRequired("revoked (invalid_grant)"))

    chain = chain_of(world, aged)

    assert states(chain) == ["ok", "ok", "failed", "skipped", "skipped", "skipped", "failed"]


def test_the_latest_orders_are_of_seven_days_and_of_one_marketplace(
    world: World, connection: Connection
) -> None:
    world.amazon.orders.orders = [an_order("NEW"), an_order("OLD", updated_at=NOW - timedelta(days=8))]

    page = world.services.diagnosis.latest_orders(connection, US)

    ((window, token),) = world.amazon.orders.asked
    assert [order.order_id for order in page.orders] == ["NEW"]
    assert window.before - window.after == timedelta(days=7)
    assert NOW - window.before > timedelta(minutes=2)
    assert (window.marketplace_ids, token) == ((US,), None)
    assert world.amazon.orders.patience == [Patience.INTERACTIVE]


@pytest.mark.parametrize("marketplace_id", [DE, "NOWHERE"])
def test_orders_of_another_region_are_not_asked_for(
    world: World, connection: Connection, marketplace_id: str
) -> None:
    with pytest.raises(InvalidInput) as caught:
        world.services.diagnosis.latest_orders(connection, marketplace_id)

    assert US in caught.value.fields["marketplaceId"]
    assert world.amazon.orders.asked == []


class ShutVault(MemoryVault):
    """Its secrets were sealed with a key that is lost."""

    def look(self, connection_id: UUID) -> StoredTokens | None:
        raise KeyUnavailable("TOKEN_ENCRYPTION_KEYS lacks the key k7, which a stored secret needs.")


class ShutWork(MemoryWork):
    """A transaction over such a vault."""

    def __enter__(self) -> Self:
        super().__enter__()
        self.vault = ShutVault(self._tables)
        return self


def test_a_lost_key_is_told_from_a_token_that_is_not_there_and_marks_nobody(
    world: World, connection: Connection
) -> None:
    locked = replace(world.services.diagnosis, look=lambda: ShutWork(world.store, reading=True))

    chain = {link.name: link for link in locked.check(connection)}

    assert states(chain) == ["ok", "failed", "skipped", "skipped", "skipped", "skipped", "ok"]
    assert "k7" in chain["key"].cause
    assert "TOKEN_ENCRYPTION_KEYS" in chain["key"].mend
    assert world.kept(connection) == connection
    assert world.lwa.refreshes == 0
