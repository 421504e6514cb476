"""The servers that other tests rely on."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
import redis
from sqlalchemy import create_engine, text

from tests import servers
from tests.servers import ServerUnavailable, postgres_server, postgres_url, valkey_url  # noqa: F401 - fixtures


@pytest.fixture
def postgres():
    return servers.postgres()


def ask(url: str, statement: str) -> object:
    engine = create_engine(url)
    with engine.begin() as connection:
        answer = connection.execute(text(statement))
        value = answer.scalar() if answer.returns_rows else None
    engine.dispose()
    return value


def test_postgresql_answers(postgres):
    url = postgres.fresh_database()

    version = ask(url, "SELECT version()")

    assert str(version).startswith("PostgreSQL ")


def test_two_fresh_databases_do_not_see_each_other(postgres):
    one, other = postgres.fresh_database(), postgres.fresh_database()

    ask(one, "CREATE TABLE seen (id int)")

    assert ask(one, "SELECT to_regclass('seen')::text") == "seen"
    assert ask(other, "SELECT to_regclass('seen')::text") is None


def test_a_database_made_from_a_template_begins_with_its_rows(postgres):
    template = postgres.fresh_database()
    ask(template, "CREATE TABLE rows AS SELECT 7 AS id")

    copy = postgres.fresh_database(template)

    assert ask(copy, "SELECT id FROM rows") == 7


def test_a_dropped_database_is_gone(postgres):
    url = postgres.fresh_database()

    postgres.drop_database(url)

    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(url.replace("+psycopg", ""))


def test_tests_work_as_an_owner_to_whom_row_level_security_applies():
    url = servers.own_postgres().fresh_database()

    superuser = ask(url, "SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user")

    assert superuser is False


def test_valkey_answers_and_runs_a_script():
    client = redis.Redis.from_url(servers.valkey().fresh_database(), decode_responses=True)

    answers = client.ping(), client.eval("return redis.call('SET', KEYS[1], ARGV[1])", 1, "name", "value")
    kept = client.get("name")
    client.close()

    assert (answers, kept) == ((True, "OK"), "value")


def test_a_fresh_valkey_database_is_empty():
    client = redis.Redis.from_url(servers.valkey().fresh_database())
    client.set("left", "over")

    servers.valkey().fresh_database()
    size = client.dbsize()
    client.close()

    assert size == 0


@pytest.mark.parametrize("turn", [1, 2])
def test_every_test_gets_an_empty_database(postgres_url, valkey_url, turn):  # noqa: F811 - the fixtures
    client = redis.Redis.from_url(valkey_url)

    ask(postgres_url, "CREATE TABLE mine (id int)")
    size = client.dbsize()
    client.set("mine", turn)
    client.close()

    assert size == 0


STARTS_BOTH = """
import sys
from tests import servers
print(servers.postgres().admin_url, servers.valkey().url, flush=True)
sys.stdin.read()
"""


def folders_of(line: str) -> list[Path]:
    admin, socket = line.split()
    return [
        Path(admin.split("host=")[1].replace("%2F", "/")),
        Path(socket.removeprefix("unix://")).parent,
    ]


def start_both() -> tuple[subprocess.Popen[str], list[Path]]:
    """Another process with servers of its own."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PORTSIDE_TEST_")}
    process = subprocess.Popen(
        [sys.executable, "-c", STARTS_BOTH],
        cwd=Path(__file__).parent.parent,
        env=environment,
        text=True,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    return process, folders_of(process.stdout.readline())


def test_servers_are_stopped_and_erased_when_their_process_ends():
    process, folders = start_both()
    there = [folder.is_dir() for folder in folders]

    process.communicate("", timeout=30)

    assert there == [True, True]
    assert [folder.exists() for folder in folders] == [False, False]


def test_servers_do_not_outlive_a_process_that_was_killed():
    process, folders = start_both()
    pids = [pid_of(folder) for folder in folders]

    process.kill()
    process.communicate()
    wait_until(lambda: not any(is_running(pid) for pid in pids))

    assert [is_running(pid) for pid in pids] == [False, False]


def test_what_a_killed_process_left_behind_is_swept_up_by_the_next():
    process, folders = start_both()
    pids = [pid_of(folder) for folder in folders]
    process.kill()
    process.communicate()
    wait_until(lambda: not any(is_running(pid) for pid in pids))

    servers.own_postgres()

    assert [folder.exists() for folder in folders] == [False, False]


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.02)


def pid_of(folder: Path) -> int:
    """The server whose working directory, or its parent, is this folder."""
    for process in Path("/proc").glob("[0-9]*"):
        try:
            place = (process / "cwd").readlink()
            if folder in {place, place.parent}:
                return int(process.name)
        except OSError:
            continue  # it has ended while we looked, or it is not ours to look at
    raise AssertionError(f"no server runs in {folder}")


def is_running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0]
    except FileNotFoundError:
        return False
    return state not in "ZX"


def test_a_missing_server_is_a_failure_with_a_mend(tmp_path):
    with pytest.raises(ServerUnavailable, match="initdb failed"):
        servers.own_postgres(broken_programs(tmp_path))


def broken_programs(folder: Path) -> Path:
    """An installation whose programs fail."""
    programs = folder / "broken" / "install" / "bin"
    programs.mkdir(parents=True)
    for name in ("initdb", "postgres"):
        (programs / name).write_text("#!/bin/sh\nexit 3\n")
        (programs / name).chmod(0o755)
    return programs
