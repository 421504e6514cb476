"""Every table, column by column. The migrations build the same; a test compares the two.

Moments are aware and in UTC, ids are UUIDs, money is in minor units with its currency beside it. Tables with a
tenant's data name the user (the lines of an order are their order's), so that rows can be guarded by user as well.
"""

from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    Double,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    Uuid,
    text,
)

from adapters.sql.types import Growing, Json, UtcDateTime

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _user() -> Column[UUID]:
    return Column("user_id", Uuid, ForeignKey("users.id", ondelete="CASCADE"), nullable=False)


def _connection(*, primary_key: bool = True) -> Column[UUID]:
    """What belongs to a connection goes with it."""
    owner = ForeignKey("connections.id", ondelete="CASCADE")
    return Column("connection_id", Uuid, owner, primary_key=primary_key, nullable=False)


# Users

users = Table(
    "users",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("email", Text, nullable=False),  # as typed
    Column("email_key", Text, nullable=False, unique=True),  # in lower case: what log-ins are looked up by
    Column("first_name", Text),
    Column("last_name", Text),
    Column("password_hash", Text),  # Argon2id, encoded; NULL: this user has no password
    Column("created_at", UtcDateTime, nullable=False),
    Column("last_login_at", UtcDateTime),
)

sessions = Table(
    "sessions",
    metadata,
    Column("token_hash", Text, primary_key=True),  # SHA-256 in hex: the token itself is kept nowhere
    _user(),
    Column("created_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False, index=True),
    Index(None, "user_id"),
)

login_attempts = Table(
    "login_attempts",
    metadata,
    Column("id", Growing, primary_key=True, autoincrement=True),
    Column("subject", Text, nullable=False),  # "email:…" or "address:…"
    Column("at", UtcDateTime, nullable=False, index=True),
    Index(None, "subject", "at"),
)

api_keys = Table(
    "api_keys",
    metadata,
    Column("id", Uuid, primary_key=True),
    _user(),
    Column("name", Text, nullable=False),
    Column("key_hash", Text, nullable=False, unique=True),  # SHA-256 in hex: the key itself is kept nowhere
    Column("created_at", UtcDateTime, nullable=False),
    Column("last_used_at", UtcDateTime),
    Index(None, "user_id"),
)

audit_log = Table(
    "audit_log",
    metadata,
    Column("id", Uuid, primary_key=True),
    # NULL: a deed on the installation itself, which only its operators see
    Column("user_id", Uuid, ForeignKey("users.id", ondelete="CASCADE")),
    Column("at", UtcDateTime, nullable=False),
    Column("action", Text, nullable=False),
    Column("actor", Text, nullable=False),  # an e-mail, or "system"
    Column("address", Text, nullable=False),  # empty for our own work
    Column("connection_id", Uuid),  # no foreign key: the entry outlives the connection
    Column("details", Json, nullable=False),
    Index(None, "user_id", "at", "id"),
    Index(None, "at", "id"),
)

# Connections

connections = Table(
    "connections",
    metadata,
    Column("id", Uuid, primary_key=True),
    _user(),
    Column("provider", Text, nullable=False),
    Column("seller_id", Text, nullable=False),
    Column("region", Text, nullable=False),
    Column("marketplace_id", Text, nullable=False),  # the default among marketplace_ids
    Column("marketplace_ids", Json, nullable=False),  # a list of ids: those that are synced
    Column("participating_ids", Json, nullable=False),  # what Amazon named; empty until it has
    Column("chosen_ids", Json),  # the user's own choice; NULL: all that the seller participates in
    Column("status", Text, nullable=False),
    Column("is_default", Boolean, nullable=False),
    Column("connected_at", UtcDateTime, nullable=False),  # the first consent
    Column("authorized_at", UtcDateTime, nullable=False),  # the latest consent
    Column("participations_at", UtcDateTime),  # when Amazon last named the marketplaces
    Column("last_used_at", UtcDateTime),
    Column("last_synced_at", UtcDateTime),
    Column("lwa_client_id", Text),  # the user's own LWA client; NULL: the installation's
    Column("iam_role_arn", Text),  # assumed for this connection's calls
    Column("erasing_at", UtcDateTime),  # erased for good since then; what is left of it is nobody's to see
    Column("error_code", Text),  # the four of the last failure are there together, or none
    Column("error_message", Text),
    Column("error_at", UtcDateTime),
    Column("error_request_id", Text),  # Amazon's; may be missing from a failure
    # What is being erased stands in nobody's way who connects the same seller again.
    Index(
        "uq_connections_grant",
        "user_id",
        "provider",
        "seller_id",
        "region",
        unique=True,
        sqlite_where=text("erasing_at IS NULL"),
        postgresql_where=text("erasing_at IS NULL"),
    ),
    Index(
        "uq_connections_default",
        "user_id",
        "provider",
        unique=True,
        sqlite_where=text("is_default"),
        postgresql_where=text("is_default"),
    ),
)

consent_states = Table(
    "consent_states",
    metadata,
    Column("state_hash", Text, primary_key=True),  # SHA-256 in hex
    _user(),
    Column("provider", Text, nullable=False),
    Column("region", Text, nullable=False),
    Column("marketplace_id", Text, nullable=False),
    Column("browser_hash", Text, nullable=False),  # SHA-256 in hex, of the browser's own mark
    Column("expires_at", UtcDateTime, nullable=False, index=True),
    Column("expected_seller_id", Text),  # of a renewal, or named by Amazon beforehand
    Column("door", Text, nullable=False),  # where the authorization was started
)

tokens = Table(
    "tokens",
    metadata,
    _connection(),
    Column(
        "version", BigInteger, nullable=False
    ),  # grows with every change, also when the secrets are erased
    Column("refresh_token", Text),  # sealed; NULL: erased
    Column("access_token", Text),  # sealed
    Column("access_expires_at", UtcDateTime),
    Column(
        "client_secret", Text
    ),  # sealed: of the user's own LWA client; NULL: the installation's client is used
    Column("renew_at", UtcDateTime, index=True),  # when the access token is renewed unasked; NULL: never
    Column("claim_owner", Text),  # who renews at the moment
    Column("claim_epoch", BigInteger, nullable=False),  # of the latest claim; never shrinks
    Column("claim_until", UtcDateTime),
)

client_secrets = Table(
    "client_secrets",
    metadata,
    Column("client_id", Text, primary_key=True),
    Column("fingerprint", Text, primary_key=True),  # SHA-256 of the secret, in hex
    Column("secret", Text),  # sealed; NULL: the settings hold it
    Column("first_seen_at", UtcDateTime, nullable=False),
    Column(
        "expires_at", UtcDateTime
    ),  # as Amazon said; NULL: 180 days after it was first seen, at the latest
    Column("refused_at", UtcDateTime),  # since when LWA refuses it
)

# Sync

sync_runs = Table(
    "sync_runs",
    metadata,
    Column("id", Uuid, primary_key=True),
    _connection(primary_key=False),
    Column("user_id", Uuid, nullable=False),
    Column("resource", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("pages", Integer, nullable=False),
    Column("records", BigInteger, nullable=False),
    Column("total_estimate", BigInteger),  # records; a guess
    Column("created_at", UtcDateTime, nullable=False),
    Column("started_at", UtcDateTime),
    Column("finished_at", UtcDateTime),
    Column("waiting_until", UtcDateTime),  # while the run waits for a usage plan
    Column("error_code", Text),
    Column("error_message", Text),
    Column("error_at", UtcDateTime),
    Column("error_request_id", Text),
    Index(None, "user_id", "created_at", "id"),
    Index(None, "connection_id", "status"),
)

sync_resources = Table(
    "sync_resources",
    metadata,
    _connection(),
    Column("resource", Text, primary_key=True),
    Column("user_id", Uuid, nullable=False),
    Column("cursor", Json, nullable=False),  # only the resource's puller knows the meaning
    Column("next_run_at", UtcDateTime, index=True),  # NULL: stopped
    Column("lease_owner", Text),
    Column("lease_epoch", BigInteger, nullable=False),  # of the latest lease; never shrinks
    Column("lease_until", UtcDateTime, index=True),
    Column("run_id", Uuid, ForeignKey("sync_runs.id", ondelete="SET NULL")),  # the latest run
    Column("failures", Integer, nullable=False),  # runs that failed in a row
    Column("synced_at", UtcDateTime),  # when a run last succeeded
    Column("complete_until", UtcDateTime),  # up to when the data is known to be complete
    Index(None, "user_id"),
    Index(None, "run_id"),
)

# Orders

orders = Table(
    "orders",
    metadata,
    _connection(),
    Column("order_id", Text, primary_key=True),
    Column("user_id", Uuid, nullable=False),
    Column("marketplace_id", Text, nullable=False),  # in whose figures the order counts
    Column("day", Date, nullable=False),  # of the purchase, as that marketplace's calendar has it
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),  # Amazon's; decides which of two answers is newer
    Column("status", Text, nullable=False),  # Amazon's, an open list
    Column("fulfilled_by", Text),
    Column("currency", Text, nullable=False),
    Column("total_minor", BigInteger),  # NULL while Amazon names no total
    Column("units", BigInteger, nullable=False),  # over all lines
    Index(None, "connection_id", "marketplace_id", "day"),
    sqlite_with_rowid=False,
)

order_items = Table(
    "order_items",
    metadata,
    Column("connection_id", Uuid, primary_key=True),
    Column("order_id", Text, primary_key=True),
    Column("order_item_id", Text, primary_key=True),
    Column("sku", Text),
    Column("asin", Text),
    Column("title", Text),
    Column("quantity", BigInteger, nullable=False),
    Column("total_minor", BigInteger),  # in the order's currency
    ForeignKeyConstraint(
        ["connection_id", "order_id"], ["orders.connection_id", "orders.order_id"], ondelete="CASCADE"
    ),
    sqlite_with_rowid=False,
)

daily_sales = Table(
    "daily_sales",
    metadata,
    _connection(),
    Column("marketplace_id", Text, primary_key=True),
    Column("day", Date, primary_key=True),
    Column("currency", Text, primary_key=True),
    Column("user_id", Uuid, nullable=False),
    Column("orders", BigInteger, nullable=False),
    Column("priced_orders", BigInteger, nullable=False),  # those with a total
    Column("revenue_minor", BigInteger, nullable=False),
    Column("units", BigInteger, nullable=False),
    Column("unshipped", BigInteger, nullable=False),
    Index(None, "user_id", "day"),
    sqlite_with_rowid=False,
)

daily_sku_sales = Table(
    "daily_sku_sales",
    metadata,
    _connection(),
    Column("marketplace_id", Text, primary_key=True),
    Column("day", Date, primary_key=True),
    Column("sku", Text, primary_key=True),
    Column("currency", Text, primary_key=True),
    Column("user_id", Uuid, nullable=False),
    Column("stock_pool", Text, nullable=False),  # the marketplace's
    Column("asin", Text),
    Column("units", BigInteger, nullable=False),
    Column("revenue_minor", BigInteger, nullable=False),
    Column("orders", BigInteger, nullable=False),  # in which the SKU appears
    # Holds all that the demand of a stock position is added up from.
    Index("ix_daily_sku_sales_demand", "user_id", "day", "connection_id", "stock_pool", "sku", "units"),
    sqlite_with_rowid=False,
)

# Stock

inventory_items = Table(
    "inventory_items",
    metadata,
    _connection(),
    Column("marketplace_id", Text, primary_key=True),
    Column("sku", Text, primary_key=True),
    Column("user_id", Uuid, nullable=False),
    Column(
        "stock_pool", Text, nullable=False
    ),  # equal where the same physical stock serves several marketplaces
    Column("reorder_point", Integer),  # the seller's own, in units; NULL: computed from the demand
    Column("listed", Boolean, nullable=False),  # whether Amazon's latest full listing had it
    Column("pass_id", Text, nullable=False),  # the pass that saw it last
    Column("seen_at", UtcDateTime, nullable=False),
    Column("asin", Text),
    Column("fnsku", Text),
    Column("title", Text),
    Column("condition", Text),
    Column("total", BigInteger, nullable=False),  # Amazon's own sum; this and what follows in units
    Column("fulfillable", BigInteger, nullable=False),
    Column("inbound", BigInteger, nullable=False),
    Column("reserved", BigInteger, nullable=False),
    Column("unfulfillable", BigInteger, nullable=False),
    Column("researching", BigInteger, nullable=False),
    Column("updated_at", UtcDateTime),  # Amazon's; NULL for what never moved
    Index(None, "user_id"),
    sqlite_with_rowid=False,
)

# Events and usage plans

events = Table(
    "events",
    metadata,
    Column("id", Growing, primary_key=True, autoincrement=True),  # grows in the order of commits
    _user(),
    Column("kind", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False, index=True),
    Column("data", Json, nullable=False),
    Index(None, "user_id", "id"),
    sqlite_autoincrement=True,  # an id that was dropped is never given again: listeners resume by it
)

usage_buckets = Table(
    "usage_buckets",
    metadata,
    Column("application", Text, primary_key=True),
    Column("region", Text, primary_key=True),
    Column("seller_id", Text, primary_key=True),
    Column("operation", Text, primary_key=True),
    Column(
        "level", Double
    ),  # tokens left at the moment "at"; NULL: nobody has called yet, the bucket is full
    Column("at", Double),  # seconds since the epoch
    Column("rate", Double),  # tokens a second, as the channel named it; NULL: the plan's own
)

api_usage = Table(
    "api_usage",
    metadata,
    _connection(),
    Column("day", Date, primary_key=True),  # in UTC
    Column("operation", Text, primary_key=True),
    Column("user_id", Uuid, nullable=False),
    Column("seller_id", Text, nullable=False),
    Column("calls", BigInteger, nullable=False),  # every one that was sent, repeats too
    Column("gets", BigInteger, nullable=False),  # those of them that Amazon counts as GET
    Column("throttled", BigInteger, nullable=False),  # those answered 429
    Index(None, "user_id", "day"),
)
