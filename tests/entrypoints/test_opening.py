"""Opening Portside in a process."""

import subprocess
import sys
from pathlib import Path

import pytest

from adapters.sql import schema
from adapters.sql.engine import writing
from domain.acting import in_background
from entrypoints.bootstrap import Portside, build
from entrypoints.instance import open_instance
from entrypoints.settings import load_settings
from tests import databases

LOADED = """
import sys
import entrypoints.cli.main as cli
cli.portside.get_command(None, sys.argv[1])
print(*sorted({name.split(".")[0] for name in sys.modules} & {"alembic", "spectree", "gunicorn", "apscheduler"}))
"""


@pytest.fixture
def portside(tmp_path: Path) -> Portside:
    """Wired, over a SQLite database that is up to date."""
    variables = {
        "PORTSIDE_ENV": "test",
        "PORTSIDE_INSTANCE": str(tmp_path / "instance"),
        "DATABASE_URL": databases.sqlite_database(tmp_path),
    }
    settings = load_settings(variables, tmp_path)
    return build(settings, open_instance(settings))


def test_a_database_that_is_up_to_date_is_left_alone_while_somebody_writes(portside: Portside) -> None:
    with in_background(), writing(portside.engine):
        portside.migrate()

    assert schema.current(portside.engine) == schema.head()


@pytest.mark.parametrize("command", ["keys", "users", "connections", "doctor"])
def test_a_command_loads_nothing_that_only_servers_need(command: str) -> None:
    said = subprocess.run([sys.executable, "-c", LOADED, command], capture_output=True, text=True, check=True)

    assert said.stdout.split() == []
