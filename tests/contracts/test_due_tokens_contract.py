"""What every token vault does with tokens that are due to be renewed unasked."""

from datetime import datetime, timedelta
from uuid import UUID

import pytest

from domain.connections.model import ConnectionStatus, Provider
from domain.marketplaces import Region
from domain.sync.model import Resource
from domain.tokens.model import AccessToken, Claim, DueClaim, RefreshToken, Renewal
from tests.contracts.backends import Backend
from tests.contracts.samples import FAILURE, MINUTE, NOW, connected, registered

HOUR = 60 * MINUTE


def due(
    backend: Backend,
    ends_at: datetime = NOW,
    seller_id: str = "A1SELLER",
    *,
    scheduled: bool = True,
    **changes: object,
) -> UUID:
    """A connection whose token is due to be renewed at NOW, unless it ends later."""
    user = registered(backend)
    connection = connected(backend, user, seller_id, **changes)
    with backend.work() as work:
        work.vault.keep(connection.id, RefreshToken("Atzr|one"), AccessToken("Atza|one", ends_at))
        if scheduled:
            work.sync.ensure(connection.id, user.id, (Resource.ORDERS, Resource.INVENTORY), NOW + HOUR)
        work.commit()
    return connection.id


def claim_due(
    backend: Backend,
    limit: int = 10,
    owner: str = "p1",
    at: datetime = NOW,
    seconds: int = 60,
    provider: Provider = Provider.AMAZON_SP,
) -> list[DueClaim]:
    with backend.work() as work:
        claimed = work.vault.claim_due(provider, owner, at, at + timedelta(seconds=seconds), limit)
        work.commit()
    return claimed


def claimed_ids(claimed: list[DueClaim]) -> list[UUID]:
    return [one.connection_id for one in claimed]


def postpone(backend: Backend, claims: dict[DueClaim, datetime]) -> None:
    with backend.work() as work:
        work.vault.postpone(claims)
        work.commit()


def renew(backend: Backend, one: DueClaim, access: AccessToken) -> bool:
    with backend.work() as work:
        written = work.vault.renew(one.connection_id, one.claim, Renewal(access))
        work.commit()
    return written


def test_due_tokens_are_claimed_longest_due_first_and_no_more_than_asked_for(backend: Backend) -> None:
    second = due(backend, NOW - HOUR)
    third = due(backend, NOW)
    first = due(backend, NOW - 2 * HOUR)

    claimed = claim_due(backend, limit=2)

    assert claimed_ids(claimed) == [first, second]
    assert claimed_ids(claim_due(backend)) == [third]


def test_a_claim_on_a_due_token_is_a_claim_like_any_other(backend: Backend) -> None:
    connection_id = due(backend)

    (one,) = claim_due(backend)

    with backend.work() as work:
        stored = work.vault.look(connection_id)
        assert stored is not None
        assert one.claim == Claim(stored.version, "p1", one.claim.epoch)
        assert work.vault.claim(connection_id, stored.version, "p2", NOW, NOW + MINUTE) is None
        later = work.vault.claim(connection_id, stored.version, "p2", NOW + MINUTE, NOW + 2 * MINUTE)
        assert later is not None
        assert later.epoch > one.claim.epoch


def test_a_token_that_is_being_renewed_is_passed_over(backend: Backend) -> None:
    connection_id = due(backend)
    with backend.work() as work:
        stored = work.vault.look(connection_id)
        assert stored is not None
        work.vault.claim(connection_id, stored.version, "p2", NOW, NOW + MINUTE)
        work.commit()

    assert claim_due(backend) == []
    assert claimed_ids(claim_due(backend, at=NOW + MINUTE)) == [connection_id]


def test_a_token_is_due_from_its_moment_on(backend: Backend) -> None:
    ends_at = NOW + HOUR
    connection_id = due(backend, ends_at)
    moment = AccessToken("Atza|one", ends_at).renew_at(connection_id)

    before = claim_due(backend, at=moment - timedelta(microseconds=1))
    then = claim_due(backend, at=moment)

    assert (claimed_ids(before), claimed_ids(then)) == ([], [connection_id])


@pytest.mark.parametrize(
    "changes",
    [
        {"status": ConnectionStatus.REAUTHORIZATION_REQUIRED},
        {"status": ConnectionStatus.DISCONNECTED},
        {"erasing_at": NOW},
        {"scheduled": False},
    ],
)
def test_tokens_that_nobody_is_going_to_use_are_never_due(
    backend: Backend, changes: dict[str, object]
) -> None:
    due(backend, **changes)  # type: ignore[arg-type] # the one name of its own is a bool

    assert claim_due(backend) == []


def test_degraded_connections_are_used_as_well(backend: Backend) -> None:
    connection_id = due(backend, status=ConnectionStatus.DEGRADED)

    assert claimed_ids(claim_due(backend)) == [connection_id]


def test_tokens_of_connections_whose_schedules_were_stopped_are_not_due(backend: Backend) -> None:
    connection_id = due(backend)
    with backend.work() as work:
        work.sync.stop(connection_id, FAILURE)  # type: ignore[arg-type] # the bare id
        work.commit()

    assert claim_due(backend) == []


def test_erased_tokens_are_not_due(backend: Backend) -> None:
    connection_id = due(backend)
    with backend.work() as work:
        work.vault.erase(connection_id)
        work.commit()

    assert claim_due(backend) == []


def test_a_grant_without_an_access_token_is_not_due(backend: Backend) -> None:
    connection_id = due(backend)
    with backend.work() as work:
        work.vault.keep(connection_id, RefreshToken("Atzr|two"), None)
        work.commit()

    assert claim_due(backend, at=NOW + 24 * HOUR) == []


def test_a_renewed_token_is_due_at_its_own_moment(backend: Backend) -> None:
    connection_id = due(backend)
    (one,) = claim_due(backend)
    access = AccessToken("Atza|two", NOW + HOUR)

    assert renew(backend, one, access)

    moment = access.renew_at(connection_id)
    assert claim_due(backend, at=moment - timedelta(microseconds=1)) == []
    assert claimed_ids(claim_due(backend, at=moment)) == [connection_id]


def test_forgetting_an_access_token_leaves_its_moment(backend: Backend) -> None:
    connection_id = due(backend)
    with backend.work() as work:
        stored = work.vault.look(connection_id)
        assert stored is not None
        work.vault.forget_access(connection_id, stored.version)
        work.commit()

    assert claimed_ids(claim_due(backend)) == [connection_id]


def test_postponed_tokens_are_free_and_due_again_each_at_its_own_moment(backend: Backend) -> None:
    first, second = due(backend, NOW - HOUR), due(backend)
    one, other = claim_due(backend)

    postpone(backend, {one: NOW + 2 * MINUTE, other: NOW + MINUTE})

    assert claim_due(backend) == []
    assert claimed_ids(claim_due(backend, at=NOW + MINUTE)) == [second]
    assert claimed_ids(claim_due(backend, at=NOW + 2 * MINUTE)) == [second, first]


def test_postponing_what_somebody_else_has_claimed_since_does_nothing(backend: Backend) -> None:
    due(backend)
    (slow,) = claim_due(backend, owner="p1")
    (held,) = claim_due(backend, owner="p2", at=NOW + MINUTE)

    postpone(backend, {slow: NOW - HOUR})

    assert claim_due(backend, owner="p3", at=NOW + MINUTE) == []
    assert renew(backend, held, AccessToken("Atza|two", NOW + HOUR))


def test_postponing_nothing_is_no_work(backend: Backend) -> None:
    connection_id = due(backend)

    postpone(backend, {})

    assert claimed_ids(claim_due(backend)) == [connection_id]


def test_each_provider_s_tokens_are_claimed_apart_since_each_has_an_endpoint_of_its_own(backend: Backend):
    seller = due(backend)
    advertiser = due(backend, seller_id="amazon-ads", provider=Provider.AMAZON_ADS)
    due(backend, seller_id="acme.myshopify.com", provider=Provider.SHOPIFY)

    ads = claim_due(backend, provider=Provider.AMAZON_ADS)

    assert claimed_ids(ads) == [advertiser]
    assert claimed_ids(claim_due(backend)) == [seller]


def test_an_advertiser_s_tokens_are_renewed_where_the_consent_was_given(backend: Backend):
    ads = due(backend, seller_id="amazon-ads", provider=Provider.AMAZON_ADS, region=Region.FE)
    seller = due(backend, seller_id="A1SELLER")

    with backend.work() as work:
        accounts = [stored.account for each in (ads, seller) if (stored := work.vault.look(each))]

    assert accounts == ["fe", "A1SELLER"]
