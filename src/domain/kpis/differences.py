"""Where the daily sums are other than the orders they are made of."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from domain.connections.model import ConnectionId
from domain.users.model import UserId

#: What a row of sums says, by the names of its columns; the ASIN only where it is wrong.
Sums = Mapping[str, int | str | None]
#: No calendar is further ahead of UTC's; a part of a day that is left makes it a whole one.
_FARTHEST_AHEAD = timedelta(hours=14)
_ALMOST_A_DAY = timedelta(days=1) - timedelta(microseconds=1)


@dataclass(frozen=True)
class Difference:
    """One row of sums: ``kept`` as it stands there, ``counted`` as its orders have it; ``None``: there is no such row."""

    marketplace_id: str
    day: date
    currency: str
    sku: str | None
    status: str | None  # without a SKU either: the sums of all that was sold that day
    kept: Sums | None
    counted: Sums | None
    days: int = 1  # so many, beginning with ``day``


@dataclass(frozen=True)
class Comparison:
    """What a recount of one connection found. ``differences`` are the first of ``total``."""

    connection_id: ConnectionId
    user_id: UserId
    orders: int  # that the compared sums are made of
    since: date | None  # the first day that was compared; None: from the very first on
    total: int
    differences: tuple[Difference, ...] = ()
    #: All that differs are sums that the release before does not keep: it has written beside this one.
    left_behind: bool = False


def by_day(each: Difference) -> tuple[date, int, str, str, str]:
    """The order in which differences are told: by day, the sums of all that was sold first, those of SKUs last."""
    kind = 1 + each.days if each.sku is not None else int(each.status is not None)
    return each.day, kind, each.marketplace_id, each.sku or each.status or "", each.currency


def first_whole_day(purged_before: datetime | None) -> date | None:
    """The first day of which all orders are kept, by whatever calendar; ``None``: that is so of every day.

    Earlier days can't be recounted: their orders are gone, or going, and only their sums stay.
    """
    if purged_before is None:
        return None
    return (purged_before + _FARTHEST_AHEAD + _ALMOST_A_DAY).date()
