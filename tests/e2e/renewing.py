"""A program for a test: a process whose scheduler ticks while its users ask for tokens of their own.

``python renewing.py FOLDER CONNECTION_ID…`` writes ``FOLDER/ready.PID`` when it stands waiting, begins when
``FOLDER/go`` is there, stops when ``FOLDER/stop`` is there, and prints what its users were given as a JSON object.
"""

import json
import os
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import UUID

from domain.acting import in_background
from domain.errors import RateLimited
from entrypoints.opening import open_portside
from entrypoints.scheduler.ticks import Scheduler
from entrypoints.services import Services

_USERS = 10


def main(folder: Path, connection_ids: Sequence[UUID]) -> None:
    """Tick and ask, and print the answers."""
    portside = open_portside(migrating=False)
    scheduler = Scheduler(portside.services, 2, portside.stopping)
    with ThreadPoolExecutor(_USERS) as users:
        (folder / f"ready.{os.getpid()}").touch()
        _await(folder / "go")
        scheduler.start()
        given = list(users.map(lambda each: _token(portside.services, each), connection_ids))
    _await(folder / "stop")
    scheduler.stop()
    json.dump(dict(zip(map(str, connection_ids), given, strict=True)), sys.stdout)


def _token(services: Services, connection_id: UUID) -> str:
    """Asks like a client that heeds ``Retry-After``."""
    while True:
        try:
            with in_background():
                return services.tokens.for_connection(connection_id).text
        except RateLimited as error:
            time.sleep(error.retry_after)


def _await(sign: Path) -> None:
    while not sign.exists():
        time.sleep(0.005)


if __name__ == "__main__":
    main(Path(sys.argv[1]), [UUID(each) for each in sys.argv[2:]])
