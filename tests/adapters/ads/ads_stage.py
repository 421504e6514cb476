"""The way to the Ads API on a script of answers: everything of Portside's is real but the clock and the token."""

import json
from collections.abc import Mapping

import responses

from adapters.ads.addresses import AdsAddresses
from adapters.ads.call import AdsCall
from adapters.ads.client import AdsClient, AdsDoor
from adapters.http import Outbound
from adapters.memory.buckets import MemoryBuckets
from domain.connections.model import Connection
from domain.gateway.call import Gateway
from domain.gateway.model import Patience
from domain.gateway.ports import Buckets
from domain.marketplaces import Region
from tests.domain.gateway.bench import NumberedTokens
from tests.fakes.ads_things import an_ads_connection
from tests.fakes.calls import RememberingCallLog, RememberingMeter
from tests.fakes.chance import EvenChance
from tests.fakes.clock import HeldClock
from tests.fakes.pause import InstantPause
from tests.fakes.stopwatch import HeldStopwatch
from tests.fakes.things import NOW, a_user

CLIENT_ID = "amzn1.application-oa2-client.ads"
HOST = "https://advertising-api.amazon.com"
PROFILES = AdsCall("listProfiles", "GET", Region.NA, "/v2/profiles")
CAMPAIGNS = AdsCall("listCampaigns", "POST", Region.NA, "/sp/campaigns/list", body={}, profile_id="4711")
CREATION = AdsCall("createReport", "POST", Region.NA, "/reporting/reports", body={"a": 1}, profile_id="4711")


class AdsStage:
    """One connection and a client; several stages may share buckets, as processes do."""

    def __init__(
        self,
        outbound: Outbound,
        buckets: Buckets | None = None,
        clock: HeldClock | None = None,
        addresses: AdsAddresses | None = None,
    ) -> None:
        self.clock = clock or HeldClock(NOW)
        self.connection = an_ads_connection(a_user())
        self.tokens = NumberedTokens()
        self.log, self.meter = RememberingCallLog(), RememberingMeter()
        self.pause = InstantPause(self.clock)
        gateway = Gateway(
            wire=AdsDoor(addresses or AdsAddresses(), outbound, CLIENT_ID),
            tokens=self.tokens,
            buckets=buckets or MemoryBuckets(),
            clock=self.clock,
            pause=self.pause,
            chance=EvenChance(),
            stopwatch=HeldStopwatch(self.clock),
            log=self.log,
            meter=self.meter,
            application=CLIENT_ID,
            party=lambda connection: str(connection.id),
        )
        self.client = AdsClient(gateway)

    def ask(
        self,
        call: AdsCall = PROFILES,
        patience: Patience = Patience.BACKGROUND,
        connection: Connection | None = None,
    ) -> object:
        """The JSON that a call brings."""
        return self.client.call(connection or self.connection, call, lambda body: body, patience)


def says(
    upstream: responses.RequestsMock,
    status: int = 200,
    body: object = (),
    call: AdsCall = PROFILES,
    headers: Mapping[str, str] | None = None,
    host: str = HOST,
) -> None:
    """One answer more; bytes are sent as they are."""
    raw = body if isinstance(body, bytes) else json.dumps(body)
    kind = "text/html" if isinstance(body, bytes) else "application/json"
    upstream.add(
        call.method, host + call.path, body=raw, status=status, headers=dict(headers or {}), content_type=kind
    )
