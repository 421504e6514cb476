"""What a period is known to lack, from memory."""

from datetime import date

from domain.connections.model import Provider
from domain.kpis.completeness import EVER, MOST_GAPS, Lacking, Slice, latest_begins
from domain.reports.model import Purpose, ReportStatus
from domain.sync.model import Resource
from domain.users.model import UserId
from tests.fakes.later import later
from tests.fakes.memory_ledger import incomplete
from tests.fakes.memory_store import MemoryStore


class MemoryCompleteness:
    """All slices of the user's history; whether one touches the period is asked again by whoever reads."""

    def __init__(self, store: MemoryStore) -> None:
        self._store = store

    @later
    def lacking(
        self,
        user_id: UserId,
        first: date,
        last: date,
        marketplace_id: str | None,
        since: date | None = None,
    ) -> Lacking:
        tables = self._store.tables
        mine = {
            one.id for one in tables.connections.values() if one.user_id == user_id and one.erasing_at is None
        }
        gaps = [
            line
            for line in incomplete(tables, user_id)
            if first <= line.amazon.day <= last and marketplace_id in (None, line.amazon.marketplace_id)
        ]
        slices = [
            Slice(report.request.marketplace_ids, report.request.start, report.request.end)
            for report in tables.reports.values()
            if report.connection_id in mine and report.purpose is Purpose.HISTORY
            if report.status.is_open or report.status is ReportStatus.FAILED
            if report.request.start is not None and report.request.end is not None
        ]
        planned = {one.connection_id for one in tables.reports.values() if one.purpose is Purpose.HISTORY}
        slices += [
            Slice(tables.connections[of].marketplace_ids, EVER, tables.connections[of].connected_at)
            for (of, resource), row in tables.resources.items()
            if of in mine - planned and resource is Resource.REPORTS and row.synced_at is None
        ]
        gaps.sort(key=lambda line: (line.amazon.day, line.amazon.marketplace_id, line.connection_id))
        slices.sort(key=lambda one: one.start)
        begins = [
            (report.connection_id, report.request.marketplace_ids, report.request.start)
            for report in tables.reports.values()
            if report.connection_id in mine and report.purpose is Purpose.HISTORY
            if report.request.start is not None
        ]
        begins += [
            (one.id, one.marketplace_ids, one.connected_at)
            for one in tables.connections.values()
            if one.id in mine - planned and one.provider is Provider.AMAZON_SP
        ]
        return Lacking(gaps[:MOST_GAPS], slices, latest_begins(begins))
