"""People who connect their sellers while things break: whoever gets no good answer asks again."""

import time
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import requests

from entrypoints.simulator.sellers import Seller
from tests.chaos.town import Town
from tests.e2e.people import PASSWORD, Person

_PAUSE = 0.5
_AGAIN = 429


class Citizen(Person):
    """A person who knows both web processes, and does not give up before a deadline."""

    def __init__(self, town: Town, email: str, deadline: float) -> None:
        super().__init__(town.webs[0].url)
        self._webs = [each.url for each in town.webs]
        self._deadline = deadline
        self.email = email
        self.asked_again: Counter[str] = Counter()

    def __enter__(self) -> "Citizen":
        return self

    def insist(self, method: str, path: str, fine: Sequence[int], **how: Any) -> requests.Response:
        """The first answer that is neither a failure of the server's nor a request for patience."""
        while True:
            self._webs.append(self._webs.pop(0))
            self.url = self._webs[0]
            try:
                answer = self.ask(method, path, **how)
            except requests.RequestException as error:
                why, words = "no answer", repr(error)
            else:
                if answer.status_code in fine:
                    return answer
                why, words = str(answer.status_code), f"{answer.status_code} {answer.text}"
                assert answer.status_code >= 500 or answer.status_code == _AGAIN, f"{path}: {words}"
            assert time.monotonic() < self._deadline, f"{path}: {words}"
            self.asked_again[why] += 1
            time.sleep(_PAUSE)

    def settle(self) -> None:
        """Become a user, or log in where that has worked although no answer came back."""
        account = {"email": self.email, "password": PASSWORD}
        if self.insist("POST", "/api/v1/auth/register", (201, 409), json=account).status_code == 409:
            self.insist("POST", "/api/v1/auth/login", (200,), json=account)

    def take_on(self, seller: Seller, refresh_token: str) -> None:
        """Connect a seller by the token that Seller Central has shown."""
        body = {
            "seller_id": seller.id,
            "refresh_token": refresh_token,
            "marketplace_ids": list(seller.marketplace_ids),
        }
        self.insist("POST", "/api/v1/amazon/connections", (200, 201), json=body)


def moved_in(town: Town, number: int, deadline: float) -> Callable[[], Citizen]:
    """The job of one citizen: to connect every so-manieth seller."""

    def move_in() -> Citizen:
        citizen = Citizen(town, f"citizen{number}@portside.example", deadline)
        citizen.settle()
        for seller in town.amazon.config.sellers[number :: town.scale.users]:
            citizen.take_on(seller, town.amazon.refresh_token(seller.id))
        return citizen

    return move_in
