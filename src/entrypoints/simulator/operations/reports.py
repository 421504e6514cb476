"""Reports API 2021-06-30: ask for a report, follow it, fetch its document.

Source: https://github.com/amzn/selling-partner-api-models, models/reports-api-model/reports_2021-06-30.json
"""

from __future__ import annotations

from entrypoints.simulator.errors import SpApiError, denied, invalid_input, not_found
from entrypoints.simulator.moments import iso
from entrypoints.simulator.operations.bodies import mapping, required_text, texts
from entrypoints.simulator.operations.bodies import moment as body_moment
from entrypoints.simulator.operations.parameters import (
    check_marketplaces,
    choices,
    items,
    moment,
    text,
    whole_number,
)
from entrypoints.simulator.report_desk import KEPT_MS, STATUSES, Report, ReportOrder
from entrypoints.simulator.report_documents import address
from entrypoints.simulator.report_kinds import KINDS, RESTRICTED, Kind
from entrypoints.simulator.roles import BRAND_ANALYTICS, FINANCE, FULFILLMENT, INVENTORY_AND_ORDERS, LISTING
from entrypoints.simulator.sp_api import Body, Call, Operation
from entrypoints.simulator.usage_plans import UsagePlan

_PURPOSE = "reports page"
#: One that was made has a document; one that failed may have one that says why, and here it does.
_WITH_DOCUMENT = ("DONE", "FATAL")
_FILTERS = (
    "reportTypes",
    "processingStatuses",
    "marketplaceIds",
    "pageSize",
    "createdSince",
    "createdUntil",
)


def create_report(call: Call) -> Body:
    """Puts a report into the queue. Asking twice makes two."""
    body = mapping(call.body, "The body")
    report_type = required_text(body, "reportType")
    marketplace_ids = texts(body, "marketplaceIds", most=25)
    start_ms, end_ms = body_moment(body, "dataStartTime"), body_moment(body, "dataEndTime")
    options = mapping(body.get("reportOptions") or {}, "reportOptions")
    if not all(isinstance(each, str) for each in options.values()):
        raise invalid_input("reportOptions must map texts to texts.")
    check_marketplaces(call, marketplace_ids)
    kind = _kind(call, report_type)
    if kind.single and len(marketplace_ids) > 1:
        raise invalid_input(f"Report type {report_type} takes one marketplace.")
    for name, value in options.items():
        if name in kind.options and value not in kind.options[name]:
            raise invalid_input(f"Invalid value '{value}' for report option {name}.")
    # Both default to now, so a report of a time needs at least its beginning.
    start_ms = call.now_ms if start_ms is None else start_ms
    end_ms = call.now_ms if end_ms is None else end_ms
    if start_ms > end_ms:
        raise invalid_input("dataStartTime must not be after dataEndTime.")
    if start_ms > call.now_ms:
        raise invalid_input("dataStartTime must not be in the future.")
    order = ReportOrder(
        call.seller_id,
        report_type,
        marketplace_ids,
        start_ms,
        end_ms,
        options,
        call.reports.lines,
        call.troubles.orders.of(call.seller_id),
    )
    report = call.reports.take(order, call.now_ms, kind.snapshot)
    return {"reportId": report.id}


def _kind(call: Call, report_type: str) -> Kind:
    """The type of a report that this application may ask for."""
    if report_type in RESTRICTED:
        raise denied()
    if report_type not in KINDS:
        raise invalid_input(f"Report type {report_type} is not supported.")
    kind = KINDS[report_type]
    if not call.has_role(kind.roles):
        raise denied()
    if kind.unasked:
        raise invalid_input(f"Report type {report_type} cannot be requested; Amazon makes it by itself.")
    return kind


def get_reports(call: Call) -> Body:
    """A page of the seller's reports, the newest first."""
    token = text(call, "nextToken")
    if token is not None:
        if any(call.query.get(name) for name in _FILTERS):
            raise invalid_input("nextToken must be the only parameter.")
        claims = call.signer.open(_PURPOSE, token)
        if claims is None or claims["seller"] != call.seller_id:
            raise invalid_input("The nextToken is invalid.")
        return _page(call, claims["asked"], int(claims["next"]))
    types = items(call, "reportTypes", most=10)
    if not types:
        raise invalid_input("Either reportTypes or nextToken is required.")
    if any(each in KINDS and not call.has_role(KINDS[each].roles) for each in types):
        raise denied()
    marketplace_ids = items(call, "marketplaceIds", most=10)
    check_marketplaces(call, marketplace_ids)
    since_ms, until_ms = moment(call, "createdSince"), moment(call, "createdUntil")
    asked: Body = {
        "types": types,
        "statuses": choices(call, "processingStatuses", STATUSES),
        "marketplaces": marketplace_ids,
        "size": whole_number(call, "pageSize", 1, 100, 10),
        "since": call.now_ms - KEPT_MS if since_ms is None else since_ms,
        "until": call.now_ms if until_ms is None else until_ms,
    }
    return _page(call, asked, 0)


def _page(call: Call, asked: Body, start: int) -> Body:
    found = [
        report for report in call.reports.of(call.seller_id, call.now_ms) if _wanted(call, report, asked)
    ]
    page = found[start : start + asked["size"]]
    body: Body = {"reports": [_report(call, report) for report in page]}
    if start + len(page) < len(found):
        claims = {"seller": call.seller_id, "asked": asked, "next": start + len(page)}
        body["nextToken"] = call.signer.seal(_PURPOSE, claims)
    return body


def _wanted(call: Call, report: Report, asked: Body) -> bool:
    order = report.order
    return (
        order.report_type in asked["types"]
        and asked["since"] <= report.created_ms <= asked["until"]
        and (not asked["marketplaces"] or bool(set(order.marketplace_ids) & set(asked["marketplaces"])))
        and (not asked["statuses"] or call.archive.outcome(report, call.now_ms) in asked["statuses"])
    )


def get_report(call: Call) -> Body:
    """One report as it stands now."""
    return _report(call, _found(call))


def cancel_report(call: Call) -> None:
    """Takes a report off the queue; one that is being made goes on."""
    if not call.reports.cancel(_found(call), call.now_ms):
        raise invalid_input("Only a report in the queue can be cancelled.")


def get_report_document(call: Call) -> Body:
    """Where the document is, for five minutes from now."""
    check_marketplaces(call, ())
    document_id = call.path["reportDocumentId"]
    mine = call.reports.of(call.seller_id, call.now_ms)
    report = next((each for each in mine if each.document_id == document_id), None)
    if report is None or call.archive.outcome(report, call.now_ms) not in _WITH_DOCUMENT:
        raise _missing(document_id)
    body: Body = {
        "reportDocumentId": document_id,
        "url": address(call.base_url, call.signer, report, call.reports.form, call.now_ms),
    }
    # What explains a failure is too short to be packed.
    plain = report.fate is not None or call.reports.form.compression == "plain"
    return body if plain else body | {"compressionAlgorithm": "GZIP"}


def _found(call: Call) -> Report:
    check_marketplaces(call, ())
    report = call.reports.find(call.seller_id, call.path["reportId"], call.now_ms)
    if report is None:
        raise _missing(call.path["reportId"])
    return report


def _missing(identifier: str) -> SpApiError:
    return not_found("The resource specified does not exist.", identifier)


def _report(call: Call, report: Report) -> Body:
    status = call.archive.outcome(report, call.now_ms)
    body: Body = {
        "reportId": report.id,
        "reportType": report.order.report_type,
        "processingStatus": status,
        "marketplaceIds": list(report.order.marketplace_ids),
        "dataStartTime": iso(report.order.start_ms),
        "dataEndTime": iso(report.order.end_ms),
        "createdTime": iso(report.created_ms),
    }
    if not report.waits_at(call.now_ms):
        body["processingStartTime"] = iso(report.started_ms)
    if report.over_at(call.now_ms):
        body["processingEndTime"] = iso(report.ended_ms)
    if status in _WITH_DOCUMENT:
        body["reportDocumentId"] = report.document_id
    return body


_ROLES = (INVENTORY_AND_ORDERS, FULFILLMENT, LISTING, BRAND_ANALYTICS, FINANCE)
_REPORTS, _REPORT = "/reports/2021-06-30/reports", "/reports/2021-06-30/reports/{reportId}"
OPERATIONS = (
    Operation(
        "createReport", _REPORTS, UsagePlan(0.0167, 15), create_report, "POST", status=202, roles=_ROLES
    ),
    Operation("getReports", _REPORTS, UsagePlan(0.0222, 10), get_reports, roles=_ROLES),
    Operation("getReport", _REPORT, UsagePlan(2, 15), get_report, roles=_ROLES),
    Operation("cancelReport", _REPORT, UsagePlan(0.0222, 10), cancel_report, "DELETE", roles=_ROLES),
    Operation(
        "getReportDocument",
        "/reports/2021-06-30/documents/{reportDocumentId}",
        UsagePlan(0.0167, 15),
        get_report_document,
        roles=_ROLES,
    ),
)
