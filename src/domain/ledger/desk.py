"""Looking at what is known to be incomplete."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from domain.ledger.model import LedgerDay
from domain.ledger.ports import LedgerBook
from domain.users.model import UserId
from domain.work import Work

_MOST = 500


class LedgerWork(Work, Protocol):
    """The transaction in which the ledger is looked at."""

    @property
    def ledger(self) -> LedgerBook: ...


@dataclass(frozen=True)
class Ledger:
    """What Amazon counts beside what we count, day by day."""

    look: Callable[[], LedgerWork]

    def gaps(self, user_id: UserId, limit: int = _MOST) -> list[LedgerDay]:
        """Days of the user's connections that are known to lack orders, the newest first."""
        with self.look() as work:
            return work.ledger.gaps(user_id, min(limit, _MOST))
