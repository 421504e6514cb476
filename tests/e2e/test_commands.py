"""The command line, run as an operator runs it: 0 for success, 2 for wrong usage, 1 and one clear line for a failure."""

import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import requests
from click.testing import CliRunner

from entrypoints.cli.main import main, portside
from entrypoints.simulator.config import SimulatorConfig
from entrypoints.simulator.faults import Fault
from entrypoints.simulator.server import SimulatorServer
from tests.e2e import processes
from tests.e2e.people import PASSWORD, Person
from tests.e2e.processes import Served, environment, until
from tests.e2e.stage import US

DATABASE = "fresh.db"
COMMANDS = (
    ["serve"],
    ["worker"],
    ["migrate"],
    ["users"],
    ["users", "create"],
    ["users", "password"],
    ["users", "revoke-keys"],
    ["users", "list"],
    ["connections"],
    ["connections", "list"],
    ["connections", "remove"],
    ["connections", "export"],
    ["connections", "audit"],
    ["connections", "import-env"],
    ["sync"],
    ["backfill"],
    ["usage"],
    ["kpis"],
    ["kpis", "verify"],
    ["keys"],
    ["keys", "generate"],
    ["keys", "status"],
    ["keys", "rotate"],
    ["doctor"],
    ["openapi"],
    ["simulator"],
)


@pytest.fixture(scope="module")
def amazon() -> Iterator[SimulatorServer]:
    still = datetime.now(UTC) - timedelta(minutes=6)
    config = SimulatorConfig(
        orders_per_day=3, history_days=10, rate_factor=50, data_until=still, report_seconds=0.3
    )
    with SimulatorServer(config) as server:
        yield server


@pytest.fixture
def variables(amazon: SimulatorServer, tmp_path: Path) -> dict[str, str]:
    """An installation with a database that does not exist yet."""
    return environment(amazon, f"sqlite:///{tmp_path / DATABASE}", tmp_path)


@pytest.fixture(scope="module")
def connected(amazon: SimulatorServer, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The folder of an installation with a connection that was never synced, and its id; nobody serves any more."""
    home = tmp_path_factory.mktemp("connected")
    variables = environment(amazon, f"sqlite:///{home / DATABASE}", home, SCHEDULER="off")
    with Served(variables, home) as server, Person(server.url) as person:
        person.register("owner@portside.example")
        person.connect(US, amazon.simulator.config.sellers[0].id)
        return home, str(person.get("/api/v1/amazon/connection")["id"])


@pytest.fixture
def connection_id(amazon: SimulatorServer, connected: tuple[Path, str], tmp_path: Path) -> Iterator[str]:
    """The same connection in a copy of one's own, in which ``variables`` are at home."""
    home, found = connected
    shutil.copytree(home, tmp_path, dirs_exist_ok=True)
    yield found
    amazon.simulator.reception.faults.clear()


@pytest.fixture
def typed(
    variables: dict[str, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Callable[..., tuple[object, str]]:
    """Types a command that ends before anything is opened: its exit code, and what stands on stderr.

    In this process; that the code is a process's own, and that a start gets as far, is told by the other tests.
    """

    def ended(*command: str, **changes: str) -> tuple[object, str]:
        for name, value in {**variables, **changes}.items():
            monkeypatch.setenv(name, value)
        monkeypatch.chdir(tmp_path)
        monkeypatch.setattr(sys, "argv", ["portside", *command])
        with pytest.raises(SystemExit) as end:
            main()
        assert not (tmp_path / "instance").exists()
        return end.value.code, capsys.readouterr().err

    return ended


def test_every_command_explains_itself() -> None:
    """In this process: what each of them costs to start is paid for by the tests below."""
    runner = CliRunner()

    for command in COMMANDS:
        said = runner.invoke(portside, [*command, "--help"], prog_name="portside")
        assert (said.exit_code, said.stderr) == (0, ""), command
        usage = said.stdout.splitlines()[0]
        assert usage.startswith("Usage: "), command
        assert f" {' '.join(command)} " in usage, command


def test_the_help_names_every_command(variables: dict[str, str], tmp_path: Path) -> None:
    said = processes.run(["--help"], variables, tmp_path)

    named = set(re.findall(r"^  ([a-z-]+) ", said.stdout, re.MULTILINE))
    assert {command[0] for command in COMMANDS} <= named


@pytest.mark.parametrize("log", [{}, {"LOG_LEVEL": "WARNING"}], ids=["as-it-comes", "warnings"])
def test_a_command_says_its_result_and_nothing_beside_it(
    log: dict[str, str], variables: dict[str, str], tmp_path: Path
) -> None:
    variables = {**variables, "LOG_FORMAT": "json", **log}

    migrated = processes.run(["migrate"], variables, tmp_path)
    listed = processes.run(["users", "list"], variables, tmp_path)

    assert (migrated.returncode, migrated.stdout, migrated.stderr) == (0, "the database is up to date\n", "")
    assert (listed.returncode, listed.stdout, listed.stderr) == (0, "", "")


def test_who_wants_a_commands_log_gets_it(variables: dict[str, str], tmp_path: Path) -> None:
    said = processes.run(["migrate"], {**variables, "LOG_FORMAT": "text", "LOG_LEVEL": "DEBUG"}, tmp_path)

    assert "adapters.sql.migrate: the database's schema was changed" in said.stderr


@pytest.mark.parametrize(
    "command",
    [
        ["fly"],
        ["serve", "--port", "many"],
        ["serve", "--port", "0"],
        ["users", "create"],
        ["connections", "remove", "not-an-id"],
        ["sync", "--resource", "weather"],
        ["sync", "--connection", "7"],
        ["backfill", "--days", "731"],
        ["doctor", "--hurry"],
        ["usage", "--from", "yesterday"],
        ["simulator", "--orders-per-day", "0"],
    ],
    ids=" ".join,
)
def test_wrong_usage_ends_with_2(command: list[str], typed: Callable[..., tuple[object, str]]) -> None:
    code, said = typed(*command)

    assert code == 2
    assert "Error: " in said
    assert "Traceback" not in said


def test_a_process_that_was_used_wrongly_ends_with_2(variables: dict[str, str], tmp_path: Path) -> None:
    said = processes.run(["serve", "--port", "many"], variables, tmp_path)

    assert said.returncode == 2
    assert "Error: " in said.stderr
    assert "Traceback" not in said.stderr


@pytest.mark.parametrize(
    ("command", "variable", "value"),
    [
        ("migrate", "DATABASE_URL", "mysql://root@localhost/portside"),
        ("migrate", "SYNC_INTERVAL_MINUTES", "5"),
        ("migrate", "HTTP_TIMEOUT_SECONDS", "soon"),
        ("migrate", "AMAZON_LWA_APP_ID", "amzn1.sp.solution.0000"),
        ("serve", "TOKEN_ENCRYPTION_KEYS", "k1:short"),
        ("serve", "SP_API_URL", "http://amazon.example"),
    ],
)
def test_a_malformed_setting_is_named_in_one_line(
    command: str, variable: str, value: str, typed: Callable[..., tuple[object, str]]
) -> None:
    code, said = typed(command, **{variable: value})

    assert code == 1
    assert said.count("\n") == 1
    assert said.startswith(f"portside: {variable}: ")
    assert value not in said


def test_all_malformed_settings_are_named_at_once(variables: dict[str, str], tmp_path: Path) -> None:
    wrong = {"PUBLIC_URL": "portside", "WORKER_THREADS": "0", "LOG_LEVEL": "LOUD"}

    said = processes.run(["migrate"], {**variables, **wrong}, tmp_path)

    assert said.returncode == 1
    assert [line.partition(":")[0] for line in said.stderr.splitlines()[1:]] == sorted(wrong)


def test_a_user_is_created_and_can_log_in(variables: dict[str, str], tmp_path: Path) -> None:
    typed = f"{PASSWORD}\n{PASSWORD}\n"

    said = processes.run(["users", "create", "new@portside.example"], variables, tmp_path, typed)
    again = processes.run(["users", "create", "new@portside.example"], variables, tmp_path, typed)
    listed = processes.run(["users", "list"], variables, tmp_path)

    assert said.returncode == 0, said.stderr
    assert again.returncode == 1
    assert "Traceback" not in again.stderr
    assert listed.stdout.count("new@portside.example") == 1
    with Served({**variables, "SCHEDULER": "off"}, tmp_path) as server, Person(server.url) as person:
        login = {"email": "new@portside.example", "password": PASSWORD}
        assert person.ask("POST", "/api/v1/auth/login", json=login).status_code == 200


def test_migrating_twice_is_as_good_as_once(variables: dict[str, str], tmp_path: Path) -> None:
    ended = [processes.run(["migrate"], variables, tmp_path) for _ in range(2)]

    assert [(each.returncode, each.stdout) for each in ended] == [(0, "the database is up to date\n")] * 2


def test_a_sync_shows_its_progress_and_leaves_everything_synced(
    connection_id: str, variables: dict[str, str], tmp_path: Path
) -> None:
    before = processes.run(["connections", "list"], variables, tmp_path)
    said = processes.run(["sync", "--connection", connection_id], variables, tmp_path)
    after = processes.run(["connections", "list"], variables, tmp_path)

    assert said.returncode == 0, said.stderr
    assert re.search(r"^orders +█+ [1-9]\d* .*records, succeeded$", said.stdout, re.MULTILINE), said.stdout
    assert re.search(r"^inventory +█+ [1-9]\d* .*records, succeeded$", said.stdout, re.MULTILINE)
    assert before.stdout.startswith(connection_id)
    assert "synced never" in before.stdout
    assert "synced 20" in after.stdout


def test_whoever_watches_sees_another_process_sync_and_leaves_with_ctrl_c(
    connection_id: str, variables: dict[str, str], tmp_path: Path
) -> None:
    watching = subprocess.Popen(
        [*processes.COMMAND, "sync", "--watch", "--connection", connection_id, "--resource", "orders"],
        env=variables,
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=_heed_ctrl_c,  # noqa: PLW1509 - a system call and nothing else
    )
    with watching:
        try:
            assert watching.stdout is not None
            before = watching.stdout.readline()
            processes.run(
                ["sync", "--connection", connection_id, "--resource", "orders"], variables, tmp_path
            )
            while " succeeded " not in (line := watching.stdout.readline()):
                assert line, "it ended by itself"
            watching.send_signal(signal.SIGINT)
            _rest, complaints = watching.communicate(timeout=20)
        finally:
            watching.kill()

    assert " not yet " in before
    assert re.search(r" orders +succeeded +[1-9]\d* records ", line), line
    assert (watching.returncode, complaints) == (0, "")


def _heed_ctrl_c() -> None:
    """Whoever runs the tests in the background of a shell has told them to ignore it, and children inherit that."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def test_a_backfill_shows_its_progress_and_leaves_the_orders_of_long_ago(
    connection_id: str, variables: dict[str, str], tmp_path: Path
) -> None:
    backfill = ["backfill", "--days", "9", "--connection", connection_id]

    said = processes.run(backfill, variables, tmp_path)
    processes.run(backfill, variables, tmp_path)  # waits for what a new connection fetches by itself, too
    again = processes.run(backfill, variables, tmp_path)

    assert said.returncode == 0, said.stderr
    assert re.search(r" █+ (\d+) of \1 slices, [1-9]\d* orders, done$", said.stdout, re.MULTILINE), (
        said.stdout
    )
    assert (again.returncode, again.stdout) == (0, "The orders of the last 9 days are here already.\n")


def test_calls_to_amazon_are_counted_from_command_to_command(
    connection_id: str, amazon: SimulatorServer, variables: dict[str, str], tmp_path: Path
) -> None:
    processes.run(["sync", "--connection", connection_id], variables, tmp_path)

    said = processes.run(["usage"], variables, tmp_path)
    nobodys = processes.run(["usage", "--to", "2020-01-01"], variables, tmp_path)

    counted = dict(
        re.findall(r"^\S+  \S+  (\S+)  (\d+) calls  \2 GET  0 throttled$", said.stdout, re.MULTILINE)
    )
    assert (said.returncode, nobodys.stdout) == (0, "")
    assert {"searchOrders", "getInventorySummaries"} <= set(counted)
    assert amazon.simulator.config.sellers[0].id in said.stdout


def test_a_sync_that_fails_says_why(
    connection_id: str, amazon: SimulatorServer, variables: dict[str, str], tmp_path: Path
) -> None:
    amazon.simulator.reception.faults.order(Fault("getInventorySummaries", "missing_role", times=None))

    said = processes.run(["sync", "--resource", "inventory"], variables, tmp_path)

    assert said.returncode == 1
    assert "Error: 1 of 1 runs failed: inventory: Amazon denies getInventorySummaries." in said.stderr
    assert "Traceback" not in said.stderr


def test_removing_a_connection_erases_its_secrets(
    connection_id: str, variables: dict[str, str], tmp_path: Path
) -> None:
    said = processes.run(["connections", "remove", connection_id, "--yes"], variables, tmp_path)
    listed = processes.run(["connections", "list"], variables, tmp_path)

    assert (said.returncode, said.stdout) == (0, "disconnected\n")
    assert "disconnected" in listed.stdout


def test_generated_keys_are_good_enough_for_production(variables: dict[str, str], tmp_path: Path) -> None:
    said = processes.run(["keys", "generate"], variables, tmp_path)
    generated = dict(line.split("=", 1) for line in said.stdout.splitlines())

    ready = {**variables, **generated, "PORTSIDE_ENV": "production"}
    migrated = processes.run(["migrate"], ready, tmp_path)

    assert set(generated) == {"SECRET_KEY", "TOKEN_ENCRYPTION_KEYS"}
    assert migrated.returncode == 0, migrated.stderr


def test_the_simulator_serves_until_it_is_told_to_end(variables: dict[str, str], tmp_path: Path) -> None:
    log = tmp_path / "simulator.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*processes.COMMAND, "simulator", "--port", "0"], env=variables, cwd=tmp_path, stderr=output
        )
        with process:
            until(lambda: "http://" in log.read_text(), 30, log.read_text)
            url = log.read_text().split()[-1]
            health = requests.get(f"{url}/simulator/health", timeout=10)
            process.terminate()

    assert health.json() == {"status": "ok"}
    assert process.returncode == 0
