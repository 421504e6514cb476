"""Sellers who bring a refresh token along."""

from dataclasses import replace

import pytest

from domain.connections.model import Connection, ConnectionStatus
from domain.connections.self_authorised import Brought
from domain.errors import (
    ClientRefused,
    InvalidInput,
    NotConfigured,
    PortsideError,
    RateLimited,
    ReauthorizationRequired,
    UpstreamFailed,
    UpstreamTimedOut,
)
from domain.marketplaces import Region
from domain.tokens.model import LwaClient, RefreshToken, Renewal
from tests.domain.connections.bench import VISITOR, Bench
from tests.fakes.things import CA, DE, FR, NOW, UK, US

OWN = LwaClient("amzn1.application-oa2-client.own", "amzn1.oa2-cs.v1.own")
BROUGHT = Brought("SELLER1", RefreshToken("Atzr|brought"), (US,))


@pytest.fixture
def bench() -> Bench:
    return Bench()


def bring(bench: Bench, brought: Brought = BROUGHT) -> Connection:
    return bench.self_authorised.connect(bench.user, VISITOR, brought).connection


def test_what_is_brought_is_tried_then_kept(bench: Bench) -> None:
    connection = bring(bench)

    row = bench.store.tables.tokens[connection.id]
    assert (bench.lwa.asked_with, bench.lwa.asked_as) == ([RefreshToken("Atzr|brought")], [None])
    assert (row.refresh_token, row.access_token is not None) == (RefreshToken("Atzr|brought"), True)
    assert (connection.status, connection.is_default) == (ConnectionStatus.CONNECTED, True)
    assert {each.next_run_at for each in bench.store.tables.resources.values()} == {NOW}
    assert (bench.accounts.asked_in, bench.accounts.asked) == ([Region.NA], 0)


def test_a_token_of_another_region_takes_the_place_of_none(bench: Bench) -> None:
    known = bring(bench)
    bench.accounts.trouble.append(ReauthorizationRequired("revoked, malformed or invalid"))

    with pytest.raises(InvalidInput) as caught:
        bring(bench, replace(BROUGHT, refresh_token=RefreshToken("Atzr|european")))

    assert set(caught.value.fields) == {"refresh_token"}
    assert bench.store.tables.tokens[known.id].refresh_token == RefreshToken("Atzr|brought")
    assert (bench.store.tables.audit[-1].action, bench.store.tables.audit[-1].connection_id) == (
        "connection.refused",
        known.id,
    )


def test_the_users_own_client_is_asked_with_and_kept(bench: Bench) -> None:
    connection = bring(bench, replace(BROUGHT, client=OWN, iam_role_arn="arn:aws:iam::1:role/x"))

    with bench.look() as work:
        stored = work.vault.look(connection.id)
    assert bench.lwa.asked_as == [OWN]
    assert stored is not None
    assert stored.client == OWN
    assert (connection.lwa_client_id, connection.iam_role_arn) == (OWN.id, "arn:aws:iam::1:role/x")


def test_a_token_that_lwa_has_replaced_is_kept_as_replaced(bench: Bench) -> None:
    bench.lwa.renewals.append(Renewal(bench.lwa.token(), RefreshToken("Atzr|replaced")))

    connection = bring(bench)

    assert bench.store.tables.tokens[connection.id].refresh_token == RefreshToken("Atzr|replaced")


def test_only_the_named_marketplaces_are_synced(bench: Bench) -> None:
    bench.accounts.marketplace_ids = (DE, FR, UK)

    connection = bring(bench, replace(BROUGHT, marketplace_ids=(FR, DE, FR)))

    assert (connection.region, connection.marketplace_id) == (Region.EU, FR)
    assert connection.chosen_ids == (FR, DE)
    assert connection.marketplace_ids == tuple(sorted([DE, FR]))
    assert set(connection.participating_ids) == {DE, FR, UK}


def test_the_same_seller_again_is_a_renewal(bench: Bench) -> None:
    bench.accounts.marketplace_ids = (US, CA)
    first = bring(bench)

    again = bench.self_authorised.connect(
        bench.user, VISITOR, replace(BROUGHT, marketplace_ids=(CA,), refresh_token=RefreshToken("Atzr|2"))
    )

    assert again.renewed
    assert (again.connection.id, again.connection.marketplace_ids) == (first.id, (CA,))
    assert bench.store.tables.tokens[first.id].refresh_token == RefreshToken("Atzr|2")
    assert bench.deeds == ["connection.connected", "connection.renewed"]


def test_it_is_in_the_audit_log_by_which_door_without_secrets(bench: Bench) -> None:
    connection = bring(bench, replace(BROUGHT, client=OWN))

    (entry,) = bench.entries
    assert dict(entry.details) == {
        "seller_id": "SELLER1",
        "region": "na",
        "door": "self_authorised",
        "lwa_client_id": OWN.id,
    }
    told = repr([bench.entries, bench.store.tables.events, connection, BROUGHT, replace(BROUGHT, client=OWN)])
    assert "Atzr|" not in told
    assert OWN.secret not in told


REFUSED = ClientRefused("invalid_client", ("AMAZON_LWA_CLIENT_SECRET",), code="invalid_client")


@pytest.mark.parametrize(
    ("client", "error", "fields"),
    [
        (None, ReauthorizationRequired("invalid_grant"), {"refresh_token"}),
        (OWN, ReauthorizationRequired("invalid_grant"), {"refresh_token"}),
        (OWN, REFUSED, {"lwa_client_id", "lwa_client_secret"}),
    ],
)
def test_what_lwa_refuses_is_named_and_not_kept(
    bench: Bench, client: LwaClient | None, error: PortsideError, fields: set[str]
) -> None:
    bench.lwa.renewals.append(error)

    with pytest.raises(InvalidInput) as caught:
        bring(bench, replace(BROUGHT, client=client))

    assert set(caught.value.fields) == fields
    assert "Atzr|" not in str(caught.value)
    assert (bench.mine(), bench.store.tables.tokens) == ([], {})


@pytest.mark.parametrize(
    "error",
    [
        REFUSED,
        NotConfigured("none", ("AMAZON_LWA_APP_ID",)),
        RateLimited("slow", 3.0),
        UpstreamFailed("503"),
        UpstreamTimedOut("slow"),
    ],
)
def test_what_could_not_be_tried_is_not_kept(bench: Bench, error: PortsideError) -> None:
    bench.lwa.renewals.append(error)

    with pytest.raises(type(error)):
        bring(bench)

    assert (bench.mine(), bench.store.tables.tokens) == ([], {})


@pytest.mark.parametrize(
    ("ids", "region"), [((), None), (("MARS",), None), ((US, DE), None), ((US,), Region.EU)]
)
def test_marketplaces_have_to_be_known_and_of_one_region(
    bench: Bench, ids: tuple[str, ...], region: Region | None
) -> None:
    with pytest.raises(InvalidInput) as caught:
        bring(bench, replace(BROUGHT, marketplace_ids=ids, region=region))

    assert set(caught.value.fields) == {"marketplace_ids"}
    assert bench.lwa.refreshes == 0
