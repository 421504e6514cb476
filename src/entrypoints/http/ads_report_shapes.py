"""Reports of the Ads API as JSON."""

from domain.ads.report_desk import has_document
from domain.ads.reports import AdProduct, AdsPurpose, AdsReport, AdsReportRequest, AdsReportStatus, TimeUnit
from entrypoints.http.answer_types import Answer, Day, Uuid, When
from entrypoints.http.shapes import FailureAnswer, failure_json, moment

#: Where reports are.
ADDRESS = "/api/v1/ads/reports"


class AdsFilterAnswer(Answer):
    """One filter."""

    field: str
    values: list[str]


class AdsRequestAnswer(Answer):
    """What a report is about, but for its days."""

    report_type: str
    ad_product: AdProduct
    time_unit: TimeUnit
    group_by: list[str]
    columns: list[str]
    filters: list[AdsFilterAnswer]


class AdsReportAnswer(AdsRequestAnswer):
    """A report and how it gets on."""

    id: Uuid
    account_id: Uuid
    profile_id: str
    """Amazon's id of the profile; of an advertiser of DSP, the advertiser's."""
    start_date: Day
    end_date: Day
    status: AdsReportStatus
    purpose: AdsPurpose
    """`asked`, by a user; `scheduled`, by a schedule; `daily`, for the figures."""
    schedule_id: Uuid | None
    created_at: When
    finished_at: When | None
    rows: int
    size_bytes: int
    """Of the document, unpacked; 0 before it is here."""
    error: FailureAnswer | None
    download_url: str | None
    """The path of its rows; null while there are none."""


def request_json(wanted: AdsReportRequest) -> AdsRequestAnswer:
    """What a report is about, but for its days."""
    return {
        "report_type": wanted.report_type,
        "ad_product": wanted.ad_product,
        "time_unit": wanted.time_unit,
        "group_by": list(wanted.group_by),
        "columns": list(wanted.columns),
        "filters": [{"field": name, "values": list(values)} for name, values in wanted.filters],
    }


def report_json(found: AdsReport) -> AdsReportAnswer:
    """A report and how it gets on."""
    return {
        "id": str(found.id),
        "account_id": str(found.account_id),
        "profile_id": found.profile_id,
        **request_json(found.request),
        "start_date": found.request.start.isoformat(),
        "end_date": found.request.end.isoformat(),
        "status": found.status,
        "purpose": found.purpose,
        "schedule_id": None if found.schedule_id is None else str(found.schedule_id),
        "created_at": moment(found.created_at),
        "finished_at": moment(found.finished_at),
        "rows": found.rows,
        "size_bytes": found.size,
        "error": failure_json(found.error),
        "download_url": f"{ADDRESS}/{found.id}/download" if has_document(found) else None,
    }
