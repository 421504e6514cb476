"""Reports in a world: asked for through the API, and finished as the background would."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from domain.connections.model import Connection
from domain.reports.model import Purpose, Report, ReportRequest, ReportStatus
from tests.fakes import things
from tests.fakes.things import NOW
from tests.fakes.world import World

REPORTS = "/api/v1/amazon/reports"
LISTINGS = "GET_MERCHANT_LISTINGS_ALL_DATA"
TABLE = "text/tab-separated-values"


def a_report(
    connection: Connection,
    status: ReportStatus = ReportStatus.PENDING,
    *,
    report_type: str = LISTINGS,
    purpose: Purpose = Purpose.ASKED,
    created_at: datetime = NOW,
) -> Report:
    """A report of all the connection's marketplaces, under way or ended."""
    request = ReportRequest(report_type, connection.marketplace_ids)
    report = things.a_report(connection, purpose, request, created_at, status=status)
    return report if status.is_open else replace(report, next_look_at=None, finished_at=created_at)


def keep(world: World, report: Report, media: str = TABLE, parts: Sequence[bytes] = ()) -> Report:
    """The report is here; a completed one with this document."""
    if report.status is ReportStatus.COMPLETED:
        report = replace(report, media=media, parts=len(parts), size=sum(map(len, parts)))
    with world.work() as work:
        work.reports.add([report])
        for number, part in enumerate(parts):
            work.reports.put_part(report, number, part)
        work.commit()
    return report
