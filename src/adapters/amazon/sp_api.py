"""One request to SP-API."""

from dataclasses import dataclass
from datetime import UTC
from urllib.parse import quote, urlencode

from adapters.amazon.addresses import AmazonAddresses
from adapters.amazon.sigv4 import SigV4Signer
from adapters.http import Outbound
from domain.clock import Clock
from domain.connections.model import Connection
from domain.gateway.model import Answer, Call
from domain.tokens.model import AccessToken


@dataclass(frozen=True)
class SpApiWire:
    """Sends a call once and returns what came, whatever it is."""

    addresses: AmazonAddresses
    outbound: Outbound
    clock: Clock
    signer: SigV4Signer

    def send(self, connection: Connection, call: Call, token: AccessToken) -> Answer:
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
        url = self.addresses.sp_api(connection.region) + _target(call)
        method, body = call.operation.method, call.body
        signed = self.signer.signed(connection, method, url, headers, body)
        raw = self.outbound.send(method, url, None, signed, body, "Amazon")
        return Answer(raw.status, raw.headers, raw.body)


def _target(call: Call) -> str:
    """The path with its query. A signature counts every byte, so it is encoded here and nowhere later."""
    query = urlencode(call.query, quote_via=quote, safe="") if call.raw_path is None else call.raw_query
    return f"{call.path}?{query}" if query else call.path
