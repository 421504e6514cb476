"""Sets a seller's own reorder point: no port does yet, but the stock figures already heed it."""

from dataclasses import replace

from sqlalchemy import update

from adapters.sql import tables
from adapters.sql.engine import writing
from domain.connections.model import Connection
from tests.contracts.backends import Backend, MemoryBackend, SqlBackend


def set_reorder_point(
    backend: Backend, connection: Connection, marketplace_id: str, sku: str, own: int | None
) -> None:
    """Write the point, or take it away, behind the ports."""
    if isinstance(backend, MemoryBackend):
        stock = backend.store.tables.stock
        key = (connection.id, marketplace_id, sku)
        stock[key] = replace(stock[key], reorder_point=own)
        return
    assert isinstance(backend, SqlBackend)
    item = tables.inventory_items.c
    with writing(backend.engine) as database:
        database.execute(
            update(tables.inventory_items)
            .where(
                item.connection_id == connection.id, item.marketplace_id == marketplace_id, item.sku == sku
            )
            .values(reorder_point=own)
        )
