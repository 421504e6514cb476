"""A gateway on fakes."""

from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID

from adapters.memory.buckets import MemoryBuckets
from domain.errors import UpstreamFailed
from domain.gateway.call import Gateway
from domain.gateway.model import Answer, Call, Operation, Patience
from domain.gateway.usage_plans import UsagePlan
from domain.tokens.model import AccessToken
from tests.fakes.amazon import ScriptedWire, answer
from tests.fakes.calls import RememberingCallLog, RememberingMeter
from tests.fakes.chance import EvenChance
from tests.fakes.clock import HeldClock
from tests.fakes.pause import InstantPause
from tests.fakes.stopwatch import HeldStopwatch
from tests.fakes.things import NOW, a_connection, a_user

OPERATION = Operation("getThings", "/things", UsagePlan(1.0, 20), "Things")
SLOW = Operation("getSlowThings", "/slow", UsagePlan(0.01, 1), "Things")
CONNECTION = a_connection(a_user())
GOOD = answer(200, {"things": [1]})


class NumberedTokens:
    """A new access token each time the last one was refused; ``trouble`` is raised instead, one for each asking."""

    def __init__(self) -> None:
        self.refusals: list[AccessToken] = []
        self.trouble: list[Exception] = []

    def for_connection(self, connection_id: UUID) -> AccessToken:
        if self.trouble:
            raise self.trouble.pop(0)
        return AccessToken(f"Atza|{len(self.refusals) + 1}", NOW + timedelta(hours=1))

    def refused(self, connection_id: UUID, token: AccessToken) -> None:
        self.refusals.append(token)


class Bench:
    """A gateway on fakes, over a wire that plays the given answers."""

    def __init__(self, *answers: Answer | Exception) -> None:
        self.clock = HeldClock(NOW)
        self.wire = ScriptedWire(list(answers))
        self.tokens = NumberedTokens()
        self.buckets = MemoryBuckets()
        self.pause = InstantPause(self.clock)
        self.log = RememberingCallLog()
        self.meter = RememberingMeter()
        self.gateway = Gateway(
            self.wire,
            self.tokens,
            self.buckets,
            self.clock,
            self.pause,
            EvenChance(),
            HeldStopwatch(self.clock),
            self.log,
            self.meter,
            application="client-1",
        )

    def call(self, operation: Operation = OPERATION, patience: Patience = Patience.INTERACTIVE) -> object:
        return self.gateway.call(CONNECTION, Call(operation), read_things, patience)


def read_things(body: Mapping[str, object]) -> object:
    if "things" not in body:
        raise UpstreamFailed("no things")
    return body["things"]
