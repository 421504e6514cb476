"""Which months are kept, in memory: figures are added up from the orders here, so there is nothing else to keep."""

from collections.abc import Sequence
from datetime import datetime

from domain.connections.model import Connection, ConnectionId, Provider
from domain.kpis.periods import Period
from tests.fakes.memory_store import Tables


class MemoryMonthBook:
    """The days of each connection's month, and when it is over."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def due(self, now: datetime, limit: int) -> Sequence[Connection]:
        months = self._tables.months
        sellers = [
            one
            for one in self._tables.connections.values()
            if one.provider is Provider.AMAZON_SP and one.erasing_at is None
        ]
        new = sorted((one for one in sellers if one.id not in months), key=lambda one: one.id)
        over = [one for one in sellers if one.id in months and months[one.id][1] <= now]
        return [*new, *sorted(over, key=lambda one: (months[one.id][1], one.id))][:limit]

    def count(self, connection_id: ConnectionId, span: Period, ends_at: datetime) -> None:
        one = self._tables.connections.get(connection_id)
        if one is not None and one.erasing_at is None:
            self._tables.months[connection_id] = (span, ends_at)
