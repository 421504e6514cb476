"""A person with a browser: registers, gives consent on Amazon's page, looks at figures."""

from collections.abc import Mapping
from html.parser import HTMLParser
from types import TracebackType
from typing import Any
from urllib.parse import urljoin

import requests

from tests.e2e.processes import until

PASSWORD = "a long enough password"
_UNDER_WAY = ("queued", "running", "waiting")


class Person:
    """Somebody at a browser of their own. Keeps every answer of Portside's in ``answers``."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.answers: list[requests.Response] = []
        self.browser = requests.Session()
        self.browser.trust_env = False

    def __enter__(self) -> "Person":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.browser.close()

    def ask(self, method: str, path: str, **how: Any) -> requests.Response:
        """Portside's answer, whatever it is; redirects are not followed."""
        address = path if path.startswith("http") else f"{self.url}{path}"
        answer = self.browser.request(method, address, timeout=60, allow_redirects=False, **how)
        self.answers.append(answer)
        return answer

    def get(self, path: str, **parameters: str) -> Any:
        """The JSON of a good answer."""
        answer = self.ask("GET", path, params=parameters)
        assert answer.ok, answer.text
        return answer.json()

    def register(self, email: str = "seller@portside.example", password: str = PASSWORD) -> None:
        """Become a user, and be logged in."""
        answer = self.ask("POST", "/api/v1/auth/register", json={"email": email, "password": password})
        assert answer.status_code == 201, answer.text

    def address_of_consent(self, marketplace_id: str) -> str:
        """Where Portside sends the seller."""
        found = self.get("/api/v1/amazon/oauth/authorize", marketplace_id=marketplace_id)
        return str(found["authorization_url"])

    def decide(self, address: str, seller_id: str, decision: str = "confirm") -> str:
        """Fill in Amazon's consent page; returns the address of Portside's that Amazon sends the browser to."""
        page = self.browser.get(address, timeout=60)
        form = _Form()
        form.feed(page.text)
        fields = {**form.hidden, "seller_id": seller_id, "decision": decision}
        target = urljoin(page.url, form.action)
        decided = self.browser.post(target, data=fields, timeout=60, allow_redirects=False)
        assert decided.status_code == 302, decided.text
        return decided.headers["Location"]

    def come_back(self, address: str) -> str:
        """Follow Amazon's redirect; returns where Portside sends the browser then, after ``/settings?``."""
        answer = self.ask("GET", address)
        assert answer.status_code == 302, answer.text
        return answer.headers["Location"].removeprefix(f"{self.url}/settings?")

    def connect(self, marketplace_id: str, seller_id: str) -> None:
        """Give consent, all the way."""
        back = self.decide(self.address_of_consent(marketplace_id), seller_id)
        outcome = self.come_back(back)
        assert outcome == "amazon_connected=true", outcome

    def bring_store(self, shop: str, access_token: str) -> None:
        """Connect a Shopify store by a token that its owner has made."""
        wanted = {"shop": shop, "access_token": access_token}
        answer = self.ask("POST", "/api/v1/shopify/connections", json=wanted)
        assert answer.status_code == 201, answer.text

    def sync(self, *resources: str) -> list[str]:
        """Ask for a sync of these, or of everything; returns the runs."""
        body = {"json": {"resources": list(resources)}} if resources else {}
        answer = self.ask("POST", "/api/v1/integrations/amazon/sync", **body)
        assert answer.status_code == 202, answer.text
        return [run["id"] for run in answer.json()["data"]["runs"]]

    def wait_for(self, run_id: str, seconds: float = 60) -> dict[str, Any]:
        """A run as it ended."""
        path = f"/api/v1/sync/runs/{run_id}"
        until(lambda: self.get(path)["status"] not in _UNDER_WAY, seconds, lambda: str(self.get(path)))
        found: dict[str, Any] = self.get(path)
        return found

    def wait_for_first_sync(self, seconds: float = 60) -> None:
        """Wait until stock and orders are there, with all of their history."""

        def there() -> bool:
            connections = self.get("/api/v1/integrations/amazon/sync")["data"]["connections"]
            statuses = [
                each["status"]
                for connection in connections
                for each in connection["resources"]
                if each["resource"] != "reports"
            ]
            sellers = [  # stores have no reports
                each for each in connections if any(one["resource"] == "reports" for one in each["resources"])
            ]
            return set(statuses) == {"succeeded"} and self._history_is_there(len(sellers))

        until(there, seconds, lambda: f"the first sync did not get through: {self._state()}")

    def _history_is_there(self, connections: int) -> bool:
        slices = self.get("/api/v1/amazon/reports", purpose="history", limit="200")["items"]
        planned = {each["connection_id"] for each in slices}
        return len(planned) == connections and all(each["finished_at"] for each in slices)

    def _state(self) -> str:
        sync = self.get("/api/v1/integrations/amazon/sync")["data"]
        return f"{sync} {self.get('/api/v1/amazon/reports', purpose='history')['items']}"

    def dashboard(self, name: str, parameters: Mapping[str, str]) -> dict[str, Any]:
        """A dashboard's data."""
        found: dict[str, Any] = self.get(f"/api/v1/dashboard/{name}", **parameters)["data"]
        return found


class _Form(HTMLParser):
    """The form of a consent page: where it goes, and what it hides."""

    def __init__(self) -> None:
        super().__init__()
        self.action = ""
        self.hidden: dict[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.action = values.get("action", "")
        elif tag == "input" and values.get("type") == "hidden":
            self.hidden[values["name"]] = values["value"]
