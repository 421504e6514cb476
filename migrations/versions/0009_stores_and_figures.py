"""Stores outside Amazon, whose channel a day's sales belong to, and what tells that figures have changed."""

import sqlalchemy as sa
from alembic import op

from adapters.sql.types import Json, UtcDateTime
from adapters.sql.wall import OWN, OWN_CONNECTION, guarded

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_BELONGING = (
    "report_parts",
    "reports",
    "ledger_days",
    "order_items",
    "orders",
    "daily_sku_sales",
    "daily_sales",
    "inventory_items",
    "api_usage",
    "sync_resources",
    "sync_runs",
    "tokens",
)
_DEMAND = "ix_daily_sku_sales_demand"
#: Rows of stock that are changed by one statement.
_AT_ONCE = 5_000


def upgrade() -> None:
    """Add the columns and tables. Everything that was sold so far was sold on Amazon."""
    with op.batch_alter_table("connections") as batch:
        for name in ("store_name", "store_currency", "store_time_zone"):
            batch.add_column(sa.Column(name, sa.Text))
        batch.add_column(sa.Column("store_scopes", Json))
    op.create_index("ix_connections_provider_seller_id", "connections", ["provider", "seller_id"])
    with op.batch_alter_table("sync_resources") as batch:
        batch.add_column(sa.Column("complete_from", UtcDateTime))
    with op.batch_alter_table("daily_sales") as batch:
        batch.add_column(sa.Column("channel", sa.Text, nullable=False, server_default="amazon"))
    with op.batch_alter_table("daily_sales") as batch:
        batch.alter_column("channel", server_default=None)
    with op.batch_alter_table("inventory_items") as batch:
        batch.add_column(sa.Column("words", sa.Text, nullable=False, server_default=""))
    _fill_in_words()
    with op.batch_alter_table("inventory_items") as batch:
        batch.alter_column("words", server_default=None)
    _store_sku_sales(("connection_id", "day", "marketplace_id", "sku", "currency"))
    demand = ["sku", "stock_pool", "user_id", "day", "connection_id", "units"]
    op.create_index(_DEMAND, "daily_sku_sales", demand)
    op.drop_index("ix_inventory_items_user_id", "inventory_items")
    op.create_index("ix_inventory_items_user_id_sku", "inventory_items", ["user_id", "sku"])
    of_ones_own = sa.text("reorder_point IS NOT NULL")
    op.create_index(
        "ix_inventory_items_own_point",
        "inventory_items",
        ["user_id"],
        sqlite_where=of_ones_own,
        postgresql_where=of_ones_own,
    )
    op.create_table(
        "figures_versions",
        sa.Column("user_id", sa.Uuid, sa.ForeignKey("users.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("version", sa.BigInteger, nullable=False),
    )
    owner = sa.ForeignKey("connections.id", ondelete="CASCADE")
    op.create_table(
        "recounts",
        sa.Column("connection_id", sa.Uuid, owner, primary_key=True),
        sa.Column("user_id", sa.Uuid, nullable=False),
        sa.Column("counted_at", UtcDateTime),
        sa.Column("sampled_on", sa.Date),
        sa.Column("orders", sa.BigInteger, nullable=False),
        sa.Column("differing", sa.Integer, nullable=False),
        sa.Column("repaired_at", UtcDateTime),
    )
    op.create_index("ix_recounts_counted_at", "recounts", ["counted_at"])
    if op.get_bind().dialect.name == "postgresql":
        statements = (
            *guarded("figures_versions"),
            *guarded("recounts", kept=f"{OWN} AND {OWN_CONNECTION}"),
        )
        for statement in statements:
            op.execute(sa.text(statement))


def _store_sku_sales(key: tuple[str, ...]) -> None:
    """Store the sums of SKUs in the order of the key. The index goes, and has to be made anew."""
    op.drop_index(_DEMAND, "daily_sku_sales")
    if op.get_bind().dialect.name == "postgresql":
        op.drop_constraint("pk_daily_sku_sales", "daily_sku_sales", type_="primary")
        op.create_primary_key("pk_daily_sku_sales", "daily_sku_sales", list(key))
        return
    op.rename_table("daily_sku_sales", "daily_sku_sales_before")
    columns = [
        sa.Column("connection_id", sa.Uuid, sa.ForeignKey("connections.id", ondelete="CASCADE")),
        sa.Column("marketplace_id", sa.Text, nullable=False),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("sku", sa.Text, nullable=False),
        sa.Column("currency", sa.Text, nullable=False),
        sa.Column("user_id", sa.Uuid, nullable=False),
        sa.Column("stock_pool", sa.Text, nullable=False),
        sa.Column("asin", sa.Text),
        *(sa.Column(name, sa.BigInteger, nullable=False) for name in ("units", "revenue_minor", "orders")),
    ]
    op.create_table("daily_sku_sales", *columns, sa.PrimaryKeyConstraint(*key), sqlite_with_rowid=False)
    names = ", ".join(column.name for column in columns)
    op.execute(f"INSERT INTO daily_sku_sales ({names}) SELECT {names} FROM daily_sku_sales_before")  # noqa: S608 - our own words
    op.drop_table("daily_sku_sales_before")


def _fill_in_words() -> None:
    """What stock is found by, for what is there already. Databases differ in folding letters: it is done here."""
    key = [sa.column("connection_id", sa.Uuid), sa.column("marketplace_id"), sa.column("sku")]
    said: list[sa.ColumnClause[str]] = [sa.column("title"), sa.column("asin")]
    items = sa.table("inventory_items", *key, *said, sa.column("words"))
    bare = sa.select(*key, *said).where(items.c.words == "").limit(_AT_ONCE)
    fill = (
        sa.update(items)
        .where(*(column == sa.bindparam(f"its_{column.name}") for column in key))
        .values(words=sa.bindparam("folded"))
    )
    while rows := op.get_bind().execute(bare.select_from(items)).all():
        texts = [
            {
                "its_connection_id": row.connection_id,
                "its_marketplace_id": row.marketplace_id,
                "its_sku": row.sku,
                "folded": "\x1f".join((row.title or "", row.sku, row.asin or "")).casefold(),
            }
            for row in rows
        ]
        op.get_bind().execute(fill, texts)


def downgrade() -> None:
    """Drop them again. Connections to stores are lost, with all that was synced of them."""
    op.execute("DELETE FROM consent_states WHERE provider <> 'amazon_sp'")
    # References are not followed while SQLite changes a schema: what belongs to the connections is named.
    for table in _BELONGING:
        op.execute(
            f"DELETE FROM {table} WHERE connection_id IN"  # noqa: S608 - our own words
            " (SELECT id FROM connections WHERE provider <> 'amazon_sp')"
        )
    op.execute("DELETE FROM connections WHERE provider <> 'amazon_sp'")
    op.drop_table("recounts")
    op.drop_table("figures_versions")
    _store_sku_sales(("connection_id", "marketplace_id", "day", "sku", "currency"))
    demand = ["user_id", "day", "connection_id", "stock_pool", "sku", "units"]
    op.create_index(_DEMAND, "daily_sku_sales", demand)
    op.drop_index("ix_inventory_items_own_point", "inventory_items")
    op.drop_index("ix_inventory_items_user_id_sku", "inventory_items")
    op.create_index("ix_inventory_items_user_id", "inventory_items", ["user_id"])
    with op.batch_alter_table("inventory_items") as batch:
        batch.drop_column("words")
    with op.batch_alter_table("daily_sales") as batch:
        batch.drop_column("channel")
    with op.batch_alter_table("sync_resources") as batch:
        batch.drop_column("complete_from")
    op.drop_index("ix_connections_provider_seller_id", "connections")
    with op.batch_alter_table("connections") as batch:
        for name in ("store_name", "store_currency", "store_time_zone", "store_scopes"):
            batch.drop_column(name)
