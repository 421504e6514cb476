"""A seller with very many orders, filled in by the database itself: rows first, then the daily sums counted from them."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine, text

from adapters.sql.engine import writing
from benchmarks.data import US
from domain.acting import in_background
from domain.connections.model import Connection, ConnectionId, ConnectionStatus, Provider
from domain.marketplaces import Region
from domain.sync.model import Resource
from domain.users.access import Registration
from domain.users.model import Visitor
from entrypoints.bootstrap import Portside
from tests.fakes.things import a_level

EMAIL, PASSWORD = "bench@example.com", "correct horse battery"
DAYS, SKUS = 365, 120
_HERE = Visitor("benchmark")

_NUMBERS = "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < :orders)"
_DAY = {
    "sqlite": "date(:first, '+' || (i * :days / :orders) || ' days')",
    "postgresql": "CAST(:first AS date) + CAST(i * :days / :orders AS int)",
}
_NOON = {
    "sqlite": "{day} || 'T12:00:00.000000Z'",
    "postgresql": "({day}) + interval '12 hours'",
}
#: What the two databases keep ids as.
_ID = {"sqlite": "{name}", "postgresql": "CAST({name} AS uuid)"}
_ORDERS = """{numbers}
INSERT INTO orders (connection_id, order_id, user_id, marketplace_id, day, created_at, updated_at, status,
                    fulfilled_by, currency, total_minor, units, source, goods_minor, on_amazon)
SELECT {connection}, '111-' || CAST(10000000 + i AS text), {user}, :market, {day}, {noon}, {noon}, 'SHIPPED',
       'AMAZON', 'USD', 1000 + i % 90, 1 + i % 3, 'api', 1000 + i % 90, true FROM n"""
_ITEMS = """{numbers}
INSERT INTO order_items (connection_id, order_id, order_item_id, sku, asin, title, quantity, total_minor, goods_minor)
SELECT {connection}, '111-' || CAST(10000000 + i AS text), '1', 'SKU-' || (i % :skus), 'B00000000' || (i % :skus),
       'A thing', 1 + i % 3, 1000 + i % 90, 1000 + i % 90 FROM n"""


def moved_in(portside: Portside, orders: int) -> Connection:
    """A user who may log in, with a connected seller: so many orders over a year, and stock of what was sold."""
    now = datetime.now(UTC)
    user = portside.services.access.register(Registration(EMAIL, PASSWORD), _HERE)
    connection = Connection(
        id=ConnectionId(user.id),
        user_id=user.id,
        provider=Provider.AMAZON_SP,
        seller_id="ASELLER",
        region=Region.NA,
        marketplace_id=US,
        marketplace_ids=(US,),
        status=ConnectionStatus.CONNECTED,
        is_default=True,
        connected_at=now - timedelta(days=DAYS),
        authorized_at=now,
        last_synced_at=now,
    )
    with in_background():
        with portside.services.runner.work() as work:
            work.connections.add(connection)
            work.sync.ensure(connection.id, user.id, Resource.of(Provider.AMAZON_SP), now + timedelta(days=1))
            levels = [a_level(f"SKU-{number}", number) for number in range(SKUS)]
            work.stock.save_page(connection.id, US, levels, "pass", now)
            for past in range(DAYS):
                then = now - timedelta(days=past)
                work.stock.keep_day(connection.id, user.id, then.date(), then.date(), then)
            work.commit()
        _fill(portside.engine, connection, orders, now)
        portside.services.truth.repair(connection.id, _HERE)
        portside.services.months.turn()  # as the clock does
    return connection


def _fill(engine: Engine, connection: Connection, orders: int, now: datetime) -> None:
    kind = engine.dialect.name
    day = _DAY[kind]
    words = {
        "numbers": _NUMBERS,
        "day": day,
        "noon": _NOON[kind].format(day=day),
        "connection": _ID[kind].format(name=":connection"),
        "user": _ID[kind].format(name=":user"),
    }
    key = connection.id.hex if kind == "sqlite" else str(connection.id)
    values = {
        "orders": orders,
        "days": DAYS,
        "skus": SKUS,
        "first": (now - timedelta(days=DAYS)).date()
        if kind == "postgresql"
        else f"{now - timedelta(days=DAYS):%Y-%m-%d}",
        "market": US,
        "connection": key,
        "user": key,
    }
    with writing(engine, owning=True) as database:
        for statement in (_ORDERS, _ITEMS):
            database.execute(text(statement.format(**words)), values)
    if kind == "postgresql":
        with writing(engine, owning=True) as database:
            database.execute(text("ANALYZE"))  # as PostgreSQL does by itself within minutes
