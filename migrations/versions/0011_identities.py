"""Who comes with a token of an identity provider; users who have no e-mail, and e-mails that were proven."""

import sqlalchemy as sa
from alembic import op

from adapters.sql.types import UtcDateTime
from adapters.sql.wall import USER, WEB, guarded

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table and the column. Nobody has proven an e-mail so far."""
    with op.batch_alter_table("users") as batch:
        batch.add_column(sa.Column("email_verified", sa.Boolean, nullable=False, server_default=sa.false()))
        batch.alter_column("email", existing_type=sa.Text, nullable=True)
        batch.alter_column("email_key", existing_type=sa.Text, nullable=True)
    op.create_table(
        "identities",
        sa.Column("issuer", sa.Text, primary_key=True),
        sa.Column("subject", sa.Text, primary_key=True),
        sa.Column("user_id", sa.Uuid, sa.ForeignKey("users.id", ondelete="CASCADE"), nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
    )
    op.create_index("ix_identities_user_id", "identities", ["user_id"])
    if op.get_bind().dialect.name == "postgresql":
        for statement in guarded("identities"):
            op.execute(sa.text(statement))
        # Until a user is named: whoever shows a token is found by the provider's name for them.
        op.execute(
            sa.text(
                f"CREATE POLICY before_a_user_is_named ON identities FOR SELECT TO {WEB} USING ({USER} IS NULL)"
            )
        )


def downgrade() -> None:
    """Drop them again. Who came by a token can't log in any more; their data stays, under an e-mail that is none."""
    op.drop_table("identities")
    nobodys = "'no e-mail: ' || CAST(id AS TEXT)"
    op.execute(f"UPDATE users SET email = {nobodys}, email_key = {nobodys} WHERE email IS NULL")  # noqa: S608 - our own words
    with op.batch_alter_table("users") as batch:
        batch.alter_column("email", existing_type=sa.Text, nullable=False)
        batch.alter_column("email_key", existing_type=sa.Text, nullable=False)
        batch.drop_column("email_verified")
