"""When an access token is renewed unasked."""

from collections import Counter
from datetime import timedelta
from random import Random
from uuid import UUID

import pytest

from domain.tokens.model import SAFETY_MARGIN, AccessToken
from tests.fakes.things import NOW

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
LIVES = [timedelta(minutes=2), timedelta(minutes=5), timedelta(minutes=30), HOUR, timedelta(hours=12)]


def ids(count: int) -> list[UUID]:
    """Ids as connections have them, the same ones each time."""
    chance = Random(20260304)
    return [UUID(bytes=chance.randbytes(16), version=4) for _ in range(count)]


def issued(life: timedelta = HOUR) -> AccessToken:
    return AccessToken("Atza|now", NOW + life, life)


def test_ten_thousand_tokens_issued_at_once_are_renewed_evenly_over_a_quarter_of_an_hour() -> None:
    moments = [issued().renew_at(connection_id) for connection_id in ids(10_000)]

    per_minute = Counter((moment - NOW) // MINUTE for moment in moments)
    assert (min(per_minute), max(per_minute)) == (40, 54)
    assert max(per_minute.values()) <= 1.5 * 10_000 / 15
    assert min(per_minute.values()) >= 0.5 * 10_000 / 15


def test_shorter_lives_are_spread_in_proportion() -> None:
    half_an_hour = issued(30 * MINUTE)

    moments = [half_an_hour.renew_at(connection_id) for connection_id in ids(2_000)]

    assert NOW + 20 * MINUTE <= min(moments) < NOW + 20.1 * MINUTE
    assert NOW + 27.4 * MINUTE < max(moments) <= NOW + 27.5 * MINUTE


@pytest.mark.parametrize("life", LIVES)
def test_the_moment_lies_in_the_second_half_of_a_life_and_before_the_safety_margin(life: timedelta) -> None:
    token = issued(life)

    for connection_id in ids(500):
        moment = token.renew_at(connection_id)
        assert NOW + life / 2 <= moment <= token.expires_at - SAFETY_MARGIN
        assert token.usable_at(moment - timedelta(microseconds=1))


@pytest.mark.parametrize("seconds", [1, 30, 119])
def test_a_token_that_dies_at_once_is_not_renewed_in_a_circle(seconds: int) -> None:
    life = timedelta(seconds=seconds)

    moments = {issued(life).renew_at(connection_id) for connection_id in ids(50)}

    assert moments == {NOW + life / 2}


def test_a_connection_has_its_place_in_the_quarter_of_an_hour_and_keeps_it() -> None:
    (connection_id,) = ids(1)
    first = issued()
    later = AccessToken("Atza|later", first.expires_at + HOUR, HOUR)

    assert later.renew_at(connection_id) - first.renew_at(connection_id) == HOUR
