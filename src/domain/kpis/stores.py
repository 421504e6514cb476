"""How far the figures of stores can be trusted. No ledger is kept of them: each is complete since when its sync says so."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from domain.channels.limits import HistoryLimits
from domain.channels.model import HistoryLimit
from domain.connections.model import Connection, Provider
from domain.kpis.model import Freshness
from domain.kpis.periods import Period
from domain.kpis.standing import NEVER, Standing, counting, oldest
from domain.sync.model import Resource


def stores_known(
    standings: Sequence[Standing], provider: Provider, span: Period, now: datetime, limits: HistoryLimits
) -> Freshness:
    """How far the orders of a provider's stores can be trusted in a period.

    Complete as far as all stores' orders are read; nothing is as long as the period begins before a store's first
    order that is known to be here.
    """
    resource, lacks, known = Resource.orders_of(provider), list[str](), list[Freshness]()
    for each in counting(standings, provider):
        freshness = each.resources.get(resource, NEVER)
        lacking = _lacking(each.connection, freshness, span, now, limits)
        lacks += [] if lacking is None else [f"{each.connection.seller_id}: {lacking}"]
        known.append(freshness if lacking is None else replace(freshness, complete_until=None))
    return replace(oldest(known), lacks=" ".join(lacks) or None)


def _lacking(
    connection: Connection, freshness: Freshness, span: Period, now: datetime, limits: HistoryLimits
) -> str | None:
    store, since = connection.store, freshness.complete_from
    if store is None or since is None or freshness.complete_until is None:
        return "Its orders have not been read yet."
    begin = datetime.combine(span.first, time(), ZoneInfo(store.time_zone))
    if since <= begin:
        return None
    day = since.astimezone(ZoneInfo(store.time_zone)).date()
    return f"All orders are here from {day} on. {_why(limits.of(connection), begin, now)}"


def _why(limit: HistoryLimit | None, begin: datetime, now: datetime) -> str:
    if limit is not None and begin < now - timedelta(days=limit.days - 1):
        return limit.because
    return "Older ones are still being fetched, or lie further back than BACKFILL_DAYS reaches."
