"""Portside as processes of its own, the way it is really run: served, commanded, killed."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

import requests

from entrypoints.simulator.config import SimulatorConfig
from entrypoints.simulator.server import SimulatorServer

SOURCES = Path(__file__).parents[2] / "src"
START_SECONDS = 45
COMMAND = (sys.executable, "-m", "entrypoints.cli.main")


def environment(amazon: SimulatorServer, database_url: str, home: Path, **changes: str) -> dict[str, str]:
    """All that a Portside process is told: nothing of this process's own environment gets through.

    Args:
        amazon: Which Amazon it talks to.
        database_url: Its database.
        home: A folder for it; the instance folder is made in there.
        changes: Further variables, or other values.
    """
    return surroundings(amazon.simulator.config, amazon.base_url, database_url, home, **changes)


def surroundings(
    config: SimulatorConfig, amazon_url: str, database_url: str, home: Path, **changes: str
) -> dict[str, str]:
    """The same for an Amazon at this address, wherever it runs."""
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "PYTHONPATH": str(SOURCES),
        "HOME": str(home),
        "LC_ALL": "C.UTF-8",
        "PORTSIDE_ENV": "development",
        "PORTSIDE_INSTANCE": str(home / "instance"),
        "DATABASE_URL": database_url,
        "AMAZON_SIMULATOR": "off",
        "AMAZON_APP_ID": config.application_id,
        "AMAZON_LWA_APP_ID": config.client_id,
        "AMAZON_LWA_CLIENT_SECRET": config.client_secret,
        "LWA_TOKEN_URL": f"{amazon_url}/auth/o2/token",
        "SP_API_URL": f"{amazon_url}/{{region}}",
        "SELLER_CENTRAL_URL": f"{amazon_url}/{{region}}",
        "REPORT_POLL_SECONDS": "0.2",
        **changes,
    }


def run(
    arguments: Sequence[str], variables: Mapping[str, str], home: Path, typed: str = "", seconds: float = 60
) -> subprocess.CompletedProcess[str]:
    """What a command of ``portside`` does and says."""
    return subprocess.run(
        [*COMMAND, *arguments],
        env=dict(variables),
        cwd=home,
        input=typed,
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as attempt:
        attempt.bind(("127.0.0.1", 0))
        port: int = attempt.getsockname()[1]
        return port


@dataclass
class Served:
    """``portside serve`` in a process group of its own. May be killed and started again, on the same port.

    ``command`` is another command that serves, or has options of its own.
    """

    variables: Mapping[str, str]
    home: Path
    port: int = field(default_factory=free_port)
    command: Sequence[str] = ("serve",)
    _process: subprocess.Popen[bytes] | None = field(default=None, init=False, repr=False)

    @property
    def url(self) -> str:
        """Where browsers reach it."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def process_id(self) -> int:
        """Of the process that was started; those that answer are its children."""
        assert self._process is not None
        return self._process.pid

    @property
    def log(self) -> Path:
        """What it has written, all its lives together."""
        return self.home / "server.log"

    def start(self) -> None:
        """Start it; comes back when it answers."""
        with self.log.open("ab") as output:
            self._process = subprocess.Popen(
                [*COMMAND, *self.command, "--port", str(self.port)],
                env=dict(self.variables),
                cwd=self.home,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                process_group=0,
            )
        until(self._answers, START_SECONDS, lambda: f"no answer; the log says:\n{self.tail()}")

    def kill(self) -> None:
        """End the whole group at once, as a power cut would: nobody in it gets to clean up."""
        if self._process is None:
            return
        with suppress(ProcessLookupError):  # it has ended by itself
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait(timeout=30)
        self._process = None

    def stop(self) -> None:
        """Ask it to end, as an operator does; comes back when it has."""
        if self._process is None:
            return
        self._process.send_signal(signal.SIGTERM)
        self._process.wait(timeout=30)
        self._process = None

    def peak_mb(self) -> float:
        """The most memory that any of its processes has had, resident, in MB of a million bytes. Linux tells."""
        assert self._process is not None
        first = self._process.pid
        children = Path(f"/proc/{first}/task/{first}/children").read_text().split()
        return max(_peak_bytes(Path(f"/proc/{pid}/status")) for pid in (first, *children)) / 1e6

    def tail(self) -> str:
        """The end of the log."""
        return self.log.read_text(errors="replace")[-3000:]

    def __enter__(self) -> "Served":
        try:
            self.start()
        except BaseException:
            self.kill()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()

    def _answers(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, f"the server has ended:\n{self.tail()}"
        try:
            return requests.get(f"{self.url}/healthz", timeout=5).ok
        except requests.RequestException:  # not there yet, or too busy to say so
            return False


def _peak_bytes(status: Path) -> int:
    (line,) = (line for line in status.read_text().splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) * 1024


def until(
    holds: Callable[[], bool], seconds: float, otherwise: Callable[[], str], pause: float = 0.1
) -> None:
    """Wait until something holds; fails with the words of ``otherwise`` when it does not in all that time."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, otherwise()
        time.sleep(pause)
