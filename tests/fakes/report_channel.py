"""Reports at Amazon, playing a script: made at once, unless a test says how they get on or what goes wrong."""

from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from domain.clock import Clock
from domain.connections.model import Connection
from domain.errors import NotFound
from domain.marketplaces import find
from domain.orders.model import Order
from domain.reports.model import ORDERS_BY_DATE, Look, ReportRequest, Stage
from domain.reports.ports import Document

HEADER = (
    "amazon-order-id\tpurchase-date\tlast-updated-date\torder-status\tfulfillment-channel\tsales-channel"
    "\tproduct-name\tsku\tasin\tquantity\tcurrency\titem-price"
)


@dataclass
class ScriptedReports:
    """One seller's reports, ``R-1``, ``R-2``, … with the documents ``D-1``, ``D-2``, …

    Reports of orders are made of ``orders``; what other reports say is in ``texts`` by type, and a type that is not
    there comes to nothing. ``stages`` are told one a look before a report is over, ``ends`` in place of its end.
    ``trouble`` is raised, one for each call of that name (``create``, ``recent``, ``look``, ``document``,
    ``explanation``); ``None`` lets a call through. After one in ``lost_answers`` the report was made all the same.
    ``broken_at`` breaks documents off before that part, as often as it says.
    """

    clock: Clock
    orders: list[Order] = field(default_factory=list)
    texts: dict[str, tuple[str, str]] = field(default_factory=dict)  # media and text
    stages: deque[Stage] = field(default_factory=deque)
    ends: deque[Stage] = field(default_factory=deque)
    words: str = "Too many requests for this report."
    trouble: dict[str, deque[Exception | None]] = field(default_factory=dict)
    lost_answers: deque[Exception] = field(default_factory=deque)
    broken_at: deque[tuple[int, Exception]] = field(default_factory=deque)
    part_size: int = 2**20
    made: list[Look] = field(default_factory=list)
    created: list[ReportRequest] = field(default_factory=list)
    looked: list[tuple[str, datetime]] = field(default_factory=list)
    opened: list[str] = field(default_factory=list)
    listed: list[tuple[str, datetime]] = field(default_factory=list)

    def create(self, connection: Connection, request: ReportRequest) -> str:
        self._suffer("create")
        self.created.append(request)
        number = len(self.made) + 1
        self.made.append(Look(f"R-{number}", Stage.IN_QUEUE, f"D-{number}", request, self.clock.now()))
        if self.lost_answers:
            raise self.lost_answers.popleft()
        return f"R-{number}"

    def recent(self, connection: Connection, report_type: str, since: datetime) -> list[Look]:
        self.listed.append((report_type, since))
        self._suffer("recent")
        found = [
            look for look in self.made if look.request.report_type == report_type and look.created_at >= since
        ]
        # Amazon tells of whole seconds and of no options.
        return [replace(look, request=_as_told(look.request)) for look in reversed(found)]

    def look(self, connection: Connection, amazon_id: str) -> Look:
        self.looked.append((amazon_id, self.clock.now()))
        self._suffer("look")
        look = next((each for each in self.made if each.amazon_id == amazon_id), None)
        if look is None:
            raise NotFound("Amazon does not know this report.")
        if look.stage.is_over:
            return look
        if self.stages:
            return replace(look, stage=self.stages.popleft(), document_id=None)
        known = look.request.report_type in self.texts or look.request.report_type == ORDERS_BY_DATE
        stage = self.ends.popleft() if self.ends else Stage.DONE if known else Stage.CANCELLED
        over = replace(look, stage=stage, document_id=None if stage is Stage.CANCELLED else look.document_id)
        self.made[self.made.index(look)] = over
        return over

    @contextmanager
    def document(
        self, connection: Connection, document_id: str, request: ReportRequest
    ) -> Iterator[Document]:
        self.opened.append(document_id)
        self._suffer("document")
        if request.report_type == ORDERS_BY_DATE:
            yield Document("text/tab-separated-values", self._parts(table(self._wanted(request))))
        else:
            media, text = self.texts[request.report_type]
            yield Document(media, self._parts(text))

    def explanation(self, connection: Connection, document_id: str) -> str:
        self._suffer("explanation")
        return self.words

    def _wanted(self, request: ReportRequest) -> list[Order]:
        start, end = request.start, request.end
        return [
            order
            for order in self.orders
            if (start is None or order.created_at >= start)
            and (end is None or order.created_at <= end)
            and order.marketplace_id in (*request.marketplace_ids, None)
        ]

    def _parts(self, text: str) -> Iterator[bytes]:
        """Whole lines, at least one in each part."""
        broken_at, error = self.broken_at.popleft() if self.broken_at else (-1, None)
        part, number = b"", 0
        for line in text.splitlines(keepends=True):
            if part and len(part) + len(line.encode()) > self.part_size:
                if number == broken_at and error is not None:
                    raise error
                yield part
                part, number = b"", number + 1
            part += line.encode()
        if part:
            yield part

    def _suffer(self, name: str) -> None:
        waiting = self.trouble.get(name)
        error = waiting.popleft() if waiting else None
        if error is not None:
            raise error


def table(orders: Sequence[Order]) -> str:
    """A flat file of orders, a line for each item."""
    return "\n".join([HEADER, *(line for order in orders for line in _lines(order))]) + "\n"


def _lines(order: Order) -> Iterator[str]:
    marketplace = find(order.marketplace_id or "")
    channel = marketplace.name if marketplace else "Non-Amazon"
    for item in order.items:
        cells = (
            order.order_id,
            order.created_at.isoformat(timespec="seconds"),
            order.updated_at.isoformat(timespec="seconds"),
            order.status.capitalize(),
            "Amazon",
            channel,
            item.title or "",
            item.sku or "",
            item.asin or "",
            str(item.quantity),
            item.total.currency if item.total else "",
            str(item.total.amount) if item.total else "",
        )
        yield "\t".join(cells)


def _as_told(request: ReportRequest) -> ReportRequest:
    start, end = (moment and moment.replace(microsecond=0) for moment in (request.start, request.end))
    return replace(request, start=start, end=end, options={})


def settlement(number: int, made_at: datetime, stage: Stage = Stage.DONE) -> Look:
    """A settlement that Amazon has made by itself."""
    request = ReportRequest(
        "GET_V2_SETTLEMENT_REPORT_DATA_FLAT_FILE_V2",
        ("ATVPDKIKX0DER",),
        made_at - timedelta(days=14),
        made_at,
    )
    return Look(f"S-{number}", stage, f"SD-{number}", request, made_at)
