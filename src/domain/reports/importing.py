"""The orders of a stored report are taken over, page by page."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from domain.errors import UpstreamFailed
from domain.orders.counting import book
from domain.orders.model import BookedOrder, Order
from domain.reports.case import Case
from domain.reports.model import Place, Purpose, Report, ReportStatus
from domain.reports.ports import OrderReader
from domain.sync.ports import SyncWork
from domain.sync.steps import Step

#: Orders that are written in one transaction.
_AT_ONCE = 1_000


@dataclass(frozen=True)
class Importing:
    """Orders and the place behind them are kept together, so none is taken over twice after a crash."""

    reader: OrderReader
    look: Callable[[], SyncWork]

    def steps(self, case: Case) -> Iterator[Step]:
        """A step for each thousand orders; with the last one the document is forgotten."""
        document = _Document(self.look, case.report)
        others = self._to_come(case)
        place, orders = case.report.place, list[Order]()
        for order, taken in self.reader.orders(document.header(), document.lines(place)):
            orders.append(order)
            place = document.after(place, taken)
            if len(orders) == _AT_ONCE:
                page = _page(case, orders)
                fields = _onward(case, page, place)
                to_come = others + max(0, case.report.lines - fields["records"])
                yield case.keep(page.save, brought=len(page.orders), to_come=to_come, **fields)
                orders = []
        page = _page(case, orders)
        fields = {"brought": len(page.orders), "to_come": others, **_onward(case, page, place)}
        yield case.finish(ReportStatus.COMPLETED, page.save_the_last, **fields)

    def _to_come(self, case: Case) -> int:
        """How many orders other documents will bring, as far as one can tell: a line is an order, or a part of one.

        A document of the same kind that is not here yet counts as much as this one.
        """
        this = case.report
        with self.look() as work:
            reports = work.reports.of_purpose(case.connection.id, Purpose.HISTORY, Purpose.REPAIR)
        others = [each for each in reports if each.status.is_open and each.id != this.id]
        here = sum(max(0, each.lines - each.records) for each in others if each.parts is not None)
        return here + this.lines * sum(each.parts is None and each.purpose is this.purpose for each in others)


@dataclass(frozen=True)
class _Page:
    """So many orders of one document."""

    case: Case
    orders: list[BookedOrder]

    def save(self, work: SyncWork) -> int:
        return work.orders.save_page(self.case.connection.id, self.orders)

    def save_the_last(self, work: SyncWork) -> int:
        changed = self.save(work)
        self.case.drop(work)
        return changed


@dataclass(frozen=True)
class _Document:
    """The lines of a stored table, read part by part as they are drawn."""

    look: Callable[[], SyncWork]
    report: Report
    _counts: dict[int, int] = field(
        default_factory=dict
    )  # lines of each part that was read, without the header

    def header(self) -> str:
        """The first line."""
        return self._part(0)[0]

    def lines(self, place: Place) -> Iterator[str]:
        """All lines from there on."""
        first = place.line
        for number in range(place.part, self.report.parts or 0):
            lines = self._part(number)[1 if number == 0 else 0 :]
            self._counts[number] = len(lines)
            yield from lines[first:]
            first = 0

    def after(self, place: Place, taken: int) -> Place:
        """The place so many lines on. The parts up to it have been read."""
        part, line = place.part, place.line + taken
        while part in self._counts and line >= self._counts[part]:
            line -= self._counts[part]
            part += 1
        return Place(part, line)

    def _part(self, number: int) -> list[str]:
        with self.look() as work:
            data = work.reports.part(self.report.id, number)
        if data is None:
            raise UpstreamFailed("A part of the stored report is missing.")
        # Not splitlines(): a title may hold characters that it takes for the end of a line.
        lines = data.decode().split("\n")
        return lines if lines[-1] else lines[:-1]


def _page(case: Case, orders: Iterable[Order]) -> _Page:
    """The page, booked before it is written: an order that can't be is a trouble of this report, not of the run."""
    home = case.connection.marketplace_id
    return _Page(case, [book(order, home) for order in gathered(orders)])


def _onward(case: Case, page: _Page, place: Place) -> dict[str, Any]:
    return {"place": place, "records": case.report.records + len(page.orders), "failures": 0, "error": None}


def gathered(orders: Iterable[Order]) -> list[Order]:
    """Each order once, with all its lines, even where they don't stand together.

    A document tells of one version of an order only, whatever the times on its lines.
    """
    whole: dict[str, Order] = {}
    for order in orders:
        first = whole.get(order.order_id)
        whole[order.order_id] = order if first is None else _joined(first, order)
    return list(whole.values())


def _joined(first: Order, more: Order) -> Order:
    names = {item.order_item_id for item in first.items}
    items = list(first.items)
    for item in more.items:
        name = _free(item.order_item_id, names)
        names.add(name)
        items.append(replace(item, order_item_id=name))
    total = None
    if first.total and more.total and first.total.currency == more.total.currency:
        total = first.total + more.total
    later = max(first.updated_at, more.updated_at)
    return replace(first, items=tuple(items), total=total, updated_at=later)


def _free(name: str, taken: set[str]) -> str:
    """``sku#1``, or the next number: as if the lines had stood together, so that another report names them alike."""
    sku, _, number = name.rpartition("#")
    free, count = name, int(number)
    while free in taken:
        count += 1
        free = f"{sku}#{count}"
    return free
