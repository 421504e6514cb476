"""All that is running: a database, a Redis, an Amazon, and four Portsides of which two serve and two work."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from tests import servers
from tests.chaos.amazon import Amazon
from tests.chaos.scale import Scale
from tests.e2e.processes import Served, surroundings


@dataclass(frozen=True)
class Town:
    """``portsides`` by their names."""

    scale: Scale
    amazon: Amazon
    postgres: servers.PostgresServer
    valkey: servers.ValkeyServer
    database_url: str
    portsides: dict[str, Served]

    @property
    def webs(self) -> list[Served]:
        """Those that answer people, and do nothing in the background."""
        return [served for name, served in self.portsides.items() if name.startswith("web")]


def founded(scale: Scale, still: datetime, home: Path, stack: ExitStack) -> Town:
    """The town, all of it up; the stack ends what was started."""
    postgres = servers.own_postgres(shared_buffers="128MB", max_connections="200")
    assert postgres.program is not None
    stack.callback(postgres.program.stop)
    valkey = servers.own_valkey()
    assert valkey.program is not None
    stack.callback(valkey.program.stop)
    amazon = Amazon(scale, still, home)
    stack.callback(amazon.stop)
    amazon.start()
    database_url = postgres.fresh_database()
    portsides = {}
    for name in ("web 1", "web 2", "worker 1", "worker 2"):
        place = home / name.replace(" ", "")
        place.mkdir()
        variables = surroundings(
            amazon.config,
            amazon.url,
            database_url,
            home,
            REDIS_URL=valkey.url,
            SCHEDULER="off" if name.startswith("web") else "on",
            HTTP_TIMEOUT_SECONDS="3",
            REPORT_POLL_SECONDS=str(scale.poll_seconds),
            LOG_LEVEL="WARNING",
        )
        portsides[name] = Served(variables, place)
        stack.callback(portsides[name].kill)
    first, *others = portsides.values()
    first.start()  # and makes the tables
    with ThreadPoolExecutor(len(others)) as pool:
        list(pool.map(Served.start, others))
    return Town(scale, amazon, postgres, valkey, database_url, portsides)
