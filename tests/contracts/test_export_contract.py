"""What every export of a connection hands out."""

from collections import Counter
from uuid import uuid4

from domain.audit.model import Action, AuditEntry
from domain.connections.model import ConnectionId
from tests.contracts.backends import Backend
from tests.contracts.furnished import ORDERS, furnished
from tests.contracts.samples import NOW, registered


def test_everything_of_the_connection_and_nothing_else_is_handed_out(backend: Backend) -> None:
    user = registered(backend)
    connection, other = furnished(backend, user), furnished(backend, user, "A2SELLER")
    with backend.work() as work:
        for owner in (connection.id, other.id, None):
            entry = AuditEntry(uuid4(), NOW, user.id, Action.KEY_ROTATED, "console", "console", owner)
            work.audit.append(entry)
        work.commit()

    rows = list(backend.records().of(connection.id))

    assert rows[0]["table"] == "connections"
    assert (rows[0]["id"], rows[0]["seller_id"]) == (str(connection.id), "A1SELLER")
    assert {row["connection_id"] for row in rows[1:]} == {str(connection.id)}
    counted = Counter(row["table"] for row in rows)
    assert (counted["orders"], counted["order_items"]) == (ORDERS, ORDERS)
    assert (counted["inventory_items"], counted["sync_runs"], counted["audit_log"]) == (1, 1, 1)
    assert (counted["ledger_days"], counted["stock_days"]) == (1, 1)
    assert (counted["ads_accounts"], counted["ads_listings"], counted["ads_registrations"]) == (1, 1, 1)
    assert (counted["reports"], counted["report_parts"]) == (1, 0)
    assert (counted["ads_reports"], counted["ads_report_parts"], counted["ads_schedules"]) == (1, 0, 1)
    assert (counted["ads_coverage"], counted["ads_daily"], counted["ads_product_daily"]) == (1, 1, 1)


def test_no_secret_is_handed_out(backend: Backend) -> None:
    connection = furnished(backend, registered(backend))

    told = str(list(backend.records().of(connection.id)))

    assert "secret" not in told
    assert "tokens" not in told


def test_an_unknown_connection_has_nothing(backend: Backend) -> None:
    assert list(backend.records().of(ConnectionId(uuid4()))) == []
