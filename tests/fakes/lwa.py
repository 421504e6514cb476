"""Login with Amazon, playing a script."""

from collections import deque
from collections.abc import Callable
from datetime import timedelta

from domain.clock import Clock
from domain.connections.model import Grant
from domain.tokens.model import AccessToken, LwaClient, RefreshToken, Renewal


class ScriptedLwa:
    """LWA's token endpoint: plays what is in ``renewals`` and ``grants``, then goes on inventing good answers.

    An exception in a script is raised. ``refreshes`` and ``exchanges`` count the calls; ``during`` is called in the
    middle of each, so that a test can let something happen while LWA is thinking.
    """

    def __init__(self, clock: Clock, life: timedelta = timedelta(hours=1)) -> None:
        self._clock = clock
        self._life = life
        self.renewals: deque[Renewal | Exception] = deque()
        self.grants: deque[Grant | Exception] = deque()
        self.refreshes = 0
        self.exchanges = 0
        self.asked_with: list[RefreshToken] = []
        self.asked_as: list[LwaClient | None] = []
        self.during: Callable[[], None] = _nothing

    def refresh(self, token: RefreshToken, client: LwaClient | None = None, account: str = "") -> Renewal:
        self.refreshes += 1
        self.asked_with.append(token)
        self.asked_as.append(client)
        self.during()
        answer = self.renewals.popleft() if self.renewals else Renewal(self.token())
        if isinstance(answer, Exception):
            raise answer
        return answer

    def exchange(self, code: str, redirect_uri: str) -> Grant:
        self.exchanges += 1
        self.during()
        answer = self.grants.popleft() if self.grants else Grant(RefreshToken(f"Atzr|{code}"), self.token())
        if isinstance(answer, Exception):
            raise answer
        return answer

    def token(self) -> AccessToken:
        """A new access token, numbered by the calls so far."""
        number = self.refreshes + self.exchanges
        return AccessToken(f"Atza|{number}", self._clock.now() + self._life, self._life)


def _nothing() -> None:
    """What happens while LWA thinks, unless a test says otherwise."""
