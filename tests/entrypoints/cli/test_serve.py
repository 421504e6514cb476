"""Starting servers and workers that can't do what they are asked for."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from entrypoints.cli.main import portside

POSTGRES = "postgresql://nobody@127.0.0.1:1/nothing"


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there is no ``.env``."""
    monkeypatch.chdir(tmp_path)


def started(*arguments: str, **variables: str) -> Result:
    """What a command says that ends before it begins."""
    environ = {"DATABASE_URL": None, "SCHEDULER": None, "AMAZON_SIMULATOR": "off", **variables}
    return CliRunner(env=environ).invoke(portside, arguments)


@pytest.mark.parametrize("database", [None, "sqlite:///some.db"])
def test_several_processes_on_a_sqlite_file_are_refused_with_the_mend(database: str | None) -> None:
    variables = {"DATABASE_URL": database} if database else {}

    result = started("serve", "--workers", "2", **variables)

    assert result.exit_code == 1
    assert result.output == (
        "Error: several workers can't share a SQLite file; leave --workers out, or set DATABASE_URL to PostgreSQL\n"
    )


def test_a_worker_beside_a_server_on_a_sqlite_file_is_refused_with_the_mend() -> None:
    result = started("worker")

    assert result.exit_code == 1
    assert "`portside serve` syncs by itself; or set DATABASE_URL to PostgreSQL" in result.output


def test_a_worker_without_a_scheduler_is_refused_with_the_mend() -> None:
    result = started("worker", DATABASE_URL=POSTGRES, SCHEDULER="off")

    assert result.exit_code == 1
    assert result.output == (
        "Error: SCHEDULER is off, so a worker would have nothing to do; leave it out here\n"
    )


@pytest.mark.parametrize("workers", ["0", "65", "many"])
def test_a_number_of_processes_that_can_t_be_is_wrong_usage(workers: str) -> None:
    assert started("serve", "--workers", workers).exit_code == 2
