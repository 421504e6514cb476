"""The last month of each SKU in SQL: its sums, and which days they are of."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, delete, literal, or_, select

from adapters.sql import tables
from adapters.sql.connection_rows import connection_of
from adapters.sql.dialect import insert_into
from adapters.sql.erasing import still_there
from adapters.sql.month_sums import months_of
from adapters.sql.orders import one_page_at_a_time
from adapters.sql.upsert import upsert
from domain.connections.model import Connection as Seller
from domain.connections.model import ConnectionId, Provider
from domain.kpis.periods import Period


class SqlMonthBook:
    """Works inside the transaction of the connection that it is given."""

    def __init__(self, database: Connection) -> None:
        self._database = database

    def due(self, now: datetime, limit: int) -> Sequence[Seller]:
        """One statement, a row for each of them."""
        kept, span = tables.connections, tables.sku_month_spans.c
        found = (
            select(kept)
            .outerjoin(tables.sku_month_spans, span.connection_id == kept.c.id)
            .where(
                kept.c.provider == Provider.AMAZON_SP.value,
                still_there(),
                or_(span.ends_at.is_(None), span.ends_at <= now),
            )
            .order_by(span.ends_at.nulls_first(), kept.c.id)
            .limit(limit)
        )
        return [connection_of(row) for row in self._database.execute(found).mappings()]

    def count(self, connection_id: ConnectionId, span: Period, ends_at: datetime) -> None:
        """A handful of statements, however many SKUs there are. What another process has counted is left as it is."""
        one_page_at_a_time(self._database, connection_id)
        kept, days, months = tables.connections.c, tables.sku_month_spans, tables.sku_months
        whose = select(kept.user_id).where(kept.id == connection_id, still_there())
        user_id = self._database.scalar(whose)
        if user_id is None:
            return
        known = select(days.c.day, days.c.last_day).where(days.c.connection_id == connection_id)
        if self._database.execute(known).one_or_none() != (span.first, span.last):
            self._database.execute(delete(months).where(months.c.connection_id == connection_id))
            sale = tables.daily_sku_sales.c
            fixed = {"connection_id": connection_id, "user_id": user_id, "day": span.first}
            first = [literal(value, months.c[name].type).label(name) for name, value in fixed.items()]
            rows = months_of(sale, *first).where(
                sale.connection_id == connection_id, sale.day.between(span.first, span.last)
            )
            names = [each.name for each in rows.selected_columns]
            self._database.execute(insert_into(self._database, months).from_select(names, rows))
        row = {"connection_id": connection_id, "user_id": user_id}
        self._database.execute(
            upsert(self._database, days),
            {**row, "day": span.first, "last_day": span.last, "ends_at": ends_at},
        )
