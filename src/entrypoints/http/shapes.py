"""The domain's things as JSON. Money leaves as a number at the currency's minor unit, times in UTC with ``Z``."""

from datetime import UTC, datetime

from domain.audit.model import AuditEntry
from domain.channels.access import WHY_LIMITED, limited_to_days
from domain.channels.model import SALES_CHANNELS
from domain.connections.model import Connection, Failure, Provider
from domain.kpis.dashboards import ChannelSetup, InventoryScreen, OrdersScreen
from domain.kpis.model import Freshness
from domain.kpis.periods import Period
from domain.kpis.sales import SalesSum
from domain.ledger.model import LedgerDay, Verdict
from domain.money import Money
from domain.sync.model import Progress, Run
from domain.sync.overview import ConnectionOverview, ResourceOverview
from domain.users.model import ApiKey, User

Json = dict[str, object]


def moment(value: datetime | None) -> str | None:
    """RFC 3339 in UTC, to the second."""
    if value is None:
        return None
    return value.astimezone(UTC).replace(microsecond=0, tzinfo=None).isoformat() + "Z"


def number(value: Money) -> int | float:
    """The amount as a JSON number: whole for currencies without a minor unit."""
    amount = value.amount
    return int(amount) if amount == amount.to_integral_value() else float(amount)


def user_json(user: User) -> Json:
    """A user, as the user may see it."""
    return {
        "id": str(user.id),
        "email": user.email,
        "first_name": user.first_name,
        "last_name": user.last_name,
        "created_at": moment(user.created_at),
        "last_login_at": moment(user.last_login_at),
    }


def connection_json(connection: Connection, now: datetime) -> Json:
    """A connection, without its secrets."""
    return {
        "connected": connection.status.usable,
        "id": str(connection.id),
        "seller_id": connection.seller_id,
        "marketplace_id": connection.marketplace_id,
        "marketplace_ids": list(connection.marketplace_ids),
        "participating_marketplace_ids": list(connection.participating_ids),
        "region": connection.region.value,
        "status": connection.status.value,
        "is_default": connection.is_default,
        "lwa_client_id": connection.lwa_client_id,
        "iam_role_arn": connection.iam_role_arn,
        "connected_at": moment(connection.connected_at),
        "renew_before": moment(connection.renew_before),
        "renewal_due": connection.renewal_due(now),
        "last_used_at": moment(connection.last_used_at),
        "last_synced_at": moment(connection.last_synced_at),
        "last_error": failure_json(connection.last_error),
    }


def api_key_json(key: ApiKey) -> Json:
    """An API key, without its text."""
    return {"id": str(key.id), "name": key.name, "created_at": moment(key.created_at)}


def used_key_json(key: ApiKey) -> Json:
    """The same, with when it was used last."""
    return {**api_key_json(key), "last_used_at": moment(key.last_used_at)}


def entry_json(entry: AuditEntry) -> Json:
    """One line of the audit log."""
    return {
        "id": str(entry.id),
        "at": moment(entry.at),
        "action": str(entry.action),
        "actor": entry.actor,
        "connection_id": str(entry.connection_id) if entry.connection_id else None,
        "address": entry.address,
        "details": dict(entry.details),
    }


def failure_json(failure: Failure | None) -> Json | None:
    """What went wrong, in words."""
    if failure is None:
        return None
    return {
        "code": failure.code,
        "message": failure.message,
        "request_id": failure.request_id,
        "at": moment(failure.at),
    }


def run_json(run: Run) -> Json:
    """A run with its progress."""
    return {
        "id": str(run.id),
        "connection_id": str(run.connection_id),
        "resource": run.resource.value,
        "status": run.status.value,
        "progress": progress_json(run.progress),
        "started_at": moment(run.started_at),
        "finished_at": moment(run.finished_at),
        "waiting_until": moment(run.waiting_until),
        "error": failure_json(run.error),
    }


def progress_json(progress: Progress) -> Json:
    """How much of a run is done."""
    return {
        "pages": progress.pages,
        "records": progress.records,
        "total_estimate": progress.total_estimate,
        "changed": progress.changed,
    }


def asked_run_json(run: Run) -> Json:
    """A run, as the answer to asking for a sync."""
    return {
        "id": str(run.id),
        "connectionId": str(run.connection_id),
        "resource": run.resource.value,
        "status": run.status.value,
    }


def overview_json(overview: ConnectionOverview, now: datetime) -> Json:
    """How the sync of one connection is doing."""
    history = overview.history
    return {
        "connectionId": str(overview.connection.id),
        "resources": [_resource(each, now) for each in overview.resources],
        "history": {
            "slices": history.slices,
            "done": history.done,
            "failed": history.failed,
            "wantedFrom": moment(history.oldest_day_wanted),
            "completeFrom": moment(history.complete_back_to),
        },
        "gaps": {
            "days": {verdict.value: overview.verdicts.get(verdict, 0) for verdict in Verdict},
            "newest": [_gap(line) for line in overview.gaps],
        },
    }


def _resource(overview: ResourceOverview, now: datetime) -> Json:
    state, interval = overview.state, overview.interval
    age = None if state.complete_until is None else max(0, int((now - state.complete_until).total_seconds()))
    return {
        "resource": state.resource.value,
        "status": state.status.value if state.status else None,
        "lastRun": moment(state.last_run_at),
        "nextRun": moment(state.next_run_at),
        "records": state.records,
        "cursorAgeSeconds": age,
        "setAside": failure_json(state.set_aside),
        "runId": str(state.run_id) if state.run_id else None,
        "progress": progress_json(state.progress) if state.progress else None,
        "waitingUntil": moment(state.waiting_until),
        "error": failure_json(state.error),
        "quietRuns": state.quiet,
        "intervalSeconds": None if interval is None else int(interval.total_seconds()),
    }


def setup_json(setup: ChannelSetup, missing: tuple[str, ...], now: datetime) -> Json:
    """How far the user is with a channel; without a connection, and with ``missing`` settings, nobody could make one."""
    connection = setup.connection
    counts: Json = {}
    if setup.provider in SALES_CHANNELS:
        counts = {"orderCount": setup.volume.orders}
    if setup.provider is Provider.AMAZON_SP:
        counts = {"inventoryCount": setup.volume.listed_skus, **counts}
    if connection is not None:
        shape: Json = {
            "connected": connection.status.usable,
            "status": connection.status.value,
            "lastSync": moment(connection.last_synced_at),
            **counts,
        }
        message = _message(connection, now)
        return {**shape, "message": message} if message else shape
    return {**not_connected_json(missing), **counts}


def _message(connection: Connection, now: datetime) -> str | None:
    """What the user should know of a connection: what went wrong, or that the authorization ends."""
    if connection.last_error is not None:
        return connection.last_error.message
    if connection.store is not None and limited_to_days(connection.store.scopes) is not None:
        return WHY_LIMITED
    if not connection.status.usable or not connection.renewal_due(now):
        return None
    day = connection.renew_before.date().isoformat()
    if now >= connection.renew_before:
        return f"Amazon's authorization ran out on {day}: renew it."
    return f"Amazon's authorization runs out on {day}: renew it before."


def not_connected_json(missing: tuple[str, ...]) -> Json:
    """A channel without a connection; with ``missing`` settings nobody could make one."""
    shape: Json = {"connected": False, "status": "disconnected", "lastSync": None}
    if not missing:
        return shape
    message = f"Not configured: {', '.join(missing)} missing."
    return {
        **shape,
        "status": "configuration_error",
        "message": message,
        "details": {"missing": list(missing)},
    }


def inventory_json(screen: InventoryScreen) -> Json:
    """Stock in figures."""
    return {
        "totalSKUs": screen.totals.skus,
        "totalQuantity": screen.totals.quantity,
        "lowStockItems": screen.totals.low,
        "outOfStockItems": screen.totals.out,
        "lastSynced": moment(screen.freshness.data_as_of),
        **freshness_json(screen.freshness),
    }


def orders_json(screen: OrdersScreen) -> Json:
    """Sales in figures."""
    return {
        **_sales(screen.current),
        "currency": screen.current.revenue.currency,
        "byCurrency": [currency_json(one) for one in screen.by_currency],
        "series": [
            {"date": point.day.isoformat(), "orders": point.orders, "revenue": number(point.revenue)}
            for point in screen.series
        ],
        "period": {**span_json(screen.span), **_sales(screen.current)},
        "previousPeriod": {**span_json(screen.previous_span), **_sales(screen.previous)},
        "lastSynced": moment(screen.freshness.data_as_of),
        **freshness_json(screen.freshness),
        "gaps": [_gap(line) for line in screen.gaps],
    }


def _gap(line: LedgerDay) -> Json:
    """A day that is known to lack orders."""
    return {
        "marketplaceId": line.amazon.marketplace_id,
        "date": line.amazon.day.isoformat(),
        "amazonOrders": line.amazon.orders,
        "ourOrders": 0 if line.ours is None else line.ours.orders,
        "verdict": line.verdict.value,
    }


def _sales(figures: SalesSum) -> Json:
    return {
        "totalOrders": figures.orders,
        "totalRevenue": number(figures.revenue),
        "avgOrderValue": number(figures.average),
        "unshippedOrders": figures.unshipped,
        "units": figures.units,
    }


def currency_json(figures: SalesSum) -> Json:
    """Sales of one currency."""
    return {
        "currency": figures.revenue.currency,
        "orders": figures.orders,
        "revenue": number(figures.revenue),
        "avgOrderValue": number(figures.average),
        "units": figures.units,
    }


def span_json(period: Period) -> Json:
    """The days of a period."""
    return {"from": period.first.isoformat(), "to": period.last.isoformat()}


def freshness_json(freshness: Freshness) -> Json:
    """How far figures can be trusted."""
    return {"dataAsOf": moment(freshness.data_as_of), "completeUntil": moment(freshness.complete_until)}
