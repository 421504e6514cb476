"""Whoever tries again and again what LWA does not honour uses up nobody's exchanges but their own."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from domain.connections.changes import Wish
from domain.connections.consent import Returned
from domain.connections.self_authorised import Brought
from domain.errors import ConsentFailed, RateLimited
from domain.tokens.model import RefreshToken
from domain.users.model import User
from tests.domain.connections.bench import BROWSER, VISITOR, Bench
from tests.fakes.things import US, a_user

IN_A_ROW = 20


@pytest.fixture
def bench() -> Bench:
    return Bench()


def bring(bench: Bench, user: User | None = None) -> None:
    brought = Brought("SELLER1", RefreshToken("Atzr|brought"), (US,))
    bench.self_authorised.connect(user or bench.user, VISITOR, brought)


def change(bench: Bench) -> None:
    (connection,) = bench.mine()
    wish = Wish(client_id="amzn1.application-oa2-client.own", client_secret="secret")
    bench.changes.make(bench.user, VISITOR, connection.id, wish)


def exhausted(bench: Bench) -> int:
    """The user has tried as often as one may; how often LWA was asked for it."""
    for _ in range(IN_A_ROW):
        bring(bench)
    return bench.lwa.refreshes


@pytest.mark.parametrize("attempt", [bring, change])
def test_after_twenty_in_a_row_lwa_is_not_asked_any_more(
    bench: Bench, attempt: Callable[[Bench], None]
) -> None:
    asked = exhausted(bench)

    with pytest.raises(RateLimited) as caught:
        attempt(bench)

    assert caught.value.retry_after == pytest.approx(5.0)
    assert (caught.value.channel, bench.lwa.refreshes) == ("", asked)


def test_a_consent_is_not_exchanged_then_either(bench: Bench) -> None:
    exhausted(bench)

    with pytest.raises(ConsentFailed) as caught:
        bench.connect()

    assert (caught.value.code, bench.lwa.exchanges) == ("exchange_failed", 0)


def test_forged_codes_use_up_the_same_trials(bench: Bench) -> None:
    for _ in range(IN_A_ROW):
        state = bench.start()
        bench.consent.finish(bench.user, VISITOR, BROWSER, Returned(state, "forged", "SELLER1", None))

    with pytest.raises(RateLimited):
        bring(bench)


def test_a_change_that_asks_nobody_goes_on(bench: Bench) -> None:
    exhausted(bench)
    (connection,) = bench.mine()

    changed = bench.changes.make(bench.user, VISITOR, connection.id, Wish(marketplace_ids=(US,)))

    assert changed.chosen_ids == (US,)


def test_another_user_is_not_kept_waiting(bench: Bench) -> None:
    asked, other = exhausted(bench), a_user("eve@example.com")
    with bench.work() as work:
        work.users.add(other, None)
        work.commit()

    bring(bench, other)

    assert bench.lwa.refreshes == asked + 1


def test_five_seconds_later_one_more_is_let_through(bench: Bench) -> None:
    exhausted(bench)
    bench.clock.advance(timedelta(seconds=5))

    bring(bench)

    with pytest.raises(RateLimited):
        bring(bench)
