"""On PostgreSQL, web work sees the rows of the user it is done for, and of nobody else. On SQLite nothing changes."""

import sqlalchemy as sa
from alembic import op

from adapters.sql.wall import BACKGROUND, OWN, OWN_CONNECTION, USER, WEB, guarded, make_roles, unguarded

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_OWNED = {
    "users": f"id = {USER}",
    "sessions": OWN,
    "audit_log": OWN,
    "connections": OWN,
    "consent_states": OWN,
    "tokens": OWN_CONNECTION,
    "sync_runs": OWN,
    "sync_resources": OWN,
    "orders": OWN,
    "order_items": OWN_CONNECTION,
    "daily_sales": OWN,
    "daily_sku_sales": OWN,
    "inventory_items": OWN,
    "events": OWN,
}
#: Rows that name both: one's own row may not hang on somebody else's connection, where it would stand in the way.
_OF_OWN_CONNECTIONS = {
    "sync_runs",
    "sync_resources",
    "orders",
    "daily_sales",
    "daily_sku_sales",
    "inventory_items",
}
#: Until a user is named: log-ins are found by e-mail, sessions by their token, and failed log-ins leave a note.
_BEFORE_A_USER_IS_NAMED = {
    "users": f"FOR SELECT TO {WEB} USING ({USER} IS NULL)",
    "sessions": f"FOR SELECT TO {WEB} USING ({USER} IS NULL)",
    "audit_log": f"FOR INSERT TO {WEB} WITH CHECK ({USER} IS NULL)",
}
_OPEN = ("client_secrets", "login_attempts", "usage_buckets")
_TABLES = ", ".join((*_OWNED, *_OPEN))
_SEQUENCES = "events_id_seq, login_attempts_id_seq"
_ROLES = f"{WEB}, {BACKGROUND}"
_WORK = "SELECT, INSERT, UPDATE, DELETE"


def upgrade() -> None:
    """Make the roles, let them work, and put every tenant's tables behind the wall."""
    connection = op.get_bind()
    if connection.dialect.name != "postgresql":
        return
    make_roles(connection)
    schema = _schema(connection)
    _run(
        f"GRANT USAGE ON SCHEMA {schema} TO {_ROLES}",
        f"GRANT {_WORK} ON {_TABLES} TO {_ROLES}",
        f"GRANT USAGE, SELECT ON SEQUENCE {_SEQUENCES} TO {_ROLES}",
        # What later migrations make is for the same two.
        f"ALTER DEFAULT PRIVILEGES IN SCHEMA {schema} GRANT {_WORK} ON TABLES TO {_ROLES}",
        f"ALTER DEFAULT PRIVILEGES IN SCHEMA {schema} GRANT USAGE, SELECT ON SEQUENCES TO {_ROLES}",
        # The log of what was done only grows.
        f"REVOKE UPDATE, DELETE ON audit_log FROM {WEB}",
    )
    for table, own in _OWNED.items():
        kept = f"{own} AND {OWN_CONNECTION}" if table in _OF_OWN_CONNECTIONS else own
        _run(*guarded(table, own, kept))
    for table, rule in _BEFORE_A_USER_IS_NAMED.items():
        _run(f"CREATE POLICY before_a_user_is_named ON {table} {rule}")


def downgrade() -> None:
    """Take the wall down. The roles stay: other databases of the same server may use them."""
    connection = op.get_bind()
    if connection.dialect.name != "postgresql":
        return
    for table in _BEFORE_A_USER_IS_NAMED:
        _run(f"DROP POLICY before_a_user_is_named ON {table}")
    for table in _OWNED:
        _run(*unguarded(table))
    schema = _schema(connection)
    _run(
        f"ALTER DEFAULT PRIVILEGES IN SCHEMA {schema} REVOKE ALL ON SEQUENCES FROM {_ROLES}",
        f"ALTER DEFAULT PRIVILEGES IN SCHEMA {schema} REVOKE ALL ON TABLES FROM {_ROLES}",
        f"REVOKE ALL ON SEQUENCE {_SEQUENCES} FROM {_ROLES}",
        f"REVOKE ALL ON {_TABLES} FROM {_ROLES}",
        f"REVOKE USAGE ON SCHEMA {schema} FROM {_ROLES}",
    )


def _schema(connection: sa.Connection) -> str:
    return str(connection.scalar(sa.text("SELECT quote_ident(current_schema())")))


def _run(*statements: str) -> None:
    for statement in statements:
        op.execute(statement)
