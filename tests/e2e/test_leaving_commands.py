"""An operator looks at the audit log, hands a seller's data out, and erases it."""

import json
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import select, update

from adapters.sql import tables
from adapters.sql.engine import make_engine, reading, writing
from entrypoints.simulator.config import SimulatorConfig
from entrypoints.simulator.server import SimulatorServer
from tests import databases
from tests.e2e import processes
from tests.e2e.people import Person
from tests.e2e.processes import Served, environment
from tests.e2e.stage import US

OWNER, OTHER = "owner@portside.example", "other@portside.example"


@dataclass
class Installation:
    """What nobody serves any more: two users, and a connection of the first one that was synced once."""

    variables: dict[str, str]
    home: Path
    connection_id: str

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        """What a command does and says."""
        return processes.run(["connections", *command], self.variables, self.home)

    def refresh_token(self) -> str:
        """As it is kept: sealed."""
        engine = make_engine(self.variables["DATABASE_URL"])
        with reading(engine, owning=True) as database:
            found = str(database.scalar(select(tables.tokens.c.refresh_token)))
        engine.dispose()
        return found


@pytest.fixture(scope="module")
def synced(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """Made once; each test gets a copy."""
    home = tmp_path_factory.mktemp("left")
    config = SimulatorConfig(
        orders_per_day=3,
        history_days=10,
        rate_factor=50,
        data_until=datetime.now(UTC) - timedelta(minutes=6),
        seller_count=1,
        sku_count=10,
        report_seconds=0.3,
    )
    with SimulatorServer(config) as amazon:
        variables = environment(amazon, databases.sqlite_database(home), home, LOG_LEVEL="WARNING")
        with Served(variables, home) as server, Person(server.url) as owner, Person(server.url) as other:
            other.register(OTHER)
            owner.register(OWNER)
            owner.connect(US, config.sellers[0].id)
            owner.wait_for_first_sync()
            connection_id = str(owner.get("/api/v1/amazon/connection")["id"])
        yield Installation(variables, home, connection_id)


@pytest.fixture
def installation(synced: Installation, tmp_path: Path) -> Installation:
    """A copy of one's own."""
    home = tmp_path / "copy"
    shutil.copytree(synced.home, home)
    variables = {
        **synced.variables,
        "DATABASE_URL": f"sqlite:///{home / 'portside.db'}",
        "PORTSIDE_INSTANCE": str(home / "instance"),
        "HOME": str(home),
    }
    return Installation(variables, home, synced.connection_id)


def deeds(said: subprocess.CompletedProcess[str]) -> list[dict[str, str]]:
    """The entries of an audit in JSON."""
    assert said.returncode == 0, said.stderr
    return [json.loads(line) for line in said.stdout.splitlines()]


def test_an_export_is_a_file_with_a_line_for_every_row(installation: Installation) -> None:
    target = installation.home / "export.jsonl"

    said = installation.run("export", installation.connection_id, "--to", str(target))

    rows = [json.loads(line) for line in target.read_text("utf-8").splitlines()]
    counted = Counter(row["table"] for row in rows)
    assert (said.returncode, said.stderr) == (0, f"{len(rows)} rows exported\n")
    assert rows[0]["id"] == installation.connection_id
    assert {"connections", "orders", "order_items", "daily_sales", "daily_statuses"} < set(counted)
    assert "daily_sku_sales" in counted
    assert {"inventory_items", "sync_runs", "audit_log"} < set(counted)
    assert counted["orders"] > 10
    assert target.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in installation.home.glob(".export*")] == []


def test_an_export_goes_to_the_standard_output_and_has_no_secret(installation: Installation) -> None:
    said = installation.run("export", installation.connection_id)

    assert said.returncode == 0
    assert json.loads(said.stdout.splitlines()[0])["table"] == "connections"
    assert installation.refresh_token().startswith("v1.")
    assert installation.refresh_token() not in said.stdout
    assert "refresh_token" not in said.stdout


def test_an_export_is_in_the_audit_log(installation: Installation) -> None:
    installation.run("export", installation.connection_id)

    newest = deeds(installation.run("audit", installation.connection_id, "--limit", "1", "--json"))

    assert [(deed["action"], deed["actor"], deed["user"]) for deed in newest] == [
        ("connection.exported", "console", OWNER)
    ]


@pytest.mark.parametrize("why", ["unknown", "unwritable"])
def test_an_export_that_fails_leaves_no_file_and_says_why(installation: Installation, why: str) -> None:
    folder = installation.home / ("here" if why == "unknown" else "missing")
    wanted = str(uuid4()) if why == "unknown" else installation.connection_id
    (installation.home / "here").mkdir()

    said = installation.run("export", wanted, "--to", str(folder / "export.jsonl"))

    assert said.returncode == 1
    assert len(said.stderr.splitlines()) == 1
    assert list((installation.home / "here").iterdir()) == []


def test_the_audit_log_is_shown_in_words(installation: Installation) -> None:
    said = installation.run("audit", installation.connection_id)

    (line,) = said.stdout.splitlines()
    assert f"connection.connected  of {OWNER}  by {OWNER}  from 127.0.0.1" in line
    assert "seller_id=" in line


def test_the_audit_log_of_one_user_holds_no_other_ones(installation: Installation) -> None:
    everybodys = deeds(installation.run("audit", "--json"))
    others = deeds(installation.run("audit", "--user", OTHER, "--json"))

    assert {deed["user"] for deed in everybodys} == {OWNER, OTHER}
    assert {deed["user"] for deed in others} == {OTHER}
    assert {deed["action"] for deed in others} == {"user.registered", "user.logged_in"}


def test_an_unknown_user_has_no_audit_log(installation: Installation) -> None:
    said = installation.run("audit", "--user", "nobody@portside.example")

    assert (said.returncode, said.stdout) == (1, "")
    assert "nobody@portside.example" in said.stderr


def test_removing_for_good_comes_back_when_nothing_is_left(installation: Installation) -> None:
    said = installation.run("remove", installation.connection_id, "--permanent", "--yes")
    listed = installation.run("list")
    log = deeds(installation.run("audit", installation.connection_id, "--json"))

    assert (said.returncode, said.stdout, listed.stdout) == (0, "erased\n", "")
    assert "rows erased" in said.stderr
    assert [(deed["action"], deed["actor"]) for deed in log[:2]] == [
        ("connection.erased", "system"),
        ("connection.erasure_requested", "console"),
    ]


def test_removing_goes_on_with_what_is_being_erased_already(installation: Installation) -> None:
    engine = make_engine(installation.variables["DATABASE_URL"])
    with writing(engine, owning=True) as database:
        database.execute(update(tables.connections).values(erasing_at=datetime.now(UTC), is_default=False))
    engine.dispose()

    said = installation.run("remove", installation.connection_id, "--permanent", "--yes")

    assert (said.returncode, said.stdout) == (0, "erased\n")


def test_removing_what_is_not_there_says_so(installation: Installation) -> None:
    unknown = str(uuid4())

    said = installation.run("remove", unknown, "--permanent", "--yes")

    assert (said.returncode, said.stderr) == (1, f"portside: There is no connection {unknown}.\n")
