"""Advertising: accounts, registrations, reports, and what was advertised each day."""

from uuid import UUID

import sqlalchemy as sa
from alembic import op

from adapters.sql.types import Json, UtcDateTime
from adapters.sql.wall import OWN, OWN_CONNECTION, guarded

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_TABLES = (
    "ads_accounts",
    "ads_listings",
    "ads_registrations",
    "ads_schedules",
    "ads_reports",
    "ads_report_parts",
    "ads_coverage",
    "ads_daily",
    "ads_product_daily",
)


def _connection(primary_key: bool = False) -> sa.Column[UUID]:
    owner = sa.ForeignKey("connections.id", ondelete="CASCADE")
    return sa.Column("connection_id", sa.Uuid, owner, nullable=False, primary_key=primary_key)


def _index_of_some(name: str, table: str, columns: list[str], rows: str, unique: bool = False) -> None:
    where = sa.text(rows)
    op.create_index(name, table, columns, unique=unique, sqlite_where=where, postgresql_where=where)


def upgrade() -> None:
    """Create the tables."""
    _create_ads_accounts()
    _create_ads_listings()
    _create_ads_registrations()
    _create_ads_schedules()
    _create_ads_reports()
    _create_ads_report_parts()
    _create_ads_coverage()
    _create_ads_daily()
    _create_ads_product_daily()
    if op.get_bind().dialect.name == "postgresql":
        for table in _TABLES:
            for statement in guarded(table, kept=f"{OWN} AND {OWN_CONNECTION}"):
                op.execute(sa.text(statement))


def downgrade() -> None:
    """Drop them again. Connections to Amazon Ads are lost, with all that was synced of them."""
    for table in reversed(_TABLES):
        op.drop_table(table)
    op.execute("DELETE FROM consent_states WHERE provider = 'amazon_ads'")
    for table in ("sync_resources", "sync_runs", "tokens", "api_usage"):
        op.execute(
            f"DELETE FROM {table} WHERE connection_id IN"  # noqa: S608 - our own words
            " (SELECT id FROM connections WHERE provider = 'amazon_ads')"
        )
    op.execute("DELETE FROM connections WHERE provider = 'amazon_ads'")


def _create_ads_accounts() -> None:
    op.create_table(
        "ads_accounts",
        sa.Column("id", sa.Uuid, primary_key=True),
        _connection(),
        sa.Column("user_id", sa.Uuid, nullable=False),
        sa.Column("type", sa.Text, nullable=False),
        sa.Column("amazon_id", sa.Text, nullable=False),
        sa.Column("region", sa.Text, nullable=False),
        sa.Column("name", sa.Text),
        sa.Column("name_given", sa.Text),
        sa.Column("amazon_status", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("country_code", sa.Text),
        sa.Column("currency_code", sa.Text),
        sa.Column("time_zone", sa.Text),
        sa.Column("marketplace_id", sa.Text),
        sa.Column("owner", sa.Text),
        sa.Column("sub_type", sa.Text),
        sa.Column("account_info_id", sa.Text),
        sa.Column("agency_profile_id", sa.Text),
        sa.Column("linked", Json, nullable=False),
        sa.Column("countries", Json, nullable=False),
        sa.Column("problems", Json, nullable=False),
        sa.Column("is_default", sa.Boolean, nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("seen_at", UtcDateTime, nullable=False),
        sa.Column("gone_since", UtcDateTime),
        sa.Column("last_synced_at", UtcDateTime),
        sa.Column("error_code", sa.Text),
        sa.Column("error_message", sa.Text),
        sa.Column("error_at", UtcDateTime),
        sa.Column("error_request_id", sa.Text),
    )
    op.create_index(
        "uq_ads_accounts_amazon",
        "ads_accounts",
        ["connection_id", "type", "amazon_id"],
        unique=True,
    )
    op.create_index("ix_ads_accounts_user_id_type", "ads_accounts", ["user_id", "type"])
    _index_of_some("uq_ads_accounts_default", "ads_accounts", ["user_id", "type"], "is_default", unique=True)


def _create_ads_listings() -> None:
    op.create_table(
        "ads_listings",
        _connection(primary_key=True),
        sa.Column("type", sa.Text, primary_key=True),
        sa.Column("region", sa.Text, primary_key=True),
        sa.Column("user_id", sa.Uuid, nullable=False),
        sa.Column("next_at", UtcDateTime, nullable=False),
        sa.Column("listed_at", UtcDateTime),
        sa.Column("found", sa.Integer, nullable=False),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("place", Json),
        sa.Column("error_code", sa.Text),
        sa.Column("error_message", sa.Text),
        sa.Column("error_at", UtcDateTime),
        sa.Column("error_request_id", sa.Text),
    )
    op.create_index("ix_ads_listings_user_id", "ads_listings", ["user_id"])


def _create_ads_registrations() -> None:
    op.create_table(
        "ads_registrations",
        sa.Column("id", sa.Uuid, primary_key=True),
        _connection(),
        sa.Column("user_id", sa.Uuid, nullable=False),
        sa.Column("wish", Json, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("next_look_at", UtcDateTime),
        sa.Column("terms_token", sa.Text),
        sa.Column("terms_url", sa.Text),
        sa.Column("asked_at", UtcDateTime),
        sa.Column("ads_account_id", sa.Text),
        sa.Column("looks", sa.Integer, nullable=False),
        sa.Column("finished_at", UtcDateTime),
        sa.Column("error_code", sa.Text),
        sa.Column("error_message", sa.Text),
        sa.Column("error_at", UtcDateTime),
        sa.Column("error_request_id", sa.Text),
    )
    op.create_index(
        "ix_ads_registrations_connection_id_status", "ads_registrations", ["connection_id", "status"]
    )
    op.create_index("ix_ads_registrations_user_id", "ads_registrations", ["user_id"])


def _create_ads_schedules() -> None:
    op.create_table(
        "ads_schedules",
        sa.Column("id", sa.Uuid, primary_key=True),
        _connection(),
        sa.Column("user_id", sa.Uuid, nullable=False),
        sa.Column(
            "account_id", sa.Uuid, sa.ForeignKey("ads_accounts.id", ondelete="CASCADE"), nullable=False
        ),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("request", Json, nullable=False),
        sa.Column("days", sa.Integer, nullable=False),
        sa.Column("every_days", sa.Integer, nullable=False),
        sa.Column("next_at", UtcDateTime),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("last_report_id", sa.Uuid),
    )
    op.create_index("ix_ads_schedules_connection_id_next_at", "ads_schedules", ["connection_id", "next_at"])
    op.create_index("ix_ads_schedules_user_id", "ads_schedules", ["user_id"])


def _create_ads_reports() -> None:
    op.create_table(
        "ads_reports",
        sa.Column("id", sa.Uuid, primary_key=True),
        _connection(),
        sa.Column("user_id", sa.Uuid, nullable=False),
        sa.Column(
            "account_id", sa.Uuid, sa.ForeignKey("ads_accounts.id", ondelete="CASCADE"), nullable=False
        ),
        sa.Column("profile_id", sa.Text, nullable=False),
        sa.Column("region", sa.Text, nullable=False),
        sa.Column("purpose", sa.Text, nullable=False),
        sa.Column("ad_product", sa.Text, nullable=False),
        sa.Column("report_type", sa.Text, nullable=False),
        sa.Column("start_date", sa.Date, nullable=False),
        sa.Column("end_date", sa.Date, nullable=False),
        sa.Column("request", Json, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("next_look_at", UtcDateTime),
        sa.Column("asked_at", UtcDateTime),
        sa.Column("amazon_id", sa.Text),
        sa.Column("looks", sa.Integer, nullable=False),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("parts", sa.Integer),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("rows", sa.BigInteger, nullable=False),
        sa.Column("imported", sa.BigInteger, nullable=False),
        sa.Column("finished_at", UtcDateTime),
        sa.Column("schedule_id", sa.Uuid),
        sa.Column("error_code", sa.Text),
        sa.Column("error_message", sa.Text),
        sa.Column("error_at", UtcDateTime),
        sa.Column("error_request_id", sa.Text),
    )
    op.create_index("ix_ads_reports_user_id_created_at_id", "ads_reports", ["user_id", "created_at", "id"])
    op.create_index("ix_ads_reports_connection_id_status", "ads_reports", ["connection_id", "status"])
    op.create_index("ix_ads_reports_finished_at", "ads_reports", ["finished_at"])
    _index_of_some("ix_ads_reports_open", "ads_reports", ["status"], "status IN ('pending', 'processing')")


def _create_ads_report_parts() -> None:
    op.create_table(
        "ads_report_parts",
        sa.Column(
            "report_id", sa.Uuid, sa.ForeignKey("ads_reports.id", ondelete="CASCADE"), primary_key=True
        ),
        sa.Column("number", sa.Integer, primary_key=True),
        _connection(),
        sa.Column("user_id", sa.Uuid, nullable=False),
        sa.Column("data", sa.LargeBinary, nullable=False),
    )
    op.create_index("ix_ads_report_parts_connection_id", "ads_report_parts", ["connection_id"])
    op.create_index("ix_ads_report_parts_user_id", "ads_report_parts", ["user_id"])


def _create_ads_coverage() -> None:
    op.create_table(
        "ads_coverage",
        _connection(primary_key=True),
        sa.Column("profile_id", sa.Text, primary_key=True),
        sa.Column("report_type", sa.Text, primary_key=True),
        sa.Column("user_id", sa.Uuid, nullable=False),
        sa.Column(
            "account_id", sa.Uuid, sa.ForeignKey("ads_accounts.id", ondelete="CASCADE"), nullable=False
        ),
        sa.Column("ad_product", sa.Text, nullable=False),
        sa.Column("days", Json, nullable=False),
        sa.Column("as_of", UtcDateTime),
        sa.Column("daily_on", sa.Date),
        sa.Column("weekly_on", sa.Date),
        sa.Column("monthly_on", sa.Date),
        sa.Column("rest_until", UtcDateTime),
        sa.Column("error_code", sa.Text),
        sa.Column("error_message", sa.Text),
        sa.Column("error_at", UtcDateTime),
        sa.Column("error_request_id", sa.Text),
    )
    op.create_index("ix_ads_coverage_user_id", "ads_coverage", ["user_id"])


def _create_ads_daily() -> None:
    op.create_table(
        "ads_daily",
        _connection(primary_key=True),
        sa.Column("profile_id", sa.Text, primary_key=True),
        sa.Column("ad_product", sa.Text, primary_key=True),
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("campaign_id", sa.Text, primary_key=True),
        sa.Column("user_id", sa.Uuid, nullable=False),
        sa.Column("campaign_name", sa.Text),
        sa.Column("campaign_status", sa.Text),
        sa.Column("currency", sa.Text, nullable=False),
        sa.Column("impressions", sa.BigInteger, nullable=False),
        sa.Column("clicks", sa.BigInteger, nullable=False),
        sa.Column("spend_minor", sa.BigInteger, nullable=False),
        sa.Column("purchases", sa.BigInteger, nullable=False),
        sa.Column("sales_minor", sa.BigInteger, nullable=False),
        sa.Column("units", sa.BigInteger, nullable=False),
        sa.Column("purchases_7d", sa.BigInteger),
        sa.Column("sales_7d_minor", sa.BigInteger),
        sa.Column("units_7d", sa.BigInteger),
        sa.Column("report_id", sa.Uuid, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_ads_daily_user_id_day", "ads_daily", ["user_id", "day"])


def _create_ads_product_daily() -> None:
    op.create_table(
        "ads_product_daily",
        _connection(primary_key=True),
        sa.Column("profile_id", sa.Text, primary_key=True),
        sa.Column("ad_product", sa.Text, primary_key=True),
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("campaign_id", sa.Text, primary_key=True),
        sa.Column("asin", sa.Text, primary_key=True),
        sa.Column("sku", sa.Text, primary_key=True),
        sa.Column("user_id", sa.Uuid, nullable=False),
        sa.Column("currency", sa.Text, nullable=False),
        sa.Column("impressions", sa.BigInteger, nullable=False),
        sa.Column("clicks", sa.BigInteger, nullable=False),
        sa.Column("spend_minor", sa.BigInteger, nullable=False),
        sa.Column("purchases", sa.BigInteger, nullable=False),
        sa.Column("sales_minor", sa.BigInteger, nullable=False),
        sa.Column("units", sa.BigInteger, nullable=False),
        sa.Column("purchases_7d", sa.BigInteger),
        sa.Column("sales_7d_minor", sa.BigInteger),
        sa.Column("units_7d", sa.BigInteger),
        sa.Column("report_id", sa.Uuid, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_ads_product_daily_user_id_day", "ads_product_daily", ["user_id", "day"])
