"""A way to SP-API that plays answers, and remembers what went along it."""

from collections import deque
from dataclasses import dataclass, field

from domain.connections.model import Connection
from domain.gateway.model import Answer, Call, Patience


@dataclass
class ScriptedPassage:
    """Plays ``answers`` (or raises them), then ``{}`` for ever."""

    answers: deque[Answer | Exception] = field(default_factory=deque)
    passed: list[tuple[Connection, Call, Patience]] = field(default_factory=list)

    def pass_on(self, connection: Connection, call: Call, patience: Patience) -> Answer:
        self.passed.append((connection, call, patience))
        played = (
            self.answers.popleft()
            if self.answers
            else Answer(200, {"content-type": "application/json"}, b"{}")
        )
        if isinstance(played, Exception):
            raise played
        return played
