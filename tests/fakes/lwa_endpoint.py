"""LWA's token endpoint, for clients: it knows which of their secrets are good."""

from collections import deque
from collections.abc import Callable
from datetime import timedelta

from domain.clock import Clock
from domain.connections.model import Grant
from domain.errors import ClientRefused
from domain.tokens.model import AccessToken, LwaClient, RefreshToken, Renewal


class KnowingLwa:
    """Accepts the secrets in ``good``, refuses others with ``invalid_client``, and raises what is in ``troubles`` first.

    ``asked`` holds the secret of every request. ``during`` is called in the middle of each.
    """

    def __init__(self, clock: Clock, *good: str) -> None:
        self._clock = clock
        self.good = set(good)
        self.troubles: deque[Exception] = deque()
        self.asked: list[str] = []
        self.during: Callable[[], None] = _nothing

    def refresh(self, token: RefreshToken, client: LwaClient) -> Renewal:
        self._judge(client)
        return Renewal(self._token())

    def exchange(self, code: str, redirect_uri: str, client: LwaClient) -> Grant:
        self._judge(client)
        return Grant(RefreshToken(f"Atzr|{code}"), self._token())

    def _judge(self, client: LwaClient) -> None:
        self.asked.append(client.secret)
        self.during()
        if self.troubles:
            raise self.troubles.popleft()
        if client.secret not in self.good:
            raise ClientRefused("LWA: invalid_client", ("AMAZON_LWA_CLIENT_SECRET",), code="invalid_client")

    def _token(self) -> AccessToken:
        return AccessToken(f"Atza|{len(self.asked)}", self._clock.now() + timedelta(hours=1))


def _nothing() -> None:
    """What happens while LWA thinks, unless a test says otherwise."""
