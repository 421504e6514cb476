"""The Reports API 2021-06-30, as Amazon sends it, in our words.

Source: ``reports_2021-06-30.json`` in Amazon's models.
"""

import json
from datetime import UTC, datetime

from adapters.amazon.wire.reading import moment, required_list, required_moment, required_text, text, wrong
from domain.gateway.ports import Json
from domain.reports.model import Look, ReportRequest, Stage

_STAGES = {stage.value: stage for stage in Stage}


def order_for(request: ReportRequest) -> bytes:
    """The body of ``createReport``."""
    body: dict[str, object] = {
        "reportType": request.report_type,
        "marketplaceIds": list(request.marketplace_ids),
    }
    if request.start is not None:
        body["dataStartTime"] = z(request.start)
    if request.end is not None:
        body["dataEndTime"] = z(request.end)
    if request.options:
        body["reportOptions"] = dict(request.options)
    return json.dumps(body).encode()


def new_report(body: Json) -> str:
    """Amazon's id of a report that was asked for.

    Raises:
        WrongAnswer: it is missing.
    """
    return required_text(body, "reportId")


def report(node: Json) -> Look:
    """How a report stands.

    Amazon does not repeat the options that it was asked for with.

    Raises:
        WrongAnswer: something in it is missing, or not as promised.
    """
    stage = _STAGES.get(required_text(node, "processingStatus"))
    if stage is None:
        raise wrong("processingStatus")
    document_id = text(node, "reportDocumentId")
    if stage is Stage.DONE and document_id is None:
        raise wrong("reportDocumentId")
    return Look(
        amazon_id=required_text(node, "reportId"),
        stage=stage,
        document_id=document_id,
        request=ReportRequest(
            report_type=required_text(node, "reportType"),
            marketplace_ids=_marketplace_ids(node),
            start=moment(node, "dataStartTime"),
            end=moment(node, "dataEndTime"),
        ),
        created_at=required_moment(node, "createdTime"),
    )


def report_page(body: Json) -> tuple[list[Look], str | None]:
    """A page of ``getReports``, and the token of the next one.

    Raises:
        WrongAnswer: the list is missing, or something in it is not as promised.
    """
    return [report(node) for node in required_list(body, "reports")], text(body, "nextToken")


def document_url(body: Json) -> str:
    """Where a document is. What Amazon says of its packing is not asked: it is seen by its first bytes.

    Raises:
        WrongAnswer: it is missing.
    """
    return required_text(body, "url")


def z(when: datetime) -> str:
    """The moment as SP-API wants it: to the millisecond, in UTC."""
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def _marketplace_ids(node: Json) -> tuple[str, ...]:
    found = node.get("marketplaceIds")
    if found is None:
        return ()
    if not isinstance(found, list) or not all(isinstance(each, str) for each in found):
        raise wrong("marketplaceIds")
    return tuple(found)
