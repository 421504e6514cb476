"""The chaos test: everything breaks while sellers are connected and synced, and in the end nothing is wrong."""

import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from adapters.sql.buckets import SqlBuckets
from adapters.sql.engine import make_engine
from domain.acting import in_background
from tests.chaos import watch
from tests.chaos.citizens import Citizen, moved_in
from tests.chaos.comparing import differences
from tests.chaos.nemesis import Nemesis
from tests.chaos.scale import Scale
from tests.chaos.town import Town, founded

_PAUSE = 0.2
_TELL_EVERY = 10.0
#: Amazon tells nothing of the last two minutes, and Portside asks for what is older than three.
_TOLD_AFTER = timedelta(minutes=3, seconds=3)
#: Amazon's orders end so long before the beginning, so that they can all be told.
_STILL_BEFORE = timedelta(minutes=6)


class TooLate(AssertionError):
    """Something did not come about in time; the message says how far it was."""


@dataclass(frozen=True)
class Outcome:
    """What happened, and whether all was well. ``wrong`` tells every difference."""

    wrong: list[str]
    gaps: list[tuple[object, ...]]
    refused_by_plan: dict[str, dict[str, int]]
    deeds: dict[str, int]
    calls: dict[str, int]
    faults: dict[str, int]
    throttled: int
    runs: dict[str, int]
    asked_again: dict[str, int]
    set_aside: int
    orders: int
    seconds: float
    disturbed_seconds: float
    logs: list[str]

    @property
    def refusals(self) -> int:
        """How often a usage plan was exceeded."""
        return sum(sum(each.values()) for each in self.refused_by_plan.values())


@dataclass
class Story:
    """One chaos test at a scale; ``tell`` hears how it goes."""

    scale: Scale
    home: Path
    tell: Callable[[str], None]
    _began: float = field(default_factory=time.monotonic, init=False)
    _told: float = field(default=0.0, init=False)

    def play(self) -> Outcome:
        """From the founding of the town to the comparison.

        Raises:
            TooLate: not in all the time that the scale allows.
        """
        still = datetime.now(UTC).replace(microsecond=0) - _STILL_BEFORE
        with ExitStack() as stack, in_background():
            town = founded(self.scale, still, self.home, stack)
            engine = make_engine(town.database_url)
            stack.callback(engine.dispose)
            # Amazon's errors don't tell the rate: before an answer has, Portside waits by the published one, for minutes.
            for key, rate in town.amazon.rates():
                SqlBuckets(engine).learn(key, rate)
            self.tell(f"{self._seconds:5.0f} s  all is up; {self.scale.sellers} sellers are being connected")
            self._began = time.monotonic()
            return self._played(town, engine, stack)

    def _played(self, town: Town, engine: Engine, stack: ExitStack) -> Outcome:
        town.amazon.trouble()
        nemesis = Nemesis(town, self._began)
        pool = stack.enter_context(ThreadPoolExecutor(self.scale.users))
        deadline = self._began + self.scale.patience
        moving = [pool.submit(moved_in(town, number, deadline)) for number in range(self.scale.users)]
        before = self._disturbed(engine, nemesis, moving)
        disturbed = self._seconds
        self.tell(f"{disturbed:5.0f} s  peace")
        town.amazon.peace()
        citizens = [stack.enter_context(each.result()) for each in moving]
        if nemesis.changed_at is not None:
            time.sleep(max(0.0, (nemesis.changed_at + _TOLD_AFTER - datetime.now(UTC)).total_seconds()))
        asked_at = datetime.now(UTC)
        for citizen in citizens:
            citizen.insist("POST", "/api/v1/integrations/amazon/sync", (202,))
        state = self._quiet(engine, asked_at)
        return self._outcome(town, engine, nemesis, citizens, before, state, disturbed)

    def _disturbed(
        self, engine: Engine, nemesis: Nemesis, moving: list[Future[Citizen]]
    ) -> watch.State | None:
        """Until all is there in spite of everything, or the time for it is over."""
        state = None
        while self._seconds < self.scale.trouble or not nemesis.has_shown_all:
            nemesis.act()
            state = watch.state(engine, datetime.min.replace(tzinfo=UTC)) or state
            self._say(state)
            arrived = all(each.done() for each in moving) and nemesis.has_shown_all
            if arrived and state is not None and state.is_quiet and nemesis.is_done:
                break
            time.sleep(_PAUSE)
        return state

    def _quiet(self, engine: Engine, asked_at: datetime) -> watch.State:
        while True:
            state = watch.state(engine, asked_at)
            if state is not None and state.is_quiet:
                return state
            self._say(state)
            if self._seconds > self.scale.patience:
                words = "\n".join(watch.behind(engine, asked_at))
                raise TooLate(
                    f"not quiet at {datetime.now(UTC)}, after {self._seconds:.0f} s: {state}\n{words}"
                )
            time.sleep(_PAUSE)

    def _outcome(
        self,
        town: Town,
        engine: Engine,
        nemesis: Nemesis,
        citizens: list[Citizen],
        before: watch.State | None,
        state: watch.State,
        disturbed: float,
    ) -> Outcome:
        self.tell(f"{self._seconds:5.0f} s  all is quiet; {state.orders} orders are compared")
        calls: dict[str, Any] = town.amazon.told("GET", "calls")
        return Outcome(
            wrong=differences(engine, town.amazon),
            gaps=watch.gaps(engine),
            refused_by_plan=calls["refused_by_plan"],
            deeds=dict(nemesis.deeds),
            calls=calls["calls"],
            faults=calls["faults"],
            throttled=calls["throttled"],
            runs=watch.runs(engine),
            asked_again=dict(sum((each.asked_again for each in citizens), Counter[str]())),
            set_aside=0 if before is None else before.set_aside,
            orders=state.orders,
            seconds=self._seconds,
            disturbed_seconds=disturbed,
            logs=[str(served.log) for served in town.portsides.values()],
        )

    @property
    def _seconds(self) -> float:
        return time.monotonic() - self._began

    def _say(self, state: watch.State | None) -> None:
        if self._seconds - self._told >= _TELL_EVERY:
            self._told = self._seconds
            self.tell(f"{self._seconds:5.0f} s  {state or 'the database is away'}")
