"""Connections, their tokens, and the installation's own client secrets."""

from sqlalchemy import BigInteger, Boolean, Column, Index, Table, Text, Uuid, text

from adapters.sql.tables.base import connection_column, metadata, user_column
from adapters.sql.types import Json, UtcDateTime

connections = Table(
    "connections",
    metadata,
    Column("id", Uuid, primary_key=True),
    user_column(),
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
    Column("store_name", Text),  # the four of a store are there together, or none
    Column("store_currency", Text),
    Column("store_time_zone", Text),
    Column("store_scopes", Json),  # a list: what the seller has granted
    Column("erasing_at", UtcDateTime),  # erased for good since then; what is left of it is nobody's to see
    Column("purged_at", UtcDateTime),  # when it was last decided what has been kept for long enough
    Column("purged_before", UtcDateTime),  # orders placed before it are gone; they stay counted
    Column("error_code", Text),  # the four of the last failure are there together, or none
    Column("error_message", Text),
    Column("error_at", UtcDateTime),
    Column("error_request_id", Text),  # Amazon's; may be missing from a failure
    Index(None, "provider", "seller_id"),
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
    user_column(),
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
    connection_column(),
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
