"""Due tokens are claimed by one statement, and by one process each."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from uuid import UUID

import pytest
from sqlalchemy import Engine

from adapters.sql.engine import make_engine
from domain.acting import in_background
from domain.connections.model import Provider
from domain.tokens.model import DueClaim
from tests.adapters.sql.test_statement_counts import statements
from tests.contracts.backends import SqlBackend
from tests.contracts.samples import MINUTE, NOW
from tests.contracts.test_due_tokens_contract import claim_due, due

PROCESSES, TOKENS = 4, 40


@pytest.fixture
def processes(url: str) -> Iterator[list[SqlBackend]]:
    """Several processes on one database: each has an engine of its own."""
    engines = [make_engine(url) for _ in range(PROCESSES)]
    yield [SqlBackend(engine) for engine in engines]
    for engine in engines:
        engine.dispose()


def test_processes_never_claim_the_same_token_and_leave_none(processes: list[SqlBackend]) -> None:
    expected = {due(processes[0]) for _ in range(TOKENS)}
    start = Barrier(PROCESSES)

    def claim_all(number: int) -> list[UUID]:
        mine: list[DueClaim] = []
        start.wait()
        with in_background():
            while claimed := claim_due(processes[number], limit=3, owner=f"p{number}"):
                mine += claimed
        return [one.connection_id for one in mine]

    with ThreadPoolExecutor(PROCESSES) as pool:
        shares = list(pool.map(claim_all, range(PROCESSES)))

    # A claimer may find all that it looked at locked, and give up; the next tick takes what is left then.
    taken = [each for share in shares for each in share]
    taken += [one.connection_id for one in claim_due(processes[0], limit=TOKENS)]
    assert len(taken) == TOKENS
    assert set(taken) == expected


@pytest.mark.parametrize("count", [1, 30])
def test_claiming_and_postponing_cost_one_statement_each(engine: Engine, count: int) -> None:
    backend = SqlBackend(engine)
    for _ in range(count):
        due(backend)

    with statements(engine) as sent, backend.work() as work:
        claimed = work.vault.claim_due(Provider.AMAZON_SP, "p1", NOW, NOW + MINUTE, count)
        work.vault.postpone(dict.fromkeys(claimed, NOW + MINUTE))
        work.commit()

    assert len(claimed) == count
    assert [each.split(maxsplit=1)[0] for each in sent if "set_config" not in each] in (
        ["UPDATE", "UPDATE"],
        ["WITH", "UPDATE"],
    )
