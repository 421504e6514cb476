"""Users, how they get in, and what was done."""

from sqlalchemy import Boolean, Column, ForeignKey, Index, Table, Text, Uuid, false

from adapters.sql.tables.base import metadata, user_column
from adapters.sql.types import Growing, Json, UtcDateTime

users = Table(
    "users",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column(
        "email", Text
    ),  # as typed; NULL: the identity provider tells none, or one that is somebody else's here
    Column("email_key", Text, unique=True),  # in lower case: what log-ins are looked up by
    # an identity provider has said that it is this user's
    Column("email_verified", Boolean, nullable=False, server_default=false()),
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
    user_column(),
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
    user_column(),
    Column("name", Text, nullable=False),
    Column("key_hash", Text, nullable=False, unique=True),  # SHA-256 in hex: the key itself is kept nowhere
    Column("created_at", UtcDateTime, nullable=False),
    Column("last_used_at", UtcDateTime),
    Index(None, "user_id"),
)

identities = Table(
    "identities",
    metadata,
    Column("issuer", Text, primary_key=True),
    Column("subject", Text, primary_key=True),  # the issuer's own name for somebody
    user_column(),
    Column("created_at", UtcDateTime, nullable=False),
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
