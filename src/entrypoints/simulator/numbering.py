"""Order ids: they look drawn by lot, never repeat, and lead back to the day they were given."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

from entrypoints.simulator.dice import number
from entrypoints.simulator.marketplaces import BY_ORDER_PREFIX, Marketplace

_IDS = 10**14
_IDS_A_DAY = 100_000
_INVENTED_PREFIX = "900"
_FIRST_DAY = date(2000, 1, 1)


@dataclass(frozen=True)
class Numbering:
    """The order ids of one seller: ``a * n + b`` modulo 10^14, which reaches each id once."""

    seed: int
    seller_id: str

    def order_id(self, marketplace: Marketplace, day: date, position: int) -> str:
        """The id of the order at a position among those of the marketplace's local day."""
        counted = (day - _FIRST_DAY).days * _IDS_A_DAY + position
        digits = f"{(counted * self._factor + self._offset) % _IDS:014d}"
        return f"{marketplace.order_prefix}-{digits[:7]}-{digits[7:]}"

    def invented_id(self, at_ms: int) -> str:
        """The id of an order that only a report tells, by its millisecond; its prefix is no marketplace's."""
        digits = f"{(at_ms * self._factor + self._offset) % _IDS:014d}"
        return f"{_INVENTED_PREFIX}-{digits[:7]}-{digits[7:]}"

    def day_of(self, order_id: str) -> tuple[Marketplace, date] | None:
        """Where and when an id was given, or None for a text that is no id of this seller."""
        prefix, _, digits = order_id.replace("-", " ", 1).partition(" ")
        digits = digits.replace("-", "")
        marketplace = BY_ORDER_PREFIX.get(prefix)
        if marketplace is None or len(order_id) != 19 or not (digits.isascii() and digits.isdigit()):
            return None
        counted = (int(digits) - self._offset) * pow(self._factor, -1, _IDS) % _IDS
        days = counted // _IDS_A_DAY
        # Most numbers are no id at all; those lie centuries away.
        return (marketplace, _FIRST_DAY + timedelta(days=days)) if days < 50_000 else None

    def item_id(self, order_id: str, line: int) -> str:
        return f"{number(self.seed, order_id, 'item', line) % _IDS:014d}"

    @cached_property
    def _factor(self) -> int:
        # Without a divisor in common with 10^14, so that it can be undone.
        return number(self.seed, self.seller_id, "factor") % (_IDS // 10) * 10 + 7

    @cached_property
    def _offset(self) -> int:
        return number(self.seed, self.seller_id, "offset") % _IDS
