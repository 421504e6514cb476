"""How far the work has come, as its tables say."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Engine, Table, case, func, select

from adapters.sql import tables
from adapters.sql.engine import reading
from domain.errors import Unavailable

_OPEN = ("pending", "processing")
_UNDER_WAY = ("queued", "running", "waiting")
_FOR_ORDERS = ("history", "repair")


@dataclass(frozen=True)
class State:
    """Connections, what is under way, and what is behind."""

    connections: int
    orders: int
    open_reports: int  # of those that bring orders
    failed_reports: int  # of the same
    unsynced: int  # resources of orders and stock without a good run since the moment asked for
    set_aside: int

    @property
    def is_quiet(self) -> bool:
        """Whether all is there."""
        return not (self.open_reports or self.unsynced)


def state(engine: Engine, since: datetime) -> State | None:
    """How far it is; ``None``: the database is away."""
    resource, report = tables.sync_resources.c, tables.reports.c
    behind = (resource.resource != "reports") & (resource.synced_at.is_(None) | (resource.synced_at < since))
    bringing = report.purpose.in_(_FOR_ORDERS)
    try:
        with reading(engine) as database:

            def number(of: Table, *conditions: ColumnElement[bool]) -> int:
                counted = select(func.count()).select_from(of).where(*conditions)
                return database.execute(counted).scalar_one()

            return State(
                connections=number(tables.connections),
                orders=number(tables.orders),
                open_reports=number(tables.reports, bringing, report.status.in_(_OPEN)),
                failed_reports=number(tables.reports, bringing, report.status == "failed"),
                unsynced=number(tables.sync_resources, behind),
                set_aside=number(tables.sync_resources, resource.set_aside_at.is_not(None)),
            )
    except Unavailable:
        return None


def behind(engine: Engine, since: datetime) -> list[str]:
    """What is not quiet yet, and why: for whoever has waited in vain."""
    resource, run, report = tables.sync_resources.c, tables.sync_runs.c, tables.reports.c
    latest = tables.sync_resources.outerjoin(tables.sync_runs, run.id == resource.run_id)
    unsynced = (
        select(resource.resource, resource.next_run_at, resource.lease_owner, run.status, run.error_message)
        .select_from(latest)
        .where(resource.resource != "reports", resource.synced_at.is_(None) | (resource.synced_at < since))
    )
    unfinished = select(
        report.purpose, report.next_look_at, report.amazon_id, report.document_id, report.error_message
    ).where(report.purpose.in_(_FOR_ORDERS), report.status.in_(_OPEN))
    with reading(engine) as database:
        return [
            " ".join(map(str, row))
            for row in (*database.execute(unsynced).all(), *database.execute(unfinished).all())
        ]


def runs(engine: Engine) -> dict[str, int]:
    """Runs by resource and status, and the errors that runs have ended with."""
    run = tables.sync_runs.c
    end = case((run.status == "failed", run.error_code), else_=run.status)
    with reading(engine) as database:
        found = database.execute(
            select(run.resource, run.status, end, func.count()).group_by(run.resource, run.status, end)
        ).all()
    return {
        f"{resource} {status}" + (f" ({error})" if error != status else ""): count
        for resource, status, error, count in sorted(found)
    }


def gaps(engine: Engine) -> list[tuple[object, ...]]:
    """Days that the ledger holds for incomplete."""
    day = tables.ledger_days.c
    with reading(engine) as database:
        found = database.execute(
            select(
                day.connection_id, day.marketplace_id, day.day, day.verdict, day.amazon_orders, day.own_orders
            ).where(day.verdict.in_(("gap", "lasting")))
        )
        return [tuple(row) for row in found]
