"""The doors: how a seller comes in by each of them, step by step."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any

from domain.acting import in_background
from domain.errors import NotConfigured, PortsideError
from domain.users.model import CONSOLE
from tests.e2e.doors.amazon import OWN, query_of, with_query
from tests.e2e.doors.house import PUBLIC_URL, House
from tests.e2e.stage import US

AUTHORIZE = "/api/v1/amazon/oauth/authorize"
CONNECTIONS = "/api/v1/amazon/connections"
MINE = "my browser"


class Trait(Enum):
    """What there is at some doors, and not at others. Without it, some things can't happen there."""

    STATE = auto()  # the seller goes to Amazon with a state, and comes back with it
    ONE_SELLER = auto()  # it is known beforehand whose consent is wanted
    LOGIN = auto()  # somebody asks over HTTP, and has to be logged in
    REGION = auto()  # who comes says of which region the token is
    OWN_CLIENT = auto()  # the token belongs to an LWA client of the seller's own


@dataclass
class Visit(ABC):
    """A seller at a door. What is asked of Amazon's token endpoint there is ``exchange``."""

    house: House
    exchange = "lwa.refresh_token"

    @abstractmethod
    def through(self, browser: str | None = MINE) -> str:
        """All the way; returns what the door answers at its end."""

    @abstractmethod
    def empty_handed(self) -> str:
        """The same, without what should be exchanged."""


class ByConsent(Visit):
    """The seller decides on Amazon's page, and Amazon sends the browser back to us with a code."""

    exchange = "lwa.authorization_code"

    def through(self, browser: str | None = MINE) -> str:
        return self.come_back(self.consented(), browser)

    def empty_handed(self) -> str:
        return self.come_back(with_query(self.consented(), spapi_oauth_code=None))

    @abstractmethod
    def address(self) -> str:
        """Of Amazon's page, with our state in it."""

    @abstractmethod
    def consented(self) -> str:
        """Where Amazon sends a browser after a yes."""

    def declined(self) -> str:
        """Where Amazon sends it after a no."""
        return with_query(
            self.consented(), spapi_oauth_code=None, selling_partner_id=None, error="access_denied"
        )

    def consented_by_a_neighbour(self) -> str:
        """Where Amazon sends a browser in which another seller of the region has said yes to our question."""
        address = with_query(self.begun_in(MINE), state=query_of(self.address())["state"])
        return self.house.amazon.decide(address, self.house.amazon.neighbour)

    def begun_in(self, browser: str) -> str:
        """The address of Amazon's page for a consent from our site, which leaves its mark in this browser."""
        answer = self.house.ask(browser, "GET", AUTHORIZE, query_string={"marketplace_id": US})
        return str(answer.json["authorization_url"])

    def come_back(self, address: str, browser: str | None = MINE) -> str:
        answer = self.house.ask(browser, "GET", address)
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        return f"{answer.status_code} {answer.headers['Location'].removeprefix(f'{PUBLIC_URL}/settings?')}"


class FromOurSite(ByConsent):
    """Begun on our own site."""

    def address(self) -> str:
        return self.begun_in(MINE)

    def consented(self) -> str:
        return self.house.amazon.decide(self.address(), self.house.amazon.seller)

    def declined(self) -> str:
        return self.house.amazon.decide(self.address(), self.house.amazon.seller, "cancel")


class RenewalFromOurSite(FromOurSite):
    """The same, for a connection that is there."""

    def address(self) -> str:
        (connection,) = self.house.rows()["connections"]
        answer = self.house.ask(MINE, "GET", AUTHORIZE, query_string={"connection_id": connection["id"]})
        return str(answer.json["authorization_url"])


class FromTheAppstore(ByConsent):
    """Begun at Amazon's: its page sends the seller to our log-in, and that back to its page."""

    def address(self) -> str:
        link = self.house.amazon.link_of(self.house.amazon.seller)
        answer = self.house.ask(MINE, "GET", link)
        assert answer.status_code == 302, answer.text
        return answer.headers["Location"]

    def consented(self) -> str:
        return self.house.amazon.confirm(self.address())


class Bringing(Visit):
    """The seller brings a refresh token along."""

    client: tuple[str, str] | None = None

    def through(self, browser: str | None = MINE) -> str:
        return self._sent(self._body(self._token()), browser)

    def empty_handed(self) -> str:
        return self._sent(self._body(None))

    def with_a_token_of_elsewhere(self) -> str:
        """The token is good, but a European seller's."""
        amazon = self.house.amazon
        return self._sent(self._body(amazon.refresh_token(amazon.foreigner, self._client_id)))

    @property
    def _client_id(self) -> str | None:
        return self.client[0] if self.client else None

    def _token(self) -> str:
        amazon = self.house.amazon
        return amazon.refresh_token(amazon.seller, self._client_id)

    def _body(self, token: str | None) -> dict[str, Any]:
        seller = self.house.amazon.seller
        body: dict[str, Any] = {"seller_id": seller.id, "marketplace_ids": seller.marketplace_ids}
        if token is not None:
            body["refresh_token"] = token
        if self.client is not None:
            body |= {"lwa_client_id": self.client[0], "lwa_client_secret": self.client[1]}
        return body

    def _sent(self, body: Mapping[str, Any], browser: str | None = MINE) -> str:
        answer = self.house.ask(browser, "POST", CONNECTIONS, json=dict(body))
        assert body.get("refresh_token", "no token") not in answer.text
        if answer.status_code < 300:
            return f"{answer.status_code} {answer.json['status']}"
        details = answer.json["details"]
        told = [*details.get("fields", {}), *details.get("missing", [])]
        assert ("Retry-After" in answer.headers) == (answer.status_code == 429)
        return " ".join([str(answer.status_code), answer.json["error"], *sorted(told)])


class BringingOwnClient(Bringing):
    """The same, with the LWA client that the token belongs to."""

    client = OWN


class FromTheEnvironment(Visit):
    """The operator has put a refresh token into the environment, and has it imported."""

    def through(self, browser: str | None = MINE) -> str:
        amazon = self.house.amazon
        token = amazon.refresh_token(amazon.seller)
        self.house.variables |= {"AMAZON_REFRESH_TOKEN": token, "AMAZON_SELLER_ID": amazon.seller.id}
        return self._imported()

    def empty_handed(self) -> str:
        return self._imported()

    def _imported(self) -> str:
        try:
            with in_background():
                accepted = self.house.portside.services.environment.run(CONSOLE)
        except PortsideError as error:
            named = error.missing if isinstance(error, NotConfigured) else ()
            return " ".join([type(error).__name__, *named])
        return f"{'renewed' if accepted.renewed else 'connected'} {accepted.connection.status}"


@dataclass(frozen=True)
class Door:
    """``finds``: what the house holds when the seller comes. ``written``: the door's name in the audit log."""

    name: str
    visit: type[Visit]
    written: str
    finds: str = "nobody"
    traits: frozenset[Trait] = field(default_factory=frozenset)

    @property
    def renews(self) -> bool:
        return self.finds != "nobody"

    @property
    def client(self) -> tuple[str, str] | None:
        """The seller's own LWA client."""
        return OWN if Trait.OWN_CLIENT in self.traits else None
