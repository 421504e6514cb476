"""One authenticated call to a regional host of the Ads API, carried out by the gateway: inside limits, and retried."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from urllib.parse import quote, urlencode
from uuid import UUID

from adapters.ads.addresses import AdsAddresses
from adapters.ads.call import AdsCall, T
from adapters.ads.errors import ADS, decipher, is_about_a_profile
from adapters.ads.limits import CREATION, operation_of
from adapters.http import Outbound
from domain.connections.model import Connection
from domain.errors import ChannelError, NotConfigured, NotConnected, NotFound, told_of
from domain.gateway.answers import TokenDead
from domain.gateway.call import Gateway
from domain.gateway.model import Answer, Call, Patience
from domain.gateway.usage_plans import UsagePlan
from domain.tokens.model import AccessToken

_FAR_SIDE = "Amazon Ads"
#: A fresh token was tried so lately that another one would hear the same about a profile.
_PROVEN_FOR = timedelta(minutes=10)


@dataclass(frozen=True)
class Placed(Call):
    """A call as the gateway knows calls, with all that goes over the wire."""

    ads: AdsCall = field(kw_only=True)


@dataclass(frozen=True)
class AdsDoor:
    """Sends a call once and returns what came, whatever it is: the gateway's wire.

    Source: Amazon Ads API, "API overview": headers. Newer documents name the client's header otherwise; both are sent.
    """

    addresses: AdsAddresses
    outbound: Outbound
    client_id: str

    def send(self, connection: Connection, call: Call, token: AccessToken) -> Answer:  # noqa: ARG002 - the port's signature
        """One request; see ``domain.gateway.ports.Wire``."""
        if not isinstance(call, Placed):
            raise TypeError("the Ads API takes the calls of AdsClient only")
        return self._sent(call.ads, token)

    def _sent(self, call: AdsCall, token: AccessToken) -> Answer:
        headers = {
            "Authorization": f"Bearer {token.text}",
            "Amazon-Advertising-API-ClientId": self.client_id,
            "Amazon-Ads-ClientId": self.client_id,
            "Accept": call.accept,
        }
        if call.profile_id is not None:
            headers["Amazon-Advertising-API-Scope"] = call.profile_id
        if call.account_id is not None:
            headers["Amazon-Ads-AccountId"] = call.account_id
        body = None
        if call.body is not None:
            headers["Content-Type"] = call.content_type
            body = json.dumps(call.body, allow_nan=False).encode()
        query = urlencode(call.query, quote_via=quote, safe="")
        url = f"{self.addresses.api(call.region)}{call.path}{'?' if query else ''}{query}"
        raw = self.outbound.send(call.method, url, None, headers, body, _FAR_SIDE)
        return Answer(raw.status, raw.headers, raw.body)


@dataclass(frozen=True)
class AdsClient:
    """The way to the Ads API; see ``adapters.ads.call.AdsCalls``.

    A 401 is answered with a fresh token, once. If Amazon still says that it is about the profile, it is: the profile is
    closed to us, and for a while no further token is spent on hearing that of others. Whether the consent itself is
    still good is for the token endpoint to say.
    """

    gateway: Gateway  # over an ``AdsDoor``
    missing: tuple[str, ...] = ()  # the settings without which there is no client
    creation: UsagePlan = CREATION  # of reports
    _renewed: dict[UUID, datetime] = field(default_factory=dict, init=False, repr=False)

    def call(
        self, connection: Connection, call: AdsCall, read: Callable[[object], T], patience: Patience
    ) -> T:
        """What ``read`` makes of the answer's JSON."""
        if self.missing:
            raise NotConfigured("No client of the Amazon Ads API is configured.", self.missing)
        if not connection.status.usable:
            raise NotConnected("Amazon Ads can't be asked: connect it again.", channel=ADS)
        if any(segment in (".", "..") for segment in call.path.split("/")):
            raise NotFound("Amazon Ads knows no such thing.")

        def settle(answer: Answer) -> T:
            try:
                return read(decipher(answer, call))
            except ChannelError as error:
                # Whoever reads a body knows nothing of the headers.
                error.request_id = error.request_id or answer.request_id
                raise
            except TokenDead as dead:
                self._look_at(connection, call, answer, dead)
                raise

        there = replace(connection, region=call.region)
        placed = Placed(operation_of(call, self.creation), ads=call)
        with told_of(ADS):
            return self.gateway.settled(there, placed, settle, patience)

    def _look_at(self, connection: Connection, call: AdsCall, answer: Answer, dead: TokenDead) -> None:
        """A user may see hundreds of profiles that are closed to us: they must not cost a token each."""
        now = self.gateway.clock.now()
        known = self._renewed.get(connection.id)
        about = call.profile_id is not None and is_about_a_profile(answer)
        if about and dead.after_all is not None and known is not None and known <= now < known + _PROVEN_FOR:
            raise dead.after_all from dead
        if known is None or now >= known + _PROVEN_FOR or now < known:
            self._renewed[connection.id] = now
