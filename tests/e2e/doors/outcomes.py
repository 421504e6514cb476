"""Everything that can become of a visit: what goes differently on the way, whichever door it is."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from entrypoints.simulator.faults import Fault
from tests.e2e.doors.amazon import with_query
from tests.e2e.doors.visits import Bringing, ByConsent, Trait, Visit

OTHER, STRANGERS = "my other browser", "a stranger's browser"
PARTICIPATIONS = "getMarketplaceParticipations"


@dataclass(frozen=True)
class Outcome:
    """``happens`` lets it happen and returns what the door answers. ``needs``: where the door lacks it, it can't.

    ``settings``: variables of Portside that let it happen sooner.
    """

    happens: Callable[[Any], str]
    needs: Trait | None = None
    settings: tuple[tuple[str, str], ...] = ()


def success(visit: Visit) -> str:
    return visit.through()


def denied(visit: ByConsent) -> str:
    return visit.come_back(visit.declined())


def wrong_state(visit: ByConsent) -> str:
    return visit.come_back(with_query(visit.consented(), state="forged"))


def no_state(visit: ByConsent) -> str:
    return visit.come_back(with_query(visit.consented(), state=None))


def other_browser(visit: ByConsent) -> str:
    return _opened_in(OTHER, visit, visit.consented())


def other_user(visit: ByConsent) -> str:
    return _opened_in(STRANGERS, visit, visit.consented())


def other_user_first(visit: ByConsent) -> str:
    address = visit.consented()
    assert _opened_in(STRANGERS, visit, address) == "302 amazon_error=invalid_state"
    return visit.come_back(address)


def _opened_in(browser: str, visit: ByConsent, address: str) -> str:
    """Amazon's answer is opened in a browser that has begun a consent too, and so has a mark of its own."""
    visit.begun_in(browser)
    return visit.come_back(address, browser)


def nobody_logged_in(visit: Visit) -> str:
    return visit.through(None)


def state_twice(visit: ByConsent) -> str:
    address = visit.consented()
    assert visit.come_back(address) == "302 amazon_connected=true"
    return visit.come_back(address)


def state_expired(visit: ByConsent) -> str:
    address = visit.consented()
    visit.house.age_the_states()
    return visit.come_back(address)


def nothing_to_exchange(visit: Visit) -> str:
    return visit.empty_handed()


def wrong_seller(visit: ByConsent) -> str:
    return visit.come_back(visit.consented_by_a_neighbour())


def token_of_elsewhere(visit: Bringing) -> str:
    return visit.with_a_token_of_elsewhere()


def exchange(kind: str, status: int = 500, error: str = "") -> Callable[[Visit], str]:
    """Something goes wrong with the first request to the token endpoint."""

    def happens(visit: Visit) -> str:
        visit.house.amazon.trouble(visit.exchange, Fault("", kind, status=status, error=error))
        return visit.through()

    return happens


def participations(kind: str, times: int | None = 1) -> Callable[[Visit], str]:
    """Something goes wrong when Amazon is asked for the marketplaces; ``times`` ``None``: whenever it is."""

    def happens(visit: Visit) -> str:
        visit.house.amazon.trouble(PARTICIPATIONS, Fault("", kind, times=times))
        return visit.through()

    return happens


#: Amazon's silence is as long as a minute; nobody needs to wait for it here.
IMPATIENT = (("HTTP_TIMEOUT_SECONDS", "0.3"),)

OUTCOMES = {
    "success": Outcome(success),
    "denied": Outcome(denied, Trait.STATE),
    "wrong state": Outcome(wrong_state, Trait.STATE),
    "no state": Outcome(no_state, Trait.STATE),
    "other browser": Outcome(other_browser, Trait.STATE),
    "other user": Outcome(other_user, Trait.STATE),
    "other user first": Outcome(other_user_first, Trait.STATE),
    "nobody logged in": Outcome(nobody_logged_in, Trait.LOGIN),
    "state used twice": Outcome(state_twice, Trait.STATE),
    "state expired": Outcome(state_expired, Trait.STATE),
    "nothing to exchange": Outcome(nothing_to_exchange),
    "wrong seller": Outcome(wrong_seller, Trait.ONE_SELLER),
    "token of another region": Outcome(token_of_elsewhere, Trait.REGION),
    "exchange 400": Outcome(exchange("lwa_error", status=400, error="invalid_grant")),
    "exchange 400, of another client": Outcome(
        exchange("lwa_error", status=400, error="unauthorized_client")
    ),
    "exchange 401": Outcome(exchange("lwa_error", status=401, error="invalid_client")),
    "exchange 429": Outcome(exchange("status", status=429)),
    "exchange 500": Outcome(exchange("status", status=500)),
    "exchange answered in HTML": Outcome(exchange("html_503")),
    "exchange without an answer in time": Outcome(exchange("hang"), settings=IMPATIENT),
    "participations refused": Outcome(participations("missing_role", times=None)),
    "participations answered in HTML once": Outcome(participations("html_502")),
}
