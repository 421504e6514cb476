"""One request to SP-API."""

from dataclasses import dataclass
from datetime import UTC

from adapters.amazon.addresses import AmazonAddresses
from adapters.http import Outbound
from domain.clock import Clock
from domain.gateway.model import Answer, Call
from domain.tokens.model import AccessToken


@dataclass(frozen=True)
class SpApiWire:
    """Sends a call once and returns what came, whatever it is."""

    addresses: AmazonAddresses
    outbound: Outbound
    clock: Clock

    def send(self, region: str, call: Call, token: AccessToken) -> Answer:
        """One request; see ``domain.gateway.ports.Wire``.

        Source: SP-API documentation, "Connecting to the Selling Partner API": headers.
        """
        headers = {
            "x-amz-access-token": token.text,
            "x-amz-date": self.clock.now().astimezone(UTC).strftime("%Y%m%dT%H%M%SZ"),
            "Accept": "application/json",
        }
        if call.body is not None:
            headers["Content-Type"] = "application/json"
        url = self.addresses.sp_api(region) + call.path
        raw = self.outbound.send(call.operation.method, url, call.query, headers, call.body, "Amazon")
        return Answer(raw.status, raw.headers, raw.body)
