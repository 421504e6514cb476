"""What a guest has, kept in order while everything is asked for: who asks for everything disconnects everything, too."""

import json
import re
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from html import unescape

import requests

from tests.e2e.people import PASSWORD, Person

#: The variable by which schemathesis's process is told of the guest.
GUEST = "PORTSIDE_FUZZ_GUEST"
COOKIE = "portside_session"
#: Who has tried to connect too often may do it again after so many seconds.
_WAIT = 5


@dataclass(frozen=True)
class Plot:
    """A guest, and what is connected for them, each with what it is brought along by."""

    url: str
    email: str
    marketplace_id: str
    seller_id: str
    shop: str
    advertiser: str
    refresh_token: str = field(repr=False)
    shop_token: str = field(repr=False)
    #: The guest's bearer token; empty for who has a password.
    bearer: str = field(default="", repr=False)

    def as_variable(self) -> str:
        """All of it as a text."""
        return json.dumps(asdict(self))


@dataclass
class Garden:
    """Looks after a plot."""

    plot: Plot

    @classmethod
    def from_environment(cls, variables: Mapping[str, str]) -> "Garden":
        """The one that this process was told of."""
        return cls(Plot(**json.loads(variables[GUEST])))

    def tend(self) -> None:
        """Connect again what is not connected any more, and take back what makes a connection useless."""
        with self._guest() as guest:
            if not _is_connected(guest, "amazon"):
                self._bring(guest, "amazon", self._seller())
            if not _is_connected(guest, "shopify"):
                store = {"shop": self.plot.shop, "access_token": self.plot.shop_token}
                self._bring(guest, "shopify", store)
            # A consent comes back to a session, which who comes by token has none of.
            while not self.plot.bearer and not _is_connected(guest, "ads"):
                if connect_ads(guest, self.plot.advertiser) != "ads_connected=true":
                    time.sleep(_WAIT)
            self._take_roles_back(guest)

    def another_session(self) -> dict[str, str]:
        """The cookie of a session that nobody uses for anything else."""
        with Person(self.plot.url) as guest:
            self._log_in(guest)
            return {COOKIE: str(guest.browser.cookies[COOKIE])}

    def _guest(self) -> Person:
        guest = Person(self.plot.url)
        if self.plot.bearer:
            guest.browser.headers["Authorization"] = f"Bearer {self.plot.bearer}"
        else:
            self._log_in(guest)
        return guest

    def _log_in(self, guest: Person) -> None:
        answer = guest.ask(
            "POST", "/api/v1/auth/login", json={"email": self.plot.email, "password": PASSWORD}
        )
        assert answer.ok, answer.text

    def _seller(self) -> dict[str, object]:
        return {
            "seller_id": self.plot.seller_id,
            "refresh_token": self.plot.refresh_token,
            "marketplace_ids": [self.plot.marketplace_id],
        }

    def _bring(self, guest: Person, channel: str, what: Mapping[str, object]) -> None:
        """As often as a user may; who tries too often is told to wait for some seconds, and waits."""
        answer = guest.ask("POST", f"/api/v1/{channel}/connections", json=what)
        while answer.status_code == 429:
            time.sleep(int(answer.headers["Retry-After"]))
            answer = guest.ask("POST", f"/api/v1/{channel}/connections", json=what)
        assert answer.ok, answer.text

    def _take_roles_back(self, guest: Person) -> None:
        """This installation has no AWS account in which a role could be assumed."""
        for each in guest.get("/api/v1/amazon/connections")["items"]:
            if each["iam_role_arn"] is not None:
                guest.ask("PATCH", f"/api/v1/amazon/connections/{each['id']}", json={"iam_role_arn": None})


def _is_connected(guest: Person, channel: str) -> bool:
    return bool(guest.get(f"/api/v1/{channel}/connection")["connected"])


def connect_ads(person: Person, advertiser: str) -> str:
    """Give consent to advertising, as one of those whom Amazon's page knows by their ids; returns what came of it."""
    url = person.get("/api/v1/ads/oauth/authorize", region="na")["authorization_url"]
    page = requests.get(url, timeout=30).text
    (form,) = re.findall(r'name="form" value="([^"]+)"', page)
    sent = {"form": unescape(form), "person_id": advertiser, "decision": "allow"}
    decided = requests.post(url, data=sent, timeout=30, allow_redirects=False)
    return person.come_back(decided.headers["Location"])
