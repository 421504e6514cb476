"""Amazon as a test directs it: the embedded one behind its socket. Sellers see its pages."""

import html
import re
from dataclasses import dataclass, field, replace
from urllib.parse import parse_qsl, urlencode, urlsplit

import requests

from domain.tokens.model import LwaClient, StoredTokens
from entrypoints.simulator.config import SimulatorConfig
from entrypoints.simulator.faults import Fault, FaultBoard
from entrypoints.simulator.sellers import Seller
from entrypoints.simulator.server import SimulatorServer
from tests.e2e.people import Person

#: An LWA client of a seller's own.
OWN = ("amzn1.application-oa2-client.own", "amzn1.oa2-cs.v1.own-secret")
_LINKS = re.compile(r'href="([^"]+)"[^<]*</a>\s*<small>(\w+)')


@dataclass
class Amazon:
    """``seller`` and ``neighbour`` sell in America, ``foreigner`` in Europe."""

    server: SimulatorServer
    _http: requests.Session = field(default_factory=requests.Session, init=False)

    def __post_init__(self) -> None:
        self._http.trust_env = False
        self.seller, self.foreigner, _, self.neighbour = self.config.sellers[:4]

    @property
    def config(self) -> SimulatorConfig:
        return self.server.simulator.config

    def close(self) -> None:
        self._http.close()

    @property
    def _faults(self) -> FaultBoard:
        return self.server.simulator.reception.faults

    def begin(self) -> None:
        """A new visit: nothing has been asked, nothing goes wrong, every bucket is full."""
        self.forgive()
        self.server.simulator.reception.calls.reset()
        self.server.simulator.api.buckets.refill()

    def trouble(self, operation: str, fault: Fault) -> None:
        """Let this go wrong with the operation."""
        self._faults.order(replace(fault, operation=operation))

    def forgive(self) -> None:
        """Nothing goes wrong any more, and what hangs goes on."""
        self._faults.clear()

    def asked(self) -> dict[str, int]:
        """What it was asked, by operation."""
        calls: dict[str, int] = self.server.simulator.reception.calls.as_json()["calls"]
        return calls

    def revoke(self, seller: Seller) -> None:
        """The seller takes back every consent given so far; a later one is good again."""
        self.server.simulator.endpoint.revocations.revoke(seller.id)

    def restore(self, seller: Seller) -> None:
        """Those consents are good again."""
        self.server.simulator.endpoint.revocations.restore(seller.id)

    def refresh_token(self, seller: Seller, client_id: str | None = None) -> str:
        """What a seller gets who authorises an application in the portal."""
        return self.server.simulator.refresh_token(seller.id, client_id)

    def honours(self, stored: StoredTokens) -> bool:
        """Whether what is stored still gets an access token, in the name of the client that is stored with it."""
        client = stored.client or LwaClient(self.config.client_id, self.config.client_secret)
        fields = {"grant_type": "refresh_token", "refresh_token": stored.refresh_token.text}
        answer = self._http.post(
            f"{self.server.base_url}/auth/o2/token",
            data=fields | {"client_id": client.id, "client_secret": client.secret},
            timeout=30,
        )
        return answer.ok

    def decide(self, address: str, seller: Seller, decision: str = "confirm") -> str:
        """Fill in the consent page at this address; returns where the browser is sent."""
        with Person(self.server.base_url) as person:
            return person.decide(address, seller.id, decision)

    def link_of(self, seller: Seller) -> str:
        """Where the Appstore's page sends this seller: the application's log-in."""
        page = self._http.get(f"{self.server.base_url}/{seller.region}/apps/manage", timeout=30)
        links = {seller_id: link for link, seller_id in _LINKS.findall(page.text)}
        return html.unescape(links[seller.id])

    def confirm(self, address: str) -> str:
        """Come back to the Appstore's page from the application's log-in; returns where the browser is sent."""
        answer = self._http.get(address, timeout=30, allow_redirects=False)
        assert answer.status_code == 302, answer.text
        return answer.headers["Location"]


def query_of(address: str) -> dict[str, str]:
    """The parameters of an address."""
    return dict(parse_qsl(urlsplit(address).query))


def with_query(address: str, **parameters: str | None) -> str:
    """The address with these parameters in place of its own; ``None`` takes one away."""
    changed = {**query_of(address), **parameters}
    kept = {name: value for name, value in changed.items() if value is not None}
    return urlsplit(address)._replace(query=urlencode(kept)).geturl()
