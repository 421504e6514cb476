"""A connection's rows for an export, from memory: by their keys and the columns that tests look at."""

from collections.abc import Iterator

from domain.connections.model import ConnectionId
from domain.connections.ports import Record
from tests.fakes.memory_store import MemoryStore, Tables


class MemoryRecords:
    """Sums by day are not kept here, so none are handed out."""

    def __init__(self, store: MemoryStore) -> None:
        self._store = store

    def of(self, connection_id: ConnectionId) -> Iterator[Record]:
        tables, owner = self._store.tables, str(connection_id)
        connection = tables.connections.get(connection_id)
        if connection is not None:
            yield {"table": "connections", "id": owner, "seller_id": connection.seller_id}
        for (of, order_id), booked in sorted(tables.orders.items()):
            if of == connection_id:
                yield {"table": "orders", "connection_id": owner, "order_id": order_id}
                for item in booked.order.items:
                    yield {
                        "table": "order_items",
                        "connection_id": owner,
                        "order_id": order_id,
                        "sku": item.sku,
                    }
        yield from _of_syncs(tables, connection_id)
        for entry in tables.audit:
            if entry.connection_id == connection_id:
                yield {
                    "table": "audit_log",
                    "connection_id": owner,
                    "id": str(entry.id),
                    "action": entry.action,
                }


def _of_ads_reports(tables: Tables, connection_id: ConnectionId) -> Iterator[Record]:
    owner = str(connection_id)
    for schedule in tables.ads_schedules.values():
        if schedule.connection_id == connection_id:
            yield {"table": "ads_schedules", "connection_id": owner, "id": str(schedule.id)}
    for report in tables.ads_reports.values():
        if report.connection_id == connection_id:
            yield {"table": "ads_reports", "connection_id": owner, "id": str(report.id)}
    for known in tables.ads_coverage.values():
        if known.connection_id == connection_id:
            yield {"table": "ads_coverage", "connection_id": owner, "report_type": known.report_type}
    named = (("ads_daily", tables.ads_days), ("ads_product_daily", tables.ads_product_days))
    for name, rows in named:
        for key in rows:
            if key[0] == connection_id:
                yield {"table": name, "connection_id": owner, "day": str(key[3])}


def _of_ads_accounts(tables: Tables, connection_id: ConnectionId) -> Iterator[Record]:
    owner = str(connection_id)
    for account in tables.ads_accounts.values():
        if account.connection_id == connection_id:
            yield {"table": "ads_accounts", "connection_id": owner, "id": str(account.id)}
    for of, kind, region in sorted(tables.ads_listings):
        if of == connection_id:
            yield {
                "table": "ads_listings",
                "connection_id": owner,
                "type": kind.value,
                "region": region.value,
            }
    for wish in tables.ads_registrations.values():
        if wish.connection_id == connection_id:
            yield {"table": "ads_registrations", "connection_id": owner, "id": str(wish.id)}


def _of_syncs(tables: Tables, connection_id: ConnectionId) -> Iterator[Record]:
    owner = str(connection_id)
    for of, _marketplace_id, sku in sorted(tables.stock):
        if of == connection_id:
            yield {"table": "inventory_items", "connection_id": owner, "sku": sku}
    for of, day in sorted(tables.stock_days):
        if of == connection_id:
            yield {"table": "stock_days", "connection_id": owner, "day": day.isoformat()}
    for report in tables.reports.values():
        if report.connection_id == connection_id:
            yield {"table": "reports", "connection_id": owner, "id": str(report.id)}
    yield from _of_ads_accounts(tables, connection_id)
    yield from _of_ads_reports(tables, connection_id)
    for of, marketplace_id, day in sorted(tables.ledger):
        if of == connection_id:
            place = {"marketplace_id": marketplace_id, "day": day.isoformat()}
            yield {"table": "ledger_days", "connection_id": owner, **place}
    for run in tables.runs.values():
        if run.connection_id == connection_id:
            yield {"table": "sync_runs", "connection_id": owner, "id": str(run.id)}
