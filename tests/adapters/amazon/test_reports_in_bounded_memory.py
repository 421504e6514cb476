"""A report of any length passes through in the same memory: measured in a process of its own."""

import gzip
import multiprocessing
import resource
import socket
from collections.abc import Iterator
from pathlib import Path

from adapters.amazon.addresses import AmazonAddresses
from adapters.amazon.reports import AmazonReports
from adapters.amazon.wire.order_report import FlatFileOrders
from adapters.http import Outbound
from domain.reports.model import ORDERS_BY_DATE, ReportRequest
from entrypoints.simulator.report_columns import ORDERS_COLUMNS
from tests.adapters.loopback import Seen, listening
from tests.domain.gateway.bench import CONNECTION, Bench
from tests.fakes.amazon import answer
from tests.fakes.things import US

_BLOCK = 5_000
_BLOCKS = 60
_ALLOWED_MEGABYTES = 30


def a_block() -> bytes:
    """So many lines, packed: a packed file may have any number of such members."""
    cells = {
        "purchase-date": "2026-02-01T10:00:00+00:00",
        "last-updated-date": "2026-02-03T08:30:00+00:00",
        "order-status": "Shipped",
        "sales-channel": "Amazon.com",
        "product-name": "A chair of oak, with arms, for the dining room",
        "quantity": "1",
        "currency": "USD",
        "item-price": "40.00",
        "ship-city": "Springfield",
    }
    lines = []
    for number in range(_BLOCK):
        row = cells | {"amazon-order-id": f"112-{number:07d}-{number:07d}", "sku": f"SKU-{number % 200}"}
        lines.append("\t".join(row.get(column, "") for column in ORDERS_COLUMNS) + "\r\n")
    return gzip.compress("".join(lines).encode())


def serve(connection: socket.socket, request: Seen) -> bool:
    """``/60`` has so many blocks of lines."""
    block, times = a_block(), int(request.target.strip("/"))
    header = gzip.compress(("\t".join(ORDERS_COLUMNS) + "\r\n").encode())
    length = len(header) + times * len(block)
    connection.sendall(f"HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n".encode() + header)
    for _ in range(times):
        connection.sendall(block)
    return True


def peak_megabytes() -> float:
    """The most memory that this process ever had. What ``getrusage`` says includes that of the process before it."""
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


def lines_of(parts: Iterator[bytes]) -> Iterator[str]:
    for part in parts:
        yield from part.decode().removesuffix("\n").split("\n")


def read_through(url: str, blocks: int) -> int:
    outbound = Outbound.with_pool(timeout_seconds=20.0, pool_size=1)
    bench = Bench(answer(200, {"url": f"{url}/{blocks}"}))
    channel = AmazonReports(bench.gateway, outbound, AmazonAddresses(sp_api_url=url))
    with channel.document(CONNECTION, "d", ReportRequest(ORDERS_BY_DATE, (US,))) as document:
        lines = lines_of(document.parts)
        taken = sum(taken for _order, taken in FlatFileOrders().orders(next(lines), lines))
    outbound.adapter.close()
    return taken


def growth(url: str) -> tuple[int, float]:
    """How many lines there were, and by how many megabytes more than a small report takes the memory grew."""
    read_through(url, 3)
    before = peak_megabytes()
    taken = read_through(url, _BLOCKS)
    return taken, peak_megabytes() - before


def test_three_hundred_thousand_lines_take_no_more_memory_than_a_few() -> None:
    with listening(serve) as server, multiprocessing.get_context("spawn").Pool(1) as pool:
        taken, megabytes = pool.apply(growth, (server.url,))

    assert taken == _BLOCK * _BLOCKS == 300_000
    assert megabytes < _ALLOWED_MEGABYTES
