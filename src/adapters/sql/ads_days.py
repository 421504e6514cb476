"""What was advertised each day, in SQL: rows of a report take the place of what older ones said."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Table, case, delete, select, update

from adapters.sql.ads_report_rows import coverage_of, coverage_values
from adapters.sql.bulk import Insertion, insert_rows, replaced
from adapters.sql.tables import ads_coverage, ads_daily, ads_product_daily
from domain.ads.accounts import AccountId
from domain.ads.columns import FIGURES
from domain.ads.coverage import Coverage
from domain.ads.reports import AdsDay, AdsProductDay, AdsReport
from domain.connections.model import ConnectionId
from domain.users.model import UserId

#: What adds up. NULL, where Amazon does not tell it, stays NULL.
_SUMS = (
    *("impressions", "clicks", "spend_minor", "purchases", "sales_minor", "units"),
    *("purchases_7d", "sales_7d_minor", "units_7d"),
)
_COVERAGE = ads_coverage.c
#: In place of the id of a report.
_NOBODYS = UUID(int=0)


class SqlAdsDayBook:
    """Daily rows by campaign and by product, and how far they are known."""

    def __init__(self, database: Connection) -> None:
        self._database = database

    def save_days(self, report: AdsReport, rows: Sequence[AdsDay]) -> None:
        """One statement or one round of ``executemany``, however many there are."""
        insert_rows(self._database, ads_daily, [_values(report, row) for row in rows], _added_up)

    def save_product_days(self, report: AdsReport, rows: Sequence[AdsProductDay]) -> None:
        """The same for products."""
        insert_rows(self._database, ads_product_daily, [_values(report, row) for row in rows], _added_up)

    def close_days(self, report: AdsReport) -> int:
        """Rows of the report's days that it did not have are gone; returns how many."""
        table = _table_of(report)
        gone = delete(table).where(*_days_of(table, report), table.c.report_id != report.id)
        return self._database.execute(gone).rowcount

    def disown(self, report: AdsReport) -> None:
        """One statement."""
        table = _table_of(report)
        its_own = update(table).where(*_days_of(table, report), table.c.report_id == report.id)
        self._database.execute(its_own.values(report_id=_NOBODYS))

    def coverage(self, connection_id: ConnectionId) -> list[Coverage]:
        """How far each type of each account is known."""
        found = (
            select(ads_coverage)
            .where(_COVERAGE.connection_id == connection_id)
            .order_by(_COVERAGE.profile_id, _COVERAGE.report_type)
        )
        return [coverage_of(row) for row in self._database.execute(found).mappings()]

    def coverage_of(self, report: AdsReport) -> Coverage:
        """That of the report's account and type; an empty one where nothing is known."""
        found = select(ads_coverage).where(
            _COVERAGE.connection_id == report.connection_id,
            _COVERAGE.profile_id == report.profile_id,
            _COVERAGE.report_type == report.request.report_type,
        )
        row = self._database.execute(found).mappings().one_or_none()
        return Coverage.empty(report) if row is None else coverage_of(row)

    def save_coverage(self, rows: Sequence[Coverage]) -> None:
        """Keep or replace."""
        insert_rows(self._database, ads_coverage, [coverage_values(row) for row in rows], replaced)

    def ask_again(self, user_id: UserId, account_ids: Sequence[AccountId]) -> int:
        """One statement; returns how many types."""
        asked = (
            update(ads_coverage)
            .where(_COVERAGE.user_id == user_id, _COVERAGE.account_id.in_(account_ids))
            .values(daily_on=None, rest_until=None)
        )
        return self._database.execute(asked).rowcount


def _table_of(report: AdsReport) -> Table:
    return ads_product_daily if FIGURES[report.request.report_type].by_product else ads_daily


def _days_of(table: Table, report: AdsReport) -> list[ColumnElement[bool]]:
    """All that is known of what the report tells of."""
    return [
        table.c.connection_id == report.connection_id,
        table.c.profile_id == report.profile_id,
        table.c.ad_product == report.request.ad_product.value,
        table.c.day.between(report.request.start, report.request.end),
    ]


def _values(report: AdsReport, row: AdsDay | AdsProductDay) -> Mapping[str, Any]:
    return {
        **asdict(row),
        "ad_product": row.ad_product.value,
        "connection_id": report.connection_id,
        "user_id": report.user_id,
        "report_id": report.id,
    }


def _added_up(table: Table, statement: Insertion) -> Insertion:
    """The new row takes the place of another report's, and is added to what the same report said."""
    keys = [each.name for each in table.primary_key]
    new, old = statement.excluded, table.c
    is_same = old.report_id == new.report_id
    changed: dict[str, Any] = {
        each.name: case((is_same, old[each.name] + new[each.name]), else_=new[each.name])
        if each.name in _SUMS
        else new[each.name]
        for each in table.columns
        if each.name not in keys
    }
    return statement.on_conflict_do_update(index_elements=keys, set_=changed)
