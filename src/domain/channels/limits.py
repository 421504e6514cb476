"""How far back stores tell of their orders, whichever channel they are of."""

from collections.abc import Mapping
from dataclasses import dataclass

from domain.channels.model import HistoryLimit
from domain.channels.ports import StoreTerms
from domain.channels.table import Provider
from domain.connections.model import Connection


@dataclass(frozen=True)
class HistoryLimits:
    """Asks the channel in question."""

    terms: Mapping[Provider, StoreTerms]

    def of(self, connection: Connection) -> HistoryLimit | None:
        """What limits the history of this connection; ``None``: nothing, or nobody knows yet."""
        terms = self.terms.get(connection.provider)
        if terms is None or connection.store is None:
            return None
        return terms.history_limit(connection.store.scopes)
