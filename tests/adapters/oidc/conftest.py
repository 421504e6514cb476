"""A provider over real HTTP, and what reads its tokens, by one clock that the test moves."""

from collections.abc import Iterator

import pytest

from adapters.oidc.tokens import OidcTokens
from tests.fakes.clock import HeldClock
from tests.fakes.issuer import LoopbackIssuer, issuing
from tests.fakes.things import NOW


@pytest.fixture
def clock() -> HeldClock:
    return HeldClock(NOW)


@pytest.fixture
def issuer(clock: HeldClock) -> Iterator[LoopbackIssuer]:
    with issuing(clock) as issuer:
        yield issuer


@pytest.fixture
def tokens(issuer: LoopbackIssuer, clock: HeldClock) -> OidcTokens:
    return issuer.reader(clock)
