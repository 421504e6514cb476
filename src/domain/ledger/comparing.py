"""Whether a day is complete: Amazon's count beside ours."""

from dataclasses import replace
from datetime import date, datetime, timedelta

from domain.ledger.model import DayCount, LedgerDay, OwnCount, Verdict

#: Orders that changed so shortly before Amazon's answer, or after it, may have been counted either way.
MARGIN = timedelta(minutes=15)
#: A pending order has no price for us, but may have one for Amazon. None is pending as long as this.
LONGEST_PENDING = timedelta(days=14)
#: So many repairs that did not help make a gap a lasting one.
REPAIRS = 2
#: How long a gap, and a lasting one, waits for its next repair: orders can become visible late.
NEXT_REPAIR = timedelta(hours=6)
NEXT_REPAIR_WHEN_LASTING = timedelta(days=6, hours=20)


def compare(amazon: DayCount, own: OwnCount, asked_at: datetime) -> Verdict:
    """``AGREES``, ``GAP``, or ``OPEN`` where it can't be told: what differs may only have changed meanwhile.

    Orders that were moving while Amazon counted may be in its count or not. So the day lacks something for certain
    only if Amazon counted more than all of them together, or fewer than those that stood still.
    """
    ours = own.count
    same_goods = amazon.goods_minor == ours.goods_minor or own.unpriced > 0
    if (amazon.orders, amazon.units) == (ours.orders, ours.units) and same_goods:
        return Verdict.AGREES
    if own.moved + own.moved_cancelled > 0:
        most, least = ours.orders + own.moved_cancelled, ours.orders - own.moved
        return Verdict.OPEN if least <= amazon.orders <= most else Verdict.GAP
    if (amazon.orders, amazon.units) == (ours.orders, ours.units) and own.awaited > 0:
        return Verdict.OPEN if asked_at.date() - amazon.day < LONGEST_PENDING else Verdict.GAP
    return Verdict.GAP


def judged(line: LedgerDay, own: OwnCount, now: datetime) -> LedgerDay:
    """The line after its comparison. A gap stays one until the two agree."""
    found = compare(line.amazon, own, line.asked_at)
    if found is Verdict.GAP and line.repairs >= REPAIRS:
        found = Verdict.LASTING
    if found is Verdict.OPEN and line.verdict.is_incomplete:
        found = line.verdict
    repairs = 0 if found is Verdict.AGREES else line.repairs
    return replace(line, verdict=found, ours=own.count, repairs=repairs, settled_at=now)


def wants_repair(line: LedgerDay, last_repair_at: datetime | None) -> bool:
    """Whether a line that was just compared is to be fetched again."""
    if not line.verdict.is_incomplete:
        return False
    wait = NEXT_REPAIR_WHEN_LASTING if line.verdict is Verdict.LASTING else NEXT_REPAIR
    return last_repair_at is None or line.asked_at - last_repair_at >= wait


def nothing_of(marketplace_id: str, day: date, currency: str) -> OwnCount:
    """Our count of a day on which we know no order."""
    return OwnCount(DayCount(marketplace_id, day, 0, 0, 0, currency))
