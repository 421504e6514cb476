"""What docs/backups.md says, done: a backup while Portside runs, brought back in another place, where all of it works."""

import re
import shlex
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import make_url

from entrypoints.simulator.config import SimulatorConfig
from entrypoints.simulator.server import SimulatorServer
from tests import servers
from tests.e2e.people import PASSWORD, Person
from tests.e2e.processes import Served, environment, run
from tests.e2e.stage import US

PAGE = Path(__file__).parents[2] / "docs" / "backups.md"
EMAIL = "ada@portside.example"
#: Everything that counts days says when it was asked.
DASHBOARDS = ("amazon-orders", "amazon-inventory", "amazon-inventory/items", "channel-performance")


def said(kind: str) -> list[str]:
    """The page's commands for this database, and in which language."""
    section = PAGE.read_text("utf-8").split(f"\n## {kind}\n")[1].split("\n## ")[0]
    return re.findall(r"```(?:sh|sql)\n(.*?)```", section, re.DOTALL)


def do(command: str, folder: Path, **variables: str) -> None:
    """Carry out a command of the page, in this folder."""
    environ = {"PATH": f"{servers.postgres_programs()}:/usr/local/bin:/usr/bin:/bin", **variables}
    done = subprocess.run(
        ["bash", "-euc", command], cwd=folder, env=environ, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{shlex.quote(command)}: {done.stderr}"


@pytest.fixture
def amazon() -> Iterator[SimulatorServer]:
    still = datetime.now(UTC) - timedelta(minutes=6)
    config = SimulatorConfig(
        orders_per_day=6, history_days=12, rate_factor=200, data_until=still, report_seconds=0.3
    )
    with SimulatorServer(config) as server:
        yield server


def figures(person: Person) -> dict[str, Any]:
    """What the page shows."""
    found = {name: person.get(f"/api/v1/dashboard/{name}")["data"] for name in DASHBOARDS}
    found["audit"] = [entry["action"] for entry in person.get("/api/v1/audit")["items"]]
    return found


def lived_in(variables: dict[str, str], home: Path, amazon: SimulatorServer, backup: Any) -> dict[str, Any]:
    """Connect a seller and have everything synced; make the backup while the server runs. What was shown at that time."""
    with Served(variables, home) as server, Person(server.url) as ada:
        ada.register(EMAIL)
        ada.connect(US, amazon.simulator.config.sellers[0].id)
        ada.wait_for_first_sync()
        before = figures(ada)
        backup()
        server.stop()
    return before


def check_restored(variables: dict[str, str], home: Path, before: dict[str, Any]) -> None:
    """Another place, the same keys: the figures are equal, the tokens open, and work goes on."""
    migrated = run(["migrate"], variables, home)
    status = run(["keys", "status"], variables, home)
    counted = run(["kpis", "verify"], variables, home)
    doctor = run(["doctor"], variables, home)
    with Served({**variables, "SCHEDULER": "off"}, home) as server, Person(server.url) as ada:
        login = ada.ask("POST", "/api/v1/auth/login", json={"email": EMAIL, "password": PASSWORD})
        after = figures(ada)
    synced = run(["sync", "--resource", "orders"], variables, home)

    assert (migrated.returncode, status.returncode, login.status_code) == (0, 0, 200), status.stdout
    assert counted.returncode == 0, counted.stdout
    assert "ok   token_exchange" in doctor.stdout, doctor.stdout
    assert after.pop("audit")[1:] == before.pop("audit")  # after which somebody has logged in
    assert after == before
    assert before["amazon-orders"]["totalOrders"] > 0
    assert synced.returncode == 0, synced.stderr


def moved(home: Path, place: Path) -> None:
    """Take the keys along, on a way of their own."""
    (place / "instance").mkdir(parents=True, mode=0o700)
    for name in ("token_keys", "secret_key"):
        (place / "instance" / name).write_bytes((home / "instance" / name).read_bytes())


def test_a_sqlite_file_is_backed_up_while_portside_runs_and_brought_back(
    amazon: SimulatorServer, tmp_path: Path
) -> None:
    home, place = tmp_path / "here", tmp_path / "there"
    home.mkdir()
    backup, restore = said("SQLite")
    variables = environment(amazon, f"sqlite:///{home}/instance/portside.db", home)

    before = lived_in(variables, home, amazon, lambda: do(backup, home))
    moved(home, place)
    (place / "backup.db").write_bytes((home / "backup.db").read_bytes())
    do(restore, place)

    check_restored(environment(amazon, f"sqlite:///{place}/instance/portside.db", place), place, before)


def test_a_postgresql_database_is_backed_up_while_portside_runs_and_brought_back_on_another_server(
    amazon: SimulatorServer, tmp_path: Path
) -> None:
    home, place = tmp_path / "here", tmp_path / "there"
    home.mkdir()
    backup, prepare, restore = said("PostgreSQL")
    with ExitStack() as stack:
        url = servers.postgres().fresh_database()
        stack.callback(servers.postgres().drop_database, url)
        other = servers.own_postgres()
        assert other.program is not None
        stack.callback(other.program.stop)
        variables = environment(amazon, url, home)

        before = lived_in(variables, home, amazon, lambda: do(backup, home, DATABASE_URL=libpq(url)))
        moved(home, place)
        (place / "portside.dump").write_bytes((home / "portside.dump").read_bytes())
        with psycopg.connect(libpq(other.admin_url), autocommit=True) as administrator:
            for statement in prepare.split(";\n"):
                if statement.strip() and not statement.startswith("CREATE ROLE portside LOGIN"):  # is there
                    administrator.execute(statement.encode())
        there = make_url(other.admin_url).set(username="portside", database="portside")
        new_url = there.render_as_string(hide_password=False)
        do(restore, place, DATABASE_URL=libpq(new_url))

        check_restored(environment(amazon, new_url, place), place, before)


def libpq(url: str) -> str:
    """The same address as PostgreSQL's own tools spell it."""
    return url.replace("postgresql+psycopg://", "postgresql://", 1)
