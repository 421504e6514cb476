"""Advertising: accounts, registrations, reports and what was advertised each day."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    Uuid,
    text,
)

from adapters.sql.tables.base import connection_column, metadata
from adapters.sql.types import Json, UtcDateTime

#: A migration says the same.
OPEN_ADS_REPORTS = "status IN ('pending', 'processing')"

ads_accounts = Table(
    "ads_accounts",
    metadata,
    Column("id", Uuid, primary_key=True),
    connection_column(primary_key=False),
    Column("user_id", Uuid, nullable=False),
    Column("type", Text, nullable=False),
    Column("amazon_id", Text, nullable=False),
    Column("region", Text, nullable=False),  # "world" for global accounts
    Column("name", Text),  # Amazon's
    Column("name_given", Text),  # the user's own
    Column("amazon_status", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("country_code", Text),
    Column("currency_code", Text),
    Column("time_zone", Text),
    Column("marketplace_id", Text),
    Column("owner", Text),  # "seller", "vendor", "agency"
    Column("sub_type", Text),
    Column("account_info_id", Text),
    Column("agency_profile_id", Text),
    Column("linked", Json, nullable=False),  # [[country, profile id or null, entity id or null], ...]
    Column("countries", Json, nullable=False),
    Column("problems", Json, nullable=False),  # country: Amazon's words
    Column("is_default", Boolean, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("seen_at", UtcDateTime, nullable=False),  # when Amazon's answer last changed anything
    Column("gone_since", UtcDateTime),
    Column("last_synced_at", UtcDateTime),
    Column("error_code", Text),
    Column("error_message", Text),
    Column("error_at", UtcDateTime),
    Column("error_request_id", Text),
    Index("uq_ads_accounts_amazon", "connection_id", "type", "amazon_id", unique=True),
    Index(None, "user_id", "type"),
    Index(
        "uq_ads_accounts_default",
        "user_id",
        "type",
        unique=True,
        sqlite_where=text("is_default"),
        postgresql_where=text("is_default"),
    ),
)

ads_listings = Table(
    "ads_listings",
    metadata,
    connection_column(),
    Column("type", Text, primary_key=True),
    Column("region", Text, primary_key=True),  # "world" for what is listed for all regions at once
    Column("user_id", Uuid, nullable=False),
    Column("next_at", UtcDateTime, nullable=False),
    Column("listed_at", UtcDateTime),  # to its end
    Column("found", Integer, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("place", Json),  # how far it came, while it waits for a limit
    Column("error_code", Text),
    Column("error_message", Text),
    Column("error_at", UtcDateTime),
    Column("error_request_id", Text),
    Index(None, "user_id"),
)

ads_registrations = Table(
    "ads_registrations",
    metadata,
    Column("id", Uuid, primary_key=True),
    connection_column(primary_key=False),
    Column("user_id", Uuid, nullable=False),
    Column("wish", Json, nullable=False),
    Column("status", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("next_look_at", UtcDateTime),
    Column("terms_token", Text),
    Column("terms_url", Text),
    Column("asked_at", UtcDateTime),  # written before Amazon is asked
    Column("ads_account_id", Text),
    Column("looks", Integer, nullable=False),
    Column("finished_at", UtcDateTime),
    Column("error_code", Text),
    Column("error_message", Text),
    Column("error_at", UtcDateTime),
    Column("error_request_id", Text),
    Index(None, "connection_id", "status"),
    Index(None, "user_id"),
)

ads_schedules = Table(
    "ads_schedules",
    metadata,
    Column("id", Uuid, primary_key=True),
    connection_column(primary_key=False),
    Column("user_id", Uuid, nullable=False),
    Column("account_id", Uuid, ForeignKey("ads_accounts.id", ondelete="CASCADE"), nullable=False),
    Column("name", Text, nullable=False),
    Column("request", Json, nullable=False),
    Column("days", Integer, nullable=False),
    Column("every_days", Integer, nullable=False),
    Column("next_at", UtcDateTime),
    Column("created_at", UtcDateTime, nullable=False),
    Column("last_report_id", Uuid),
    Index(None, "connection_id", "next_at"),
    Index(None, "user_id"),
)

ads_reports = Table(
    "ads_reports",
    metadata,
    Column("id", Uuid, primary_key=True),
    connection_column(primary_key=False),
    Column("user_id", Uuid, nullable=False),
    Column("account_id", Uuid, ForeignKey("ads_accounts.id", ondelete="CASCADE"), nullable=False),
    Column("profile_id", Text, nullable=False),
    Column("region", Text, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("ad_product", Text, nullable=False),
    Column("report_type", Text, nullable=False),
    Column("start_date", Date, nullable=False),
    Column("end_date", Date, nullable=False),
    Column("request", Json, nullable=False),  # time unit, groups, columns and filters
    Column("status", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("next_look_at", UtcDateTime),
    Column("asked_at", UtcDateTime),  # written before Amazon is asked
    Column("amazon_id", Text),
    Column("looks", Integer, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("parts", Integer),
    Column("size", BigInteger, nullable=False),
    Column("rows", BigInteger, nullable=False),
    Column("imported", BigInteger, nullable=False),
    Column("finished_at", UtcDateTime),
    Column("schedule_id", Uuid),
    Column("error_code", Text),
    Column("error_message", Text),
    Column("error_at", UtcDateTime),
    Column("error_request_id", Text),
    Index(None, "user_id", "created_at", "id"),
    Index("ix_ads_reports_connection_id_status", "connection_id", "status"),
    Index("ix_ads_reports_finished_at", "finished_at"),
    Index(
        "ix_ads_reports_open",
        "status",
        sqlite_where=text(OPEN_ADS_REPORTS),
        postgresql_where=text(OPEN_ADS_REPORTS),
    ),
)

ads_report_parts = Table(
    "ads_report_parts",
    metadata,
    Column("report_id", Uuid, ForeignKey("ads_reports.id", ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True),
    connection_column(primary_key=False),
    Column("user_id", Uuid, nullable=False),
    Column("data", LargeBinary, nullable=False),  # packed
    Index(None, "connection_id"),
    Index(None, "user_id"),
)

ads_coverage = Table(
    "ads_coverage",
    metadata,
    connection_column(),
    Column("profile_id", Text, primary_key=True),
    Column("report_type", Text, primary_key=True),
    Column("user_id", Uuid, nullable=False),
    Column("account_id", Uuid, ForeignKey("ads_accounts.id", ondelete="CASCADE"), nullable=False),
    Column("ad_product", Text, nullable=False),
    Column(
        "days", Json, nullable=False
    ),  # [[first, last], ...], both included, without overlaps, the oldest first
    Column("as_of", UtcDateTime),  # when a report was last taken over
    Column(
        "daily_on", Date
    ),  # the newest day with which the last 15 days were asked for again; likewise 42, 60
    Column("weekly_on", Date),
    Column("monthly_on", Date),
    Column("rest_until", UtcDateTime),
    Column("error_code", Text),
    Column("error_message", Text),
    Column("error_at", UtcDateTime),
    Column("error_request_id", Text),
    Index(None, "user_id"),
)

ads_daily = Table(
    "ads_daily",
    metadata,
    connection_column(),
    Column("profile_id", Text, primary_key=True),
    Column("ad_product", Text, primary_key=True),
    Column("day", Date, primary_key=True),  # the profile's own
    Column("campaign_id", Text, primary_key=True),
    Column("user_id", Uuid, nullable=False),
    Column("campaign_name", Text),
    Column("campaign_status", Text),
    Column("currency", Text, nullable=False),
    Column("impressions", BigInteger, nullable=False),
    Column("clicks", BigInteger, nullable=False),
    Column("spend_minor", BigInteger, nullable=False),
    Column("purchases", BigInteger, nullable=False),  # within 14 days of the click
    Column("sales_minor", BigInteger, nullable=False),
    Column("units", BigInteger, nullable=False),
    Column("purchases_7d", BigInteger),  # NULL where Amazon does not tell them
    Column("sales_7d_minor", BigInteger),
    Column("units_7d", BigInteger),
    Column("report_id", Uuid, nullable=False),  # which told it last
    Index("ix_ads_daily_user_id_day", "user_id", "day"),
    sqlite_with_rowid=False,
)

ads_product_daily = Table(
    "ads_product_daily",
    metadata,
    connection_column(),
    Column("profile_id", Text, primary_key=True),
    Column("ad_product", Text, primary_key=True),
    Column("day", Date, primary_key=True),
    Column("campaign_id", Text, primary_key=True),
    Column("asin", Text, primary_key=True),
    Column("sku", Text, primary_key=True),
    Column("user_id", Uuid, nullable=False),
    Column("currency", Text, nullable=False),
    Column("impressions", BigInteger, nullable=False),
    Column("clicks", BigInteger, nullable=False),
    Column("spend_minor", BigInteger, nullable=False),
    Column("purchases", BigInteger, nullable=False),
    Column("sales_minor", BigInteger, nullable=False),
    Column("units", BigInteger, nullable=False),
    Column("purchases_7d", BigInteger),
    Column("sales_7d_minor", BigInteger),
    Column("units_7d", BigInteger),
    Column("report_id", Uuid, nullable=False),
    Index("ix_ads_product_daily_user_id_day", "user_id", "day"),
    sqlite_with_rowid=False,
)
