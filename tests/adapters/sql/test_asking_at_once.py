"""The same report asked for by many at once, on two processes of one database."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from adapters.sql.engine import make_engine
from domain.reports.desk import ReportDesk, ReportWish
from domain.reports.model import ReportId
from domain.sync.model import Resource
from tests.contracts.backends import SqlBackend
from tests.contracts.samples import NOW, registered, scheduled
from tests.fakes.clock import HeldClock

THREADS = 8


@pytest.fixture
def processes(url: str) -> Iterator[tuple[SqlBackend, SqlBackend]]:
    """Two processes on one database: each has an engine of its own."""
    engines = make_engine(url), make_engine(url)
    yield SqlBackend(engines[0]), SqlBackend(engines[1])
    for engine in engines:
        engine.dispose()


def test_a_report_that_many_ask_for_at_once_is_made_once(processes: tuple[SqlBackend, SqlBackend]) -> None:
    user = registered(processes[0])
    scheduled(processes[0], user, Resource.ORDERS, Resource.REPORTS)
    desks = [ReportDesk(each.work, each.look, HeldClock(NOW)) for each in processes]
    start = Barrier(THREADS)

    def ask(number: int) -> ReportId:
        start.wait()
        return desks[number % 2].ask(user.id, ReportWish("GET_MERCHANT_LISTINGS_ALL_DATA")).id

    with ThreadPoolExecutor(THREADS) as pool:
        answered = set(pool.map(ask, range(THREADS)))

    with processes[0].look() as work:
        kept = {report.id for report in work.reports.of_user(user.id)}
    assert answered == kept
    assert len(kept) == 1
