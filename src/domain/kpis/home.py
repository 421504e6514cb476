"""Where a user is at home: whose calendar says what today is, and which currency is meant when none is named."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from domain.connections.model import Connection
from domain.errors import InvalidInput
from domain.marketplaces import DEFAULT_MARKETPLACE_ID, MARKETPLACES, find
from domain.money import CURRENCIES


@dataclass(frozen=True)
class Home:
    """A marketplace's or a store's calendar and currency."""

    time_zone: str
    currency: str

    def day_of(self, moment: datetime) -> date:
        """The calendar day there, at an aware moment."""
        return moment.astimezone(ZoneInfo(self.time_zone)).date()

    def end_of(self, day: date) -> datetime:
        """When the day is over there, in UTC."""
        midnight = datetime.combine(day + timedelta(days=1), time(), ZoneInfo(self.time_zone))
        return midnight.astimezone(UTC)


def home_of(connections: Sequence[Connection]) -> Home:
    """That of the first connection: its default marketplace, or its store."""
    first = connections[0]
    return Home(first.store.time_zone, first.store.currency) if first.store else home_at(first.marketplace_id)


def home_at(marketplace_id: str) -> Home:
    """A marketplace; for one that we don't know, the American one."""
    marketplace = find(marketplace_id) or MARKETPLACES[DEFAULT_MARKETPLACE_ID]
    return Home(marketplace.time_zone, marketplace.currency)


def currency_or(text: str | None, usual: str) -> str:
    """The currency that is asked for, or the usual one.

    Raises:
        InvalidInput: ISO 4217 knows no such currency, or nobody pays with it.
    """
    if text is not None and text not in CURRENCIES:
        raise InvalidInput({"currency": "unknown currency"})
    return text or usual
