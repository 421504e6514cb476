"""From the command to the first answer, and what is taken when nothing is to be done: beside a bare Flask application.

Portside is served with its clock, as ``portside serve`` does it, on a database that is up to date and has nobody in it.
"""

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import requests

from tests import databases
from tests.e2e.processes import COMMAND, SOURCES, free_port, until

_ROUNDS = 5
_IDLE_SECONDS = 15
_BARE = """
import sys
from flask import Flask, jsonify
from werkzeug.serving import run_simple

app = Flask(__name__)
app.get("/healthz")(lambda: jsonify({"status": "ok"}))
run_simple("127.0.0.1", int(sys.argv[1]), app, threaded=True)
"""


@dataclass(frozen=True)
class Server:
    """All processes of a server together."""

    seconds: float  # from the command to the first answer
    megabytes: float  # their memory then, what they share counted once
    milliseconds: float  # of CPU in a second at rest


@dataclass(frozen=True)
class Started:
    """Medians."""

    ours: Server
    bare: Server

    def __str__(self) -> str:
        ours, bare = self.ours, self.bare
        head = f"{'served with nobody in it, a bare Flask application at its side':<58}"
        return (
            f"{head} answers after {ours.seconds:.2f} s, {bare.seconds:.2f} s (× {ours.seconds / bare.seconds:.1f});"
            f" {ours.megabytes:.0f} MB, {bare.megabytes:.0f} MB (× {ours.megabytes / bare.megabytes:.1f});"
            f" at rest {ours.milliseconds:.1f} ms of CPU a second, {bare.milliseconds:.1f}"
        )

    def figures(self) -> dict[str, float]:
        """For those who keep them."""
        return {
            "start-up : bare Flask": round(self.ours.seconds / self.bare.seconds, 2),
            "memory with nobody in it : bare Flask": round(self.ours.megabytes / self.bare.megabytes, 2),
            "ms of CPU in a second at rest": round(self.ours.milliseconds, 2),
        }


def started(folder: Path) -> Started:
    """One after the other, in turns."""
    variables = {
        "PATH": os.defpath,
        "PYTHONPATH": str(SOURCES),
        "HOME": str(folder),
        "PORTSIDE_INSTANCE": str(folder / "instance"),
        "AMAZON_SIMULATOR": "off",
        "DATABASE_URL": databases.sqlite_database(folder),
        "LOG_LEVEL": "WARNING",
    }
    found: list[tuple[Server, Server]] = []
    for _ in range(_ROUNDS):
        port = free_port()
        ours = _served([*COMMAND, "serve", "--port", str(port)], port, folder, variables)
        port = free_port()
        found.append((ours, _served([sys.executable, "-c", _BARE, str(port)], port, folder, variables)))
    return Started(_median([ours for ours, _ in found]), _median([bare for _, bare in found]))


def _median(servers: Sequence[Server]) -> Server:
    return Server(
        statistics.median(each.seconds for each in servers),
        statistics.median(each.megabytes for each in servers),
        statistics.median(each.milliseconds for each in servers),
    )


def _served(command: Sequence[str], port: int, folder: Path, variables: dict[str, str]) -> Server:
    begin = time.perf_counter()
    with subprocess.Popen(  # noqa: S603 - our own commands
        command, env=variables, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        try:
            until(lambda: _answers(port), seconds=60, otherwise=lambda: f"{command} never answered")
            seconds = time.perf_counter() - begin
            everybody = _family(process.pid)
            megabytes = sum(map(_megabytes, everybody))
            time.sleep(1)  # what begins with the clock is over
            before = sum(map(_cpu_seconds, everybody))
            time.sleep(_IDLE_SECONDS)
            idle = sum(map(_cpu_seconds, everybody)) - before
        finally:
            process.terminate()
    return Server(seconds, megabytes, idle / _IDLE_SECONDS * 1000)


def _answers(port: int) -> bool:
    try:
        return requests.get(f"http://127.0.0.1:{port}/healthz", timeout=5).ok
    except requests.ConnectionError:
        return False


def _family(pid: int) -> list[int]:
    """A process with all that it has started, and those have."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii").split()
    return [pid, *(each for child in children for each in _family(int(child)))]


def _megabytes(pid: int) -> float:
    """Of memory that is shared, each process has its part."""
    rows = Path(f"/proc/{pid}/smaps_rollup").read_text("ascii").splitlines()
    (kilobytes,) = (row.split()[1] for row in rows if row.startswith("Pss:"))
    return int(kilobytes) / 1024


def _cpu_seconds(pid: int) -> float:
    """In user mode and in the kernel, over all threads."""
    spent = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    return (int(spent[11]) + int(spent[12])) / os.sysconf("SC_CLK_TCK")
