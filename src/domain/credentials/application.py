"""Who asks Login with Amazon: the installation's own client, with whichever of its secrets LWA accepts."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock
from typing import TypeVar

from domain.clock import Clock
from domain.connections.model import Grant
from domain.credentials.pace import Pace
from domain.credentials.ports import LwaEndpoint
from domain.credentials.shelf import Candidate, SecretShelf
from domain.errors import ClientRefused, NotConfigured, told_of
from domain.tokens.model import LwaClient, RefreshToken, Renewal

log = logging.getLogger(__name__)

Result = TypeVar("Result")

_ALARM_EVERY = timedelta(minutes=1)
#: LWA's word that it knows the client, but that this grant is not for it: no other secret would help.
_NOT_THIS_GRANT = "unauthorized_client"
_OWN_REFUSED = (
    "Amazon does not accept the connection's own LWA client ({code}): lwa_client_id or lwa_client_secret is wrong, the "
    "secret has expired after its 180 days, or the refresh token was issued to another client. Give the connection the "
    "client's present secret."
)


@dataclass(frozen=True)
class Application:
    """Which of the installation's applications a client is: its channel, its settings, and who mends it where.

    ``all_refused`` and ``not_ours`` are told to the operator when LWA accepts no secret (``invalid_client``), and when it
    lets the client do nothing (``unauthorized_client``).
    """

    channel: str
    name: str
    id_variable: str
    secret_variable: str
    all_refused: str
    not_ours: str


SELLERS = Application(
    channel="amazon",
    name="Amazon's LWA client",
    id_variable="AMAZON_LWA_APP_ID",
    secret_variable="AMAZON_LWA_CLIENT_SECRET",  # noqa: S106 - a name
    all_refused=(
        "Amazon accepts none of this installation's LWA client secrets (invalid_client): AMAZON_LWA_CLIENT_SECRET is "
        "wrong, or has expired after its 180 days; or AMAZON_LWA_APP_ID is another client's. Rotate the secret in the "
        "Solution Provider Portal, set the new one and restart. No seller has to connect again."
    ),
    not_ours=(
        "Amazon says that this installation's LWA client may not do this (unauthorized_client): the refresh token was "
        "issued to another client than AMAZON_LWA_APP_ID, or the application is inactive in the Solution Provider Portal."
    ),
)
ADVERTISERS = Application(
    channel="ads",
    name="Amazon Ads' LWA client",
    id_variable="AMAZON_ADS_CLIENT_ID",
    secret_variable="AMAZON_ADS_CLIENT_SECRET",  # noqa: S106 - a name
    all_refused=(
        "Amazon does not accept the client of Amazon Ads (invalid_client): AMAZON_ADS_CLIENT_ID or "
        "AMAZON_ADS_CLIENT_SECRET is wrong. Copy both from the security profile at developer.amazon.com and restart. No "
        "advertiser has to connect again."
    ),
    not_ours=(
        "Amazon says that the client of Amazon Ads may not do this (unauthorized_client): the refresh token was issued to "
        "another client than AMAZON_ADS_CLIENT_ID, or the security profile does not allow it."
    ),
)


@dataclass
class _Alarm:
    """One line a minute, however many exchanges fail."""

    rung_at: datetime | None = None
    lock: Lock = field(default_factory=Lock, repr=False)

    def ring(self, now: datetime, message: str) -> None:
        with self.lock:
            if self.rung_at is not None and self.rung_at <= now < self.rung_at + _ALARM_EVERY:
                return
            self.rung_at = now
        log.error("%s", message)


@dataclass(frozen=True)
class ApplicationClient:
    """Exchanges refresh tokens and codes: a ``TokenExchange`` and a ``CodeExchange``.

    A secret that LWA refuses is passed over at once for the next one, and by every process from then on; as long as one
    of them is accepted, an exchange is a single request. When all are refused, the operator is told, no seller is at
    fault, and LWA is left alone but for one trial of each secret a minute, and for codes: a person waits for what becomes
    of one, and it lives for minutes only.
    """

    endpoint: LwaEndpoint
    shelf: SecretShelf
    pace: Pace
    clock: Clock
    missing: tuple[str, ...] = ()  # the settings without which there is no client
    application: Application = SELLERS
    _alarm: _Alarm = field(default_factory=_Alarm, init=False, repr=False)

    def refresh(self, token: RefreshToken, client: LwaClient | None, account: str = "") -> Renewal:  # noqa: ARG002 - the port's signature
        """Trade a refresh token; in the name of the user's own ``client``, where there is one.

        Raises:
            As ``domain.tokens.ports.TokenExchange.refresh``.
        """
        with told_of(self.application.channel):
            if client is not None:
                return self._as_own(client, lambda: self.endpoint.refresh(token, client))
            return self._as_ours(lambda ours: self.endpoint.refresh(token, ours))

    def exchange(self, code: str, redirect_uri: str) -> Grant:
        """Trade an authorization code. It is sent again only after LWA has refused the secret, and not the code.

        Raises:
            As ``domain.connections.ports.CodeExchange.exchange``.
        """
        with told_of(self.application.channel):
            return self._as_ours(
                lambda ours: self.endpoint.exchange(code, redirect_uri, ours), at_any_rate=True
            )

    def days_left(self, now: datetime) -> float | None:
        """Days until the last secret that works ends; 0 when LWA refuses all, ``None`` where there is no client.

        Raises:
            Unavailable: what is known of the secrets can't be read.
        """
        if self.missing:
            return None
        good = [one.secret for one in self.shelf.candidates() if one.secret.refused_at is None]
        return max((one.days_left(now) for one in good), default=0.0)

    def _as_ours(self, ask: Callable[[LwaClient], Result], at_any_rate: bool = False) -> Result:
        if self.missing:
            raise NotConfigured(f"{self.application.name} is not configured.", self.missing)
        client_id = self.shelf.client_id
        for candidate in self.shelf.candidates():
            mark, known_refused = candidate.secret.fingerprint, candidate.secret.refused_at is not None
            if known_refused and not at_any_rate and not self.pace.may_try_again(client_id, mark):
                continue
            try:
                result = self._asked_with(candidate, ask, at_any_rate)
            except ClientRefused as error:
                if error.code == _NOT_THIS_GRANT:
                    about = self.application
                    raise self._alarmed(about.not_ours, about.id_variable, error.code) from error
                self.pace.refused(client_id, mark)
                self.shelf.refused(candidate)
                continue
            self.shelf.accepted(candidate)
            return result
        about = self.application
        raise self._alarmed(about.all_refused, about.secret_variable, "invalid_client")

    def _asked_with(
        self, candidate: Candidate, ask: Callable[[LwaClient], Result], at_any_rate: bool
    ) -> Result:
        client = LwaClient(self.shelf.client_id, candidate.text)
        return self.pace.asked(client.id, lambda: ask(client), at_any_rate)

    def _as_own(self, client: LwaClient, ask: Callable[[], Result]) -> Result:
        try:
            # A plan of its own, even where somebody has named the installation's client.
            return self.pace.asked(f"own {client.id}", ask)
        except ClientRefused as error:
            fields = ("lwa_client_id", "lwa_client_secret")
            message = _OWN_REFUSED.format(code=error.code)
            raise ClientRefused(message, fields, code=error.code, own=True) from error

    def _alarmed(self, message: str, variable: str, code: str) -> ClientRefused:
        self._alarm.ring(self.clock.now(), message)
        return ClientRefused(message, (variable,), code=code)
