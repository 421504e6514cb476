"""In which marketplaces a connection sells."""

from datetime import timedelta

import pytest

from domain.errors import UpstreamFailed
from domain.gateway.model import Patience
from tests.domain.connections.bench import VISITOR, Bench
from tests.fakes.things import CA, DE, NOW, US, kept


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_amazons_answer_is_kept(bench: Bench) -> None:
    connection = bench.connect()
    bench.accounts.marketplace_ids = (CA, US)
    bench.clock.advance(timedelta(hours=1))

    updated = bench.memberships.refreshed(connection, Patience.INTERACTIVE)

    assert updated == kept(bench.store, connection)
    assert updated.marketplace_ids == tuple(sorted([CA, US]))
    assert (updated.marketplace_id, updated.participations_at) == (US, NOW + timedelta(hours=1))


def test_a_seller_who_leaves_the_home_marketplace_gets_another(bench: Bench) -> None:
    connection = bench.connect()
    bench.accounts.marketplace_ids = (CA,)

    assert bench.memberships.refreshed(connection, Patience.INTERACTIVE).marketplace_id == CA


@pytest.mark.parametrize("answer", [(), (DE,), ("NON-AMAZON",)])
def test_an_answer_without_a_usable_marketplace_changes_none(bench: Bench, answer: tuple[str, ...]) -> None:
    connection = bench.connect()
    bench.accounts.marketplace_ids = answer

    assert bench.memberships.refreshed(connection, Patience.INTERACTIVE).marketplace_ids == (US,)


def test_a_failed_question_leaves_everything_as_it_was(bench: Bench) -> None:
    connection = bench.connect()
    bench.accounts.trouble.append(UpstreamFailed("503"))

    with pytest.raises(UpstreamFailed):
        bench.memberships.refreshed(connection, Patience.INTERACTIVE)

    assert kept(bench.store, connection) == connection


def test_what_changed_during_the_question_is_not_undone(bench: Bench) -> None:
    connection = bench.connect()
    bench.connections.disconnect(bench.user, VISITOR)

    updated = bench.memberships.refreshed(connection, Patience.BACKGROUND)

    assert updated.status == kept(bench.store, connection).status == "disconnected"


@pytest.mark.parametrize(("hours", "asked"), [(0, 0), (23.9, 0), (24, 1), (100, 1)])
def test_amazon_is_asked_once_a_day(bench: Bench, hours: float, asked: int) -> None:
    connection = bench.connect()
    bench.accounts.asked = 0
    bench.clock.advance(timedelta(hours=hours))

    bench.memberships.refreshed_daily(connection)

    assert bench.accounts.asked == asked


def test_amazon_is_asked_as_long_as_it_has_not_answered(bench: Bench) -> None:
    bench.accounts.trouble.append(UpstreamFailed("503"))
    connection = bench.connect()

    assert bench.memberships.refreshed_daily(connection).participations_at == NOW
