"""Up to when the figures of a period are known to be complete."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from domain.connections.model import ConnectionId
from domain.kpis.periods import Period
from domain.ledger.model import LedgerDay
from domain.marketplaces import Marketplace, find

#: So many incomplete days are named; more would be a list nobody reads.
MOST_GAPS = 31
#: No order is older.
EVER = datetime(1995, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Slice:
    """A stretch of history whose orders have not been taken over yet; all there is (from ``EVER``) before it is planned."""

    marketplace_ids: tuple[str, ...]
    start: datetime
    end: datetime


@dataclass(frozen=True)
class Lacking:
    """What a period is known to lack: days by day (up to ``MOST_GAPS``), and the history that it still lacks.

    ``begins`` tells of each marketplace since when its orders are fetched at all; of several sellers, of the latest.
    """

    gaps: Sequence[LedgerDay]
    history: Sequence[Slice]
    begins: Mapping[str, datetime] = field(default_factory=dict)


def complete_until(
    read_until: datetime | None, span: Period, lacking: Lacking, marketplace_id: str | None
) -> datetime | None:
    """How far the period's figures hold all orders; ``None`` when they lack some from the beginning on.

    That is how far the orders have been read, but not beyond the begin of the first day in the period that is known to
    lack orders, or of which the history has not been taken over. Of a time before the first order that was ever asked
    for nothing is known, whatever came later.

    Args:
        read_until: How far the orders of all connections have been read.
        span: The days that are meant.
        lacking: What is known to be missing.
        marketplace_id: Of which marketplace the figures are; ``None``: of all.
    """
    if read_until is None or _fetched_later(span, lacking.begins, marketplace_id):
        return None
    moments = [*_gaps(span, lacking.gaps), *_slices(span, lacking.history, marketplace_id)]
    if None in moments:
        return None
    return min([read_until, *(moment for moment in moments if moment is not None)])


def what_lacks(
    read_until: datetime | None, span: Period, lacking: Lacking, marketplace_id: str | None
) -> str | None:
    """Why a period is not complete up to ``read_until``, in words, and who can mend it; ``None`` where nothing is known.

    Args: as of ``complete_until``.
    """
    if read_until is None:
        return "Its orders have not been read yet."
    lacks = []
    late = [
        _first_whole_day(marketplace, begin)
        for marketplace, begin in _fetched_later(span, lacking.begins, marketplace_id)
        # As long as nobody has planned what is to be fetched, nobody has to ask for more.
        if not any(one.start == EVER and marketplace.id in one.marketplace_ids for one in lacking.history)
    ]
    if late:
        lacks.append(
            f"Orders are fetched from {max(late)} on: a larger BACKFILL_DAYS, or portside backfill, brings older"
            " ones, as far as Amazon tells of them."
        )
    if list(_slices(span, lacking.history, marketplace_id)):
        lacks.append("Some orders of this period are still being fetched, or could not be.")
    if lacking.gaps:
        lacks.append(f"Amazon counts other orders than are here, first on {lacking.gaps[0].amazon.day}.")
    return " ".join(lacks) or None


def latest_begins(slices: Iterable[tuple[ConnectionId, Sequence[str], datetime]]) -> dict[str, datetime]:
    """Of each marketplace since when it is fetched, from the connections' slices: a seller's first, the latest seller's."""
    firsts: dict[tuple[ConnectionId, str], datetime] = {}
    for connection_id, marketplace_ids, start in slices:
        for name in marketplace_ids:
            key = (connection_id, name)
            firsts[key] = min(start, firsts.get(key, start))
    begins: dict[str, datetime] = {}
    for (_, name), start in firsts.items():
        begins[name] = max(start, begins.get(name, start))
    return begins


def is_fetched(
    read_until: datetime | None, span: Period, lacking: Lacking, marketplace_id: str | None
) -> bool:
    """Whether the orders of a whole period have been fetched, so that another one can be compared with it.

    It ends before the orders have been read, begins when they are fetched already, and its history has been taken over.
    Single days that are known to lack some don't matter.

    Args: as of ``complete_until``; the period may lie before the one that ``lacking`` names the gaps of.
    """
    if read_until is None or not lacking.begins:
        return False
    begins = [(find(name), begin) for name, begin in lacking.begins.items() if marketplace_id in (None, name)]
    after = span.last + timedelta(days=1)
    return not list(_slices(span, lacking.history, marketplace_id)) and all(
        begin <= marketplace.begin_of(span.first) and marketplace.begin_of(after) <= read_until
        for marketplace, begin in begins
        if marketplace is not None
    )


def _fetched_later(
    span: Period, begins: Mapping[str, datetime], marketplace_id: str | None
) -> list[tuple[Marketplace, datetime]]:
    """The marketplaces whose orders are fetched only since the period has begun there, and since when."""
    found = [(find(name), begin) for name, begin in begins.items() if marketplace_id in (None, name)]
    return [(each, begin) for each, begin in found if each is not None and begin > each.begin_of(span.first)]


def _first_whole_day(marketplace: Marketplace, begin: datetime) -> date:
    day = marketplace.day_of(begin)
    return day if marketplace.begin_of(day) >= begin else day + timedelta(days=1)


def _gaps(span: Period, gaps: Iterable[LedgerDay]) -> Iterable[datetime | None]:
    for gap in gaps:
        marketplace = find(gap.amazon.marketplace_id)
        if marketplace is not None:
            yield None if gap.amazon.day <= span.first else marketplace.begin_of(gap.amazon.day)


def _slices(span: Period, slices: Sequence[Slice], marketplace_id: str | None) -> Iterable[datetime | None]:
    """When each slice begins in the period; ``None`` for the period's own begin."""
    for one in slices:
        for name in one.marketplace_ids:
            marketplace = find(name)
            if marketplace is not None and marketplace_id in (None, name):
                yield from _begin(span, one, marketplace)


def _begin(span: Period, one: Slice, marketplace: Marketplace) -> Iterable[datetime | None]:
    begin = marketplace.begin_of(span.first)
    end = marketplace.begin_of(span.last + timedelta(days=1))
    if one.start < end and one.end > begin:
        yield None if one.start <= begin else one.start
