"""The ledger's chore: ask Amazon how many orders a day has, compare, and have fetched again what is missing.

Amazon is asked first, and its answer waits until all changes of orders are read up to the moment of the answer. Only
then are the two compared, so that a store in which orders change all the time raises no alarm.
"""

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import partial
from itertools import groupby
from uuid import uuid4

from domain.connections.model import Connection
from domain.errors import AccessDenied, ChannelError, UpstreamFailed, UpstreamRefused, UpstreamTimedOut
from domain.ledger.agenda import Repairs, countable_until, due_days, next_day_at
from domain.ledger.comparing import MARGIN, judged, nothing_of, wants_repair
from domain.ledger.coverage import begin_of, ended_days, synced_from
from domain.ledger.model import DayCount, LedgerDay, OrdersKnown
from domain.ledger.ports import SalesMetrics
from domain.marketplaces import MARKETPLACES, find
from domain.reports.model import ORDERS_BY_DATE, Purpose, Report, ReportId, ReportRequest, ReportStatus
from domain.sync.failures import is_own
from domain.sync.ports import SyncWork
from domain.sync.steps import Step

log = logging.getLogger(__name__)

_DAY = timedelta(days=1)
#: Lines that are compared in one transaction.
_AT_ONCE = 70
#: Amazon counts no older days.
_COUNTED_DAYS = 730
#: The longest stretch that one repair fetches.
_REPAIR_DAYS = 30
#: Days that lie so close to each other are fetched together, with what lies between.
_BRIDGE = timedelta(days=7)
#: How long after the next run of the orders it is looked whether they are read far enough.
_AFTER_ORDERS = timedelta(seconds=15)
_SOONEST = timedelta(minutes=1)


def compared_back(retention_days: int) -> timedelta:
    """How far back days are compared, where orders are kept for so many days: Amazon counts two years at most."""
    return timedelta(days=max(0, min(retention_days, _COUNTED_DAYS) - 2))


@dataclass(frozen=True)
class LedgerKeeping:
    """A chore (``domain.sync.chores.Chore``).

    ``reach`` is how far back days are compared at all: no farther than orders are kept.
    """

    metrics: SalesMetrics
    look: Callable[[], SyncWork]
    reach: timedelta

    def steps(self, connection: Connection, now: Callable[[], datetime]) -> Iterator[Step]:
        """Compare what can be compared, then ask for what is due: one call for each marketplace."""
        yield from self._comparisons(connection, now)
        trouble: ChannelError | None = None
        for marketplace_id, days in self._agenda(connection, now()):
            try:
                counts = self.metrics.daily(connection, marketplace_id, days[0], days[-1])
            except (AccessDenied, UpstreamRefused, UpstreamFailed, UpstreamTimedOut) as error:
                # One marketplace's trouble is not the others'; it is told when they are done.
                log.warning("%s does not count its orders: %s", marketplace_id, error)
                trouble = trouble or _told(marketplace_id, error)
                continue
            wanted = set(days)
            found = [count for count in counts if count.day in wanted]
            yield Step({}, len(found), partial(self._asked, connection, found, now()))
        if trouble is not None:
            raise trouble

    def due_at(self, connection: Connection, now: datetime) -> datetime | None:
        """When the next day can be asked for, or the orders are read far enough for a comparison."""
        with self.look() as work:
            known = work.ledger.orders_known(connection.id)
            waiting = known.until is None or bool(work.ledger.pending(connection.id, now, 1))
        if known.until is not None and self._agenda(connection, now):
            return now
        dues = [next_day_at(connection, each, now) for each in _marketplaces(connection)]
        if waiting and known.next_run_at is not None:
            dues.append(max(known.next_run_at + _AFTER_ORDERS, now + _SOONEST))
        return min(dues, default=None)

    def is_busy(self, connection: Connection) -> bool:  # noqa: ARG002 - the port's signature
        """Nothing is begun that a run would have to wait for: repairs are the reports' own matter."""
        return False

    def _agenda(self, connection: Connection, now: datetime) -> list[tuple[str, list[date]]]:
        """Which days of which marketplaces are due; none before the orders were read once."""
        with self.look() as work:
            known = work.ledger.orders_known(connection.id)
            if known.until is None:
                return []
            lines = work.ledger.lines(connection.id)
            history = work.reports.of_purpose(connection.id, Purpose.HISTORY)
            repairs = Repairs(work.reports.of_purpose(connection.id, Purpose.REPAIR))
        agenda = []
        for marketplace_id in _marketplaces(connection):
            mine = {line.amazon.day: line for line in lines if line.amazon.marketplace_id == marketplace_id}
            oldest = self._oldest(marketplace_id, known, now)
            ended = ended_days(
                marketplace_id,
                history,
                synced_from(connection, marketplace_id, history),
                countable_until(connection, now),
            )
            days = due_days([day for day in ended if day >= oldest], mine, repairs, now)
            if days:
                agenda.append((marketplace_id, days))
        return agenda

    def _oldest(self, marketplace_id: str, known: OrdersKnown, now: datetime) -> date:
        """The first day that can be compared: Amazon still counts it, and all of its orders are kept."""
        reached = (now - self.reach).date() + _DAY
        if known.purged_before is None:
            return reached
        purged = MARKETPLACES[marketplace_id].day_of(known.purged_before)
        whole = begin_of(marketplace_id, purged) >= known.purged_before
        return max(reached, purged if whole else purged + _DAY)

    def _asked(self, connection: Connection, counts: Sequence[DayCount], at: datetime, work: SyncWork) -> int:
        work.ledger.asked(connection.id, counts, at)
        known = work.ledger.orders_known(connection.id)
        for marketplace_id in {count.marketplace_id for count in counts}:
            oldest = self._oldest(marketplace_id, known, at)
            work.ledger.forget_before(connection.id, marketplace_id, oldest)
        return 0

    def _comparisons(self, connection: Connection, now: Callable[[], datetime]) -> Iterator[Step]:
        while True:
            with self.look() as work:
                lines = _comparable(connection, work)
            if not lines:
                return
            yield Step({}, 0, partial(self._compared, connection, now()))

    def _compared(self, connection: Connection, now: datetime, work: SyncWork) -> int:
        """Judge what can be judged, and order the repairs of what is missing, in one transaction."""
        lines = _comparable(connection, work)
        repairs = Repairs(work.reports.of_purpose(connection.id, Purpose.REPAIR))
        settled, broken = list[LedgerDay](), list[LedgerDay]()
        for line in _judged(connection, lines, now, work):
            if _to_be_fetched(line, repairs):
                broken.append(line)
                settled.append(replace(line, repairs=line.repairs + 1))
            else:
                settled.append(line)
        work.ledger.settle(settled)
        if broken:
            log.warning(
                "%d days lack orders and are fetched again",
                len(broken),
                extra={"connection_id": str(connection.id)},
            )
            work.reports.add(repairs_of(connection, broken, now))
        before = {(line.amazon.marketplace_id, line.amazon.day): line.verdict for line in lines}
        return sum(before[line.amazon.marketplace_id, line.amazon.day] != line.verdict for line in settled)


def repairs_of(connection: Connection, lines: Iterable[LedgerDay], now: datetime) -> list[Report]:
    """The reports that fetch these days again: one for days that lie close to each other."""
    found = list[Report]()
    ordered = sorted(lines, key=lambda line: (line.amazon.marketplace_id, line.amazon.day))
    for marketplace_id, group in groupby(ordered, key=lambda line: line.amazon.marketplace_id):
        for first, last in _stretches([line.amazon.day for line in group]):
            request = ReportRequest(
                ORDERS_BY_DATE,
                (marketplace_id,),
                begin_of(marketplace_id, first),
                begin_of(marketplace_id, last + _DAY),
            )
            found.append(
                Report(
                    ReportId(uuid4()),
                    connection.id,
                    connection.user_id,
                    Purpose.REPAIR,
                    request,
                    ReportStatus.PENDING,
                    created_at=now,
                    next_look_at=now,
                )
            )
    return found


def _told(marketplace_id: str, error: ChannelError) -> ChannelError:
    """The trouble as the run fails with it: what else is done under its lease must not be set aside for it."""
    if not is_own(error):
        return error
    words = f"Amazon does not count the orders of {marketplace_id}: {error}"
    return UpstreamFailed(words, channel=error.channel, request_id=error.request_id)


def _stretches(days: Sequence[date]) -> list[tuple[date, date]]:
    found: list[tuple[date, date]] = []
    for day in days:
        if found and day - found[-1][1] <= _BRIDGE and (day - found[-1][0]).days < _REPAIR_DAYS:
            found[-1] = (found[-1][0], day)
        else:
            found.append((day, day))
    return found


def _to_be_fetched(line: LedgerDay, repairs: Repairs) -> bool:
    place = (line.amazon.marketplace_id, line.amazon.day)
    return wants_repair(line, repairs.last_begun(*place)) and not repairs.under_way(*place)


def _judged(
    connection: Connection, lines: Sequence[LedgerDay], now: datetime, work: SyncWork
) -> Iterator[LedgerDay]:
    """Each line after its comparison. Lines of one answer are counted together."""

    def answer(line: LedgerDay) -> tuple[str, str, datetime]:
        return line.amazon.marketplace_id, line.amazon.currency, line.asked_at

    for (marketplace_id, currency, asked_at), group in groupby(sorted(lines, key=answer), key=answer):
        asked = list(group)
        days = [line.amazon.day for line in asked]
        moved_after = asked_at - MARGIN
        counted = work.ledger.own(connection.id, marketplace_id, min(days), max(days), currency, moved_after)
        own = {count.count.day: count for count in counted}
        for line in asked:
            day = line.amazon.day
            yield judged(line, own.get(day, nothing_of(marketplace_id, day, currency)), now)


def _comparable(connection: Connection, work: SyncWork) -> list[LedgerDay]:
    """Amazon's answers up to which the orders are read by now."""
    until = work.ledger.orders_known(connection.id).until
    return [] if until is None else work.ledger.pending(connection.id, until, _AT_ONCE)


def _marketplaces(connection: Connection) -> list[str]:
    return [each for each in connection.marketplace_ids if find(each) is not None]
