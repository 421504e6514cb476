"""Hundreds of tokens have run out at once: two processes renew them, and each token is asked for exactly once."""

import base64
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import Engine, func, select

from adapters.crypto.envelope import Envelopes
from adapters.sql import tables
from adapters.sql.engine import make_engine, reading
from domain.connections.model import ConnectionStatus
from domain.credentials.pace import LWA_PLAN
from domain.tokens.keyring import FixedRing, KeyRing
from entrypoints.simulator.config import SimulatorConfig
from entrypoints.simulator.server import SimulatorServer
from tests import databases, servers
from tests.e2e.counting_lwa import Asked, CountingLwa, counting_lwa
from tests.e2e.processes import environment, until
from tests.expired import connections_with_expired_tokens, refresh_token

USED, UNUSED, ASKED_FOR = 220, 20, 20
PROCESSES = 2
PATIENCE = 60.0
KEYS = f"storm:{base64.b64encode(bytes(range(32))).decode()}"
#: What a request may be late on its way to the endpoint, in a second.
_LATE = 3


@pytest.fixture
def url() -> Iterator[str]:
    fresh = databases.postgres_database()
    yield fresh
    servers.postgres().drop_database(fresh)


@pytest.fixture
def engine(url: str) -> Iterator[Engine]:
    made = make_engine(url)
    yield made
    made.dispose()


def test_each_token_in_use_is_asked_for_once_and_the_others_never(
    url: str, engine: Engine, tmp_path: Path
) -> None:
    used = _seeded(engine)

    with counting_lwa() as lwa:
        answers = _renewed_by_all(lwa, url, tmp_path, used[:ASKED_FOR])

    assert Counter(each.refresh_token for each in lwa.asked) == {refresh_token(each): 1 for each in used}
    assert [len(answer) for answer in answers] == [ASKED_FOR] * PROCESSES
    assert answers[0] == answers[1]
    assert _in_force(engine) == USED
    assert _most_within(lwa.asked, seconds=1) <= LWA_PLAN.burst + LWA_PLAN.rate + _LATE
    assert _most_within(lwa.asked, seconds=5) <= LWA_PLAN.burst + 5 * LWA_PLAN.rate + _LATE


def _seeded(engine: Engine) -> list[UUID]:
    """Connections that are used; beside them some that are not, whose tokens have run out as well."""
    cipher = Envelopes(FixedRing(KeyRing.parse(KEYS)))
    now = datetime.now(UTC)
    later = now + timedelta(hours=1)
    for status, next_run_at in ((ConnectionStatus.DISCONNECTED, later), (ConnectionStatus.CONNECTED, None)):
        connections_with_expired_tokens(engine, cipher, UNUSED, now, status=status, next_run_at=next_run_at)
    return connections_with_expired_tokens(engine, cipher, USED, now, next_run_at=later)


def _renewed_by_all(
    lwa: CountingLwa, url: str, home: Path, asked_for: Sequence[UUID]
) -> list[dict[str, str]]:
    program = [sys.executable, str(Path(__file__).with_name("renewing.py")), str(home)]
    with ExitStack() as stack:
        amazon = stack.enter_context(
            SimulatorServer(SimulatorConfig(orders_per_day=1, history_days=5, report_seconds=0.3))
        )
        variables = environment(amazon, url, home, LWA_TOKEN_URL=lwa.url, TOKEN_ENCRYPTION_KEYS=KEYS)
        logs = [stack.enter_context((home / f"{number}.log").open("w")) for number in range(PROCESSES)]
        processes = [
            stack.enter_context(
                subprocess.Popen(
                    [*program, *map(str, asked_for)],
                    env=variables,
                    cwd=home,
                    stdout=subprocess.PIPE,
                    stderr=log,
                    text=True,
                )
            )
            for log in logs
        ]
        for process in processes:
            stack.callback(process.kill)  # does nothing to one that has ended
        until(lambda: len(list(home.glob("ready.*"))) == PROCESSES, 45, lambda: _logs(home), pause=0.02)
        (home / "go").touch()
        until(lambda: len(lwa.asked) >= USED, PATIENCE, lambda: f"{len(lwa.asked)} asked\n{_logs(home)}")
        (home / "stop").touch()
        answers = [process.communicate(timeout=30)[0] for process in processes]
    assert [process.returncode for process in processes] == [0] * PROCESSES, _logs(home)
    return [json.loads(answer) for answer in answers]


def _in_force(engine: Engine) -> int:
    """Tokens that are good for a while, and that nobody is renewing."""
    row = tables.tokens.c
    question = select(func.count()).where(
        row.access_expires_at > datetime.now(UTC) + timedelta(minutes=50), row.claim_owner.is_(None)
    )
    with reading(engine) as connection:
        return connection.scalar(question) or 0


def _most_within(asked: Sequence[Asked], seconds: float) -> int:
    """The greatest number of requests in any stretch of this length."""
    times = sorted(each.at for each in asked)
    return max(sum(start <= at < start + seconds for at in times) for start in times)


def _logs(home: Path) -> str:
    return "\n".join(path.read_text(errors="replace")[-3000:] for path in sorted(home.glob("*.log")))
