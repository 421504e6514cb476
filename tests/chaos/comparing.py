"""What has arrived, beside what is true: order by order, line by line, stock by stock, sum by sum."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Engine, Table, select

from adapters.sql import tables
from adapters.sql.engine import reading
from entrypoints.simulator.sellers import Seller
from tests.adapters.sql.recounting import kept_sums, recounted
from tests.chaos.amazon import Amazon
from tests.e2e.recount import STORE_FRONTS, minor

Row = tuple[object, ...]
#: Reports know one kind of pending orders.
_AS_REPORTED = {"PENDING_AVAILABILITY": "PENDING"}
_LEVEL = ("marketplace_id", "sku", "total", "fulfillable", "reserved", "unfulfillable", "inbound")
_DAY = ("marketplace_id", "day", "currency", "orders", "priced_orders", "revenue_minor", "units", "unshipped")
#: How many differences of a kind are told one by one.
_TOLD = 12


@dataclass
class Facts:
    """Of one seller. Lines go without their ids: reports don't tell them."""

    orders: set[Row]
    reported: set[str]  # orders that a report has told last
    lines: list[Row]
    stock: set[Row]
    days: set[Row]


def differences(engine: Engine, amazon: Amazon) -> list[str]:
    """All that is not as it should be, in words; empty when every seller's data are exact."""
    found: list[str] = []
    kept = _kept(engine)
    for seller in amazon.config.sellers:
        have = kept.get(seller.id)
        if have is None:
            found.append(f"{seller.id}: not connected")
            continue
        true = _true(amazon, seller, have.reported)
        for name in ("orders", "lines", "stock", "days"):
            found += _apart(f"{seller.id} {name}", getattr(have, name), getattr(true, name))
    names = ("daily sums", "daily sums of SKUs", "stretches of SKUs", "months of SKUs", "orders by status")
    for name, kept_ones, true_ones in zip(names, kept_sums(engine), recounted(engine), strict=True):
        found += _apart(f"{name} beside a recount", kept_ones, true_ones)
    return found + _doubled(engine)


def _apart(what: str, have: Iterable[Row], true: Iterable[Row]) -> list[str]:
    mine, theirs = sorted(map(repr, have)), sorted(map(repr, true))
    if mine == theirs:
        return []
    missing, strange = sorted(set(theirs) - set(mine)), sorted(set(mine) - set(theirs))
    told = [f"  missing {each}" for each in missing[:_TOLD]] + [
        f"  strange {each}" for each in strange[:_TOLD]
    ]
    return ["\n".join([f"{what}: {len(mine)}, and should be {len(theirs)}", *told])]


def _doubled(engine: Engine) -> list[str]:
    orders, connections = _rows(engine, tables.orders), _rows(engine, tables.connections)
    ids, sellers = {row["order_id"] for row in orders}, {row["seller_id"] for row in connections}
    found = []
    if len(ids) != len(orders):
        found.append(f"{len(orders) - len(ids)} orders are there twice")
    if len(sellers) != len(connections):
        found.append(f"{len(connections) - len(sellers)} sellers are connected twice")
    return found


def _kept(engine: Engine) -> dict[str, Facts]:
    """What stands in the tables, by seller."""
    sellers = {row["id"]: row["seller_id"] for row in _rows(engine, tables.connections)}
    found = {seller_id: Facts(set(), set(), [], set(), set()) for seller_id in sellers.values()}
    for row in _rows(engine, tables.orders):
        moment = row["updated_at"].replace(microsecond=0)
        if row["source"] == "report":
            found[sellers[row["connection_id"]]].reported.add(row["order_id"])
        found[sellers[row["connection_id"]]].orders.add(
            (row["order_id"], row["marketplace_id"], row["status"], moment, row["total_minor"], row["units"])
        )
    for row in _rows(engine, tables.order_items):
        found[sellers[row["connection_id"]]].lines.append((row["order_id"], row["sku"], row["quantity"]))
    for row in _rows(engine, tables.inventory_items):
        if row["listed"]:
            found[sellers[row["connection_id"]]].stock.add(tuple(row[name] for name in _LEVEL))
    for row in _rows(engine, tables.daily_sales):
        found[sellers[row["connection_id"]]].days.add(tuple(row[name] for name in _DAY))
    return found


def _rows(engine: Engine, table: Table) -> list[Any]:
    with reading(engine) as database:
        return list(database.execute(select(table)).mappings())


def _true(amazon: Amazon, seller: Seller, reported: set[str]) -> Facts:
    home = seller.marketplace_ids[0]
    facts = Facts(set(), reported, [], set(), set())
    days: defaultdict[tuple[str, date, str], list[int]] = defaultdict(lambda: [0] * 5)
    for line in amazon.truth(seller.id):
        if line["kind"] == "stock":
            inbound = sum(line[f"inbound_{stage}"] for stage in ("working", "shipped", "receiving"))
            numbers = (line["total"], line["fulfillable"], line["reserved"], line["unfulfillable"], inbound)
            facts.stock.add((line["marketplace_id"], line["sku"], *numbers))
        elif line["kind"] == "order":
            _take(line, home, facts, days)
    facts.days = {(*key, *sums) for key, sums in days.items()}
    return facts


def _take(
    order: dict[str, Any], home: str, facts: Facts, days: dict[tuple[str, date, str], list[int]]
) -> None:
    where = order["marketplace_id"] or home
    zone, own_currency = STORE_FRONTS[where][:2]
    total = None if order["total"] is None else minor(order["total"], order["currency"])
    units = sum(quantity for _id, _sku, quantity, _sent in order["lines"])
    moment = datetime.fromisoformat(order["updated"]).astimezone(UTC).replace(microsecond=0)
    status = order["status"]
    if order["id"] in facts.reported:
        status = _AS_REPORTED.get(status, status)
    facts.orders.add((order["id"], where, status, moment, total, units))
    facts.lines += [(order["id"], sku, quantity) for _id, sku, quantity, _sent in order["lines"]]
    if order["status"] == "CANCELLED":
        return
    day = datetime.fromisoformat(order["created"]).astimezone(ZoneInfo(zone)).date()
    sums = days[where, day, order["currency"] if total is not None else own_currency]
    waiting = order["status"] in ("UNSHIPPED", "PARTIALLY_SHIPPED")
    for place, number in enumerate((1, total is not None, total or 0, units, waiting)):
        sums[place] += number
