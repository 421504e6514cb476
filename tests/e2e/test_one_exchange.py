"""Fifty threads in two processes need a new access token at the same moment: Login with Amazon is asked once."""

import json
import subprocess
import sys
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

from sqlalchemy import update

from adapters.sql import tables
from adapters.sql.engine import make_engine, writing
from entrypoints.simulator.config import SimulatorConfig
from entrypoints.simulator.faults import Fault
from entrypoints.simulator.server import SimulatorServer
from tests.e2e.people import Person
from tests.e2e.processes import Served, environment, until

PROCESSES, THREADS = 2, 25
REFRESH = "lwa.refresh_token"


def test_two_processes_of_many_threads_exchange_once_and_share_the_token(
    database_url: str, tmp_path: Path
) -> None:
    with SimulatorServer(SimulatorConfig(orders_per_day=1, history_days=5, report_seconds=0.3)) as amazon:
        variables = environment(amazon, database_url, tmp_path, SCHEDULER="off")
        connection_id = _connected(amazon, variables, tmp_path)
        _run_out(database_url, connection_id)
        amazon.simulator.reception.calls.reset()
        amazon.simulator.reception.faults.order(Fault(REFRESH, "slow", times=None, delay_ms=700))

        given = _asked_by_all(connection_id, variables, tmp_path)

        assert len(given) == PROCESSES * THREADS
        assert len(set(given)) == 1
        assert amazon.simulator.reception.calls.as_json()["calls"] == {REFRESH: 1}


def _connected(amazon: SimulatorServer, variables: dict[str, str], home: Path) -> UUID:
    seller = amazon.simulator.config.sellers[0]
    with Served(variables, home) as server, Person(server.url) as person:
        person.register()
        person.connect(seller.marketplace_ids[0], seller.id)
        return UUID(person.get("/api/v1/amazon/connection")["id"])


def _run_out(url: str, connection_id: UUID) -> None:
    """An hour goes by."""
    engine = make_engine(url)
    past = datetime.now(UTC) - timedelta(seconds=1)
    with writing(engine) as connection:
        changed = connection.execute(
            update(tables.tokens)
            .where(tables.tokens.c.connection_id == connection_id)
            .values(access_expires_at=past)
        )
        assert changed.rowcount == 1
    engine.dispose()


def _asked_by_all(connection_id: UUID, variables: dict[str, str], folder: Path) -> list[str]:
    program = [sys.executable, str(Path(__file__).with_name("asking.py"))]
    with ExitStack() as stack:
        askers = [
            stack.enter_context(
                subprocess.Popen(
                    [*program, str(connection_id), str(THREADS), str(folder)],
                    env=variables,
                    cwd=folder,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE,
                    text=True,
                )
            )
            for _ in range(PROCESSES)
        ]
        for asker in askers:
            stack.callback(asker.kill)  # does nothing to one that has ended
        until(lambda: len(list(folder.glob("ready.*"))) == PROCESSES, 45, lambda: "nobody asks", pause=0.02)
        (folder / "go").touch()
        answers = [asker.communicate(timeout=60) for asker in askers]
    assert [asker.returncode for asker in askers] == [0] * PROCESSES, answers
    return [token for output, _errors in answers for token in json.loads(output)]
