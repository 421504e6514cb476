"""What there is at all, and how far it has come: for every screen, in one statement."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import CompoundSelect, Engine, Select, and_, bindparam, func, literal, select, union_all

from adapters.sql import tables
from adapters.sql.connection_rows import connection_of
from adapters.sql.connections import ALL_OF_USER
from adapters.sql.erasing import looked_up, still_there
from adapters.sql.stock_positions import listed_positions
from adapters.sql.straight import asked
from domain.channels.table import SALES_CHANNELS
from domain.connections.model import Connection, ConnectionId, Provider
from domain.kpis.model import Freshness, Volume
from domain.kpis.ports import Later
from domain.kpis.standing import Standing
from domain.sync.model import Resource
from domain.users.model import UserId


class SqlOverview:
    """Reads the connections with their schedules, and counts."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def standing(self, user_id: UserId) -> list[Standing]:
        """A row for each resource of each connection, put together here."""
        return asked(self._engine, _standing(), {"of_user": user_id}, _standings)()

    def volumes(self, user_id: UserId) -> Later[Mapping[str, Volume]]:
        """Positions by provider and orders by channel, side by side."""
        return asked(self._engine, _volumes(self._engine.dialect.name), {"of_user": user_id}, _by_channel)


def _standings(rows: Sequence[Any]) -> list[Standing]:
    kept: dict[ConnectionId, Connection] = {}
    come: dict[ConnectionId, dict[Resource, Freshness]] = {}
    for row in (each._asdict() for each in rows):
        name = row["id"]
        if name not in kept:
            kept[name], come[name] = connection_of(row), {}
        if row["resource"] is not None:
            come[name][Resource(row["resource"])] = Freshness(
                row["synced_at"], row["complete_until"], row["complete_from"]
            )
    return [Standing(kept[name], come[name]) for name in kept]


def _by_channel(rows: Sequence[Any]) -> Mapping[str, Volume]:
    skus = {Provider(name).channel: int(number) for name, number, orders in rows if orders is None}
    orders = {name: int(number) for name, _, number in rows if number is not None}
    channels = [each.channel for each in SALES_CHANNELS]
    return {name: Volume(skus.get(name, 0), orders.get(name, 0)) for name in channels}


# To put a statement together takes longer than to execute it: so each is built once.


@cache
def _standing() -> Select[Any]:
    due = tables.sync_resources
    return ALL_OF_USER.outerjoin_from(
        tables.connections, due, due.c.connection_id == tables.connections.c.id
    ).add_columns(due.c.resource, due.c.synced_at, due.c.complete_until, due.c.complete_from)


@cache
def _volumes(dialect: str) -> CompoundSelect[Any]:
    sale, kept = tables.daily_sales.c, tables.connections
    mine = select(kept.c.id).where(kept.c.user_id == bindparam("of_user"), still_there())
    listed = listed_positions(bindparam("of_user")).subquery()
    positions = (
        select(kept.c.provider, func.count(), literal(None, sale.orders.type))
        .join_from(listed, kept, and_(kept.c.id == listed.c.connection_id))
        .group_by(kept.c.provider)
    )
    orders = (
        select(sale.channel, literal(None, sale.orders.type), func.sum(sale.orders))
        # All days of a connection are stored side by side: quicker to read than by the user and the day.
        .where(looked_up(sale.connection_id, mine, dialect))
        .group_by(sale.channel)
    )
    return union_all(positions, orders)
