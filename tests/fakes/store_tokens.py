"""A store's token endpoint, playing a script."""

from collections import deque
from datetime import timedelta
from urllib.parse import urlencode

from domain.clock import Clock
from domain.connections.model import Grant
from domain.errors import NotConfigured
from domain.tokens.model import AccessToken, LwaClient, RefreshToken, Renewal


class ScriptedStoreTokens:
    """Invents good answers, unless there is an exception in ``troubles``, which is raised, one a call.

    ``exchanged`` remembers shops and codes, ``clients`` shops and who asked for them.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.troubles: deque[Exception] = deque()
        self.exchanged: list[tuple[str, str]] = []
        self.clients: list[tuple[str, LwaClient | None]] = []
        self.refreshed: list[tuple[str, str]] = []

    def exchange(self, shop: str, code: str) -> Grant:
        self._suffer()
        self.exchanged.append((shop, code))
        return Grant(RefreshToken(f"refresh:{code}"), self._token(code))

    def by_client(self, shop: str, client: LwaClient | None) -> Grant:
        self._suffer()
        self.clients.append((shop, client))
        return Grant(RefreshToken("client_credentials:"), self._token("minted"))

    def permanent(self, token: str) -> Grant:
        return Grant(RefreshToken(f"permanent:{token}"), self._token(token))

    def refresh(self, token: RefreshToken, client: LwaClient | None, account: str = "") -> Renewal:
        self._suffer()
        self.refreshed.append((account, token.text))
        return Renewal(self._token("renewed"))

    def _token(self, name: str) -> AccessToken:
        return AccessToken(f"shpat_{name}", self._clock.now() + timedelta(hours=1), renew_unasked=False)

    def _suffer(self) -> None:
        if self.troubles:
            raise self.troubles.popleft()


class PlainStorePages:
    """The address shows what it was asked for. With ``missing`` set, no application is configured."""

    def __init__(self, missing_settings: tuple[str, ...] = ()) -> None:
        self.missing_settings = missing_settings

    def url(self, shop: str, state: str, redirect_uri: str) -> str:
        if self.missing_settings:
            raise NotConfigured("The application is not configured.", self.missing_settings)
        return f"https://{shop}/consent?{urlencode({'state': state, 'redirect_uri': redirect_uri})}"

    def missing(self) -> tuple[str, ...]:
        return self.missing_settings
