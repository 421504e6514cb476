"""Reports of the Ads API, schedules and coverage as rows."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from adapters.sql.rows import failure_of, failure_values
from domain.ads.accounts import AccountId
from domain.ads.coverage import Coverage
from domain.ads.reports import (
    AdProduct,
    AdsPurpose,
    AdsReport,
    AdsReportId,
    AdsReportRequest,
    AdsReportStatus,
    Schedule,
    ScheduleId,
    TimeUnit,
)
from domain.connections.model import ConnectionId
from domain.marketplaces import Region
from domain.users.model import UserId


def report_values(report: AdsReport) -> dict[str, Any]:
    """All columns of a report."""
    request = report.request
    return {
        "id": report.id,
        "connection_id": report.connection_id,
        "user_id": report.user_id,
        "account_id": report.account_id,
        "profile_id": report.profile_id,
        "region": report.region.value,
        "purpose": report.purpose.value,
        "ad_product": request.ad_product.value,
        "report_type": request.report_type,
        "start_date": request.start,
        "end_date": request.end,
        "request": _rest_of(request),
        "status": report.status.value,
        "created_at": report.created_at,
        "next_look_at": report.next_look_at,
        "asked_at": report.asked_at,
        "amazon_id": report.amazon_id,
        "looks": report.looks,
        "failures": report.failures,
        "attempts": report.attempts,
        "parts": report.parts,
        "size": report.size,
        "rows": report.rows,
        "imported": report.imported,
        "finished_at": report.finished_at,
        "schedule_id": report.schedule_id,
        **failure_values(report.error),
    }


def report_of(row: Mapping[Any, Any]) -> AdsReport:
    """The report in a row, which is given by the names of the columns."""
    told = {
        "ad_product": row["ad_product"],
        "report_type": row["report_type"],
        "start": row["start_date"],
        "end": row["end_date"],
    }
    return AdsReport(
        id=AdsReportId(row["id"]),
        connection_id=ConnectionId(row["connection_id"]),
        user_id=UserId(row["user_id"]),
        account_id=AccountId(row["account_id"]),
        profile_id=row["profile_id"],
        region=Region(row["region"]),
        purpose=AdsPurpose(row["purpose"]),
        request=_request_of({**row["request"], **told}),
        status=AdsReportStatus(row["status"]),
        created_at=row["created_at"],
        next_look_at=row["next_look_at"],
        asked_at=row["asked_at"],
        amazon_id=row["amazon_id"],
        looks=row["looks"],
        failures=row["failures"],
        attempts=row["attempts"],
        parts=row["parts"],
        size=row["size"],
        rows=row["rows"],
        imported=row["imported"],
        finished_at=row["finished_at"],
        error=failure_of(row),
        schedule_id=None if row["schedule_id"] is None else ScheduleId(row["schedule_id"]),
    )


def schedule_values(schedule: Schedule) -> dict[str, Any]:
    """All columns of a schedule."""
    request = schedule.request
    told = {
        "ad_product": request.ad_product.value,
        "report_type": request.report_type,
        "start": request.start.isoformat(),
        "end": request.end.isoformat(),
    }
    return {
        "id": schedule.id,
        "connection_id": schedule.connection_id,
        "user_id": schedule.user_id,
        "account_id": schedule.account_id,
        "name": schedule.name,
        "request": {**_rest_of(request), **told},
        "days": schedule.days,
        "every_days": schedule.every_days,
        "next_at": schedule.next_at,
        "created_at": schedule.created_at,
        "last_report_id": schedule.last_report_id,
    }


def schedule_of(row: Mapping[Any, Any]) -> Schedule:
    """The schedule in a row."""
    kept = row["request"]
    days = {name: date.fromisoformat(kept[name]) for name in ("start", "end")}
    return Schedule(
        id=ScheduleId(row["id"]),
        user_id=UserId(row["user_id"]),
        connection_id=ConnectionId(row["connection_id"]),
        account_id=AccountId(row["account_id"]),
        name=row["name"],
        request=_request_of({**kept, **days}),
        days=row["days"],
        every_days=row["every_days"],
        next_at=row["next_at"],
        created_at=row["created_at"],
        last_report_id=None if row["last_report_id"] is None else AdsReportId(row["last_report_id"]),
    )


def coverage_values(coverage: Coverage) -> dict[str, Any]:
    """All columns of what is known of one type of one account."""
    return {
        "connection_id": coverage.connection_id,
        "profile_id": coverage.profile_id,
        "report_type": coverage.report_type,
        "user_id": coverage.user_id,
        "account_id": coverage.account_id,
        "ad_product": coverage.ad_product.value,
        "days": [[first.isoformat(), last.isoformat()] for first, last in coverage.days],
        "as_of": coverage.as_of,
        "daily_on": coverage.daily_on,
        "weekly_on": coverage.weekly_on,
        "monthly_on": coverage.monthly_on,
        "rest_until": coverage.rest_until,
        **failure_values(coverage.error),
    }


def coverage_of(row: Mapping[Any, Any]) -> Coverage:
    """What is known, in a row."""
    return Coverage(
        connection_id=ConnectionId(row["connection_id"]),
        user_id=UserId(row["user_id"]),
        account_id=AccountId(row["account_id"]),
        profile_id=row["profile_id"],
        ad_product=AdProduct(row["ad_product"]),
        report_type=row["report_type"],
        days=tuple((date.fromisoformat(first), date.fromisoformat(last)) for first, last in row["days"]),
        as_of=row["as_of"],
        daily_on=row["daily_on"],
        weekly_on=row["weekly_on"],
        monthly_on=row["monthly_on"],
        rest_until=row["rest_until"],
        error=failure_of(row),
    )


def _rest_of(request: AdsReportRequest) -> dict[str, Any]:
    """What has no column of its own."""
    return {
        "time_unit": request.time_unit.value,
        "group_by": list(request.group_by),
        "columns": list(request.columns),
        "filters": [[name, list(values)] for name, values in request.filters],
    }


def _request_of(kept: Mapping[str, Any]) -> AdsReportRequest:
    return AdsReportRequest(
        ad_product=AdProduct(kept["ad_product"]),
        report_type=kept["report_type"],
        start=kept["start"],
        end=kept["end"],
        time_unit=TimeUnit(kept["time_unit"]),
        group_by=tuple(kept["group_by"]),
        columns=tuple(kept["columns"]),
        filters=tuple((name, tuple(values)) for name, values in kept["filters"]),
    )
