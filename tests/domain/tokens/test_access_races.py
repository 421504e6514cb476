"""Renewals that meet a newer grant, a revocation, or a complaint about the token."""

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest

from domain.errors import (
    NotConfigured,
    ReauthorizationRequired,
    UpstreamTimedOut,
)
from domain.tokens.model import AccessToken, RefreshToken, Renewal
from tests.domain.tokens.bench import CONNECTION, HOUR, NEW, OLD, Bench
from tests.fakes.memory_work import MemoryWork
from tests.fakes.things import NOW


@pytest.fixture
def bench() -> Bench:
    bench = Bench()
    bench.keep()
    return bench


def test_a_replaced_refresh_token_is_kept(bench: Bench) -> None:
    bench.lwa.renewals.append(Renewal(AccessToken("Atza|x", NOW + HOUR), NEW))

    bench.tokens.for_connection(CONNECTION)

    assert bench.stored.refresh_token == NEW


def test_a_slow_renewal_never_overwrites_a_newer_grant(bench: Bench) -> None:
    fresh = AccessToken("Atza|fresh", NOW + HOUR)
    bench.lwa.during = lambda: bench.keep(NEW, fresh)

    lent = bench.tokens.for_connection(CONNECTION)

    assert lent == fresh
    assert (bench.stored.refresh_token, bench.stored.access_token) == (NEW, fresh)


def test_a_renewal_whose_claim_was_taken_over_writes_nothing(bench: Bench) -> None:
    other = bench.process("process-2")

    def meanwhile() -> None:
        bench.lwa.during = lambda: None
        bench.clock.advance(timedelta(seconds=31))
        other.for_connection(CONNECTION)

    bench.lwa.during = meanwhile

    lent = bench.tokens.for_connection(CONNECTION)

    assert lent == bench.stored.access_token
    assert bench.lwa.refreshes == 2


def test_a_renewal_that_came_too_late_gives_its_claim_back(bench: Bench) -> None:
    bench.keep(access=AccessToken("Atza|dying", NOW + timedelta(seconds=30)))

    def meanwhile() -> None:
        bench.lwa.during = lambda: None
        bench.tokens.refused(CONNECTION, AccessToken("Atza|dying", NOW + timedelta(seconds=30)))

    bench.lwa.during = meanwhile

    bench.tokens.for_connection(CONNECTION)

    assert bench.pause.waits == []


def test_a_revoked_grant_is_told_with_its_version(bench: Bench) -> None:
    bench.lwa.renewals.append(ReauthorizationRequired("invalid_grant"))

    with pytest.raises(ReauthorizationRequired):
        bench.tokens.for_connection(CONNECTION)

    assert bench.revoked == [(CONNECTION, bench.row.version)]
    assert bench.row.claim_owner is None


def test_what_lwa_refused_may_have_been_replaced_by_then(bench: Bench) -> None:
    fresh = AccessToken("Atza|fresh", NOW + HOUR)
    bench.lwa.renewals.append(ReauthorizationRequired("invalid_grant"))
    bench.lwa.during = lambda: bench.keep(NEW, fresh)

    lent = bench.tokens.for_connection(CONNECTION)

    assert lent == fresh
    assert bench.revoked == []


@pytest.mark.parametrize("error", [UpstreamTimedOut("slow"), NotConfigured("invalid_client", ("X",))])
def test_a_failed_exchange_revokes_nobody_and_blocks_nobody(bench: Bench, error: Exception) -> None:
    bench.lwa.renewals.append(error)

    with pytest.raises(type(error)):
        bench.tokens.for_connection(CONNECTION)

    assert bench.revoked == []
    assert bench.tokens.for_connection(CONNECTION).text == "Atza|2"
    assert bench.pause.waits == []


def test_a_proof_that_fails_leaves_the_good_token_where_it_is(bench: Bench) -> None:
    kept = AccessToken("Atza|kept", NOW + HOUR)
    bench.keep(access=kept)
    bench.lwa.renewals.append(NotConfigured("invalid_client", ("X",)))

    with pytest.raises(NotConfigured):
        bench.tokens.renewed(CONNECTION)

    assert bench.tokens.for_connection(CONNECTION) == kept


def test_a_refused_token_is_not_lent_again(bench: Bench) -> None:
    refused = bench.tokens.for_connection(CONNECTION)

    bench.tokens.refused(CONNECTION, refused)

    assert bench.tokens.for_connection(CONNECTION) != refused
    assert bench.lwa.refreshes == 2


def test_a_token_is_known_by_its_text(bench: Bench) -> None:
    lent = bench.tokens.for_connection(CONNECTION)

    bench.tokens.refused(CONNECTION, replace(lent, expires_at=lent.expires_at - timedelta(microseconds=1)))

    assert bench.stored.access_token is None


def test_a_late_complaint_about_an_old_token_leaves_the_new_one(bench: Bench) -> None:
    old = bench.tokens.for_connection(CONNECTION)
    bench.tokens.refused(CONNECTION, old)
    new = bench.tokens.for_connection(CONNECTION)

    bench.tokens.refused(CONNECTION, old)

    assert bench.tokens.for_connection(CONNECTION) == new
    assert bench.lwa.refreshes == 2


def test_connections_do_not_wait_for_each_other(bench: Bench) -> None:
    other_connection = uuid4()
    with MemoryWork(bench.store) as work:
        work.vault.keep(other_connection, RefreshToken("Atzr|other"), None)
        work.commit()
    lent: list[AccessToken] = []

    def meanwhile() -> None:
        bench.lwa.during = lambda: None
        lent.append(bench.tokens.for_connection(other_connection))

    bench.lwa.during = meanwhile

    bench.tokens.for_connection(CONNECTION)

    assert len(lent) == 1


def test_tokens_do_not_show_in_their_repr(bench: Bench) -> None:
    token = bench.tokens.for_connection(CONNECTION)

    assert token.text not in repr(token)
    assert OLD.text not in repr(bench.stored)
