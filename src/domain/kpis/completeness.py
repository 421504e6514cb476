"""Up to when the figures of a period are known to be complete."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

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
    """What a period is known to lack: days by day (up to ``MOST_GAPS``), and the history that it still lacks."""

    gaps: Sequence[LedgerDay]
    history: Sequence[Slice]


def complete_until(
    read_until: datetime | None, span: Period, lacking: Lacking, marketplace_id: str | None
) -> datetime | None:
    """How far the period's figures hold all orders; ``None`` when they lack some from the beginning on.

    That is how far the orders have been read, but not beyond the begin of the first day in the period that is known to
    lack orders, or of which the history has not been taken over.

    Args:
        read_until: How far the orders of all connections have been read.
        span: The days that are meant.
        lacking: What is known to be missing.
        marketplace_id: Of which marketplace the figures are; ``None``: of all.
    """
    if read_until is None:
        return None
    moments = [*_gaps(span, lacking.gaps), *_slices(span, lacking.history, marketplace_id)]
    if None in moments:
        return None
    return min([read_until, *(moment for moment in moments if moment is not None)])


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
