"""The product questions on fakes."""

from datetime import timedelta

from adapters.memory.cache import MemoryCache
from domain.products.asking import Questions, Turns
from domain.products.eligibility import ELIGIBILITY, EligibilityDesk
from domain.products.fees import FEES, FeesDesk
from domain.products.inbound import ITEMS, SHIPMENTS, Inbound
from tests.fakes.clock import HeldClock
from tests.fakes.products import ScriptedFees, ScriptedInbound, ScriptedRestrictions
from tests.fakes.stopwatch import HeldStopwatch
from tests.fakes.things import NOW, US, a_connection, a_user

KEPT_FOR = timedelta(minutes=5)
CONNECTION = a_connection(a_user(), US)


class Bench:
    """The three desks over one cache."""

    def __init__(self) -> None:
        self.clock = HeldClock(NOW)
        self.cache = MemoryCache(self.clock)
        self.restrictions, self.schedule, self.feed = (
            ScriptedRestrictions(),
            ScriptedFees(),
            ScriptedInbound(),
        )
        turns = Turns(HeldStopwatch(self.clock))
        self.eligibility = EligibilityDesk(
            self.restrictions, Questions(self.cache, KEPT_FOR, ELIGIBILITY), turns
        )
        self.fees = FeesDesk(self.schedule, Questions(self.cache, KEPT_FOR, FEES), turns)
        self.inbound = Inbound(
            self.feed,
            Questions(self.cache, KEPT_FOR, SHIPMENTS),
            Questions(self.cache, KEPT_FOR, ITEMS),
            turns,
            self.clock,
        )
