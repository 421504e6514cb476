"""The provider's keys: how often it is asked for them, by how many at once, and what happens while it is away."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from threading import Event

import pytest

from adapters.oidc.jwks import SigningKey
from adapters.oidc.keys import ASK_AGAIN, ASK_AGAIN_WITHOUT_KEYS, KEPT, ProviderKeys
from adapters.oidc.probe import ProviderProbe
from adapters.oidc.provider import Fetched, ProviderFailed
from adapters.oidc.tokens import OidcTokens
from domain.errors import TokenRefused, Unavailable
from tests.fakes.clock import HeldClock
from tests.fakes.issuer import DISCOVERY, JWKS, LoopbackIssuer, a_key
from tests.fakes.stopwatch import HeldStopwatch

SECOND = timedelta(seconds=1)


@dataclass
class ScriptedProvider:
    """Gives the keys it is told to give, counts how often, and can be made to fail or to take its time."""

    names: list[str] = field(default_factory=lambda: ["first"])
    max_age: float | None = None
    away: bool = False
    asked: int = 0
    go_on: Event = field(default_factory=Event)
    begun: Event = field(default_factory=Event)
    takes: Callable[[], object] = lambda: None

    def __post_init__(self) -> None:
        self.go_on.set()

    def fetch(self) -> Fetched:
        self.asked += 1
        self.begun.set()
        assert self.go_on.wait(10)
        self.takes()
        if self.away:
            raise ProviderFailed("it is away", "bring it back")
        return Fetched(tuple(SigningKey(a_key(name), name, None) for name in self.names), self.max_age)


@pytest.fixture
def provider() -> ScriptedProvider:
    return ScriptedProvider()


@pytest.fixture
def keys(provider: ScriptedProvider, clock: HeldClock) -> ProviderKeys:
    return ProviderKeys(provider, HeldStopwatch(clock))  # type: ignore[arg-type] # all that is asked of a provider


def names(keys: ProviderKeys, kid: str | None = "first") -> list[str | None]:
    return [one.kid for one in keys.signing(kid, "ES256")]


def test_the_provider_is_asked_once_for_many_tokens(provider, keys) -> None:
    assert [names(keys) for _ in range(50)] == [["first"]] * 50
    assert provider.asked == 1


@pytest.mark.parametrize(
    ("max_age", "asked_after"),
    [(None, 600), (0, 300), (299, 300), (1200, 1200), (3600, 3600), (10**8, 3600)],
)
def test_keys_are_believed_for_as_long_as_the_provider_says_within_bounds(
    provider, keys, clock, max_age, asked_after
) -> None:
    provider.max_age = max_age
    names(keys)

    clock.advance((asked_after - 1) * SECOND)
    names(keys)
    before = provider.asked
    clock.advance(SECOND)
    names(keys)

    assert (before, provider.asked) == (1, 2)


def test_a_new_key_is_found_at_once_and_an_old_one_is_gone(provider, keys, clock) -> None:
    names(keys)
    clock.advance(ASK_AGAIN * SECOND)
    provider.names[:] = ["second"]

    assert names(keys, "second") == ["second"]
    assert names(keys, "first") == []
    assert provider.asked == 2


def test_a_flood_of_made_up_keys_makes_us_ask_twice_a_minute(provider, keys, clock) -> None:
    for number in range(600):
        assert names(keys, f"made-up-{number}") == []
        clock.advance(SECOND / 10)

    assert provider.asked == 2


def test_good_tokens_are_read_during_a_flood_also_when_the_provider_is_away(provider, keys, clock) -> None:
    names(keys)
    provider.away = True

    for number in range(600):
        assert names(keys, f"made-up-{number}") == []
        assert names(keys) == ["first"]
        clock.advance(SECOND)

    assert provider.asked <= 1 + 600 / ASK_AGAIN


def test_keys_are_kept_for_a_day_while_the_provider_is_away(provider, keys, clock) -> None:
    names(keys)
    provider.away = True

    clock.advance(KEPT * SECOND)
    kept = names(keys)
    clock.advance(SECOND)

    assert kept == ["first"]
    with pytest.raises(Unavailable):
        names(keys)


def test_a_provider_that_comes_back_after_days_is_believed_again(provider, keys, clock) -> None:
    names(keys)
    provider.away = True
    clock.advance(3 * KEPT * SECOND)
    with pytest.raises(Unavailable):
        names(keys)

    provider.away = False
    clock.advance(ASK_AGAIN_WITHOUT_KEYS * SECOND)

    assert names(keys) == ["first"]


def test_without_any_keys_it_is_said_when_to_come_back_and_asked_again_after_seconds(
    provider, keys, clock
) -> None:
    provider.away = True
    for _ in range(20):
        with pytest.raises(Unavailable) as caught:
            names(keys)
    assert (provider.asked, caught.value.retry_after) == (1, ASK_AGAIN_WITHOUT_KEYS)

    provider.away = False
    clock.advance(ASK_AGAIN_WITHOUT_KEYS * SECOND)

    assert names(keys) == ["first"]
    assert provider.asked == 2


# Many threads


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(8) as pool:
        yield pool


def test_of_many_first_tokens_one_asks_and_the_others_wait_for_the_answer(provider, keys, pool) -> None:
    provider.go_on.clear()
    waiting = [pool.submit(names, keys) for _ in range(8)]
    assert provider.begun.wait(5)
    provider.go_on.set()

    assert [one.result(10) for one in waiting] == [["first"]] * 8
    assert provider.asked == 1


def test_nobody_waits_for_a_provider_that_has_failed_but_the_one_who_asks_it_again(
    provider, keys, clock, pool
) -> None:
    provider.away = True
    with pytest.raises(Unavailable):
        names(keys)
    clock.advance(ASK_AGAIN_WITHOUT_KEYS * SECOND)
    provider.go_on.clear()
    provider.begun.clear()
    asking = pool.submit(names, keys)
    assert provider.begun.wait(5)

    others = [pool.submit(names, keys) for _ in range(5)]

    assert [type(one.exception(3)) for one in others] == [Unavailable] * 5
    assert not asking.done()
    provider.away = False
    provider.go_on.set()
    assert asking.result(10) == names(keys) == ["first"]


def test_after_a_provider_took_long_to_fail_it_is_left_alone_for_as_long_as_after_a_quick_failure(
    provider, keys, clock
) -> None:
    provider.away, provider.takes = True, lambda: clock.advance(2 * ASK_AGAIN_WITHOUT_KEYS * SECOND)

    for _ in range(20):
        with pytest.raises(Unavailable):
            names(keys)

    assert provider.asked == 1


def test_while_one_asks_for_fresh_keys_the_others_go_by_the_ones_at_hand(provider, keys, clock, pool) -> None:
    names(keys)
    clock.advance(600 * SECOND)
    provider.go_on.clear()
    provider.begun.clear()
    asking = pool.submit(names, keys)
    assert provider.begun.wait(5)

    others = [names(keys) for _ in range(5)]

    assert others == [["first"]] * 5
    assert not asking.done()
    provider.go_on.set()
    assert asking.result(10) == ["first"]
    assert provider.asked == 2


def test_a_token_under_a_new_key_waits_for_who_is_asking_already(provider, keys, clock, pool) -> None:
    names(keys)
    clock.advance(ASK_AGAIN * SECOND)
    provider.names.append("second")
    provider.go_on.clear()
    provider.begun.clear()
    waiting = [pool.submit(names, keys, "second") for _ in range(4)]
    assert provider.begun.wait(5)
    provider.go_on.set()

    assert [one.result(10) for one in waiting] == [["second"]] * 4
    assert provider.asked == 2


# Over HTTP


def test_rotation_over_http_lets_the_new_key_in_and_the_old_one_out(
    issuer: LoopbackIssuer, tokens: OidcTokens, clock: HeldClock
) -> None:
    old = issuer.token()
    tokens.verify(old)
    issuer.published.clear()
    issuer.publish("second")
    clock.advance(ASK_AGAIN * SECOND)

    subject = tokens.verify(issuer.token("second")).identity.subject

    assert subject == "user-1"
    with pytest.raises(TokenRefused):
        tokens.verify(old)
    assert issuer.asked == [DISCOVERY, JWKS] * 2


def test_a_flood_of_made_up_keys_over_http_is_counted_by_the_provider(issuer, tokens, clock) -> None:
    tokens.verify(issuer.token())

    for number in range(200):
        with pytest.raises(TokenRefused):
            tokens.verify(issuer.token(header={"kid": f"made-up-{number}"}))
        clock.advance(SECOND / 10)

    assert issuer.asked == [DISCOVERY, JWKS]


def test_the_providers_word_on_how_long_its_keys_are_good_is_heard(issuer, tokens, clock) -> None:
    issuer.headers = ("Cache-Control: public, max-age=1200, must-revalidate",)
    tokens.verify(issuer.token())

    clock.advance(1199 * SECOND)
    tokens.verify(issuer.token())
    before = len(issuer.asked)
    clock.advance(SECOND)
    tokens.verify(issuer.token())

    assert (before, len(issuer.asked)) == (2, 4)


def test_a_provider_that_is_down_lets_nobody_in_and_nobody_is_told_why(issuer, tokens) -> None:
    issuer.status = "503 Service Unavailable"

    with pytest.raises(Unavailable) as caught:
        tokens.verify(issuer.token())

    assert issuer.url not in str(caught.value)


# What the health check says


def test_the_probe_is_well_with_keys_and_asks_no_oftener_than_tokens_do(provider, keys) -> None:
    found = [ProviderProbe(keys).check() for _ in range(20)]

    assert {(one.name, one.ok, one.cause, one.details["keys"]) for one in found} == {
        ("identity_provider", True, "", 1)
    }
    assert provider.asked == 1


def test_the_probe_says_what_keeps_everybody_out(provider, keys) -> None:
    provider.away = True

    found = ProviderProbe(keys).check()

    assert (found.ok, found.cause, found.mend) == (
        False,
        "no token lets anybody in: it is away",
        "bring it back",
    )


def test_a_provider_that_is_away_for_a_while_is_a_warning(provider, keys, clock) -> None:
    names(keys)
    provider.away = True
    clock.advance(600 * SECOND)

    found = ProviderProbe(keys).check()

    assert found.ok
    assert found.cause == "it is away; the keys that are held are used for up to 24 hours"
    assert found.mend == "bring it back"
